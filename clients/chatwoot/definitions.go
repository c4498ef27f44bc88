package chatwoot

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// definition describes a custom attribute to agents and filters. Of an answer
// only the key is read: it has words where a request has numbers.
type definition struct {
	Name  string  `json:"attribute_display_name"`
	Key   string  `json:"attribute_key"`
	Type  written `json:"attribute_display_type"` // 0 text, 7 checkbox
	Model written `json:"attribute_model"`        // 1 contact
}

// written is a number that is not read back.
type written int

// UnmarshalJSON passes anything over.
func (*written) UnmarshalJSON([]byte) error { return nil }

var definitions = []definition{
	{"EMS first name", "ems_first_name", 0, 1},
	{"EMS last name", "ems_last_name", 0, 1},
	{"EMS membership", "ems_membership", 0, 1},
	{"Deleted in EMS", "ems_deleted", 7, 1},
}

// define makes the definitions that are missing, before the first write. Only
// an administrator may. Values are kept without a definition, too, so that a
// refusal is logged and no more.
func (a *account) define(ctx context.Context) error {
	err := a.defineMissing(ctx)
	if lacksRight(err) {
		a.host.Log().WarnContext(ctx, "the token's user may not define custom attributes; agents see them by their keys")
		return nil
	}
	return err
}

func (a *account) defineMissing(ctx context.Context) error {
	const op = "define attributes"
	var there []definition
	path := a.path("/custom_attribute_definitions")
	if _, err := a.do(ctx, rest.Call{Op: op, Path: path, Query: url.Values{"attribute_model": {"1"}}, Into: &there}); err != nil {
		return err
	}
	for _, d := range definitions {
		if slices.ContainsFunc(there, func(t definition) bool { return t.Key == d.Key }) {
			continue
		}
		_, err := a.do(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: path, JSON: d})
		if connector.ClassOf(err) == connector.Rejected && !lacksRight(err) {
			continue // another process was faster
		}
		if err != nil {
			return err
		}
	}
	return nil
}
