package probe

import (
	"fmt"
	"slices"

	"omaspec/reports/evidence"
)

// badProbes are the rows B: values that must not be accepted, because they are made
// up or have lost the secret, or because the field is malformed.
var badProbes = slices.Concat(changedProbes(), []Probe{
	{ID: "B01", Title: "a made-up token of the same form as the valid one, on a new connection", Connection: ConnNew, // as M01
		Steps: []Step{token("{token:canary}")}},
	{ID: "B01.http2", Title: "a made-up token of the same form as the valid one, over HTTP/2", Channel: HTTP2, Connection: ConnNew,
		Steps: []Step{token("{token:canary}")}},
	{ID: "B02.http2", Title: "the valid token with one character changed near its start, over HTTP/2", Channel: HTTP2, Connection: ConnNew,
		Steps: []Step{token("{token:valid|change-early}")}},
	bad("B02", "the valid token with one character changed near its start", "{token:valid|change-early}"),
	bad("B03", "the valid token with one character changed near its end", "{token:valid|change-late}"),
	bad("B03.middle", "the valid token with one character changed in its middle", "{token:valid|change-middle}"),
	bad("B03.end", "the valid token with one of its last four characters changed", "{token:valid|change-end}"),
	bad("B05.without-beginning", "the valid token without its first eighth", "{token:valid|without-beginning}").in(GroupFull),
	bad("B04", "the valid token without its last quarter", "{token:valid|cut-quarter}"),
	bad("B05", "the first 8 characters of the valid token", "{token:valid|first-8}"),
	bad("B06.plus-a", "the valid token with an A after it", "{token:valid|plus-A}"),
	bad("B06.space", "the valid token, a space and more", "{token:valid} x"),
	bad("B06.semicolon", "the valid token, a semicolon and more", "{token:valid};x").in(GroupFull),
	bad("B06.comma", "the valid token, a comma and more", "{token:valid},x").in(GroupFull),
	bad("B06.dot", "the valid token, a full stop and more", "{token:valid}.x").in(GroupFull),
	bad("B06.colon", "the valid token, a colon and more", "{token:valid}:x").in(GroupFull),
	bad("B06.twice", "the valid token written twice", "{token:valid|twice}"),
	bad("B07", "the valid token written backwards", "{token:valid|reversed}"),
	bad("B08.null", "the literal null", "null"),
	bad("B08.undefined", "the literal undefined", "undefined"),
	bad("B08.none", "the literal None", "None").in(GroupFull),
	bad("B08.zero", "the literal 0", "0").in(GroupFull),
	bad("B08.true", "the literal true", "true").in(GroupFull),
	bad("B08.star", "a star", "*").in(GroupFull),
	bad("B08.percent", "a percent sign", "%").in(GroupFull),
	bad("B08.constructor", "the name of a member that every JavaScript object has", "constructor").in(GroupFull),
	bad("B08.proto", "the name of the prototype of a JavaScript object", "__proto__").in(GroupFull),
	bad("B08.hyphen", "a hyphen", "-").in(GroupFull),
	bad("B08.admin", "the word admin", "admin").in(GroupFull),
	bad("B08.test", "the word test", "test").in(GroupFull),
	bad("B08.object", "an empty JSON object", "{}").in(GroupFull),
	bad("B08.array", "an empty JSON array", "[]").in(GroupFull),
	bad("B09", "the token of the page's example", "{sample:page}"),
	bad("B10.literal", "an unsigned JWT for the user admin", "{sample:unsigned-jwt}"),
	bad("B10.alg-none", "the valid JWT with the algorithm none", "{token:valid|jwt-alg-none}"),
	bad("B10.ten-years", "the valid JWT with its expiry ten years on", "{token:valid|jwt-ten-years}"),
	bad("B10.unsigned", "the valid JWT without its signature", "{token:valid|jwt-unsigned}"),
	long("B11.8k", "8192 times the letter A", "{repeat:A:8192}"),
	long("B11.16k", "16384 times the letter A", "{repeat:A:16384}").in(GroupFull),
	long("B12", "65536 times the letter A", "{repeat:A:65536}").in(GroupFull),
	long("B13", "1048576 times the letter A", "{repeat:A:1048576}").in(GroupFull),
	bad("B14.latin1", "a token with the byte E9", "tok{bytes:e9}"),
	bad("B14.utf8", "a token with an accented letter in UTF-8", "tok{bytes:c3a9}"),
	bad("B14.fffe", "a token with the bytes FF FE", "tok{bytes:fffe}").in(GroupFull),
	bad("B14.cjk", "a token of Chinese characters", "{bytes:e4bba4e7898c}").in(GroupFull),
	bad("B14.emoji", "a token of an emoji", "{bytes:f09f9491}").in(GroupFull),
	bad("B15.zero-width", "the valid token with a zero-width space after it", "{token:valid}{bytes:e2808b}"),
	bad("B15.byte-order-mark", "the valid token with a byte order mark before it", "{bytes:efbbbf}{token:valid}").in(GroupFull),
	bad("B15.no-break-space", "the valid token with a no-break space before it", "{bytes:c2a0}{token:valid}").in(GroupFull),
	bad("B15.full-width", "the valid token in full-width characters", "{token:valid|full-width}").in(GroupFull),
	malformed("B16.nul", "a NUL between two made-up tokens", "X-Auth-Token: {token:canary}{bytes:00}{token:canary2}"),
	malformed("B16.soh", "the control character 01 inside a made-up token", "X-Auth-Token: {token:canary}{bytes:01}x").in(GroupFull),
	malformed("B16.esc", "the control character 1B inside a made-up token", "X-Auth-Token: {token:canary}{bytes:1b}x").in(GroupFull),
	malformed("B16.del", "the control character 7F inside a made-up token", "X-Auth-Token: {token:canary}{bytes:7f}x").in(GroupFull),
	malformed("B17", "the valid token, a NUL and more", "X-Auth-Token: {token:valid}{bytes:00}junk"),
	malformed("B18.bare-cr", "a carriage return inside a made-up token", "X-Auth-Token: {token:canary}{bytes:0d}x"),
	malformed("B18.bare-lf", "a made-up token, a line feed and another field", "X-Auth-Token: {token:canary}{bytes:0a}X-Inj: 1").in(GroupFull),
	malformed("B18.crlf", "a made-up token, a line end and another field", "X-Auth-Token: {token:canary}{bytes:0d0a}X-Inj: 1").in(GroupFull),
	malformed("B19", "a made-up token folded over two lines", "X-Auth-Token: {token:canary}{bytes:0d0a} more"),
	twoLines("B20", "two token fields: a made-up one, then the valid one", field(TokenField, "{token:canary}"), field(TokenField, "{token:valid}")),
	twoLines("B21", "two token fields: the valid one, then a made-up one", field(TokenField, "{token:valid}"), field(TokenField, "{token:canary}")),
	twoLines("B22", "two token fields, both valid", field(TokenField, "{token:valid}"), field(TokenField, "{token:valid}")),
	bad("B23.bad-first", "a made-up and the valid token in one field, with a comma", "{token:canary},{token:valid}"),
	bad("B23.valid-first", "the valid and a made-up token in one field, with a comma", "{token:valid},{token:canary}").in(GroupFull),
	twoLines("B24", "a made-up token, and the valid one under the name in lower case",
		field(TokenField, "{token:canary}"), field("x-auth-token", "{token:valid}")),
	bad("B25.sql", "an SQL condition", "' OR '1'='1").in(GroupHostile),
	bad("B25.path", "a path out of the document root", "../../etc/passwd").in(GroupHostile),
	bad("B25.jndi", "a JNDI look-up of this machine", "${jndi:dns://127.0.0.1/x}").in(GroupHostile),
	bad("B25.script", "a script element", "<script>alert(1)</script>").in(GroupHostile),
	bad("B25.nul", "a percent-encoded NUL", "%00").in(GroupHostile),
	bad("B25.template", "a template expression", "{{7*7}}").in(GroupHostile),
	bad("B26.format", "format directives", "%s%n").in(GroupHostile),
	bad("B26.crlf", "a percent-encoded line end and a field", "%0d%0aSet-Cookie:x=1").in(GroupHostile),
})

// changedProbes change the valid token in each of its eighths.
func changedProbes() []Probe {
	var all []Probe
	for i := range eighths {
		all = append(all, bad(fmt.Sprintf("B02.eighth-%d", i+1), fmt.Sprintf("the valid token with one character of its eighth number %d changed", i+1),
			fmt.Sprintf("{token:valid|change-%d}", i+1)).in(GroupFull))
	}
	return all
}

// bad is one value of X-Auth-Token.
func bad(id, title, value string) Probe {
	return Probe{ID: id, Title: title, Steps: []Step{token(value)}}
}

// long is a value that a target may refuse to read to its end: it gets a
// connection of its own, so that no other request follows it there.
func long(id, title, value string) Probe {
	p := bad(id, title, value)
	p.Connection = ConnNew
	return p
}

// malformed is one field line in its exact spelling.
func malformed(id, title, line string) Probe {
	return Probe{ID: id, Title: title, Steps: []Step{lines(line)}}
}

// twoLines is a request with two token fields.
func twoLines(id, title string, first, second evidence.RequestField) Probe {
	return Probe{ID: id, Title: title, Steps: []Step{with(first, second)}}
}

// in moves a probe into a group.
func (p Probe) in(g Group) Probe {
	p.Group = g
	return p
}
