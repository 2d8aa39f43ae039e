package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"omaspec/schemas/lazy"
)

// Field is a header field that is added to every request.
type Field struct {
	Name, Value string
	Secret      bool // its value may not be shown
	Declared    bool // because --secret-header says so
	Hidden      bool // nor may this one's, though it is no secret
}

// LeastSecret is the least length of a value that is looked for in reports: every
// report holds shorter words.
const LeastSecret = 8

// Hide keeps the values of added fields of that name out of what is published.
func (c *Config) Hide(name string) { c.hidden = append(c.hidden, name) }

// Fields reads the added header fields. The value of a field is a secret when
// the field's name says so, or when --secret-header does.
func (c Config) Fields() []Field {
	var fields []Field
	for _, line := range c.Headers {
		fields = append(fields, c.field(line))
	}
	return fields
}

func (c Config) field(line string) Field {
	name, value, _ := strings.Cut(line, ":")
	f := Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
	f.Declared = among(c.SecretHeaders, f.Name)
	f.Secret = f.Declared || SecretName(f.Name)
	f.Hidden = among(c.hidden, f.Name)
	return f
}

// among tells whether a field is named in a list.
func among(names []string, name string) bool {
	return slices.ContainsFunc(names, func(s string) bool { return strings.EqualFold(s, name) })
}

// SecretParts are what a field's name holds anywhere when its value is a secret,
// and SecretWords what it holds as a word of its own: X-Api-Key, but not X-Keyboard.
var (
	SecretParts = []string{"apikey", "authentic", "authoriz", "bearer", "cookie", "credential", "jwt", "passw", "secret", "session", "signature", "token"}
	SecretWords = []string{"auth", "key", "login", "otp", "pass", "passphrase", "pin", "pwd", "sid", "sig", "sign"}
)

// SecretName tells whether the name of a field says that its value is a secret.
func SecretName(name string) bool {
	lower := strings.ToLower(name)
	if slices.ContainsFunc(SecretParts, func(part string) bool { return strings.Contains(plain().ReplaceAllString(lower, ""), part) }) {
		return true
	}
	return slices.ContainsFunc(nameWord().FindAllString(name, -1), func(word string) bool { return slices.Contains(SecretWords, strings.ToLower(word)) })
}

// plain matches what separates the words of a name.
var plain = lazy.Regexp(`[^\pL\pN]+`)

// nameWord matches the words of a name: Api and Key in X-ApiKey.
var nameWord = lazy.Regexp(`\p{Lu}?\p{Ll}+|\p{Lu}+`)

// publicFields keeps of secret fields only the names.
func publicFields(c Config, value string) string {
	var fields []string
	for _, line := range strings.Split(value, listSeparator) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		f := c.field(line)
		if f.Secret || f.Hidden || f.Value == "" {
			fields = append(fields, f.Name)
			continue
		}
		fields = append(fields, f.Name+": "+f.Value)
	}
	return strings.Join(fields, listSeparator)
}

// checkHeaders refuses fields without a name, and the declaration of a secret
// that no field has: a typing error there would show the secret.
func (c Config) checkHeaders() error {
	for _, h := range c.Headers {
		if name, _, ok := strings.Cut(h, ":"); !ok || strings.TrimSpace(name) == "" {
			return fmt.Errorf("--header takes NAME: VALUE; in %s that is one field a line", variableOf("header"))
		}
	}
	for _, declared := range c.SecretHeaders {
		if !slices.ContainsFunc(c.Fields(), func(f Field) bool { return strings.EqualFold(f.Name, declared) }) {
			return errors.New("--secret-header names a field that --header does not add")
		}
	}
	return nil
}
