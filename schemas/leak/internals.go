package leak

import (
	"regexp"
	"strings"

	"omaspec/schemas/lazy"
)

// pattern finds internals. The regular expression is tried only around its
// literal, and on no part of a text twice.
type pattern struct {
	literal string
	expr    func() *regexp.Regexp
}

var javaFrame = lazy.Regexp(`(?m)^\s*at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)`)

// nodeFrame is a line of a stack in Node: "at f (/srv/app.js:12:5)".
var nodeFrame = lazy.Regexp(`(?m)^\s+at (?:[^\n]*\()?(?:node:|file:|[./\[<]|[A-Z]:\\)[^\n]*:\d+:\d+\)?$`)

var stackTraces = anyOf(
	pattern{".java:", javaFrame},
	pattern{".kt:", javaFrame},
	pattern{".scala:", javaFrame},
	pattern{"at ", nodeFrame},
	pattern{"Caused by: ", lazy.Regexp(`Caused by: `)},
	pattern{"Exception in thread", lazy.Regexp(`Exception in thread`)},
	pattern{"Traceback", lazy.Regexp(`Traceback \(most recent call last\)`)},
	pattern{"goroutine ", lazy.Regexp(`goroutine \d+ \[`)},
	pattern{"panic: ", lazy.Regexp(`panic: `)},
	pattern{"System.", lazy.Regexp(`System\.\w+Exception`)},
)

var sqlErrors = anyOf(
	pattern{"ORA-", lazy.Regexp(`\bORA-\d{5}\b`)},
	pattern{"SQLSTATE", lazy.Regexp(`SQLSTATE`)},
	pattern{"syntax error at or near", lazy.Regexp(`syntax error at or near`)},
)

var javaException = lazy.Regexp(`\b(?:java|javax|jakarta)\.[\w.]+(?:Exception|Error)\b`)

var classNames = anyOf(
	pattern{"Exception", javaException},
	pattern{"Error", javaException},
	pattern{"org.", lazy.Regexp(`\borg\.(?:springframework|apache|hibernate|mybatis)\.[\w.]*`)},
	pattern{"com.huawei.", lazy.Regexp(`\bcom\.huawei\.[\w.]+`)},
)

var banners = anyOf(
	pattern{"Whitelabel", lazy.Regexp(`Whitelabel Error Page`)},
	pattern{"Apache Tomcat/", lazy.Regexp(`Apache Tomcat/[\w.]*`)},
	pattern{"nginx/", lazy.Regexp(`nginx/\d[\w.]*`)},
	pattern{"openresty", lazy.Regexp(`openresty`)},
)

var unixPath = lazy.Regexp(`(?:/opt|/home|/usr/local|/var/lib)/[\w./-]{4,}`)

var anyPath = anyOf(
	pattern{"/opt/", unixPath},
	pattern{"/home/", unixPath},
	pattern{"/usr/local/", unixPath},
	pattern{"/var/lib/", unixPath},
	// "A:\n" in JSON is an escape, and no path.
	pattern{`:\`, lazy.Regexp(`\b[A-Z]:(?:\\\\|\\[^nrtbfu"/\\\s])[\w\\]+`)},
)

// paths finds paths of files. A path that continues a host name belongs to a URL.
func paths(text string) []span {
	return only(anyPath(text), func(s span) bool {
		before := at(text, s.start-1)
		return text[s.start] != '/' || !isAlnum(before) && !strings.ContainsRune("_.-/", rune(before))
	})
}

var privateAddress = lazy.Regexp(
	`(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}`)

var anyPrivateAddress = anyOf(
	pattern{"10.", privateAddress},
	pattern{"192.168.", privateAddress},
	pattern{"172.", privateAddress},
)

// privateAddresses finds addresses of RFC 1918 that are no part of a longer number.
func privateAddresses(text string) []span {
	return only(anyPrivateAddress(text), func(s span) bool {
		before, after := at(text, s.start-1), at(text, s.end)
		return !isDigit(before) && before != '.' && !isDigit(after) && (after != '.' || !isDigit(at(text, s.end+1)))
	})
}

func only(all []span, keep func(span) bool) []span {
	var kept []span
	for _, s := range all {
		if keep(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// window is how much is looked at before a literal, and behind it in its line.
const window = 1024

// anyOf returns a finder for all patterns.
func anyOf(patterns ...pattern) func(text string) []span {
	return func(text string) []span {
		var found []span
		for _, p := range patterns {
			found = append(found, p.find(text)...)
		}
		return found
	}
}

func (p pattern) find(text string) []span {
	var found []span
	for i := 0; ; {
		next := strings.Index(text[i:], p.literal)
		if next < 0 {
			return found
		}
		next += i
		start := max(i, next-window)
		end := min(len(text), next+len(p.literal)+window)
		if line := strings.IndexByte(text[next:end], '\n'); line >= 0 {
			end = next + line
		}
		for _, s := range p.expr().FindAllStringIndex(text[start:end], -1) {
			found = append(found, span{start + s[0], start + s[1]})
		}
		i = max(end, next+len(p.literal))
	}
}
