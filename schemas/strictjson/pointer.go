package strictjson

import "strings"

// unknown stands in a pointer for a name that the contract does not know.
const unknown = "<unknown>"

// someElement stands in a pointer for an index that is not shown.
const someElement = "*"

// indexDigits is the length up to which an index is shown in a pointer: enough
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

// SafePointer returns an RFC 6901 pointer that may be printed: a name that the
// contract does not know reads "<unknown>". Of numbers, which are indexes of arrays,
// only the first one stays, and reads "*" where it has more than three digits, like
// every one after it: those of nested arrays together could be somebody's.
func SafePointer(pointer string) string {
	_, rest, found := strings.Cut(pointer, "/") // a pointer starts with "/", or is empty
	if !found {
		return ""
	}
	safe := ""
	for token := range strings.SplitSeq(rest, "/") {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			safe += "/" + safeIndex(safe, token)
		} else {
			safe += "/" + SafeName(token)
		}
	}
	return safe
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

// safeIndex is the reference token of an element of the array at a safe pointer.
// Neither a known name nor "<unknown>" holds a digit or an asterisk.
func safeIndex(at, index string) string {
	if len(index) > indexDigits || strings.ContainsAny(at, "0123456789"+someElement) {
		return someElement
	}
	return index
}
