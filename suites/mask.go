package suites

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
)

// maskJudges judge "which has been masked" in the rows 1.1 to 1.4 of
// Table 2, and that no other place of any answer undoes it.
var maskJudges = map[string]func(*Case){
	"MASK-01": masked(mask.MobilePhone),
	"MASK-02": masked(mask.Company),
	"MASK-03": masked(mask.CustomerName),
	"MASK-04": masked(mask.Email),
	"MASK-05": shapedAsDocumented(mask.MobilePhone),
	"MASK-06": shapedAsDocumented(mask.Company),
	"MASK-07": shapedAsDocumented(mask.CustomerName),
	"MASK-08": shapedAsDocumented(mask.Email),
	"MASK-09": trueMasks,
	"MASK-10": func(c *Case) { c.Seen(status200).To(c.noHits("body", certainKinds)) },
	"MASK-11": func(c *Case) { c.Seen(anyAnswer).To(c.noHits("header", certainKinds)) },
	"MASK-12": func(c *Case) { c.Seen(not200).To(c.noHits("body", certainKinds)) },
	"MASK-13": func(c *Case) { c.Seen(anyAnswer).To(c.noHits("", possibleKinds)) },
	"MASK-14": func(c *Case) { c.Seen(anyAnswer).To(c.noHits("", credentialKinds)) },
	"MASK-15": func(c *Case) { c.Every(refusing).To(c.noHits("body", internalKinds)) },
	"MASK-16": func(c *Case) { c.Every(refusing).To(c.noHits("body", bannerKinds)) },
	"MASK-17": sensitiveMembers,
	"MASK-18": unmaskingSwitches,
	"MASK-19": noUnion,
	"MASK-20": func(c *Case) { c.Seen(refusing).To(carryNoMembers(c)) },
	"MASK-21": portalURLs(portalurl.Sensitive),
	"MASK-22": signs,
}

// masked judges the lenient rules of one field, or those of the example under
// the reading masking: documented.
func masked(field mask.Field) func(*Case) {
	return func(c *Case) {
		c.values(string(field), "be masked at "+string(field), func(o *Observation, i int, v strictjson.Value) []schemas.Issue {
			return c.maskIssues(field, o.Masks[field][i], v)
		})
	}
}

// maskIssues judges one value of a masked member. What is neither a string nor a
// number has the wrong type, which BODY-11 to BODY-14 say.
func (c *Case) maskIssues(field mask.Field, seen maskSeen, v strictjson.Value) []schemas.Issue {
	if v.Kind != strictjson.String && v.Kind != strictjson.Number ||
		mask.Severity(seen.Result, c.masking()) != schemas.Failed {
		return nil
	}
	return []schemas.Issue{mask.Explain(field, seen.Result)}
}

// masking is the reading of what a mask is.
func (c *Case) masking() mask.Reading { return mask.Reading(c.Readings.Value(schemas.Masking)) }

// shapedAsDocumented warns of every mask that passes and is not in the shape of
// the example. An empty value is judged by BODY-19.
func shapedAsDocumented(field mask.Field) func(*Case) {
	return func(c *Case) {
		c.values(string(field), "be masked as in the example at "+string(field), func(o *Observation, i int, v strictjson.Value) []schemas.Issue {
			result := o.Masks[field][i].Result
			if v.Kind != strictjson.String || result.Verdict == mask.Empty || mask.Severity(result, mask.Lenient) != schemas.Warned {
				return nil
			}
			return []schemas.Issue{mask.Explain(field, result)}
		})
	}
}

// trueMasks compares the masked values with the customer's true ones.
func trueMasks(c *Case) {
	if !c.Compared {
		c.Gap("the true values of the token's customer are not known", "OMASPEC_SUBJECT_FILE")
		return
	}
	for _, role := range tenants {
		answers := c.Successes().Having(func(x *evidence.Exchange) bool { return sends(x, "{token:"+role+"}") && c.isObject(x) })
		answers.To(match.New("mask the true values", func(x *evidence.Exchange) []schemas.Issue {
			var issues []schemas.Issue
			for _, field := range mask.Fields {
				for _, seen := range c.masks(x, field) {
					switch {
					case seen.Truth == nil || seen.Truth.OK:
					case mask.Severity(seen.Result, c.masking()) == schemas.Failed:
						c.Doubt("%s is not masked properly, which is judged by itself, so there is no mask to compare", field)
					default:
						issues = append(issues, mask.ExplainTruth(field, *seen.Truth))
					}
				}
			}
			return issues
		}))
	}
}

// noUnion puts all masks of one customer's value together.
func noUnion(c *Case) {
	for _, role := range tenants {
		answers := c.Successes().Having(func(x *evidence.Exchange) bool { return sends(x, "{token:"+role+"}") && c.isObject(x) })
		for _, x := range answers.list {
			c.look(x)
			c.body(x)
		}
		for _, found := range c.together().Combinations {
			switch {
			case found.Role != role:
			case found.RevealsMore:
				c.Find(mask.ExplainUnion(found.Field, found.Combined), answers.list...)
			case found.Unread:
				c.Doubt("the masks of %s are too many or too long to put them all together", found.Field)
			}
		}
	}
}

// signs records which sign each member is masked with.
func signs(c *Case) {
	for _, x := range c.Successes().Having(c.isObject).list {
		c.look(x)
		for _, field := range mask.Fields {
			for _, seen := range c.masks(x, field) {
				if seen.Sign != 0 {
					c.Note("%s is masked with %q", field, seen.Sign)
				}
			}
		}
	}
	for _, x := range c.Every(anyAnswer).list {
		for _, hit := range c.placedHits(x).Hits {
			if slices.Contains(curiousKinds, hit.Kind) {
				c.Note("%s in %s of %s", hit.Kind, hit.Where, x.ID())
			}
		}
	}
}

