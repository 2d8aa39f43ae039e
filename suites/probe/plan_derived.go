package probe

// derivedProbes are the rows D: other spellings of the valid token, from which its
// holder could be recognised. Accepting one is leniency.
var derivedProbes = []Probe{
	bad("D01.bearer", "the valid token after the word Bearer", "Bearer {token:valid}"),
	bad("D01.token", "the valid token after the word Token", "Token {token:valid}").in(GroupFull),
	bad("D02", "the valid token in quotation marks", `"{token:valid}"`).in(GroupFull),
	bad("D03", "the valid token percent-encoded", "{token:valid|percent}").in(GroupFull),
	bad("D04", "the valid token in the URL alphabet of base64", "{token:valid|base64url}").in(GroupFull),
	bad("D05", "the valid token with only unused bits changed", "{token:valid|spare-bits}").in(GroupFull),
	bad("D06", "the valid token with upper and lower case swapped", "{token:valid|swap-case}"),
	bad("D07", "the valid token encoded in base64 once more", "{token:valid|base64}").in(GroupFull),
}
