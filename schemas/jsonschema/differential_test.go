package jsonschema

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	second "github.com/santhosh-tekuri/jsonschema/v6"

	"omaspec/fixtures/race"
	"omaspec/schemas/strictjson"
)

// secondOpinion compiles the same schemas with another validator, which also
// reports references that go in circles.
func secondOpinion(t testing.TB) map[string]*second.Schema {
	t.Helper()
	compiler := second.NewCompiler()
	compiler.DefaultDraft(second.Draft7)
	compiler.UseLoader(noLoader{})
	documents := mustDocuments(t)
	for name, document := range documents {
		if err := compiler.AddResource(base+name+suffix, document); err != nil {
			t.Fatal(err)
		}
	}
	compiled := map[string]*second.Schema{}
	for name := range documents {
		schema, err := compiler.Compile(base + name + suffix)
		if err != nil {
			t.Fatal(err)
		}
		compiled[name] = schema
	}
	return compiled
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errors.New("not embedded") }

// disagreement returns the schema by which the two validators judge body
// differently, or "", and the schemas before it by which body is valid.
func disagreement(opinion map[string]*second.Schema, body string) (by string, valid []string) {
	doc := parse(body)
	if !doc.Complete {
		return "", nil
	}
	value := doc.Any()
	for _, name := range names {
		ours := len(Validate(name, doc)) == 0
		if (opinion[name].Validate(value) == nil) != ours {
			return name, valid
		}
		if ours {
			valid = append(valid, name)
		}
	}
	return "", valid
}

func TestSecondOpinionOnLabelledBodies(t *testing.T) {
	opinion := secondOpinion(t)
	for _, test := range labelled {
		if name, _ := disagreement(opinion, test.body); name != "" {
			t.Errorf("%s: the validators disagree by %s", test.name, name)
		}
	}
	for name, body := range hostile {
		if schema, _ := disagreement(opinion, body); schema != "" {
			t.Errorf("%s: the validators disagree by %s", name, schema)
		}
	}
}

// values are what the generator puts in the place of a member's value.
var values = []string{
	`null`, `true`, `false`, `0`, `-0`, `150`, `1.0`, `1.5`, `1e3`, `1e400`, `1e-400`, `1681203525000`, `9007199254740993`,
	`""`, `" "`, `"\u00a0"`, `"\u200b"`, `"\ufeff"`, `"\u0000"`, `"150"`, `"1681203525000"`, `"153****0991"`, `"15312340991"`, `"华为XXXXXXXXX"`,
	`"\ud83d\ude00"`, `"\ud800"`, "\"\xff\"", `[]`, `[null]`, `["150"]`, `[[]]`, `{}`, `{"vdn":"150"}`, `{"schema":"x"}`, `{"schema":{}}`,
	`{"":0}`, `"Unauthorized operation."`, `"null"`, `"{}"`, `"\t\r\n"`,
}

var memberNames = []string{
	"mobilePhone", "company", "customerName", "email", "vdn", "createDate", "tenantSpaceStatus", "portalUrl",
}

// generate makes a body out of the published one: members replaced, dropped,
// renamed, doubled or added, and the whole wrapped or replaced by one value.
func generate(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var members []string
	for _, name := range memberNames {
		value := `"x"`
		if name == "createDate" {
			value = "1681203525000"
		}
		switch r.IntN(24) {
		case 0:
			value = pick(values)
		case 1:
			continue
		case 2:
			name = strings.ToLower(name)
		case 3:
			members = append(members, strconv.Quote(name)+":"+pick(values))
		case 4:
			members = append(members, strconv.Quote(pick([]string{"schema", "remark", ""}))+":"+pick(values))
		}
		members = append(members, strconv.Quote(name)+":"+value)
	}
	r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	body := "{" + strings.Join(members, ",") + "}"
	switch r.IntN(8) {
	case 0:
		return pick(values)
	case 1:
		return wrapped(pick(values))
	case 2, 3, 4:
		return wrapped(body)
	}
	return body
}

// TestSecondOpinionOnGeneratedBodies takes a tenth of the bodies under the race
// detector.
func TestSecondOpinionOnGeneratedBodies(t *testing.T) {
	bodies := 20_000
	if race.Enabled {
		bodies /= 10
	}
	t.Run(fmt.Sprintf("%d of 20000", bodies), func(t *testing.T) {
		opinion := secondOpinion(t)
		r := rand.New(rand.NewPCG(1, 2))
		valid := map[string]int{}
		for i := range bodies {
			by, schemas := disagreement(opinion, generate(r))
			if by != "" {
				t.Fatalf("body %d of this seed: the validators disagree by %s", i, by)
			}
			for _, name := range schemas {
				valid[name]++
			}
		}
		t.Log("valid:", valid)
		for _, name := range names {
			if n := valid[name]; n < bodies/50 || n > bodies/2 {
				t.Errorf("%s: %d valid bodies say little", name, n)
			}
		}
	})
}

// FuzzSecondOpinion: whatever the body, the two validators agree and none panics.
func FuzzSecondOpinion(f *testing.F) {
	for _, test := range labelled {
		f.Add(test.body)
	}
	for _, value := range values {
		f.Add(wrapped(value))
	}
	opinion := secondOpinion(f)
	f.Fuzz(func(t *testing.T, body string) {
		if name, _ := disagreement(opinion, body); name != "" {
			t.Errorf("the validators disagree by %s", name)
		}
		doc, _ := strictjson.Parse([]byte(body), strictjson.DefaultLimits)
		for _, name := range names {
			for _, issue := range Validate(name, doc) {
				if issue.Code == CodeHarness {
					t.Errorf("%s: %s", name, issue.Observed)
				}
			}
		}
	})
}
