package strictjson

import (
	"strconv"
	"strings"
)

// unknown stands in a pointer for a name that the contract does not know.
const unknown = "<unknown>"

// indexDigits is the length up to which a number is shown in a pointer: enough
// to find an element, too short to identify anybody.
const indexDigits = 3

// known holds the member names that may be printed: those of Tables 2 to 4, and
// those that the sibling pages and gateways use for errors (A4, A5). None holds a
// character that RFC 6901 escapes.
var known = map[string]bool{
	"schema":            true, // Tables 2, 3, 4 row 1
	"mobilePhone":       true, // Table 2 row 1.1
	"company":           true, // Table 2 row 1.2
	"customerName":      true, // Table 2 row 1.3
	"email":             true, // Table 2 row 1.4
	"vdn":               true, // Table 2 row 1.5
	"createDate":        true, // Table 2 row 1.6
	"tenantSpaceStatus": true, // Table 2 row 1.7
	"portalUrl":         true, // Table 2 row 1.8
	"code":              true,
	"description":       true,
	"error_code":        true,
	"error_msg":         true,
	"message":           true,
	"resultCode":        true,
	"resultDesc":        true,
	"retCode":           true,
	"retMsg":            true,
	"returnCode":        true,
	"returnMsg":         true,
}

// SafePointer returns an RFC 6901 pointer that may be printed: every reference
// token of pointer that is neither a name the contract knows nor a number of at
// most three digits (an array index) reads "<unknown>".
func SafePointer(pointer string) string {
	tokens := strings.Split(pointer, "/")
	tokens[0] = "" // a pointer starts with "/", or is empty
	for i, token := range tokens[1:] {
		if !isIndex(token) {
			tokens[i+1] = SafeName(token)
		}
	}
	return strings.Join(tokens, "/")
}

// pointer joins tokens that are safe to print.
func pointer(tokens []string) string {
	if len(tokens) == 0 {
		return ""
	}
	return "/" + strings.Join(tokens, "/")
}

// SafeName returns a member name that may be printed: the name itself where the
// contract knows it, and "<unknown>" otherwise. A number is a name like any other.
func SafeName(name string) string {
	if known[name] {
		return name
	}
	return unknown
}

func safeIndex(i int) string {
	if token := strconv.Itoa(i); isIndex(token) {
		return token
	}
	return unknown
}

func isIndex(token string) bool {
	return token != "" && len(token) <= indexDigits && strings.Trim(token, "0123456789") == ""
}
