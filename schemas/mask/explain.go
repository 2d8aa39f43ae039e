package mask

import (
	"fmt"

	"omaspec/schemas"
)

// Explain turns the result of Judge into an issue, "mask.<verdict>". A good mask
// that has not the shape of the page's example becomes "mask.shape".
func Explain(f Field, r Result) schemas.Issue {
	issue := schemas.Issue{
		Code:     "mask." + string(r.Verdict),
		Where:    "/" + string(f),
		Expected: rules[f].lenientText,
		Observed: fmt.Sprintf("%s: %d visible, %d hidden", r.Shape, r.Visible, r.Hidden),
		Advisory: Severity(r, Lenient) != schemas.Failed,
	}
	if r.Verdict == OK {
		issue.Code, issue.Expected = "mask.shape", rules[f].shapeText
	}
	return issue
}

// ExplainTruth turns the result of JudgeTruth into an issue, "mask.truth.<verdict>".
func ExplainTruth(f Field, t Truth) schemas.Issue {
	return schemas.Issue{
		Code:     "mask.truth." + string(t.Verdict),
		Where:    "/" + string(f),
		Expected: "a mask of this customer's own value that hides at least one third of it",
		Observed: t.Reason,
	}
}

// ExplainUnion turns the result of Union into an issue, "mask.union".
func ExplainUnion(f Field, c Combined) schemas.Issue {
	return schemas.Issue{
		Code:     "mask.union",
		Where:    "/" + string(f),
		Expected: "masks of one value that show the same characters in every response",
		Observed: fmt.Sprintf("different masks, together %d visible and %d hidden", c.Visible, c.Hidden),
	}
}
