package portalurl

import "strings"

// Class says how much a code binds.
type Class string

// The classes of codes. MUST-SEC rests on a security standard, not on the page.
const (
	Must    Class = "MUST"
	MustSec Class = "MUST-SEC"
	Should  Class = "SHOULD"
	Info    Class = "INFO"
)

// Aspect is what a code is about. Each has a requirement of its own.
type Aspect string

// The aspects of codes.
const (
	Structure    Aspect = "structure"    // it is an absolute URL
	Scheme       Aspect = "scheme"       // https, without user information
	Hosts        Aspect = "hosts"        // those that were declared
	Parameters   Aspect = "parameters"   // as in the page's example
	Placeholders Aspect = "placeholders" // values that nobody filled in
	Reach        Aspect = "reach"        // whether the customer gets there
	Sensitive    Aspect = "sensitive"    // credentials and personal data
	Constancy    Aspect = "constancy"    // from one response to the next
	Curious      Aspect = "curious"      // what the page leaves open
)

// rules holds every code: its class, what it is about, and what is expected.
var rules = map[string]struct {
	class    Class
	aspect   Aspect
	expected string
}{
	"url-empty":         {Must, Structure, "a URL"},
	"url-parse":         {Must, Structure, "a URL (RFC 3986)"},
	"url-relative":      {Must, Structure, "an absolute URL"},
	"url-host":          {Must, Structure, "a URL with a host"},
	"url-port":          {Must, Structure, "no port, or one from 1 to 65535"},
	"url-ctl":           {Must, Structure, "no white space and no control character"},
	"url-html":          {Must, Structure, "a URL that is not escaped for HTML"},
	"url-http":          {MustSec, Scheme, "the scheme https"},
	"url-scheme":        {MustSec, Scheme, "the scheme https"},
	"url-userinfo":      {MustSec, Scheme, "no user information (RFC 3986 3.2.1)"},
	"url-secret":        {MustSec, Sensitive, "no credential and no personal data in a parameter (ASVS 14.2.1)"},
	"url-jwt":           {MustSec, Sensitive, "no JSON Web Token (ASVS 14.2.1)"},
	"url-token-echo":    {MustSec, Sensitive, "no token of the caller (ASVS 14.2.1)"},
	"url-pii-phone":     {MustSec, Sensitive, "no telephone number (ASVS 14.2.1)"},
	"url-pii-email":     {MustSec, Sensitive, "no e-mail address (ASVS 14.2.1)"},
	"url-pii-name":      {MustSec, Sensitive, "no name of the customer (ASVS 14.2.1)"},
	"url-pii-id-card":   {MustSec, Sensitive, "no identity card number (ASVS 14.2.1)"},
	"url-host-list":     {MustSec, Hosts, "one of the configured hosts"},
	"url-client-id":     {Should, Parameters, "client_id, as in the page's example"},
	"url-redirect-uri":  {Should, Parameters, "redirect_uri, as in the page's example"},
	"url-query":         {Should, Parameters, "a query of name=value joined by &"},
	"url-dup-param":     {Should, Parameters, "each parameter once"},
	"url-placeholder":   {Should, Placeholders, "real values"},
	"url-private-ip":    {Should, Reach, "a host that the customer can reach"},
	"url-internal-host": {Should, Reach, "a host that the customer can reach"},
	"url-long":          {Should, Curious, "at most 2048 bytes"},
	"redirect-fragment": {Should, Parameters, "no fragment (RFC 6749 3.1.2)"},
	"url-constancy":     {Should, Constancy, "the same URL for the same token"},
	"url-ip":            {Info, Curious, "a host name"},
	"url-idn":           {Info, Curious, "a host name of ASCII characters"},
}

// AspectOf returns what a code of this package is about, with or without
// "redirect:" before it; "" for any other.
func AspectOf(code string) Aspect { return rules[strings.TrimPrefix(code, redirect)].aspect }
