// Package interop holds tests with programs that are not ours: servers and gateways
// that omaspec judges, and the readers of its reports. They run with the build tag
// interop, by `make interop`.
package interop
