package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"omaspec/suites/file"
)

// DefaultFile is the configuration file that is read when it exists.
const DefaultFile = "omaspec.yaml"

// Inputs are where a configuration comes from.
type Inputs struct {
	File   string                      // the configuration file; "" is DefaultFile, if it exists
	Lookup func(string) (string, bool) // the environment, as os.LookupEnv
	Flags  map[string][]string         // the flags that were given, by name
	// Environ lists the environment, as os.Environ, for the search for variables
	// that nobody reads; nil is none.
	Environ []string
	// Recorded are the options of an earlier run, as Changed returned them. Those that
	// have a part in judging hold unless something else says otherwise; the others are
	// kept for the record.
	Recorded map[string]string
}

// NoVariables is an environment without variables.
func NoVariables(string) (string, bool) { return "", false }

// Load puts a configuration together: defaults, the file, the environment, the
// flags. Every error is one line that says where and what to do.
func Load(in Inputs) (Config, error) {
	c := Default()
	if err := checkVariables(in.Environ); err != nil {
		return c, err
	}
	if err := c.recall(in.Recorded); err != nil {
		return c, err
	}
	if err := loadFile(&c, in.File); err != nil {
		return c, err
	}
	for _, o := range Options {
		value, ok := in.Lookup(o.Variable())
		if !ok || o.FlagOnly {
			continue
		}
		if strings.TrimSpace(value) == "" {
			c.empty(o, o.Variable())
			continue
		}
		if o.List && !o.Lines {
			value = strings.ReplaceAll(value, ",", listSeparator)
		}
		if err := c.take(o, o.Variable(), value); err != nil {
			return c, err
		}
	}
	for _, o := range Options {
		if values, ok := in.Flags[o.Name]; ok {
			if err := c.take(o, "--"+o.Name, strings.Join(values, listSeparator)); err != nil {
				return c, err
			}
		}
	}
	return c, c.check()
}

// recall takes over the options of an earlier run.
func (c *Config) recall(recorded map[string]string) error {
	c.recorded = maps.Clone(recorded)
	for _, o := range Options {
		value, ok := recorded[o.Name]
		if !ok || !o.Judges {
			continue
		}
		if o.List {
			value = strings.ReplaceAll(value, shownSeparator, listSeparator)
		}
		if err := o.apply(c, value); err != nil {
			return fmt.Errorf("the recorded option %s %w", o.Name, err)
		}
	}
	return nil
}

// take sets an option from text that stands at a source.
func (c *Config) take(o Option, source, value string) error {
	value = strings.TrimRight(value, "\r\n")
	if err := o.apply(c, value); err != nil {
		return fmt.Errorf("%s %w", source, err)
	}
	if o.Name == target {
		c.emptied = ""
	}
	if strings.TrimSpace(value) == "" {
		c.empty(o, source)
	}
	return nil
}

// empty notes an option that a source names and gives no value. That leaves it as
// it was, except that whoever names a target means one.
func (c *Config) empty(o Option, source string) {
	if o.Name == target {
		c.Target, c.emptied = "", source
	}
}

// check refuses combinations that cannot be meant.
func (c *Config) check() error {
	if (c.ClientCert == "") != (c.ClientKey == "") {
		return errors.New("--client-cert and --client-key belong together; give both")
	}
	if c.Quiet && c.Verbose {
		return errors.New("--quiet and --verbose exclude each other")
	}
	if c.emptied != "" {
		return fmt.Errorf("%s is empty, so no target is named: give its URL, or leave it out", c.emptied)
	}
	if err := c.checkHeaders(); err != nil {
		return err
	}
	return c.checkOutput()
}

// misnamed are names that somebody may give the configuration file, who would then
// judge without it.
var misnamed = []string{"omaspec.yml", ".omaspec.yaml", ".omaspec.yml", "omaspec.json"}

// loadFile applies a YAML file: a mapping from option names to scalars or, for
// options that may be given several times, sequences of scalars.
func loadFile(c *Config, path string) error {
	named := path != ""
	if !named {
		path = DefaultFile
		for _, other := range misnamed {
			if _, err := os.Lstat(other); err == nil {
				return fmt.Errorf("%s is read by nobody: call it %s, or name it with --config", other, DefaultFile)
			}
		}
	}
	b, err := file.Read(path)
	if _, there := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && !named && there != nil {
		return nil
	}
	if err != nil && named {
		return fmt.Errorf("--config: %w", err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	err = eachKey(b, func(key string, line int, node ast.Node) error {
		if err := setKey(c, key, node); err != nil {
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
		return nil
	})
	if e, ok := errors.AsType[*formError](err); ok {
		return fmt.Errorf("%s:%d: %w", path, e.line, e)
	}
	return err
}

func setKey(c *Config, name string, node ast.Node) error {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name && !o.FlagOnly })
	if i < 0 {
		return errors.New(Unknown("option", name, optionNames()))
	}
	o := Options[i]
	values, err := scalars(node)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	if len(values) == 0 {
		c.empty(o, "the key "+name)
		return nil
	}
	if len(values) != 1 && !o.List {
		return fmt.Errorf("%s takes one value", name)
	}
	return c.take(o, name, strings.Join(values, listSeparator))
}

func optionNames() []string {
	var names []string
	for _, o := range Options {
		if !o.FlagOnly {
			names = append(names, o.Name)
		}
	}
	return names
}

// Unknown says that there is no such thing, and which one may be meant. Only what
// is near a name is quoted: anything else may be a token in the wrong place.
func Unknown(thing, given string, names []string) string {
	near := nearest(given, names, func(name string) int { return 1 + min(1, len(name)/5) })
	if near == "" {
		return "there is no such " + thing
	}
	return fmt.Sprintf("there is no %s %q, did you mean %q?", thing, given, near)
}

// nearest returns the name that is nearest, or "" where none is as near as limit
// says for it.
func nearest(given string, names []string, limit func(name string) int) string {
	best, distance := "", 1<<30
	for _, name := range names {
		if d := editDistance(strings.ToLower(given), strings.ToLower(name)); d < distance && d <= limit(name) {
			best, distance = name, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions and replacements between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
