package config

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"omaspec/schemas/mask"
	"omaspec/suites/file"
	"omaspec/suites/probe"
)

// Sources are where secrets come from.
type Sources struct {
	Lookup func(string) (string, bool) // the environment, as os.LookupEnv
	Stdin  io.Reader                   // holds the valid token; nil when it does not
}

// The choices of --secret-files.
const (
	Private  = "private"  // files that only their owner can read
	Readable = "readable" // others may read them too, or they are pipes
)

// Tokens reads the tokens of a run: for every role its variable, or the file
// that the variable with _FILE names, or, for the valid token, standard input.
// Errors name the variable, never the value.
func (c Config) Tokens(from Sources) (map[probe.Role]probe.Secret, error) {
	tokens := map[probe.Role]probe.Secret{}
	for _, role := range probe.Roles {
		value, err := c.token(from, role)
		if err != nil {
			return nil, err
		}
		if value != "" {
			tokens[role.Role] = probe.NewSecret(value)
		}
	}
	return tokens, nil
}

// Gateways reads the credentials for a gateway in front of the target, each from its
// variable or the file that the variable with _FILE names. Errors name the variable,
// never the value.
func (c Config) Gateways(from Sources) (map[probe.Gateway]probe.Secret, error) {
	credentials := map[probe.Gateway]probe.Secret{}
	for _, info := range probe.Gateways {
		value, err := c.secret(from, info.Variable)
		if err != nil {
			return nil, err
		}
		if value != "" {
			credentials[info.Gateway] = probe.NewSecret(value)
		}
	}
	return credentials, nil
}

// secret reads a secret that nobody has to give.
func (c Config) secret(from Sources, variable string) (string, error) {
	value, path := read(from.Lookup, variable), read(from.Lookup, variable+fileSuffix)
	switch {
	case value != "" && path != "":
		return "", fmt.Errorf("%s and %s are both set; leave one out", variable, variable+fileSuffix)
	case path == "":
		return value, nil
	}
	value, err := secretLine(variable+fileSuffix, func() ([]byte, error) { return c.secretFile(path) })
	if errors.Is(err, errEmpty) {
		return "", nil
	}
	return value, err
}

// token reads the token of one role. A CI system cannot leave out the variable of
// a secret that it does not have, so an empty one, or an empty
// file, is none. Only where the valid
// token comes from nowhere else is that an error: somebody meant to give one.
func (c Config) token(from Sources, role probe.RoleInfo) (string, error) {
	if role.Role != probe.Valid {
		return c.secret(from, role.Variable)
	}
	value, path := read(from.Lookup, role.Variable), read(from.Lookup, role.Variable+fileSuffix)
	stdin := from.Stdin != nil
	switch {
	case value != "" && path != "":
		return "", fmt.Errorf("%s and %s are both set; leave one out", role.Variable, role.Variable+fileSuffix)
	case stdin && value != "":
		return "", fmt.Errorf("--token-stdin and %s both give the valid token; leave one out", role.Variable)
	case stdin && path != "":
		return "", fmt.Errorf("--token-stdin and %s both give the valid token; leave one out", role.Variable+fileSuffix)
	case stdin:
		return secretLine("--token-stdin", func() ([]byte, error) {
			b, err := io.ReadAll(io.LimitReader(from.Stdin, file.Limit))
			if err != nil {
				return nil, errors.New("it cannot be read")
			}
			return file.Text(b)
		})
	case path != "":
		return secretLine(role.Variable+fileSuffix, func() ([]byte, error) { return c.secretFile(path) })
	}
	if variable := isSet(from.Lookup, role.Variable); value == "" && variable != "" && read(from.Lookup, TokenCommandVariable) == "" {
		return "", fmt.Errorf("%s is set and empty; set it to the token or unset it", variable)
	}
	return value, nil
}

// fileSuffix makes the name of the variable that names a file.
const fileSuffix = "_FILE"

