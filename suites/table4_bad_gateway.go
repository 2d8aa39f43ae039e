package suites

import "omaspec/suites/match"

// table4BadGateway judges Table 4: the 502 answers.
var table4BadGateway = section{"Table 4: status code 502", map[string]func(*Case){
	"STATUS-01": func(c *Case) { c.Rows("X04").To(match.HaveStatus(502)) },
	"BODY-33":   func(c *Case) { c.badGateways().To(sayString(c)) },
	"BODY-34":   func(c *Case) { c.badGateways().To(sayJSONString(c)) },
}}

// badGateways selects every 502. Where there is none, it is row X04 that was
// missing.
func (c *Case) badGateways() Answers {
	answers := c.Every(answered(502))
	if len(answers.list) == 0 {
		c.Rows("X04")
	}
	return answers
}
