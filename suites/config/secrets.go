package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

// Sources are where secrets come from.
type Sources struct {
	Lookup func(string) (string, bool) // the environment, as os.LookupEnv
	Stdin  io.Reader                   // holds the valid token; nil when it does not
}

// Tokens reads the tokens of a run: for every role its variable, or the file
// that the variable with _FILE names, or, for the valid token, standard input.
// Errors name the variable or file, never the value.
func Tokens(lookup func(string) (string, bool), stdin io.Reader) (map[probe.Role]probe.Secret, error) {
	tokens := map[probe.Role]probe.Secret{}
	for _, role := range probe.Roles {
		value, found, err := secret(lookup, role.Variable)
		if err != nil {
			return nil, err
		}
		if stdin != nil && role.Role == probe.Valid {
			if found {
				return nil, fmt.Errorf("--token-stdin and %s both give the valid token; leave one out", role.Variable)
			}
			if value, err = firstLine(stdin); err != nil {
				return nil, fmt.Errorf("--token-stdin: %w", err)
			}
			found = true
		}
		if found {
			tokens[role.Role] = probe.NewSecret(value)
		}
	}
	return tokens, nil
}

// secret reads a variable, or the file that its companion with _FILE names. A
// variable that is set and empty is an error: somebody meant to give a token.
func secret(lookup func(string) (string, bool), variable string) (value string, found bool, err error) {
	value, found = lookup(variable)
	path, fromFile := lookup(variable + "_FILE")
	switch {
	case found && fromFile:
		return "", false, fmt.Errorf("%s and %s_FILE are both set; leave one out", variable, variable)
	case fromFile:
		b, err := SecretFile(path)
		if err != nil {
			return "", false, fmt.Errorf("%s_FILE: %w", variable, err)
		}
		if value, err = firstLine(strings.NewReader(string(b))); err != nil {
			return "", false, fmt.Errorf("%s_FILE: %w", variable, err)
		}
		found = true
	case found && strings.TrimSpace(value) == "":
		return "", false, fmt.Errorf("%s is set and empty; set it to the token or unset it", variable)
	}
	return value, found, nil
}

// firstLine reads a secret that stands alone on the first line.
func firstLine(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, fileLimit))
	if err != nil {
		return "", errors.New("it cannot be read")
	}
	line := strings.TrimRight(string(b), "\r\n")
	switch {
	case line == "":
		return "", errors.New("it is empty")
	case strings.ContainsAny(line, "\r\n"):
		return "", errors.New("it has more than one line; want the token alone")
	}
	return line, nil
}

// SecretFile reads a file that nobody but its owner can read.
func SecretFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s can be read by others (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	case info.Size() > fileLimit:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, fileLimit)
	}
	return io.ReadAll(f)
}

// subjectFile is the form of the ground truth: the customer of the valid token,
// and, under second-tenant, that of the second.
type subjectFile struct {
	First        person `yaml:",inline"`
	SecondTenant person `yaml:"second-tenant"`
}

type person struct {
	MobilePhone  string `yaml:"mobilePhone"`
	Company      string `yaml:"company"`
	CustomerName string `yaml:"customerName"`
	Email        string `yaml:"email"`
}

func (p person) values() map[mask.Field]string {
	values := map[mask.Field]string{}
	for field, value := range map[mask.Field]string{mask.MobilePhone: p.MobilePhone, mask.Company: p.Company, mask.CustomerName: p.CustomerName, mask.Email: p.Email} {
		if value != "" {
			values[field] = value
		}
	}
	return values
}

// Subject reads the ground truth: by role, the customer's true values. The
// result is nil without a file. Errors never quote the file.
func Subject(path string) (map[string]map[mask.Field]string, error) {
	if path == "" {
		return nil, nil
	}
	b, err := SecretFile(path)
	if err != nil {
		return nil, fmt.Errorf("--subject-file: %w", err)
	}
	var s subjectFile
	if err := yaml.UnmarshalWithOptions(b, &s, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("--subject-file: %s does not hold the YAML keys mobilePhone, email, customerName, company (and second-tenant with the same) as strings", path)
	}
	subjects := map[string]map[mask.Field]string{}
	for role, values := range map[probe.Role]map[mask.Field]string{probe.Valid: s.First.values(), probe.SecondTenant: s.SecondTenant.values()} {
		if len(values) > 0 {
			subjects[string(role)] = values
		}
	}
	if len(subjects) == 0 {
		return nil, fmt.Errorf("--subject-file: %s holds no value", path)
	}
	return subjects, nil
}
