package probe

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A form is a named way to make another text of a token. apply returns an error
// that says why this token does not allow it; a form that leaves the token as it
// is counts as not applicable, unless the form only carries the token into
// another place.
type form struct {
	words string // completes "the token ..."
	apply func(string) (string, error)
	// shell is a bash command that prints what apply returns for "$t"; "" where
	// there is no short one.
	shell   string
	carries bool
}

var errUnchanged = errors.New("this token would stay as it is")

// tokenForms are the forms of {token:...}, by name. The rows of the catalogue
// that use each are in plan_bad.go and plan_derived.go.
var tokenForms = map[string]form{
	"cut-quarter": {
		words: "without its last quarter",
		apply: func(t string) (string, error) {
			if len(t) < 4 {
				return "", errors.New("this token is shorter than 4 characters")
			}
			return t[:len(t)-(len(t)+3)/4], nil
		},
		shell: `printf %s "${t:0:${#t}-(${#t}+3)/4}"`,
	},
	"first-8": {
		words: "cut to its first 8 characters",
		apply: func(t string) (string, error) {
			if len(t) <= 8 {
				return "", errors.New("this token is not longer than 8 characters")
			}
			return t[:8], nil
		},
		shell: `printf %s "${t:0:8}"`,
	},
	"reversed": {
		words: "written backwards",
		apply: func(t string) (string, error) {
			b := []byte(t)
			slices.Reverse(b)
			return string(b), nil
		},
		shell: `printf %s "$t" | rev`,
	},
	"twice": {
		words: "written twice",
		apply: func(t string) (string, error) { return t + t, nil },
		shell: `printf %s%s "$t" "$t"`,
	},
	"plus-A": {
		words: "with an A after it",
		apply: func(t string) (string, error) { return t + "A", nil },
		shell: `printf %sA "$t"`,
	},
	"change-early": {
		words: "with one character of its first third changed",
		apply: func(t string) (string, error) { return changeOne(t, len(t)/6, (len(t)+2)/3) },
		shell: changeOneShell(`${#t}/6`),
	},
	"change-late": {
		words: "with one character of its last third changed",
		// The last four characters are left alone: in base64 they may hold bits
		// that a lenient decoder ignores (row D05).
		apply: func(t string) (string, error) { return changeOne(t, (2*len(t)+2)/3, len(t)-4) },
		shell: changeOneShell(`(2*${#t}+2)/3`),
	},
	"change-middle": {
		words: "with one character of its middle changed",
		apply: func(t string) (string, error) { return changeOne(t, len(t)/2, (2*len(t)+2)/3) },
		shell: changeOneShell(`${#t}/2`),
	},
	"change-end": {
		words: "with one of its last four characters changed",
		// In padded base64 only the first of these holds no bits that a lenient decoder
		// ignores (row D05).
		apply: func(t string) (string, error) {
			at := len(t) - 2
			if strings.HasSuffix(t, "=") {
				at = len(t) - 4
			}
			return changeOne(t, max(0, at), len(t)-1)
		},
	},
	"without-beginning": {
		words: "without its first eighth",
		apply: func(t string) (string, error) {
			if len(t) < 8 {
				return "", errors.New("this token is shorter than 8 characters")
			}
			return t[len(t)/8:], nil
		},
		shell: `printf %s "${t:${#t}/8}"`,
	},
	"swap-case": {
		words: "with upper and lower case swapped",
		apply: func(t string) (string, error) {
			if isHex(t) {
				return "", errors.New("this token is hexadecimal, where case may not matter")
			}
			return strings.Map(swapCase, t), nil
		},
		shell: `printf %s "$t" | tr a-zA-Z A-Za-z`,
	},
	"percent": {
		words: "percent-encoded",
		apply: func(t string) (string, error) { return percentEncode(t), nil },
		shell: percentShell,
	},
	"in-url": {
		words:   "as it must be written in a URL",
		apply:   func(t string) (string, error) { return percentEncode(t), nil },
		shell:   percentShell,
		carries: true,
	},
	"in-json": {
		words: "as it must be written in a JSON string",
		apply: func(t string) (string, error) {
			b, err := json.Marshal(t)
			if err != nil {
				return "", err
			}
			return string(b[1 : len(b)-1]), nil
		},
		carries: true,
	},
	"base64": {
		words: "encoded in base64 once more",
		apply: func(t string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(t)), nil },
		shell: `printf %s "$t" | base64 | tr -d '\n'`,
	},
	"base64url": {
		words: "in the URL alphabet of base64, without padding",
		apply: func(t string) (string, error) {
			return strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(t), "="), nil
		},
		shell: `printf %s "$t" | tr /+ _- | tr -d =`,
	},
	"spare-bits": {
		words: "with only the unused bits of its last base64 character changed",
		apply: changeSpareBits,
	},
	"full-width": {
		words: "in full-width characters",
		apply: func(t string) (string, error) {
			return strings.Map(func(r rune) rune {
				if r > ' ' && r < 0x7f {
					return r - '!' + '！'
				}
				return r
			}, t), nil
		},
	},
	"jwt-alg-none": {
		words: "with the JWT algorithm none",
		apply: func(t string) (string, error) {
			return editJWT(t, func(j *jwt) error {
				j.header["alg"], j.signature = "none", ""
				return nil
			})
		},
	},
	"jwt-ten-years": {
		words: "with the JWT expiry ten years on",
		apply: func(t string) (string, error) {
			return editJWT(t, func(j *jwt) error {
				exp, _ := j.payload["exp"].(json.Number)
				seconds, err := exp.Int64()
				if err != nil {
					return errors.New("this JWT has no expiry in whole seconds")
				}
				j.payload["exp"] = seconds + 10*365*24*3600
				return nil
			})
		},
	},
	"jwt-unsigned": {
		words: "with the JWT signature emptied",
		apply: func(t string) (string, error) {
			return editJWT(t, func(j *jwt) error {
				j.signature = ""
				return nil
			})
		},
	},
}

