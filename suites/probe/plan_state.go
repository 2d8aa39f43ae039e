package probe

import "slices"

// stateProbes are the rows L: whether one request changes what another one gets, on
// a connection, in a cache, or at the same time.
var stateProbes = []Probe{
	{ID: "L01", Title: "on one connection", Connection: ConnOne, Steps: []Step{validStep, noneStep}},
	{ID: "L02", Title: "on one connection", Connection: ConnOne, Steps: []Step{badStep, validStep, badStep}},
	{ID: "L03", Title: "on one connection", Connection: ConnOne, Steps: []Step{validStep, secondStep, validStep}},
	{ID: "L04", Title: "on new connections, one after the other", Connection: ConnNew, Steps: []Step{
		validStep, noneStep,
		titled("no token, asking for a stale answer", with(field("Cache-Control", "max-stale")))}},
	{ID: "L05.query", Title: "on new connections, with a query that nobody else uses", Connection: ConnNew,
		Steps: []Step{to(uniqueQuery, validStep), to(uniqueQuery, noneStep)}},
	{ID: "L05.css", Title: "on new connections, with a path that looks like a style sheet", Connection: ConnNew,
		Steps: []Step{to(styleSheet, validStep), to(styleSheet, noneStep)}},
	{ID: "L06.none", Title: "no token, asking whether the valid token's answer has changed", Connection: ConnNew,
		Steps: []Step{with(field("If-None-Match", "{etag:V01}"))}},
	{ID: "L06.second-tenant", Title: "the second customer's token, asking whether the valid token's answer has changed", Connection: ConnNew,
		Steps: []Step{with(field(TokenField, "{token:second-tenant}"), field("If-None-Match", "{etag:V01}"))}},
	{ID: "L07", Title: "at the same time", Connection: ConnBurst, Steps: slices.Repeat([]Step{validStep, validStep, validStep, noneStep}, 3)},
	{ID: "L07.second-tenant", Title: "at the same time", Connection: ConnBurst, Steps: slices.Repeat([]Step{secondStep}, 8)},
	{ID: "L08", Title: "in one write", Group: GroupFull, Connection: ConnPipelined, Steps: []Step{noneStep, validStep}},
	{ID: "L09", Title: "on one connection, 30 times no token and then the valid one", Group: GroupFull, Connection: ConnOne, Once: true,
		Steps: append(slices.Repeat([]Step{noneStep}, 30), validStep)},
	{ID: "L10", Title: "on one connection, to measure the time", Group: GroupFull, Connection: ConnOne, Alone: true, Steps: slices.Repeat([]Step{
		noneStep,
		titled("one character changed", token("{token:valid|change-early}")),
		titled("the last quarter missing", token("{token:valid|cut-quarter}"))}, 5)},
}

// Two addresses of the same interface that no other request of any run uses.
const (
	uniqueQuery = "{path}?cb={unique:query}"
	styleSheet  = "{path}/{unique:style-sheet}.css"
)
