package laposta

import (
	"context"
	"net/url"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// columns returns the data types of the list's custom fields.
func (l list) columns(ctx context.Context, op string) (map[string]string, error) {
	var answer struct {
		Data *[]struct {
			Field fieldObject `json:"field"`
		} `json:"data"`
	}
	if _, err := l.api.Do(ctx, rest.Call{Op: l.op(op), Path: "/v2/field", Query: url.Values{"list_id": {l.id}}, Into: &answer}); err != nil {
		return nil, err
	}
	if answer.Data == nil {
		return nil, l.wrong(connector.Drifted, op, "an answer without data", "")
	}
	types := map[string]string{}
	for _, d := range *answer.Data {
		if d.Field.CustomName != nil {
			types[*d.Field.CustomName] = d.Field.Datatype
		}
	}
	return types, nil
}
