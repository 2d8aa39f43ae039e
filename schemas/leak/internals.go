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

// htmlFrame is such a line, or one of Ruby, in a page: "<br> &nbsp; at f (/srv/app.js:12:5)".
var htmlFrame = lazy.Regexp(`(?:<br>|>)(?:\s|&nbsp;|\x{a0})*at (?:[^\n<]*\()?(?:node:|file:|[./\[]|[A-Z]:\\)[^\n<]*:\d+:\d+\)?`)

// rubyFrame is a line of Kernel#caller: "app.rb:26:in `encode'", as Ruby up to 3.3 and from 3.4 on writes it.
var rubyFrame = lazy.Regexp("\\.rb:\\d+:in (?:`|'|&#39;|&#x27;)")

// phpFrame is a line of Throwable::getTraceAsString: "#0 /srv/a.php(12): f()".
var phpFrame = lazy.Regexp(`#\d+ (?:[/A-Z][^\n]*\.php\(\d+\)|\{main\}|\[internal function\])`)

var stackTraces = anyOf(
	pattern{"at ", htmlFrame},
	pattern{".rb:", rubyFrame},
	pattern{"Action Controller: Exception caught", lazy.Regexp(`Action Controller: Exception caught`)}, // Rails, in development
	pattern{"#", phpFrame},
	pattern{".php on line ", lazy.Regexp(`\.php on line \d+`)},
	pattern{".php</b> on line ", lazy.Regexp(`\.php</b> on line <b>\d+`)},
	pattern{":line ", lazy.Regexp(`(?m)^\s*at [\w.<>` + "`" + `]+\([^)\n]*\) in [^\n]*:line \d+`)}, // .NET, Exception.StackTrace
	pattern{"panicked at ", lazy.Regexp(`thread '[^'\n]*' (?:\(\d+\) )?panicked at `)},             // Rust, std::panic
	pattern{" line ", lazy.Regexp(`\bat \S+\.(?:pl|pm|psgi|t) line \d+`)},                          // Perl, perldoc -f die
	pattern{"** (", lazy.Regexp(`\*\* \((?:[A-Z]\w*\.)*[A-Z]\w*Error\) `)},                         // Elixir, Exception.format
	pattern{".ex:", lazy.Regexp(`\blib/[\w/]+\.ex:\d+: `)},
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

// sqlErrors are the texts of servers and drivers: MySQL 1064, PostgreSQL 42P01 and 42601,
// Oracle, SQL Server 105 and 102, SQLite.
var sqlErrors = anyOf(
	pattern{"SQL syntax", lazy.Regexp(`You have an error in your SQL syntax`)},
	pattern{"does not exist", lazy.Regexp(`\b(?:relation|column) \\?"[^"\n]{1,80}" does not exist`)},
	pattern{"Unclosed quotation mark", lazy.Regexp(`Unclosed quotation mark (?:after|before) the character string`)},
	pattern{"Incorrect syntax near", lazy.Regexp(`Incorrect syntax near`)},
	pattern{"no such table", lazy.Regexp(`no such table: \w`)},
	pattern{"SQLITE_", lazy.Regexp(`\bSQLITE_[A-Z]+\b`)},
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

// version is how products say theirs, behind a slash or a blank.
const version = `[/ ]v?\d+(?:\.\d+)+`

// banners are what default error pages of servers say of themselves.
var banners = anyOf(
	pattern{"Apache/", lazy.Regexp(`\bApache` + version)},
	pattern{"lighttpd/", lazy.Regexp(`\blighttpd` + version)},
	pattern{"Varnish", lazy.Regexp(`\bVarnish cache server\b`)},
	pattern{"Jetty", lazy.Regexp(`\bPowered by Jetty:?//`)},
	pattern{"Jetty(", lazy.Regexp(`\bJetty\(\d`)},
	pattern{"Werkzeug", lazy.Regexp(`\bWerkzeug` + version)},
	pattern{"PHP/", lazy.Regexp(`\bPHP` + version)},
	pattern{"Microsoft-IIS/", lazy.Regexp(`\bMicrosoft-IIS` + version)},
	pattern{"squid", lazy.Regexp(`\bsquid` + version)},
	pattern{"Passenger", lazy.Regexp(`\bPhusion Passenger\b`)},
	pattern{"Traffic", lazy.Regexp(`\bApache ?Traffic ?Server\b`)},
	pattern{"WildFly", lazy.Regexp(`\bWildFly` + version)},
	pattern{"WebLogic", lazy.Regexp(`\bWebLogic Server\b`)},
	pattern{"Kestrel", lazy.Regexp(`\bKestrel\b`)},
	pattern{"Caddy", lazy.Regexp(`\bCaddy` + version)},
	pattern{"envoy", lazy.Regexp(`\benvoy` + version)},
	pattern{"Whitelabel", lazy.Regexp(`Whitelabel Error Page`)},
	pattern{"Apache Tomcat/", lazy.Regexp(`Apache Tomcat/[\w.]*`)},
	pattern{"nginx/", lazy.Regexp(`nginx/\d[\w.]*`)},
	pattern{"openresty", lazy.Regexp(`openresty`)},
)

// roots are the folders in which programs and their data lie (Filesystem Hierarchy Standard 3.0, and
// what container images use).
var roots = []string{"/opt/", "/home/", "/root/", "/srv/", "/app/", "/data/", "/mnt/", "/tmp/", "/etc/",
	"/usr/local/", "/usr/src/", "/usr/lib/", "/usr/share/", "/var/lib/", "/var/www/", "/var/log/", "/var/run/", "/Users/"}

// unixPath wants a file's ending or two more folders behind those whose name may be one of a URL.
var unixPath = lazy.Regexp(`(?:(?:/opt|/home|/usr/(?:local|src|lib|share)|/var/(?:lib|www|log|run)|/root|/srv|/Users)/[\w./-]{4,}|` +
	`/(?:app|data|mnt|tmp|etc)/(?:[\w.-]+/)*[\w-]+\.(?:java|class|jar|war|kt|py|rb|php|pl|pm|js|mjs|ts|go|rs|ex|exs|cs|dll|so|sql|sh|conf|ini|yml|yaml|xml|properties|env|log|pem|key|html|jsp|erb)\b|/etc/passwd\b)`)

// "A:\n" in JSON is an escape, and no path.
var windowsPath = pattern{`:\`, lazy.Regexp(`\b[A-Z]:(?:\\\\|\\[^nrtbfu"/\\\s])[\w\\]+`)}

var anyPath = anyOf(append(starting(roots, unixPath), windowsPath)...)

// starting are patterns with one expression.
func starting(literals []string, expr func() *regexp.Regexp) []pattern {
	var all []pattern
	for _, literal := range literals {
		all = append(all, pattern{literal, expr})
	}
	return all
}

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

// privateIPv6 is an address of fc00::/7 (RFC 4193) or fe80::/10 (RFC 4291) with at least four groups,
// or with ::.
var privateIPv6 = lazy.Regexp(`(?i)(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?:(?::[0-9a-f]{1,4}){0,5}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})|(?::[0-9a-f]{1,4}){3,7})`)

var anyPrivateIPv6 = anyOf(starting([]string{"fc", "fd", "fe8", "fe9", "fea", "feb", "FC", "FD", "FE8", "FE9", "FEA", "FEB"}, privateIPv6)...)

// privateAddresses finds addresses of RFC 1918, and those of IPv6 like them, that are no part of a longer
// number or word.
func privateAddresses(text string) []span {
	six := only(anyPrivateIPv6(text), func(s span) bool {
		before, after := at(text, s.start-1), at(text, s.end)
		return !isAlnum(before) && before != ':' && !isAlnum(after) && after != ':'
	})
	return append(six, only(anyPrivateAddress(text), func(s span) bool {
		before, after := at(text, s.start-1), at(text, s.end)
		return !isDigit(before) && before != '.' && !isDigit(after) && (after != '.' || !isDigit(at(text, s.end+1)))
	})...)
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
