package resource_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Who is erased is so also in what is left of a merge, whether the system names it or a
// search finds it; where it is not shown to be theirs a person is to look.
func TestEraseMerged(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		left  string // the number on the card that is left; "" none
		key   record.Fields
		named bool // by the system
		class connector.Class
		cards int
	}{
		"theirs, named":         {"c1", record.Fields{number: "c1"}, true, connector.Unknown, 0},
		"theirs, found":         {"c1", record.Fields{number: "c1"}, false, connector.Unknown, 0},
		"another's, named":      {"c9", record.Fields{number: "c1"}, true, connector.Rejected, 1},
		"another's, not found":  {"c9", record.Fields{number: "c1"}, false, connector.Unknown, 1},
		"whoever's, named":      {"c1", nil, true, connector.Rejected, 1},
		"gone as well":          {"", record.Fields{number: "c1"}, true, connector.Unknown, 0},
		"nothing is left of it": {"", record.Fields{number: "c1"}, false, connector.Unknown, 0},
	} {
		l := newLibrary()
		if c.left != "" {
			l.cards[2] = map[string]any{"id": 2, "no": c.left, "name": "Noor"}
		}
		r := l.resource()
		r.Erases, r.Merges = true, !c.named
		get := r.Calls.Get
		r.Calls.Get = func(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
			if id == "1" && c.named {
				e := &connector.Error{Class: connector.NotFound, System: "library", Op: op, Successor: "2"}
				return nil, e
			}
			return get(ctx, op, id)
		}
		if got := connector.ClassOf(r.Offer().Erase(t.Context(), "1", c.key)); got != c.class || len(l.cards) != c.cards {
			t.Errorf("%s: %s, %d cards", what, got, len(l.cards))
		}
	}
}

// One that was merged again between two looks is erased by the next attempt.
func TestEraseMergedAgain(t *testing.T) {
	t.Parallel()
	r := newLibrary().resource()
	r.Calls.Erase = func(_ context.Context, op string, id record.ExternalID, _ func(json.RawMessage) error) error {
		return &connector.Error{Class: connector.NotFound, System: "library", Op: op, Successor: id + "0"}
	}
	class(t, r.Offer().Erase(t.Context(), "1", record.Fields{number: "c1"}), connector.Transient, "")
}
