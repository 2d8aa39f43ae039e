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

// rules holds every code: its class, and what is expected.
var rules = map[string]struct {
	class    Class
	expected string
}{
	"url-empty":         {Must, "a URL"},
	"url-parse":         {Must, "a URL (RFC 3986)"},
	"url-relative":      {Must, "an absolute URL"},
	"url-host":          {Must, "a URL with a host"},
	"url-port":          {Must, "no port, or one from 1 to 65535"},
	"url-ctl":           {Must, "no white space and no control character"},
	"url-html":          {Must, "a URL that is not escaped for HTML"},
	"url-http":          {MustSec, "the scheme https"},
	"url-scheme":        {MustSec, "the scheme https"},
	"url-userinfo":      {MustSec, "no user information (RFC 3986 3.2.1)"},
	"url-secret":        {MustSec, "no credential and no personal data in a parameter (ASVS 14.2.1)"},
	"url-jwt":           {MustSec, "no JSON Web Token (ASVS 14.2.1)"},
	"url-token-echo":    {MustSec, "no token of the caller (ASVS 14.2.1)"},
	"url-pii-phone":     {MustSec, "no telephone number (ASVS 14.2.1)"},
	"url-pii-email":     {MustSec, "no e-mail address (ASVS 14.2.1)"},
	"url-pii-name":      {MustSec, "no name of the customer (ASVS 14.2.1)"},
	"url-pii-id-card":   {MustSec, "no identity card number (ASVS 14.2.1)"},
	"url-host-list":     {MustSec, "one of the configured hosts"},
	"url-client-id":     {Should, "client_id, as in the page's example"},
	"url-redirect-uri":  {Should, "redirect_uri, as in the page's example"},
	"url-query":         {Should, "a query of name=value joined by &"},
	"url-dup-param":     {Should, "each parameter once"},
	"url-placeholder":   {Should, "real values"},
	"url-private-ip":    {Should, "a host that the customer can reach"},
	"url-internal-host": {Should, "a host that the customer can reach"},
	"url-long":          {Should, "at most 2048 bytes"},
	"redirect-fragment": {Should, "no fragment (RFC 6749 3.1.2)"},
	"url-constancy":     {Should, "the same URL for the same token"},
	"url-ip":            {Info, "a host name"},
	"url-idn":           {Info, "a host name of ASCII characters"},
}

// ClassOf returns the class of a code of this package, with or without
// "redirect:" before it; "" for any other.
func ClassOf(code string) Class { return rules[strings.TrimPrefix(code, redirect)].class }
