package probe

// validProbes are the rows V: the valid token, in forms that must work.
var validProbes = []Probe{
	{ID: Baseline, Title: "the valid token", Steps: []Step{token("{token:valid}")}},
	{ID: rawControl, Title: "the valid token, reading until the connection ends",
		Steps: []Step{{Close: true, Fields: token("{token:valid}").Fields}}},
	{ID: "V02", Title: "the valid token again on new connections", Connection: ConnNew, Steps: []Step{
		titled("first time", token("{token:valid}")),
		titled("second time", token("{token:valid}"))}},
	{ID: "V03", Title: "the field name in lower case", Steps: []Step{with(field("x-auth-token", "{token:valid}"))}},
	{ID: "V04", Title: "the field name in upper case", Steps: []Step{with(field("X-AUTH-TOKEN", "{token:valid}"))}},
	{ID: "V05.no-space", Title: "no space between the colon and the token",
		Steps: []Step{lines("X-Auth-Token:{token:valid}")}},
	{ID: "V05.padded", Title: "tabs and spaces around the token",
		Steps: []Step{lines("X-Auth-Token: {bytes:09} {token:valid} {bytes:09}")}},
	{ID: "V06", Title: "the valid token over HTTP/2", Channel: HTTP2, Connection: ConnNew, Steps: []Step{token("{token:valid}")}},
	{ID: "V07", Title: "the valid token and a made-up bearer credential", Group: GroupFull, Steps: []Step{
		with(field(TokenField, "{token:valid}"), field("Authorization", "Bearer {token:canary}"))}},
	{ID: "V08", Title: "the valid token and nothing that the page does not ask for: neither Accept nor User-Agent",
		Steps: []Step{{Bare: true, Fields: token("{token:valid}").Fields}}},
}
