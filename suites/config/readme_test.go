package config_test

import (
	"fmt"
	"strings"
	"testing"

	"omaspec/fixtures/faults"
	"omaspec/fixtures/golden"
	"omaspec/schemas"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// TestREADME wants the README's tables to be what the tables in the code say.
func TestREADME(t *testing.T) {
	const readme = "../../README.md"
	golden.Table(t, readme, "options", optionTable())
	golden.Table(t, readme, "readings", readingTable())
	golden.Table(t, readme, "secret names", secretNames())
	golden.Table(t, readme, "numbers", numberTable(t))
}

func optionTable() string {
	var b strings.Builder
	b.WriteString("| flag | variable | YAML key | default | |\n| --- | --- | --- | --- | --- |\n")
	for _, o := range config.Options {
		variable, key := "`"+o.Variable()+"`", "`"+o.Name+"`"
		if o.FlagOnly {
			variable, key = "-", "-"
		}
		value := ""
		if o.Value != "" {
			value = " " + o.Value
		}
		many := ""
		if o.List {
			many = " May be given several times."
		}
		if o.Lines {
			many = " May be given several times; in the variable one a line."
		}
		fmt.Fprintf(&b, "| `--%s%s` | %s | %s | %s | %s%s |\n", o.Name, value, variable, key, orDash(o.Default), strings.ReplaceAll(o.Help, "|", `\|`), many)
	}
	return b.String()
}

func secretNames() string {
	return fmt.Sprintf("- anywhere: `%s`\n- as a word, as in `X-Api-Key` but not in `X-Keyboard`: `%s`\n",
		strings.Join(config.SecretParts, "`, `"), strings.Join(config.SecretWords, "`, `"))
}

func readingTable() string {
	var b strings.Builder
	b.WriteString("| reading | default | rows | meaning |\n| --- | --- | --- | --- |\n")
	for _, r := range schemas.AllReadings {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", r.Name, r.Default, strings.Join(r.Rows, ", "), r.Meaning)
	}
	return b.String()
}

// numberTable says how many there are of what, rounded down to tens, so that one more
// is seldom a change of the README.
func numberTable(t *testing.T) string {
	t.Helper()
	endpoint, err := probe.ParseEndpoint("https://staging.example", "")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := probe.NewPlan(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var families, named []string
	of := map[string]int{}
	for _, f := range faults.Faults() {
		family, _, _ := strings.Cut(f.Name, ".")
		if of[family]++; of[family] == 1 {
			families = append(families, family)
		}
	}
	for _, family := range families {
		named = append(named, fmt.Sprintf("%s %d", family, tens(of[family])))
	}
	var b strings.Builder
	b.WriteString("| of | at least |\n| --- | --- |\n")
	fmt.Fprintf(&b, "| requirements | %d |\n", tens(len(schemas.Requirements().Requirements)))
	fmt.Fprintf(&b, "| probes | %d |\n", tens(len(probe.Catalogue())))
	fmt.Fprintf(&b, "| requests of a run with default options and every token | %d |\n", tens(plan.Requests()))
	fmt.Fprintf(&b, "| faults | %d: %s |\n", tens(len(faults.Faults())), strings.Join(named, ", "))
	fmt.Fprintf(&b, "| conforming variants | %d |\n", tens(len(faults.Variants())))
	return b.String()
}

// tens rounds down to tens.
func tens(n int) int { return n / 10 * 10 }

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return "`" + s + "`"
}
