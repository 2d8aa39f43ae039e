package reports

import (
	"fmt"
	"io"
	"strings"

	"omaspec/schemas"
)

// SummaryBudget is the size in bytes that a summary may have. GitHub drops a step
// summary of more than 1 MiB, and a page that long is not read anyway.
const SummaryBudget = 200 << 10

// How much a section of the summary shows.
const (
	summaryFindings = 3
	summaryIDs      = 30 // of a group; with the number of the others they fit into a line
)

// WriteSummary writes the record as GitHub-flavoured Markdown: summary.md, also
// for $GITHUB_STEP_SUMMARY and for comments. No text of the record can start a
// tag, a link, a mention or a table cell. The sections stand in the order of
// their worth; those that would exceed SummaryBudget are left out and counted in
// the last line.
func WriteSummary(w io.Writer, run *Run) error {
	v := viewOf(run)
	sections := []string{v.summaryHead()}
	for _, r := range v.violations() {
		sections = append(sections, v.summaryBlock(r))
	}
	sections = append(sections,
		v.summaryWarnings(),
		v.summaryGroups("Inconclusive", schemas.Inconclusive),
		v.summaryGroups("Not exercised", schemas.NotExercised),
		v.summaryReadings(),
		v.summaryTable(),
	)
	_, err := io.WriteString(w, withinBudget(sections, SummaryBudget))
	return err
}

// withinBudget joins the sections that fit, and says how many do not.
func withinBudget(sections []string, budget int) string {
	const closing = "\n_%s left out to keep this short; see report.html._\n"
	var b strings.Builder
	left := 0
	for _, s := range sections {
		if b.Len()+len(s)+len(closing)+20 > budget {
			left++
			continue
		}
		b.WriteString(s)
	}
	if left > 0 {
		fmt.Fprintf(&b, closing, count(left, "section", "sections"))
	}
	return b.String()
}

func (v view) summaryHead() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s\n\n%s\n\n", verdictSigns[v.Verdict], verdictWords[v.Verdict], md(v.Reason))
	for _, text := range warningsOf(v.Run) {
		fmt.Fprintf(&b, "> **Notice:** %s\n\n", md(text))
	}
	b.WriteString("| | |\n|---|---|\n")
	for _, f := range []fact{
		{"Target", v.target()},
		{"Contract", v.Contract.Title + ", " + v.Contract.Published},
		{"Outcomes", strings.Join(v.counts(), ", ")},
		{"Run", fmt.Sprintf("%s, %s, %s in %s", v.ID, utc(v.Started), count(v.Footer.Requests, "request", "requests"), v.seconds())},
		{"omaspec", v.Tool.Version + ", catalogue " + v.Catalogue.Version},
		{"Exit code", fmt.Sprintf("%d (profile %s)", v.ExitCode, v.Settings.Profile)},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", f.label, md(f.text))
	}
	return b.String()
}

// verdictSigns are seen before words are read.
var verdictSigns = map[Verdict]string{
	Conformant: "✅", ConformantWithWaivers: "✅", Partial: "⚠️", NonConformant: "❌", InconclusiveRun: "⚠️",
}

func (v view) summaryBlock(r Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### ❌ %s: %s\n\n", md(r.ID), md(r.Title))
	command := ""
	for _, f := range v.story(r, summaryFindings) {
		if f.label == reproduce {
			command = fenced(f.line())
			continue
		}
		fmt.Fprintf(&b, "- %s: %s\n", f.label, md(f.text))
	}
	return b.String() + command
}

func (v view) summaryWarnings() string {
	all := v.warnings()
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n### Warnings (%d)\n\nThese do not gate.\n\n", len(all))
	for _, r := range all {
		fmt.Fprintf(&b, "- %s: %s\n", md(r.ID), md(headline(r)))
	}
	return b.String()
}

func (v view) summaryGroups(name string, o schemas.Outcome) string {
	all := v.unjudged(o)
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s (%d)\n\n", name, v.countOf(o))
	for _, g := range all {
		fmt.Fprintf(&b, "- %s<br>%s\n", md(g.reason), md(listIDs(g.ids, summaryIDs)))
	}
	return b.String()
}

func (v view) summaryReadings() string {
	var b strings.Builder
	b.WriteString("\n### Readings in force\n\n| reading | value | default | meaning |\n|---|---|---|---|\n")
	for _, r := range v.Settings.Readings {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", md(r.Name), md(r.Value), md(r.Default), md(r.Meaning))
	}
	return b.String()
}

func (v view) summaryTable() string {
	var b strings.Builder
	b.WriteString("\n<details><summary>All requirements</summary>\n\n| id | level | outcome | requirement |\n|---|---|---|---|\n")
	for _, r := range v.Requirements {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", md(r.ID), r.Level, r.Outcome, md(r.Title))
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

// md makes text harmless to a terminal and to Markdown: no tag, entity, emphasis,
// code, link, table cell, mention (@name), reference (#1) or autolink is left.
func md(s string) string { return markdown.Replace(Line(s)) }

// markdown breaks mentions and references by a zero-width space, since an escape
// of the sign alone is undone before GitHub and GitLab look for them.
var markdown = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "$", "&#36;",
	"|", `\|`, "`", "\\`", `\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "[", `\[`, "]", `\]`,
	"@", "@&#8203;", "#", "#&#8203;", "://", "&#58;//", "www.", "www&#46;", "GH-", "GH&#8209;",
)

// fenced is a code block, behind a fence that is longer than any in the text.
func fenced(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return "\n" + fence + "sh\n" + s + "\n" + fence + "\n"
}
