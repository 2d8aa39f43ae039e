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
	// Judge is one of Verbs, or "" if a verb is not enough and a function judges.
	Judge   string `yaml:"judge" json:"judge,omitempty"`
	Reading string `yaml:"reading" json:"reading,omitempty"`
	Since   string `yaml:"since" json:"since"` // catalogue version
	// Line is the line of CatalogueFile on which the requirement starts.
	Line int `yaml:"-" json:"line"`
}

// Verbs are the judges that a requirement can name, each with what must become of
// every request that is sent for the rows it covers.
var Verbs = map[string]string{
	"unauthorized": "answered with 401",
	"refused":      "answered with 401, or as whoever has no token or an unknown one is (AUTH-02, AUTH-04)",
	"rejected":     "refused in a way that HTTP knows, or not answered at all",
	"accepted":     "answered with 200",
	"defused":      "rejected, and nothing of it is executed or sent back",
	"noted":        "recorded, whatever the answer is",
}

// Family is the part of the id before the dash: AUTH, STATUS, BODY, MASK, HTTP
// or ISOL.
func (r Requirement) Family() string {
	family, _, _ := strings.Cut(r.ID, "-")
	return family
}

// Row is one contract question: a contradiction or gap of the page, or a case that
// has to be tried.
type Row struct {
	ID       string `yaml:"-" json:"id"`
	Text     string `yaml:"text" json:"text"`
	Excluded string `yaml:"excluded" json:"excluded,omitempty"` // why no requirement covers it
	// Sent tells that the row has probes, unless it is excluded: what it asks is
	// found out by sending something.
	Sent bool `yaml:"-" json:"sent"`
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
