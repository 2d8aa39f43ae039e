package probe

import "omaspec/reports/evidence"

// requestProbes are the rows R: methods, paths, queries and fields other than the
// token.
var requestProbes = []Probe{
	{ID: "R01.post", Title: "POST with the valid token", Group: GroupUnsafeMethods, Steps: []Step{method("POST", validStep)}},
	{ID: "R01.put", Title: "PUT with the valid token", Group: GroupUnsafeMethods, Steps: []Step{method("PUT", validStep)}},
	{ID: "R01.delete", Title: "DELETE with the valid token", Group: GroupUnsafeMethods, Steps: []Step{method("DELETE", validStep)}},
	{ID: "R01.patch", Title: "PATCH with the valid token", Group: GroupUnsafeMethods, Steps: []Step{method("PATCH", validStep)}},
	{ID: "R01.post-made-up", Title: "POST with a made-up token", Steps: []Step{method("POST", badStep)}},
	{ID: "R02.post", Title: "POST without a token", Steps: []Step{method("POST", Step{})}},
	{ID: "R02.foo", Title: "an unknown method without a token", Group: GroupFull, Steps: []Step{method("FOO", Step{})}},
	{ID: "R02.propfind", Title: "PROPFIND without a token", Group: GroupFull, Steps: []Step{method("PROPFIND", Step{})}},
	{ID: "R02.put", Title: "PUT without a token", Group: GroupUnsafeMethods, Steps: []Step{method("PUT", Step{})}},
	{ID: "R02.delete", Title: "DELETE without a token", Group: GroupUnsafeMethods, Steps: []Step{method("DELETE", Step{})}},
	{ID: "R02.patch", Title: "PATCH without a token", Group: GroupUnsafeMethods, Steps: []Step{method("PATCH", Step{})}},
	{ID: "R03.with", Title: "HEAD with the valid token",
		Steps: []Step{{Method: "HEAD", Close: true, Fields: validStep.Fields}}},
	{ID: "R03.none", Title: "HEAD without a token", Steps: []Step{{Method: "HEAD", Close: true}}},
	{ID: "R04", Title: "OPTIONS without a token", Steps: []Step{method("OPTIONS", Step{})}},
	{ID: "R05", Title: "TRACE with a made-up token", Steps: []Step{method("TRACE", badStep)}},
	// A server that gives up on the line may leave a connection hanging that it shares.
	{ID: "R06.lower", Title: "the method in lower case", Group: GroupFull,
		Steps: []Step{{Method: "get", Close: true, Fields: validStep.Fields}}},
	{ID: "R06.foo", Title: "an unknown method", Group: GroupFull, Steps: []Step{method("FOO", validStep)}},
	{ID: "R07.with", Title: "a slash after the path, with the valid token", Group: GroupFull, Steps: []Step{to("{path}/", validStep)}},
	{ID: "R07.none", Title: "a slash after the path, without a token", Steps: []Step{to("{path}/", Step{})}},
	unguarded("R08", "the path in upper case", "{path|upper}"),
	unguarded("R09.double-slash", "the path with doubled slashes", "{path|double-slash}"),
	unguarded("R09.dot-dot-semicolon", "the path with a detour through ..;", "{path|dot-dot-semicolon}"),
	unguarded("R09.semicolon", "a path parameter", "{path};a=1"),
	unguarded("R09.dot", "the path with a segment .", "{path|dot}").in(GroupFull),
	unguarded("R09.dot-dot", "the path with a detour through ..", "{path|dot-dot}").in(GroupFull),
	unguarded("R09.encoded-dot", "the path with an encoded segment .", "{path|encoded-dot}").in(GroupFull),
	unguarded("R09.encoded-slash", "the path with an encoded slash", "{path|encoded-slash}").in(GroupFull),
	unguarded("R09.encoded-letter", "the path with an encoded letter", "{path|encoded-last-octet}").in(GroupFull),
	unguarded("R09.json", "the path with .json after it", "{path}.json").in(GroupFull),
	unguarded("R09.trailing-dot", "the path with a full stop after it", "{path}.").in(GroupFull),
	unguarded("R09.space", "the path with an encoded space after it", "{path}%20").in(GroupFull),
	query("R10.lang", "a parameter for the language", "lang=en"),
	query("R10.x", "an unknown parameter", "x=1").in(GroupFull),
	query("R10.cache-buster", "a parameter that only avoids caches", "_={unique:buster}").in(GroupFull),
	query("R11", "parameters that ask for unmasked data",
		"mask=false&unmask=1&raw=true&plain=1&debug=true&fields=*&detail=1"),
	{ID: "R11.header", Title: "fields that ask for unmasked data", Steps: []Step{
		with(field(TokenField, "{token:valid}"), field("X-Debug", "true"), field("X-Mask", "false"), field("X-Unmask", "1"))}},
	query("R11.mask", "the parameter mask=false", "mask=false").in(GroupFull),
	query("R11.unmask", "the parameter unmask=1", "unmask=1").in(GroupFull),
	query("R11.raw", "the parameter raw=true", "raw=true").in(GroupFull),
	query("R11.plain", "the parameter plain=1", "plain=1").in(GroupFull),
	query("R11.debug", "the parameter debug=true", "debug=true").in(GroupFull),
	query("R11.fields", "the parameter fields=*", "fields=*").in(GroupFull),
	query("R11.detail", "the parameter detail=1", "detail=1").in(GroupFull),
	{ID: "R11.browser", Title: "the valid token, and the fields of a browser", Group: GroupFull, Steps: []Step{
		with(append([]evidence.RequestField{field(TokenField, "{token:valid}")}, browserFields...)...)}},
	{ID: "R11.trusted", Title: "the valid token, and fields that claim a trusted origin", Group: GroupFull, Steps: []Step{
		with(field(TokenField, "{token:valid}"), trustFields[0], trustFields[1], trustFields[2], field("Referer", "{origin}/"))}},
	query("R12.query", "parameters that name another customer", "tenantId=1&customerId=1"),
	{ID: "R12.fields", Title: "fields that name another customer", Steps: []Step{
		with(field(TokenField, "{token:valid}"), field("X-Tenant-Id", "1"), field("X-User-Id", "1"))}},
	{ID: "R12.vdn", Title: "a parameter and a field that name the next VDN", Steps: []Step{
		to("{path}?vdn={next-vdn:V01}", with(field(TokenField, "{token:valid}"), field("X-Vdn", "{next-vdn:V01}")))}},
	query("R13", "a JSONP callback", "callback=cb").in(GroupFull),
	asking("R14.html", "asking for HTML", field("Accept", "text/html")),
	asking("R14.xml", "asking for XML", field("Accept", "application/xml")).in(GroupFull),
	asking("R14.json", "asking for JSON", field("Accept", "application/json")).in(GroupFull),
	asking("R14.not-json", "asking for anything but JSON", field("Accept", "application/json;q=0")).in(GroupFull),
	asking("R14.any", "asking for anything", field("Accept", "*/*")).in(GroupFull),
	{ID: "R15", Title: "no token, asking for what browsers ask for", Steps: []Step{with(
		field("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"))}},
	{ID: "R16.object", Title: "a body of an empty JSON object", Group: GroupFull, Steps: []Step{{
		Fields: []evidence.RequestField{field(TokenField, "{token:valid}"), field("Content-Type", "application/json")}, Body: "{}"}}},
	{ID: "R16.1k", Title: "a body of 1024 bytes", Group: GroupFull, Steps: []Step{{
		Fields: validStep.Fields, Body: "{repeat:a:1024}"}}},
	asking("R17.gzip", "asking for gzip", field("Accept-Encoding", "gzip")),
	asking("R17.br", "asking for Brotli", field("Accept-Encoding", "br")).in(GroupFull),
	asking("R17.not-identity", "refusing an answer without a content coding", field("Accept-Encoding", "identity;q=0")).in(GroupFull),
	asking("R18", "asking for the first ten bytes", field("Range", "bytes=0-9")).in(GroupFull),
	{ID: "R19.with", Title: "HTTP/1.0 with the valid token", Group: GroupFull,
		Steps: []Step{{Proto: "HTTP/1.0", Fields: validStep.Fields}}},
	{ID: "R19.none", Title: "HTTP/1.0 without a token", Steps: []Step{{Proto: "HTTP/1.0"}}},
	{ID: "R20.no-host", Title: "no Host field", Group: GroupFull, Steps: []Step{{NoHost: true, Fields: validStep.Fields}}},
	{ID: "R20.two-hosts", Title: "two Host fields", Group: GroupFull, Steps: []Step{{NoHost: true, Fields: validStep.Fields,
		Lines: []string{"Host: {host}", "Host: other.example"}}}},
	asking("R21.host", "a foreign Host field", field("Host", "evil.example")),
	asking("R21.x-forwarded-host", "a foreign X-Forwarded-Host field", field("X-Forwarded-Host", "evil.example")),
	{ID: "R22", Title: "the whole URL in the request line", Group: GroupFull,
		Steps: []Step{{Target: "{origin}{path}", Proto: "HTTP/1.1", Fields: validStep.Fields}}},
	{ID: "R23", Title: "a Content-Length and a Transfer-Encoding", Group: GroupSmuggling, Steps: []Step{{
		Fields: validStep.Fields,
		Lines:  []string{"Content-Length: 3", "Transfer-Encoding: chunked"}, Body: "{bytes:300d0a0d0a}"}}},
	asking("R24.get", "a foreign origin", field("Origin", "https://evil.example")),
	{ID: "R24.preflight", Title: "a preflight of a foreign origin, without a token", Steps: []Step{method("OPTIONS", with(
		field("Origin", "https://evil.example"),
		field("Access-Control-Request-Method", "GET"),
		field("Access-Control-Request-Headers", "x-auth-token")))}},
	asking("R25.zh", "asking for Chinese", field("Accept-Language", "zh-CN")).in(GroupFull),
	asking("R25.en", "asking for English", field("Accept-Language", "en-US")).in(GroupFull),
	{ID: "R26", Title: "a body, and the wish to be told to continue", Group: GroupFull, Steps: []Step{{
		Fields: []evidence.RequestField{field(TokenField, "{token:valid}"), field("Expect", "100-continue")}, Body: "{}"}}},
}

// unguarded is a request without a token for another spelling of the path.
func unguarded(id, title, target string) Probe {
	return Probe{ID: id, Title: title + ", without a token", Steps: []Step{to(target, Step{})}}
}

// query is a request with the valid token and a query.
func query(id, title, query string) Probe {
	return Probe{ID: id, Title: title, Steps: []Step{to("{path}?"+query, token("{token:valid}"))}}
}

// asking is a request with the valid token and another field.
func asking(id, title string, f evidence.RequestField) Probe {
	return Probe{ID: id, Title: title, Steps: []Step{with(field(TokenField, "{token:valid}"), f)}}
}
