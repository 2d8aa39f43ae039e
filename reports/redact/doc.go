// Package redact takes secrets and personal data out of captured exchanges, so
// that they can be kept as evidence, and keeps everything that a rule looks at,
// so that judging the evidence comes to the same outcomes as judging what was
// captured.
//
// Credentials become their placeholders ("{token:valid}") in whatever form they
// were found: a percent-encoded token becomes a percent-encoded placeholder. A
// detector that looks for the placeholders as for secrets finds them where the
// credentials were.
//
// Personal data becomes pseudonyms of the same shape: digits for digits, letters
// for letters of the same case and script, everything else as it was. Equal
// values get equal pseudonyms. They are drawn with a key that lives as long as the
// Redactor and is never written anywhere, so nobody can compute them back. A mask
// that hides enough stays as it is, since hiding is what it is for.
//
// Everything else that the target sent is treated as personal data too, unless it
// is in the vocabulary (vocabulary.txt): words that rules look for, that the
// published page uses, or that carry no information about a person.
//
// Where a pseudonym could change what a rule finds, the detectors of package leak
// are asked, and another one is drawn. What cannot be kept after many attempts is
// counted as CountUnfaithful; secrecy always goes before likeness.
package redact
