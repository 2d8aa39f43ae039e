// Package suites holds the judges: for each requirement of the catalogue one
// function that looks at evidence and says what is wrong with it.
//
// A requirement is judged in the file of its family: MASK-03 in mask.go, AUTH-08 in
// auth.go. Judges choose answers (choose.go), apply matchers to them (rules.go and
// package match) and leave the conclusion to [Case], so that none can forget that an
// answer was missing. What they look at is a [View]: evidence that was indexed,
// parsed and scanned once (view.go, hits.go), with the facts that can be seen in the
// captured text only (facts.go). Judging takes bytes and returns findings: it knows
// no network, no clock and no report.
//
// The judges are Ginkgo specs that a function registers: the omaspec binary, go
// test, the ginkgo command (also with -p) and anybody else's suite run the same ones.
//
// # The way of one request
//
// Package config says what is wanted; package probe makes requests of it, sends them
// and returns exchanges; this package judges them; package session does that in
// order and makes a record of it; package reports renders the record. What passes
// from one to the next is package evidence on the left of judging, and package
// reports on the right of it.
package suites