// The kinds of hits by what they mean; see certain for whose the personal ones are.
var (
	credentialKinds = hitChoice{kinds: []leak.Kind{leak.Token, leak.JWT}}
	internalKinds   = hitChoice{kinds: []leak.Kind{leak.StackTrace, leak.SQL, leak.ClassName, leak.InternalPath, leak.PrivateAddress}}
	bannerKinds     = hitChoice{kinds: []leak.Kind{leak.Banner}}
	certainKinds    = hitChoice{[]leak.Kind{leak.Phone, leak.Email, leak.Truth}, theCustomers}
	possibleKinds   = hitChoice{[]leak.Kind{leak.Phone, leak.Email}, somebodys}
	curiousKinds    = []leak.Kind{leak.IDCard, leak.BankCard}
)

// hitChoice chooses hits by kind, and personal data by how sure it is.
type hitChoice struct {
	kinds []leak.Kind
	whose whose
}

// whose says whose data personal data is, as far as that is certain.
type whose int

const (
	anybodys     whose = iota
	theCustomers       // certainly that of a customer of the run
	somebodys          // not certainly
)

func (h hitChoice) includes(sort leak.Sort) bool {
	return slices.Contains(h.kinds, sort.Kind) && (h.whose == anybodys || certain(sort) == (h.whose == theCustomers))
}

// noHits passes for answers without the chosen hits in a place: "header" (status
// line, header and trailer fields), "body", or "" for both.
func (c *Case) noHits(place string, choice hitChoice) *match.Matcher {
	return match.New("show nothing that it should hide", func(x *evidence.Exchange) []schemas.Issue {
		var issues []schemas.Issue
		found := c.placedHits(x)
		for _, hit := range found.Hits {
			switch {
			case place != "" && place != hit.Place:
			case choice.includes(hit.Sort()):
				issues = append(issues, hit.issue())
			case choice.whose == theCustomers && slices.Contains(choice.kinds, hit.Kind) && c.together().Uncompared > 0:
				c.Doubt("the masks of the run are too many to tell whether what %s shows belongs to one of them", x.ID())
			}
		}
		for at, n := range found.More {
			if choice.includes(at.sort) && (place == "" || place == at.name) {
				c.omit(placedHit{Hit: leak.Hit{Kind: at.sort.Kind}}.issue(), n, x)
			}
		}
		return issues
	})
}

func sensitiveMembers(c *Case) {
	c.Successes().Having(c.isObject).To(match.New("have no sensitive members", func(x *evidence.Exchange) []schemas.Issue {
		var issues []schemas.Issue
		for _, found := range c.observe(x).Sensitive {
			issues = append(issues, schemas.Issue{Code: "body.sensitive-member", Where: found.Where, Expected: "no member that is sensitive by its name", Observed: fmt.Sprintf("a member whose name says %q", found.Word)})
		}
		return issues
	}))
}

// carryNoMembers passes for error bodies without the members of Table 2. The
// member schema alone is Table 3's own.
func carryNoMembers(c *Case) *match.Matcher {
	return match.New("carry no customer data", func(x *evidence.Exchange) []schemas.Issue {
		if !c.hasData(x) {
			return nil
		}
		return one("leak.members", "body", "no members of Table 2 under status "+match.Status(x), "members of Table 2")
	})
}

// unmaskingSwitches judges every success that was asked for with the valid token, in its
// place or in another, and in another way than the page documents: it must show no more
// than the baseline does. What is wrong with the baseline already is judged by MASK-01 to
// MASK-04, and what is served without a valid token by the family AUTH.
func unmaskingSwitches(c *Case) {
	c.Rows("R11") // the rows that ask for unmasked data outright have to be sent
	base := c.baseline()
	if base == nil {
		c.Doubt("there is no answer to the documented request to compare with")
		return
	}
	known := c.allMaskIssues(base)
	c.Every(func(x *evidence.Exchange) bool {
		return x.Status() == 200 && !c.documented(x) && bringsValidToken(x)
	}).To(match.New("stay masked", func(x *evidence.Exchange) []schemas.Issue {
		issues := slices.DeleteFunc(c.allMaskIssues(x), func(i schemas.Issue) bool { return slices.Contains(known, i) })
		if more := c.names(x) - c.names(base); more > 0 {
			issues = append(issues, schemas.Issue{Code: "body.members-added", Where: "body", Expected: "the members of the documented answer", Observed: plural(more, "more member")})
		}
		return issues
	}))
}

// bringsValidToken tells whether a request carries the valid token as it is, wherever.
func bringsValidToken(x *evidence.Exchange) bool {
	const whole = "{token:valid}"
	return strings.Contains(x.Request.Target, whole) || strings.Contains(x.Request.Body, whole) || strings.Contains(x.Request.Raw, whole) ||
		slices.ContainsFunc(x.Request.Header, func(f evidence.RequestField) bool { return strings.Contains(f.Value, whole) })
}

// allMaskIssues judges the four masked members of an answer.
func (c *Case) allMaskIssues(x *evidence.Exchange) []schemas.Issue {
	var issues []schemas.Issue
	for _, field := range mask.Fields {
		for i, value := range c.memberValues(x, string(field)) {
			issues = append(issues, c.maskIssues(field, c.observe(x).Masks[field][i], value)...)
		}
	}
	return issues
}

// names counts the member names of an answer's object.
func (c *Case) names(x *evidence.Exchange) int { return len(c.members(x).Names()) }
