package schemas

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// CatalogueFile is where the requirements are written, from the module's root.
const CatalogueFile = "schemas/catalogue.yaml"

// Page facts, as the published page states them.
const (
	PageTitle     = "Querying Customer Information"
	PagePublished = "2023-09-27"
	// PagePath is the URI's path on the page.
	PagePath = "/rest/oma/softwareconsole/tenant/querytenantbasic"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

//go:embed rows.yaml
var rowsYAML []byte

//go:embed querytenantbasic.txt
var page []byte

// Requirement is one testable statement that is derived from the page.
type Requirement struct {
	ID        string   `yaml:"id" json:"id"`
	Level     Level    `yaml:"level" json:"level"`
	Basis     string   `yaml:"basis" json:"basis"`   // "spec", or the standard it rests on
	Source    string   `yaml:"source" json:"source"` // where on the page, or "-"
	Title     string   `yaml:"title" json:"title"`
	Rationale string   `yaml:"rationale" json:"rationale"`
	Covers    []string `yaml:"covers" json:"covers"` // row ids
	Reading   string   `yaml:"reading" json:"reading,omitempty"`
	Since     string   `yaml:"since" json:"since"` // catalogue version
	// Line is the line of CatalogueFile on which the requirement starts.
	Line int `yaml:"-" json:"line"`
}

// Family is the part of the id before the dash: AUTH, STATUS, BODY, MASK, HTTP
// or ISOL.
func (r Requirement) Family() string {
	family, _, _ := strings.Cut(r.ID, "-")
	return family
}

// Row is one contract question or test case of the page.
type Row struct {
	ID       string `yaml:"-" json:"id"`
	Text     string `yaml:"text" json:"text"`
	Excluded string `yaml:"excluded" json:"excluded,omitempty"` // why no requirement covers it
}

// Catalogue is the set of requirements, in the order in which it is written.
type Catalogue struct {
	Version      string        `yaml:"version" json:"version"`
	Requirements []Requirement `yaml:"requirements" json:"requirements"`
	SHA256       string        `yaml:"-" json:"sha256"` // of catalogue.yaml, hex
}

// Find returns the requirement with that id.
func (c *Catalogue) Find(id string) (Requirement, bool) {
	i := slices.IndexFunc(c.Requirements, func(r Requirement) bool { return r.ID == id })
	if i < 0 {
		return Requirement{}, false
	}
	return c.Requirements[i], true
}

// Requirements returns the embedded catalogue. It is parsed once, and panics if
// it does not parse, which the package's tests exclude.
var Requirements = sync.OnceValue(func() *Catalogue {
	c, err := ParseCatalogue(catalogueYAML)
	if err != nil {
		panic("the embedded catalogue: " + err.Error())
	}
	return c
})

// ParseCatalogue reads a catalogue, refusing unknown keys.
func ParseCatalogue(b []byte) (*Catalogue, error) {
	var c Catalogue
	if err := yaml.UnmarshalWithOptions(b, &c, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	lines := strings.Split(string(b), "\n")
	for i := range c.Requirements {
		c.Requirements[i].Line = 1 + slices.Index(lines, "- id: "+c.Requirements[i].ID)
	}
	c.SHA256 = hexSHA256(b)
	return &c, nil
}

// Rows returns every row by its id.
func Rows() (map[string]Row, error) {
	rows := map[string]Row{}
	if err := yaml.UnmarshalWithOptions(rowsYAML, &rows, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	for id, row := range rows {
		row.ID = id
		rows[id] = row
	}
	return rows, nil
}

// PageSHA256 is the digest of the page's text, hex.
func PageSHA256() string { return hexSHA256(page) }

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
