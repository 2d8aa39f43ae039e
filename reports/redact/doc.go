// Package redact rewrites what a target sent, so that it can be kept as evidence.
//
// It goes by origin, not by likeness. What omaspec wrote itself (symbolic
// requests, times, ids) holds no secret and stays. What came from outside is
// rewritten as a whole, in every place: each letter becomes another letter, each
// digit another digit, every other character that is not ASCII one of its length.
// What stays is a closed list (package words) and the mask of a telephone number in
// the very shape of the page's example. So it does not matter in what form
// somebody's number or a token stood there.
//
// The rewriting keeps what rules look at in a text: the syntax of JSON, URLs and
// fields, case, length, and which values are equal. It is drawn with a key that
// lives as long as the Redactor and is never written anywhere. What a rule found in the words
// themselves cannot be found again; it is kept beside the evidence, as places, kinds
// and shapes.
package redact
