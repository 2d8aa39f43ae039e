//go:build browser

package reports

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"omaspec/schemas"
)

// The tests of this file look at the page in a real browser: Debian's chromium,
// or the program that OMASPEC_CHROMIUM names.

// startBrowser returns a context in which tabs can be opened.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	program := os.Getenv("OMASPEC_CHROMIUM")
	if program == "" {
		program = "chromium"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("the browser tests need chromium: apt-get install chromium, or name it in OMASPEC_CHROMIUM (%v)", err)
	}
	flags := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	t.Cleanup(stop)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", path, err)
	}
	return ctx
}

// tab is a tab of the browser, with what it complained about: messages of the
// console, exceptions, refusals by the policy, dialogs, and requests for anything
// but the page.
type tab struct {
	*testing.T
	ctx context.Context
	url string

	mu   sync.Mutex
	said []string
}

// open serves text and shows it in a new tab, which steps prepare.
func open(in context.Context, t *testing.T, text []byte, prepare ...func(*tab)) *tab {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/report.html" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	ctx, cancel := chromedp.NewContext(in)
	t.Cleanup(cancel)
	p := &tab{T: t, ctx: ctx, url: server.URL + "/report.html"}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	for _, step := range prepare {
		step(p)
	}
	p.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(p.url))
	return p
}

func (p *tab) hear(event any) {
	complaint := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		complaint = "console " + string(e.Type)
	case *runtime.EventExceptionThrown:
		complaint = "exception " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		complaint = "log " + e.Entry.Text
	case *cdppage.EventJavascriptDialogOpening:
		complaint = "dialog " + e.Message
	case *network.EventRequestWillBeSent:
		if path, _, _ := strings.Cut(e.Request.URL, "#"); path != p.url {
			complaint = "request " + e.Request.URL
		}
	}
	if complaint != "" {
		p.mu.Lock()
		p.said = append(p.said, complaint)
		p.mu.Unlock()
	}
}

func (p *tab) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.said)
}

// within bounds a step.
func (p *tab) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, 2*time.Minute)
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Fatalf("%v; the tab said %q", err, p.complaints())
	}
}

// eval is the value of a JavaScript expression.
func eval[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// until waits for a JavaScript condition.
func (p *tab) until(condition string) {
	p.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		p.Fatalf("%s: %v", condition, err)
	}
}

// equal checks the value of a JavaScript expression.
func equal[T comparable](p *tab, expression string, want T) {
	p.Helper()
	if got := eval[T](p, expression); got != want {
		p.Errorf("%s is %v, want %v", expression, got, want)
	}
}

func withoutScripts(p *tab) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		p.Fatal(err)
	}
}

// media emulates a medium ("print", or "" for the screen) and media features, in
// pairs of name and value.
func media(medium string, features ...string) func(*tab) {
	params := emulation.SetEmulatedMediaParams{Media: medium}
	for pair := range slices.Chunk(features, 2) {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: pair[0], Value: pair[1]})
	}
	return func(p *tab) {
		p.Helper()
		if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, params); err != nil {
			p.Fatal(err)
		}
	}
}

// showing counts the elements that are drawn.
func showing(selector string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].filter(e => e.checkVisibility({contentVisibilityAuto: true}) && e.getClientRects().length).length", selector)
}

// catalogueRun has the requirements of the real catalogue, and so the questions.
func catalogueRun(outcome schemas.Outcome) *Run {
	run := failingRun()
	if outcome == schemas.Passed {
		run = conformingRun()
	}
	catalogue := schemas.Requirements()
	run.Catalogue = Catalogue{Version: catalogue.Version, SHA256: catalogue.SHA256}
	base := run.Requirements
	run.Requirements = nil
	for i, r := range catalogue.Requirements {
		result := base[i%len(base)]
		result.ID, result.Level, result.Basis, result.Source = r.ID, r.Level, r.Basis, r.Source
		result.Title, result.Rationale, result.Line = r.Title, r.Rationale, r.Line
		run.Requirements = append(run.Requirements, result)
	}
	return sealed(run)
}

// browserSamples are the pages that are looked at.
func browserSamples(t *testing.T) map[string][]byte {
	failing := catalogueRun(schemas.Failed)
	return map[string][]byte{
		"conformant": pageText(t, catalogueRun(schemas.Passed), nil),
		"failing":    pageText(t, failing, hostileBodies(failing, strings.Repeat("{\"mobilePhone\": \"15312340991\"}\n", 200))),
		"huge":       pageText(t, largestRun(), nil),
	}
}

