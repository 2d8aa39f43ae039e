package probe

// inputProbes are the rows X: tokens that somebody has to supply. One token of
// another kind or environment serves both X06 and X07, and is sent twice.
var inputProbes = []Probe{
	bad("X01", "an expired token", "{token:expired}"),
	bad("X02", "a revoked token", "{token:revoked}"),
	bad("X03", "the token of a customer who has not purchased the AICC", "{token:not-purchased}"),
	bad("X04", "a token for which the back end fails", "{token:upstream-failure}"),
	bad("X05", "the second customer's token", "{token:second-tenant}"),
	bad("X06", "a token of another kind", "{token:foreign}"),
	bad("X07", "a token of another environment", "{token:foreign}"),
}
