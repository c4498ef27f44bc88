package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// A record that is gone has been merged when another carries its values: that is its
// successor, and nothing is made or written.
func TestMerges(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		left      map[string]any
		class     connector.Class
		successor record.ExternalID
	}{
		"nothing is left":     {nil, connector.NotFound, ""},
		"another carries it":  {map[string]any{"id": 2, "no": "c1"}, connector.NotFound, "2"},
		"somebody else's":     {map[string]any{"id": 2, "no": "c9", "mail": "lezer1@example.org"}, connector.NotFound, ""},
		"nobody can tell":     {map[string]any{"id": 2, "no": []string{"c1"}}, connector.Rejected, ""},
		"the index is behind": {map[string]any{"id": 1, "no": "c1"}, connector.NotFound, ""},
	} {
		l := newLibrary()
		r := l.resource()
		r.Merges = true
		r.Calls.Search = func(context.Context, string, record.Fields) ([]json.RawMessage, error) {
			if c.left == nil {
				return nil, nil
			}
			raw, err := json.Marshal(c.left)
			return []json.RawMessage{raw}, err
		}
		_, err := r.Offer().Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}, Key: record.Fields{number: "c1"}})
		e, _ := errors.AsType[*connector.Error](err)
		if e == nil || e.Class != c.class || e.Successor != c.successor || l.writes != 0 {
			t.Errorf("%s: %+v, %d writes", what, e, l.writes)
		}
	}
}

// An edit that was seen, or that is what is wanted, is no reason to stop.
func TestEditsSeen(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	l.cards[1] = map[string]any{"id": 1, "no": "c1", "name": "edited"}
	r := l.resource()
	r.KeepsEdits = true
	c := r.Offer()
	_, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "ours"}, Was: record.Fields{name: "before"}})
	class(t, err, connector.Stale, name)
	for _, p := range []connector.Patch{
		{Set: record.Fields{name: "edited"}, Was: record.Fields{name: "before"}}, // it has become so already
		{Set: record.Fields{name: "ours"}, Was: record.Fields{name: "edited"}},   // it was seen
		{Set: record.Fields{name: "again"}},                                      // nothing is believed
	} {
		if item, err := c.Update(t.Context(), "1", p); err != nil || item.Fields[name] != p.Set[name] {
			t.Errorf("%v: %+v, %v", p, item, err)
		}
	}
}

// What must be there before a write is made sure of once, and nothing is sent before.
func TestReady(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	asked := 0
	no := failed(connector.Denied, "define", "", nil)
	r.Ready = func(context.Context) error { asked++; return no }
	c := r.Offer()
	_, err := c.Create(t.Context(), sample(1))
	if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != connector.Denied || !e.Unsent || l.writes != 0 {
		t.Errorf("%v, %d writes", err, l.writes)
	}
	no = nil
	for i := range 3 {
		if _, err := c.Create(t.Context(), sample(i)); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}}); err != nil || asked != 2 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

// A record that lacks a key that all have is none; one that is there already may be
// told less than a new one.
func TestRequiresAndAdopting(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.Requires = []string{"mail"}
	r.Adopting = func(want record.Fields) record.Fields { return want.Only([]record.Field{name}) }
	for _, raw := range []string{`{"id":1,"no":"c1"}`, `{"id":1,"no":"c1","mail":null}`} {
		if _, _, fault := r.Decode(json.RawMessage(raw)); fault == nil || fault.Why != "no mail" || fault.ID != "1" {
			t.Errorf("%s: %+v", raw, fault)
		}
	}
	l.cards[1] = map[string]any{"id": 1, "no": "c1", "name": "", "mail": sample(1)[mail], "note": "kept"}
	item, err := r.Offer().Create(t.Context(), sample(1))
	if err != nil || !item.Adopted || item.Fields[name] != sample(1)[name] || item.Fields[note] != "kept" {
		t.Errorf("%+v, %v", item, err)
	}
}

// What a create meets and somebody deletes before it is written is looked for again: a
// second create makes the record. It is so for each of a batch, too.
func TestMetIsGone(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	write, gone := r.Calls.Update, true
	r.Calls.Update = func(ctx context.Context, op string, id record.ExternalID, c resource.Change[card]) (json.RawMessage, error) {
		if gone {
			return nil, failed(connector.NotFound, op, "", nil)
		}
		return write(ctx, op, id, c)
	}
	c := r.Offer()
	l.cards[1] = map[string]any{"id": 1, "no": "c1", "name": "", "mail": sample(1)[mail], "note": ""}
	_, err := c.Create(t.Context(), sample(1))
	results, many := c.WriteMany(t.Context(), []connector.Op{{Want: sample(1)}})
	if many != nil {
		t.Fatal(many)
	}
	for _, err := range []error{err, results[0].Err} {
		if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != connector.Transient || !e.Unsent || l.writes != 0 {
			t.Errorf("%v, %d writes", err, l.writes)
		}
	}
	gone = false
	delete(l.cards, 1)
	if item, err := c.Create(t.Context(), sample(1)); err != nil || item.Adopted {
		t.Errorf("looked at again: %+v, %v", item, err)
	}
}

// Whatever comes after a record was made, it is never taken for not made.
func TestMade(t *testing.T) {
	t.Parallel()
	for _, class := range []connector.Class{
		connector.Transient, connector.Throttled, connector.Stale, connector.Rejected, connector.Waiting,
		connector.NotFound, connector.Denied, connector.Drifted,
	} {
		before := &connector.Error{Class: class, System: "library", Op: "read", Why: "w", Field: name, Unsent: true, Successor: "2"}
		e, _ := errors.AsType[*connector.Error](resource.Made(before))
		if e == nil || e.Unsent || e.Successor != "" || e.Class != connector.Transient && e.Class != connector.Drifted || !errors.Is(e, before) || !before.Unsent {
			t.Errorf("%s: %+v", class, e)
		}
	}
	if err := resource.Made(nil); err != nil {
		t.Error(err)
	}
}
