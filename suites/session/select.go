package session

import (
	"errors"
	"fmt"

	"github.com/onsi/ginkgo/v2/types"

	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
)

// Select returns the requirements that the filter and the ids choose. Both empty
// choose all; an id that does not exist, a filter that does not parse, and a
// choice of nothing are errors.
func Select(ids []string, filter string) ([]schemas.Requirement, error) {
	matches := func([]string) bool { return true }
	if filter != "" {
		parsed, err := types.ParseLabelFilter(filter)
		if err != nil {
			return nil, errors.New("the label filter does not parse; an example is 'family:mask && level:must'")
		}
		matches = parsed
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		if _, ok := schemas.Requirements().Find(id); !ok {
			return nil, fmt.Errorf("%s; `omaspec list` shows all", config.Unknown("requirement", id, requirementIDs()))
		}
		wanted[id] = true
	}
	var chosen []schemas.Requirement
	for _, r := range schemas.Requirements().Requirements {
		if (len(wanted) == 0 || wanted[r.ID]) && matches(suites.Labels(r)) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("the label filter chooses no requirement; `omaspec list --label-filter` shows what it chooses")
	}
	return chosen, nil
}

func requirementIDs() []string {
	var ids []string
	for _, r := range schemas.Requirements().Requirements {
		ids = append(ids, r.ID)
	}
	return ids
}
