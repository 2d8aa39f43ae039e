// Package evidence is what a run captured, and the file that keeps it.
//
// [Evidence] is the one shape of it: the exchanges and how the gathering went, the
// conditions under which that was done, and who did it. Probes fill it, judges look
// at nothing else, and [Write] and [Read] keep it as an HTTP Archive, so that a run
// can be judged again by somebody who has no access to the target.
//
// A request is kept in its symbolic form ("X-Auth-Token: {token:valid}"), so it
// never holds a token. A response is kept as it came, and may hold anything; its
// body and field values are of types that print their length and nothing else,
// whatever formats them (fmt, Gomega, Ginkgo). Taking secrets and personal data out
// of the exchanges is the business of package redact, and comes before Write, which
// writes what it is handed.
//
// The archive (HAR 1.2) is made for two readers. Browser developer tools import it:
// every member that they insist on is there, numbers are -1 or 0 and never missing,
// and a body that is not text is base64. Read takes it back without loss: what HAR
// has no place for stands in members that begin with an underscore, as HAR 1.2
// allows. Everything that omaspec needs besides the exchanges is in log._omaspec,
// which is written last and holds the number of entries and a digest, so that a
// truncated or damaged file is refused. The digest has no key: it protects against
// accidents, and not against somebody who edits the file and makes it again.
package evidence