func TestBrowserRenders(t *testing.T) {
	in := startBrowser(t)
	for name, text := range browserSamples(t) {
		for _, scripts := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, scripts %t", name, scripts), func(t *testing.T) {
				var prepare []func(*tab)
				if !scripts {
					prepare = append(prepare, withoutScripts)
				}
				p := open(in, t, text, prepare...)
				controls := 0
				if scripts {
					controls = 1
				}
				equal(p, showing("h1"), 1)
				equal(p, showing("#filter"), controls)
				equal(p, showing("#theme"), controls)
				equal(p, showing("article")+" > 0", name != "conformant")
				equal(p, showing(".copied button")+" > 0", scripts && name != "conformant")
				equal(p, "document.documentElement.scrollWidth <= innerWidth", true)
				// A fold needs no script.
				equal(p, showing("#exchanges ~ *, .exchanges tr"), 0)
				p.do(chromedp.ScrollIntoView(chromedp.CSS("#exchanges")), chromedp.Click(chromedp.CSS("#exchanges")))
				equal(p, showing(".exchanges tbody tr")+" > 0", true)
				if said := p.complaints(); said != nil {
					t.Errorf("the tab said %q", said)
				}
			})
		}
	}
}

// TestBrowserOnAPhone: the page is as wide as the screen, and what is wider
// scrolls by itself.
func TestBrowserOnAPhone(t *testing.T) {
	in := startBrowser(t)
	for name, text := range browserSamples(t) {
		t.Run(name, func(t *testing.T) {
			p := open(in, t, text)
			p.do(chromedp.EmulateViewport(320, 640), chromedp.Click(chromedp.CSS("#expand")))
			equal(p, "document.documentElement.scrollWidth", 320)
		})
	}
}

func TestBrowserFilters(t *testing.T) {
	p := open(startBrowser(t), t, browserSamples(t)["failing"])
	items := func(selector string) string {
		return showing("[data-outcome]" + selector)
	}
	total := len(schemas.Requirements().Requirements)
	whole := fmt.Sprintf("All %d requirements are shown.", total)
	equal(p, "document.getElementById('found').textContent", whole)

	p.do(chromedp.SendKeys(chromedp.CSS("#text"), "mobilephone MASK-0"))
	p.until(fmt.Sprintf("document.getElementById('found').textContent.includes(' of %d ')", total))
	n := eval[int](p, items(""))
	if n == 0 || n == total {
		t.Fatalf("%d requirements are shown", n)
	}
	equal(p, "document.getElementById('found').textContent", fmt.Sprintf("%d of %d requirements are shown.", n, total))
	equal(p, "location.hash", "#text=mobilephone+mask-0")

	p.do(chromedp.Click(chromedp.CSS("#reset")))
	equal(p, "document.getElementById('found').textContent", whole)
	equal(p, "document.getElementById('passed').closest('details').open", false)

	p.do(chromedp.Click(chromedp.CSS("#filter input[value=passed]")))
	p.do(chromedp.SetValue(chromedp.CSS("#level"), "MUST"), chromedp.Evaluate[chromedp.Void]("document.getElementById('level').dispatchEvent(new Event('input', {bubbles: true}))"))
	p.until("location.hash === '#outcome=passed&level=MUST'")
	equal(p, items("[data-outcome=failed]"), 0)
	equal(p, items("[data-level=SHOULD]"), 0)
	equal(p, items("[data-outcome=passed][data-level=MUST]")+" > 0", true)
	equal(p, showing("#violations"), 0)
	state := eval[string](p, "document.getElementById('found').textContent")

	// The address brings the same state back.
	p.do(chromedp.Reload())
	p.until("!document.getElementById('filter').hidden")
	equal(p, "document.getElementById('found').textContent", state)
	equal(p, "document.querySelector('#filter input[value=passed]').checked && document.getElementById('level').value", "MUST")

	// A link leads also to what the filter hides.
	hidden := eval[string](p, "document.querySelector('article').id")
	p.do(chromedp.Evaluate[chromedp.Void]("location.hash = " + fmt.Sprintf("%q", hidden)))
	p.until(fmt.Sprintf("!document.getElementById(%q).hidden", hidden))

	// A click by coordinates could miss: the page moves while it unfolds.
	p.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('expand').click()"))
	p.until("document.querySelectorAll('details:not([open])').length === 0")
	p.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('collapse').click()"))
	p.until("document.querySelectorAll('details[open]').length === 0")
	if said := p.complaints(); said != nil {
		t.Errorf("the tab said %q", said)
	}
}

// TestBrowserFollowsALink opens the page at a requirement that is folded.
func TestBrowserFollowsALink(t *testing.T) {
	p := open(startBrowser(t), t, browserSamples(t)["conformant"])
	equal(p, showing("#BODY-11"), 0)
	p.do(chromedp.Navigate(p.url+"#BODY-11"), chromedp.Reload())
	p.until(showing("#BODY-11") + " === 1")
}

