package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// DefaultFile is the configuration file that is read when it exists.
const DefaultFile = "omaspec.yaml"

// fileLimit bounds the size of a configuration or secret file in bytes.
const fileLimit = 1 << 20

// Inputs are where a configuration comes from.
type Inputs struct {
	File   string                      // the configuration file; "" is DefaultFile, if it exists
	Lookup func(string) (string, bool) // the environment, as os.LookupEnv
	Flags  map[string][]string         // the flags that were given, by name
}

// Load puts a configuration together: defaults, the file, the environment, the
// flags. Every error is one line that says where and what to do.
func Load(in Inputs) (Config, error) {
	c := Default()
	if err := loadFile(&c, in.File); err != nil {
		return c, err
	}
	for _, o := range Options {
		value, ok := in.Lookup(o.Variable())
		if !ok || value == "" || o.FlagNot {
			continue
		}
		if o.List {
			value = strings.ReplaceAll(value, ",", listSeparator)
		}
		if err := o.apply(&c, value); err != nil {
			return c, fmt.Errorf("%s %w", o.Variable(), err)
		}
	}
	for _, o := range Options {
		values, ok := in.Flags[o.Name]
		if !ok {
			continue
		}
		if err := o.apply(&c, strings.Join(values, listSeparator)); err != nil {
			return c, fmt.Errorf("--%s %w", o.Name, err)
		}
	}
	return c, c.check()
}

// check refuses combinations that cannot be meant.
func (c *Config) check() error {
	if (c.ClientCert == "") != (c.ClientKey == "") {
		return errors.New("--client-cert and --client-key belong together; give both")
	}
	if c.Quiet && c.Verbose {
		return errors.New("--quiet and --verbose exclude each other")
	}
	for _, h := range c.Headers {
		if name, _, ok := strings.Cut(h, ":"); !ok || strings.TrimSpace(name) == "" {
			return errors.New("--header takes NAME: VALUE")
		}
	}
	return c.checkOutput()
}

// loadFile applies a YAML file: a mapping from option names to scalars or, for
// options that may be given several times, sequences of scalars.
func loadFile(c *Config, path string) error {
	named := path != ""
	if !named {
		path = DefaultFile
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err == nil && info.Size() > fileLimit {
		return fmt.Errorf("%s is larger than %d bytes, too large for a configuration", path, fileLimit)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("%s is not YAML: %s", path, line)
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		mapping, ok := doc.Body.(ast.MapNode)
		if !ok {
			return fmt.Errorf("%s:%d: want a mapping of options to values", path, doc.Body.GetToken().Position.Line)
		}
		for entries := mapping.MapRange(); entries.Next(); {
			if err := setKey(c, entries.Key(), entries.Value()); err != nil {
				return fmt.Errorf("%s:%d: %w", path, entries.Key().GetToken().Position.Line, err)
			}
		}
	}
	return nil
}

func setKey(c *Config, key ast.MapKeyNode, node ast.Node) error {
	name := key.GetToken().Value
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == name && !o.FlagNot })
	if i < 0 {
		return fmt.Errorf("there is no option %q%s", name, Suggest(name, optionNames()))
	}
	o := Options[i]
	values, err := scalars(node)
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	if len(values) != 1 && !o.List {
		return fmt.Errorf("%s takes one value", name)
	}
	if err := o.apply(c, strings.Join(values, listSeparator)); err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	return nil
}

func scalars(node ast.Node) ([]string, error) {
	if sequence, ok := node.(*ast.SequenceNode); ok {
		var values []string
		for _, item := range sequence.Values {
			inner, err := scalars(item)
			if err != nil {
				return nil, err
			}
			values = append(values, inner...)
		}
		return values, nil
	}
	if scalar, ok := node.(ast.ScalarNode); ok {
		return []string{fmt.Sprint(scalar.GetValue())}, nil
	}
	return nil, errors.New("takes a value, or a list of values")
}

func optionNames() []string {
	var names []string
	for _, o := range Options {
		if !o.FlagNot {
			names = append(names, o.Name)
		}
	}
	return names
}

// Suggest returns ", did you mean ...?" for the nearest of the names, or "" when
// none is near.
func Suggest(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
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
