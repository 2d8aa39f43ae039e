package mask_test

import (
	"fmt"

	"omaspec/schemas/mask"
)

// A mask hides enough, or it does not; what is said about it holds places and
// shapes, and never the value.
func ExampleJudge() {
	for _, value := range []string{"153****0991", "1531234*991", "15312340991"} {
		result := mask.Judge(mask.MobilePhone, value)
		fmt.Println(result.Verdict, mask.Severity(result, mask.Lenient))
	}
	issue := mask.Explain(mask.MobilePhone, mask.Judge(mask.MobilePhone, "15312340991"))
	fmt.Printf("%s at %s: expected %s, observed %s\n", issue.Code, issue.Where, issue.Expected, issue.Observed)
	// Output:
	// ok passed
	// under-masked failed
	// unmasked failed
	// mask.unmasked at /mobilePhone: expected a phone number with at least 3 digits and 30 % hidden, and at most 7 digits visible, observed D11: 11 visible, 0 hidden
}
