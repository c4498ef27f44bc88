package chatwoot

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// definition describes a custom attribute to agents and filters.
type definition struct {
	Name  string `json:"attribute_display_name"`
	Key   string `json:"attribute_key"`
	Type  int    `json:"attribute_display_type"` // 0 text, 7 checkbox
	Model int    `json:"attribute_model"`        // 1 contact
}

var definitions = []definition{
	{"EMS first name", "ems_first_name", 0, 1},
	{"EMS last name", "ems_last_name", 0, 1},
	{"EMS membership", "ems_membership", 0, 1},
	{"Deleted in EMS", "ems_deleted", 7, 1},
}

// define makes the definitions that are missing, before the first write. Only
// an administrator may; without them values are kept all the same, so that a
// refusal is logged and no more.
func (a *account) define(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.defined {
		return nil
	}
	const op = "define attributes"
	var there []struct {
		Key string `json:"attribute_key"`
	}
	path := a.path("/custom_attribute_definitions")
	if _, err := a.api.Do(ctx, rest.Call{Op: op, Path: path, Query: url.Values{"attribute_model": {"1"}}, Into: &there}); err != nil {
		return unsent(err)
	}
	for _, d := range definitions {
		if slices.ContainsFunc(there, func(t struct {
			Key string `json:"attribute_key"`
		},
		) bool {
			return t.Key == d.Key
		}) {
			continue
		}
		_, err := a.api.Do(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: path, JSON: d})
		switch connector.ClassOf(err) {
		case connector.Rejected: // another process was faster
		case connector.Denied:
			a.host.Log().WarnContext(ctx, "the token's user may not define custom attributes", "attribute", d.Key)
		default:
			if err != nil {
				return unsent(err)
			}
		}
	}
	a.defined = true
	return nil
}