// read is the value of a variable without a byte order mark and line ends after it,
// which come along from files; "" for one that holds nothing but white space.
func read(lookup func(string) (string, bool), variable string) string {
	value, _ := lookup(variable)
	if strings.TrimSpace(value) == "" {
		return ""
	}
	return strings.TrimRight(strings.TrimPrefix(value, "\ufeff"), "\r\n")
}

// isSet is the variable, or the one that names a file in its place, whichever is
// set, be it to nothing.
func isSet(lookup func(string) (string, bool), variable string) string {
	for _, name := range []string{variable, variable + fileSuffix} {
		if _, ok := lookup(name); ok {
			return name
		}
	}
	return ""
}

var errEmpty = errors.New("it is empty")

// secretLine reads a secret that stands alone on the first line of a source.
func secretLine(source string, read func() ([]byte, error)) (string, error) {
	b, err := read()
	if err != nil {
		return "", fmt.Errorf("%s: %w", source, err)
	}
	line := strings.TrimRight(string(b), "\r\n")
	switch {
	case strings.TrimSpace(line) == "":
		return "", fmt.Errorf("%s: %w", source, errEmpty)
	case strings.ContainsAny(line, "\r\n"):
		return "", fmt.Errorf("%s: it has more than one line; want the token alone", source)
	}
	return line, nil
}

func (c Config) secretFile(path string) ([]byte, error) {
	return file.ReadSecret(path, c.SecretFiles == Readable)
}

// subjectKeys are the keys of a subject file.
var subjectKeys = map[string]mask.Field{
	"mobilePhone": mask.MobilePhone, "company": mask.Company, "customerName": mask.CustomerName, "email": mask.Email,
}

// secondTenant is the key of a subject file under which the second customer stands.
const secondTenant = "second-tenant"

// Subject reads the ground truth: by role, the customer's true values. The
// result is nil without a file. Errors never quote the file.
func (c Config) Subject() (mask.Subjects, error) {
	if strings.TrimSpace(c.SubjectFile) == "" {
		return nil, nil
	}
	b, err := c.secretFile(c.SubjectFile)
	if err != nil {
		return nil, fmt.Errorf("--subject-file: %w", err)
	}
	subjects := mask.Subjects{}
	note := func(role probe.Role) visit {
		return func(key string, _ int, value ast.Node) error { return noteSubject(subjects, role, key, value) }
	}
	err = eachKey(b, func(key string, line int, value ast.Node) error {
		if second, ok := value.(ast.MapNode); ok && key == secondTenant {
			return eachEntry(second, note(probe.SecondTenant))
		}
		return note(probe.Valid)(key, line, value)
	})
	if errors.Is(err, errMasked) {
		return nil, fmt.Errorf("--subject-file: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("--subject-file: it does not hold the YAML keys mobilePhone, email, customerName, company (and %s with the same), each with a value", secondTenant)
	}
	if len(subjects) == 0 {
		return nil, errors.New("--subject-file: it holds no value")
	}
	return subjects, nil
}

// errMasked says that what is called a true value cannot be one.
var errMasked = errors.New("a value is masked or blank: true values are whole")

// noteSubject notes one value of a customer. One that is null is not known.
func noteSubject(subjects mask.Subjects, role probe.Role, key string, value ast.Node) error {
	values, err := scalars(value)
	if err != nil {
		return err
	}
	field, ok := subjectKeys[key]
	if null := len(values) == 1 && values[0] == ""; null && (ok || key == secondTenant) {
		return nil
	}
	if !ok || len(values) != 1 {
		return errors.New("no such key, or not one value")
	}
	truth := strings.TrimSpace(values[0])
	if slices.Contains([]mask.Verdict{mask.Empty, mask.OK, mask.AllMasked}, mask.Judge(field, truth).Verdict) {
		return errMasked
	}
	if subjects[string(role)] == nil {
		subjects[string(role)] = mask.Subject{}
	}
	subjects[string(role)][field] = truth
	return nil
}
