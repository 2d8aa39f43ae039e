package config

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A formError says where a file has not the form of a mapping in YAML. What the
// parser says about it may quote the file, so that is dropped.
type formError struct {
	line int
	what string
}

func (e *formError) Error() string { return e.what }

// visit is called for an entry of a mapping.
type visit func(key string, line int, value ast.Node) error

// eachKey reads a file that is a mapping, or nothing. Its own errors are
// *formError.
func eachKey(b []byte, see visit) error {
	if line := secondDocument(string(b)); line > 0 {
		return &formError{line, "this is a second document; want one"}
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return &formError{lineOf(err), "this is not YAML, or a key that stands twice"}
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		mapping, ok := doc.Body.(ast.MapNode)
		if !ok {
			return &formError{doc.Body.GetToken().Position.Line, "want a mapping of keys to values"}
		}
		if err := eachEntry(mapping, see); err != nil {
			return err
		}
	}
	return nil
}

// secondDocument returns the line at which a second YAML document begins, 0 without
// one. Whoever has two would be judged by one of them.
func secondDocument(text string) int {
	n, content := 0, false
	for line := range strings.Lines(text) {
		n++
		trimmed := strings.TrimSpace(line)
		switch {
		case line[0] == '-' && (trimmed == "---" || strings.HasPrefix(line, "--- ")):
			if content {
				return n
			}
			content = true
		case trimmed != "" && trimmed[0] != '#' && trimmed[0] != '%':
			content = true
		}
	}
	return 0
}

func eachEntry(mapping ast.MapNode, see visit) error {
	for entries := mapping.MapRange(); entries.Next(); {
		token := entries.Key().GetToken()
		if err := see(token.Value, token.Position.Line, entries.Value()); err != nil {
			return err
		}
	}
	return nil
}

func lineOf(err error) int {
	if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
		return e.GetToken().Position.Line
	}
	return 1
}

// scalars reads a value or a list of values as they are written: 1.10 and 007 are
// no numbers before an option takes them for one. What is null is "".
func scalars(node ast.Node) ([]string, error) {
	switch n := node.(type) {
	case *ast.SequenceNode:
		var values []string
		for _, item := range n.Values {
			inner, err := scalars(item)
			if err != nil {
				return nil, err
			}
			values = append(values, inner...)
		}
		return values, nil
	case *ast.TagNode:
		return scalars(n.Value)
	case *ast.AnchorNode:
		return scalars(n.Value)
	case nil, *ast.NullNode:
		return []string{""}, nil
	case *ast.LiteralNode:
		return []string{n.Value.Value}, nil
	case *ast.StringNode:
		return []string{n.Value}, nil
	case ast.ScalarNode:
		return []string{n.GetToken().Value}, nil
	}
	return nil, errors.New("takes a value, or a list of values")
}
