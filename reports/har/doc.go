// Package har writes a run's exchanges as an HTTP Archive 1.2 and reads such a
// file back, so that a run can be judged again by somebody who has no access to
// the target.
//
// The file is made for two readers. Browser developer tools import it: every
// member that they insist on is there, numbers are -1 or 0 and never missing, and
// a body that is not text is base64. Read takes it back without loss: what HAR
// has no place for stands in members that begin with an underscore, as HAR 1.2
// allows. Everything that omaspec needs besides the exchanges is in log._omaspec,
// which is written last and holds the number of entries and a digest, so that a
// truncated or damaged file is refused. The digest has no key: it protects against
// accidents, and not against somebody who edits the file and makes it again.
//
// The package writes what it is handed. Taking secrets and personal data out of
// the exchanges is the business of package redact, and comes first.
package har
