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

// Where ids are numbers nothing is called for what is none: it is not there, and gone
// already when it is to go.
func TestNumberIDs(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.NumberIDs = true
	r.Calls.Get = func(context.Context, string, record.ExternalID) (json.RawMessage, error) {
		t.Error("a call was made")
		return nil, errors.New("called")
	}
	r.Calls.Delete = func(context.Context, string, record.ExternalID) error { return errors.New("called") }
	r.Erases = true
	c := r.Offer()
	for _, id := range []record.ExternalID{"", "0", "-1", "+7", "07", " 7", "7/..", "x7", "99999999999999999999"} {
		_, err := c.Get(t.Context(), id)
		class(t, err, connector.NotFound, "")
		_, err = c.Update(t.Context(), id, connector.Patch{Set: record.Fields{name: "Noor"}})
		class(t, err, connector.NotFound, "")
		if err := c.Delete(t.Context(), id); err != nil {
			t.Errorf("delete %q: %v", id, err)
		}
		if err := c.Erase(t.Context(), id, nil); err != nil {
			t.Errorf("erase %q: %v", id, err)
		}
	}
	if _, _, fault := r.Decode(json.RawMessage(`{"id":"7x","no":"c1"}`)); fault == nil || fault.ID != "7x" {
		t.Errorf("a record with another id: %+v", fault)
	}
}

// A record that answers in place of the one that was named is neither read nor written
// nor erased, and is not taken for what was written.
func TestAnotherAnswers(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.NumberIDs, r.Erases, r.Stays = true, true, nil
	get, update := r.Calls.Get, r.Calls.Update
	other := ""
	r.Calls.Get = func(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
		if other != "" {
			return json.RawMessage(other), nil
		}
		return get(ctx, op, id)
	}
	c := r.Offer()
	for i := range 2 {
		if _, err := c.Create(t.Context(), sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	writes := l.writes
	for _, other = range []string{`{"id":2,"no":"c1","name":"x","mail":"","note":""}`, `{"no":"c0"}`, `{}`, `null`} {
		_, err := c.Get(t.Context(), "1")
		class(t, err, connector.Drifted, "")
		_, _, err = r.Fetch(t.Context(), "look", "1")
		class(t, err, connector.Drifted, "")
		_, err = c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}})
		class(t, err, connector.Drifted, "")
		class(t, c.Erase(t.Context(), "1", nil), connector.Drifted, "")
	}
	if l.writes != writes {
		t.Errorf("%d writes", l.writes-writes)
	}
	other = ""
	r.Calls.Update = func(ctx context.Context, op string, id record.ExternalID, ch resource.Change[card]) (json.RawMessage, error) {
		if _, err := update(ctx, op, id, ch); err != nil {
			return nil, err
		}
		return get(ctx, op, "2")
	}
	_, err := r.Offer().Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}})
	class(t, err, connector.Drifted, "")
	if w, raw, err := r.Fetch(t.Context(), "look", "1"); err != nil || w.Name.Text != "Noor" || len(raw) == 0 {
		t.Errorf("fetched %+v, %v", w, err)
	}
}

// A record that cannot be read is so by itself; after a write that is the system's fault.
func TestWritten(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	if _, err := r.Offer().Create(t.Context(), sample(0)); err != nil {
		t.Fatal(err)
	}
	if w, raw, err := r.Written(t.Context(), "look", "1"); err != nil || w == nil || len(raw) == 0 {
		t.Errorf("written: %+v, %v", w, err)
	}
	_, _, err := r.Written(t.Context(), "look", "2")
	class(t, err, connector.NotFound, "")
	r.Requires = []string{"shelf"}
	_, _, err = r.Fetch(t.Context(), "look", "1")
	class(t, err, connector.Rejected, "")
	_, _, err = r.Written(t.Context(), "look", "1")
	class(t, err, connector.Drifted, "")
}

// What has to succeed once is tried until it has.
func TestOnce(t *testing.T) {
	t.Parallel()
	var once resource.Once
	tries, no := 0, errors.New("not yet")
	try := func(context.Context) error { tries++; return no }
	for range 2 {
		if err := once.Do(t.Context(), try); !errors.Is(err, no) {
			t.Errorf("%v", err)
		}
	}
	no = nil
	for range 2 {
		if err := once.Do(t.Context(), try); err != nil {
			t.Errorf("%v", err)
		}
	}
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}