func TestBrowserCopies(t *testing.T) {
	p := open(startBrowser(t), t, browserSamples(t)["failing"])
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := failingRun().Exchanges[0].Curl
	read := "navigator.clipboard.readText()"
	for _, clipboard := range []bool{true, false} {
		t.Run(fmt.Sprintf("clipboard API %t", clipboard), func(t *testing.T) {
			eval[chromedp.Void](p, "window.read = () => "+read+"; navigator.clipboard.writeText('nothing')")
			if !clipboard {
				eval[chromedp.Void](p, "window.kept = navigator.clipboard; Object.defineProperty(navigator, 'clipboard', {value: undefined}); window.read = () => kept.readText()")
			}
			p.do(chromedp.Click(chromedp.CSS(".copied button")))
			p.until("document.querySelector('.copied button').textContent === 'Copied'")
			if got := eval[string](p, "read()"); got != want {
				t.Errorf("copied %q, want %q", got, want)
			}
			equal(p, "document.getElementById('found').textContent", "Copied.")
			p.until("document.querySelector('.copied button').textContent === 'Copy'")
		})
	}
}

func TestBrowserTheme(t *testing.T) {
	p := open(startBrowser(t), t, browserSamples(t)["conformant"], media("", "prefers-color-scheme", "light"))
	paper := "getComputedStyle(document.body).backgroundColor"
	light := eval[string](p, paper)
	media("", "prefers-color-scheme", "dark")(p)
	dark := eval[string](p, paper)
	if light == dark {
		t.Fatalf("the page is %s in both themes", light)
	}
	for _, step := range []struct{ label, paper string }{{"Theme: light", light}, {"Theme: dark", dark}, {"Theme: system", dark}, {"Theme: light", light}, {"Theme: dark", dark}} {
		p.do(chromedp.Click(chromedp.CSS("#theme")))
		equal(p, "document.getElementById('theme').textContent", step.label)
		equal(p, paper, step.paper)
	}
	// The choice is kept, and paper is light whatever was chosen.
	media("", "prefers-color-scheme", "light")(p)
	p.do(chromedp.Reload())
	p.until("!document.getElementById('theme').hidden")
	equal(p, paper, dark)
	media("print", "prefers-color-scheme", "dark")(p)
	equal(p, paper, light)
}

func TestBrowserByKeyboard(t *testing.T) {
	p := open(startBrowser(t), t, browserSamples(t)["failing"])
	press := func(key string) { p.Helper(); p.do(chromedp.KeyEvent(key)) }
	press(kb.Tab)
	equal(p, "document.activeElement.className", "skip")
	equal(p, showing(".skip:focus"), 1)
	press(kb.Enter)
	p.until("location.hash === '#main'")
	press(kb.Tab)
	equal(p, "document.activeElement.id", "text")
	// Everything that can be used can be reached, and shows that it is.
	reached := map[string]bool{}
	for range 400 {
		press(kb.Tab)
		if eval[bool](p, "document.activeElement === document.body") {
			break
		}
		if style := eval[string](p, "getComputedStyle(document.activeElement).outlineStyle"); style == "none" {
			t.Fatalf("%s shows no focus", eval[string](p, "document.activeElement.outerHTML.slice(0, 80)"))
		}
		reached[eval[string](p, "document.activeElement.tagName + '.' + document.activeElement.textContent.slice(0, 6)")] = true
	}
	for _, want := range []string{"BUTTON.Reset", "BUTTON.Copy", "SUMMARY.Passed", "SELECT.allMUS"} {
		if !reached[want] {
			t.Errorf("%s is not reached by Tab: %v", want, slices.Sorted(maps.Keys(reached)))
		}
	}
	p.do(chromedp.Focus(chromedp.CSS("summary:has(#passed)")))
	press(kb.Enter)
	equal(p, showing("#passed ~ *, section:has(#passed) tbody tr")+" > 0", true)
}

// TestBrowserPrints: what is folded on the screen is on paper.
func TestBrowserPrints(t *testing.T) {
	in := startBrowser(t)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %t", scripts), func(t *testing.T) {
			prepare := []func(*tab){media("print")}
			if !scripts {
				prepare = append(prepare, withoutScripts)
			}
			p := open(in, t, browserSamples(t)["failing"], prepare...)
			for _, selector := range []string{"section:has(#passed) tbody tr", ".exchanges tbody tr", "article details pre", ".group li"} {
				all := eval[int](p, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
				if got := eval[int](p, showing(selector)); all == 0 || got != all {
					t.Errorf("%s: %d of %d are printed", selector, got, all)
				}
			}
			equal(p, showing("#filter, #theme, .skip, .copied button"), 0)
			if scripts {
				folded := "document.querySelectorAll('details:not([open])').length"
				before := eval[int](p, folded)
				eval[chromedp.Void](p, "dispatchEvent(new Event('beforeprint'))")
				equal(p, folded, 0)
				eval[chromedp.Void](p, "dispatchEvent(new Event('afterprint'))")
				equal(p, folded, before)
			}
			ctx, cancel := p.within()
			defer cancel()
			pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF())
			if err != nil {
				t.Fatal(err)
			}
			if pages := bytes.Count(pdf, []byte("/Type /Page\n")); !bytes.HasPrefix(pdf, []byte("%PDF-")) || pages < 5 {
				t.Errorf("the PDF has %d pages in %d bytes", pages, len(pdf))
			}
		})
	}
}