// Every eighth of a token has a change of its own: "change-1" to "change-8".
func init() {
	for i := range eighths {
		tokenForms[fmt.Sprintf("change-%d", i+1)] = form{
			words: fmt.Sprintf("with one character of its eighth number %d changed", i+1),
			apply: func(t string) (string, error) {
				to := (i + 1) * len(t) / eighths
				if i == eighths-1 {
					to = len(t) - 4 // as change-late
				}
				return changeOne(t, i*len(t)/eighths, to)
			},
			shell: changeOneShell(fmt.Sprintf(`%d*${#t}/8`, i)),
		}
	}
}

// eighths are the parts of a token that are changed one by one.
const eighths = 8

// changeOne replaces the first letter or digit of t[from:to] by the next one of
// its kind, so that the alphabet of the token stays.
func changeOne(t string, from, to int) (string, error) {
	for i := from; i < to; i++ {
		if c, ok := next(t[i]); ok {
			return t[:i] + string(c) + t[i+1:], nil
		}
	}
	return "", errors.New("this token is too short for it, or has no letter or digit there")
}

// changeOneShell is changeOne in bash, for a start that is an arithmetic expression.
func changeOneShell(from string) string {
	return `p=$((` + from + `)); s=${t:p}; s=${s%%[0-9A-Za-z]*}; p=$((p+${#s})); ` +
		`printf %s "${t:0:p}$(printf %s "${t:p:1}" | tr 0-9a-fg-zA-FG-Z 1-90b-fah-zgB-FAH-ZG)${t:p+1}"`
}

// kinds are the character runs within which next turns around. Hexadecimal
// letters stay hexadecimal.
var kinds = []string{"0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ"}

// next is the character after c of the same kind.
func next(c byte) (byte, bool) {
	for _, kind := range kinds {
		if i := strings.IndexByte(kind, c); i >= 0 {
			return kind[(i+1)%len(kind)], true
		}
	}
	return 0, false
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// isHex tells whether s is hexadecimal, perhaps with the hyphens of a UUID.
func isHex(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF-", r)
	})
}

func swapCase(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case 'A' <= r && r <= 'Z':
		return r - 'A' + 'a'
	}
	return r
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// percentEncode encodes every byte that is not unreserved (RFC 3986 2.3).
func percentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(unreserved, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

const percentShell = `LC_ALL=C; for ((i=0; i<${#t}; i++)); do c=${t:i:1}; ` +
	`case $c in [A-Za-z0-9._~-]) printf %s "$c";; *) printf %%%02X "'$c";; esac; done`

const (
	base64Alphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	base64URLAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// changeSpareBits flips the lowest bit of the last base64 character where it
// belongs to no byte (RFC 4648 3.5).
func changeSpareBits(t string) (string, error) {
	body := strings.TrimRight(t, "=")
	alphabet := base64Alphabet
	if strings.ContainsAny(body, "-_") {
		alphabet = base64URLAlphabet
	}
	foreign := strings.ContainsFunc(body, func(r rune) bool { return !strings.ContainsRune(alphabet, r) })
	if foreign || len(body)%4 < 2 {
		return "", errors.New("this token is not base64 with unused bits at its end")
	}
	last := len(body) - 1
	flipped := alphabet[strings.IndexByte(alphabet, body[last])^1]
	return body[:last] + string(flipped) + t[len(body):], nil
}

// jwt is a JSON Web Token in parts (RFC 7515 3.1).
type jwt struct {
	header, payload map[string]any
	signature       string
}

// editJWT changes the parts of a token that is a JWT.
func editJWT(t string, edit func(*jwt) error) (string, error) {
	parts := strings.Split(t, ".")
	if len(parts) != 3 {
		return "", errors.New("this token is not a JWT")
	}
	j := jwt{signature: parts[2]}
	for i, object := range []*map[string]any{&j.header, &j.payload} {
		b, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return "", errors.New("this token is not a JWT")
		}
		decoder := json.NewDecoder(strings.NewReader(string(b)))
		decoder.UseNumber()
		if err := decoder.Decode(object); err != nil || *object == nil {
			return "", errors.New("this token is not a JWT")
		}
	}
	if err := edit(&j); err != nil {
		return "", err
	}
	for i, object := range []map[string]any{j.header, j.payload} {
		b, err := json.Marshal(object)
		if err != nil {
			return "", err
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(b)
	}
	parts[2] = j.signature
	return strings.Join(parts, "."), nil
}

// pathForms are the forms of {path}, by name: other spellings of the same path,
// which a filter in front of the target may not recognise (row R09).
var pathForms = map[string]func(string) string{
	"upper":              strings.ToUpper,
	"double-slash":       func(p string) string { return strings.ReplaceAll(p, "/", "//") },
	"dot":                func(p string) string { return insertSegment(p, "/.") },
	"dot-dot":            func(p string) string { return insertSegment(p, "/x/..") },
	"encoded-dot":        func(p string) string { return insertSegment(p, "/%2e") },
	"dot-dot-semicolon":  func(p string) string { return insertSegment(p, "/x/..;") },
	"encoded-slash":      func(p string) string { i := strings.LastIndex(p, "/"); return p[:i] + "%2f" + p[i+1:] },
	"encoded-last-octet": func(p string) string { return p[:len(p)-1] + fmt.Sprintf("%%%02x", p[len(p)-1]) },
}

// insertSegment puts segment in front of the last segment of path.
func insertSegment(path, segment string) string {
	i := strings.LastIndex(path, "/")
	return path[:i] + segment + path[i:]
}
