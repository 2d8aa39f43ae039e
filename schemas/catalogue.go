package schemas

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// CatalogueFile is where the requirements are written, from the module's root.
const CatalogueFile = "schemas/catalogue.yaml"

// Page facts, as the published page states them.
const (
	PageTitle     = "Querying Customer Information"
	PagePublished = "2023-09-27"
)

//go:embed catalogue.yaml
var catalogueYAML string

//go:embed rows.yaml
var rowsYAML string

//go:embed querytenantbasic.txt
var page string

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

// Requirements returns the embedded catalogue. It is read once, and panics if
// that fails, which the package's tests exclude.
var Requirements = sync.OnceValue(func() *Catalogue {
	c, err := readCatalogue(catalogueYAML)
	if err != nil {
		panic("the embedded catalogue: " + err.Error())
	}
	c.SHA256 = hexSHA256(catalogueYAML)
	return c
})

// Rows returns every row by its id.
func Rows() (map[string]Row, error) { return readRows(rowsYAML) }

// PageSHA256 is the digest of the page's text, hex.
func PageSHA256() string { return hexSHA256(page) }

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