func TestBrowserRespectsPreferences(t *testing.T) {
	in := startBrowser(t)
	scrolling := "getComputedStyle(document.documentElement).scrollBehavior"
	equal(open(in, t, browserSamples(t)["conformant"], media("", "prefers-reduced-motion", "reduce")), scrolling, "auto")
	equal(open(in, t, browserSamples(t)["conformant"], media("", "prefers-reduced-motion", "no-preference")), scrolling, "smooth")
	p := open(in, t, browserSamples(t)["conformant"], media("", "forced-colors", "active"))
	equal(p, "getComputedStyle(document.querySelector('#filter')).borderTopStyle", "solid")
}

// TestBrowserRunsNothingHostile shows the corpus to a browser: it makes the
// elements that a parser makes, runs nothing of it, and asks for nothing.
func TestBrowserRunsNothingHostile(t *testing.T) {
	in := startBrowser(t)
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			written := pageText(t, a.run, hostileBodies(a.run, a.text))
			want := map[string]int{}
			for _, n := range elements(parsed(t, written)) {
				want[strings.ToLower(n.Data)]++
			}
			p := open(in, t, written, withoutScripts)
			got := eval[map[string]int](p, "[...document.querySelectorAll('*')].reduce((n, e) => ({...n, [e.localName]: (n[e.localName] || 0) + 1}), {})")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("elements (-parsed +browser):\n%s", diff)
			}
			p = open(in, t, written)
			p.do(chromedp.Click(chromedp.CSS("#expand")), chromedp.SendKeys(chromedp.CSS("#text"), "script"), chromedp.Click(chromedp.CSS("#reset")))
			equal(p, "typeof window.owned", "undefined")
			if said := p.complaints(); said != nil {
				t.Errorf("the tab said %q", said)
			}
		})
	}
}

// TestBrowserWouldComplain proves that the test before could fail: without our
// escaping the policy refuses the script, and says so; without the policy it runs.
func TestBrowserWouldComplain(t *testing.T) {
	in := startBrowser(t)
	script := []byte("<p>x</p><script>window.owned=1;console.log(1)</script><img src=//127.0.0.1:1/x>")
	raw := bytes.Replace(pageText(t, conformingRun(), nil), []byte("<h1>"), append([]byte("<h1>"), script...), 1)
	p := open(in, t, raw)
	equal(p, "typeof window.owned", "undefined")
	if said := strings.Join(p.complaints(), " "); strings.Count(said, "Content Security Policy") < 2 {
		t.Errorf("the tab said %q", said)
	}
	p = open(in, t, bytes.Replace(raw, []byte("Content-Security-Policy"), []byte("X"), 1))
	equal(p, "window.owned", 1)
	if said := strings.Join(p.complaints(), " "); !strings.Contains(said, "console log") || !strings.Contains(said, "request http://127.0.0.1:1/x") {
		t.Errorf("the tab said %q", said)
	}
}

// TestBrowserIsAccessible runs axe-core over the unfolded pages.
func TestBrowserIsAccessible(t *testing.T) {
	path := os.Getenv("OMASPEC_AXE")
	if path == "" {
		t.Fatal("this test needs axe-core: npm install axe-core in a folder outside the tree, and OMASPEC_AXE=FOLDER/node_modules/axe-core/axe.min.js")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := startBrowser(t)
	for name, text := range browserSamples(t) {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+", "+scheme, func(t *testing.T) {
				p := open(in, t, text, media("", "prefers-color-scheme", scheme))
				p.do(chromedp.Click(chromedp.CSS("#expand")), chromedp.Evaluate[chromedp.Void](string(axe)))
				// The huge page has the colours of the failing one, and so many words that
				// measuring them takes minutes.
				contrast := strconv.FormatBool(name != "huge")
				result := eval[struct {
					Passes     int      `json:"passes"`
					Violations []string `json:"violations"`
				}](p, `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'], rules: {'color-contrast': {enabled: `+contrast+`}}}).then(r => ({
					passes: r.passes.length,
					violations: r.violations.map(v => v.id + ': ' + v.help + v.nodes.slice(0, 3).map(n => '\n' + n.html.slice(0, 200) + '\n' + n.failureSummary)),
				}))`)
				if result.Passes < 10 {
					t.Errorf("only %d rules of axe-core looked at the page", result.Passes)
				}
				for _, v := range result.Violations {
					t.Error(v)
				}
			})
		}
	}
}
