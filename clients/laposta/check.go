package laposta

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// checkFields tells whether the list has every mapped field in a form that can
// carry it. The names in the error are those of fields, not of persons.
func (l list) checkFields(ctx context.Context) error {
	var answer struct {
		Data *[]struct {
			Field fieldObject `json:"field"`
		} `json:"data"`
	}
	if _, err := l.api.Do(ctx, rest.Call{Op: l.op("check"), Path: "/v2/field", Query: url.Values{"list_id": {l.id}}, Into: &answer}); err != nil {
		return err
	}
	if answer.Data == nil {
		return l.wrong(connector.Drifted, "check", "an answer without data", "")
	}
	types := map[string]string{}
	for _, d := range *answer.Data {
		if d.Field.CustomName != nil {
			types[*d.Field.CustomName] = d.Field.Datatype
		}
	}
	var missing, unfit []string
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		switch t, ok := types[name]; {
		case !ok:
			missing = append(missing, name)
		case !slices.Contains(columns[name].types, t):
			unfit = append(unfit, name)
		}
	}
	var faults []string
	if len(missing) > 0 {
		faults = append(faults, "the list has no field "+strings.Join(missing, ", "))
	}
	if len(unfit) > 0 {
		faults = append(faults, "of an unfit type: "+strings.Join(unfit, ", "))
	}
	if len(faults) > 0 {
		return l.wrong(connector.Drifted, "check", strings.Join(faults, "; "), "")
	}
	return nil
}
