package reports

import _ "embed" // for RunSchema

// RunSchema is the JSON Schema (draft-07) of run.json.
//
//go:embed run.schema.json
var RunSchema string
