package probe

import (
	"slices"

	"omaspec/reports/evidence"
)

// missingProbes are the rows M: no token, or a token in the wrong place.
var missingProbes = []Probe{
	// What else has to be refused is held against this: no request before it may be the cause.
	{ID: "M01", Title: "no token, on a new connection", Connection: ConnNew, Steps: []Step{{}}},
	{ID: "M01.http2", Title: "no token, over HTTP/2", Channel: HTTP2, Connection: ConnNew, Steps: []Step{{}}},
	// A gateway may have another way in for HTTP/2, so a sample of the refusals takes it.
	{ID: "M02.http2", Title: "an empty token, over HTTP/2", Group: GroupFull, Channel: HTTP2, Connection: ConnNew, Steps: []Step{token("")}},
	{ID: "M06.http2", Title: "the valid token as a bearer credential only, over HTTP/2", Channel: HTTP2, Connection: ConnNew,
		Steps: []Step{with(field("Authorization", "Bearer {token:valid}"))}},
	{ID: "M02", Title: "an empty token", Steps: []Step{token("")}},
	{ID: "M03", Title: "an empty token, with nothing after the colon", Steps: []Step{lines("X-Auth-Token:")}},
	{ID: "M04", Title: "a token of white space only", Steps: []Step{lines("X-Auth-Token: {bytes:09}  ")}},
	{ID: "M05", Title: "the valid token under the name X-Auth_Token, as in the page's example",
		Steps: []Step{with(field("X-Auth_Token", "{token:valid}"))}},
	{ID: "M06", Title: "the valid token as a bearer credential only",
		Steps: []Step{with(field("Authorization", "Bearer {token:valid}"))}},
	{ID: "M06.bare", Title: "the valid token in Authorization, without a scheme", Group: GroupFull,
		Steps: []Step{with(field("Authorization", "{token:valid}"))}},
	{ID: "M07.x-auth-token", Title: "the valid token in the query, as X-Auth-Token", Group: GroupTokenInURL,
		Steps: []Step{to("{path}?X-Auth-Token={token:valid|in-url}", Step{})}},
	{ID: "M07.token", Title: "the valid token in the query, as token", Group: GroupTokenInURL,
		Steps: []Step{to("{path}?token={token:valid|in-url}", Step{})}},
	{ID: "M07.access-token", Title: "the valid token in the query, as access_token", Group: GroupTokenInURL,
		Steps: []Step{to("{path}?access_token={token:valid|in-url}", Step{})}},
	{ID: "M08", Title: "the valid token in cookies only",
		Steps: []Step{with(field("Cookie", "X-Auth-Token={token:valid}; access-token={token:valid}"))}},
	{ID: "M08.token", Title: "the valid token in a cookie called token", Group: GroupFull,
		Steps: []Step{with(field("Cookie", "token={token:valid}"))}},
	{ID: "M09", Title: "the valid token in the request body only", Group: GroupTokenInURL, Steps: []Step{{
		Fields: []evidence.RequestField{field("Content-Type", "application/json")},
		Body:   `{"X-Auth-Token":"{token:valid|in-json}"}`}}},
	otherName("M10.access-token", "access-token"),
	otherName("M10.x-access-token", "X-Access-Token"),
	otherName("M10.x-subject-token", "X-Subject-Token"),
	otherName("M10.token", "token"),
	otherName("M10.x_auth_token", "X_Auth_Token"),
	otherName("M10.xauthtoken", "XAuthToken"),
	{ID: "M11", Title: "no token, but the cookies that the valid token was given",
		Steps: []Step{with(field("Cookie", "{cookie:V01}"))}},
	{ID: "M12", Title: "a space between the field name and the colon", Group: GroupFull,
		Steps: []Step{lines("X-Auth-Token : {token:valid}")}},
	{ID: "M13", Title: "no token, and fields that claim a trusted origin", Steps: []Step{with(trustFields...)}},
	trusted("M13.x-forwarded-for", trustFields[0]),
	trusted("M13.x-real-ip", trustFields[1]),
	trusted("M13.x-forwarded-host", trustFields[2]),
	trusted("M13.x-original-url", trustFields[3]),
	trusted("M13.x-rewrite-url", trustFields[4]),
	trusted("M13.x-user-id", trustFields[5]),
	{ID: "M14", Title: "no token, and a method override to OPTIONS",
		Steps: []Step{with(field("X-HTTP-Method-Override", "OPTIONS"))}},
	{ID: "M15", Title: "no token, and the fields of a browser on an own page, asking for a part", Steps: []Step{with(append(slices.Clone(browserFields),
		field("Origin", "{origin}"), field("Referer", "{origin}/"), field("Range", "bytes=0-9"))...)}},
	{ID: "M15.browser", Title: "no token, and the fields of a browser", Group: GroupFull, Steps: []Step{with(browserFields...)}},
	{ID: "M15.range", Title: "no token, asking for the first ten bytes", Group: GroupFull, Steps: []Step{with(field("Range", "bytes=0-9"))}},
	{ID: "M15.origin", Title: "no token, and the origin of the own portal", Group: GroupFull, Steps: []Step{with(
		field("Origin", "{origin}"), field("Referer", "{origin}/"))}},
	{ID: "M15.since", Title: "no token, asking for what changed since 1990", Group: GroupFull, Steps: []Step{with(
		field("If-Modified-Since", "Mon, 01 Jan 1990 00:00:00 GMT"))}},
	{ID: "M15.any-tag", Title: "no token, asking for any version", Group: GroupFull, Steps: []Step{with(field("If-Match", "*"))}},
}

// browserFields are those of a browser that follows a link (Chromium).
var browserFields = []evidence.RequestField{
	{Name: "User-Agent", Value: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},
	{Name: "Accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
	{Name: "Accept-Language", Value: "en-US,en;q=0.9"},
	{Name: "Sec-Fetch-Mode", Value: "navigate"},
}

// trustFields are fields by which a proxy vouches for a request.
var trustFields = []evidence.RequestField{
	{Name: "X-Forwarded-For", Value: "127.0.0.1"},
	{Name: "X-Real-IP", Value: "127.0.0.1"},
	{Name: "X-Forwarded-Host", Value: "localhost"},
	{Name: "X-Original-URL", Value: "{path}"},
	{Name: "X-Rewrite-URL", Value: "{path}"},
	{Name: "X-User-Id", Value: "1"},
}

// trusted is row M13 with one of its fields.
func trusted(id string, f evidence.RequestField) Probe {
	return Probe{ID: id, Title: "no token, and the field " + f.Name, Group: GroupFull, Steps: []Step{with(f)}}
}

// otherName is row M10 with one name.
func otherName(id, name string) Probe {
	return Probe{ID: id, Title: "the valid token under the name " + name + " only", Steps: []Step{with(field(name, "{token:valid}"))}}
}
