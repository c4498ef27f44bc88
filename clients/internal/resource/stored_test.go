package resource_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// Where a create would write over what is there it is looked for first: the wanted
// record is met, somebody else's is left alone.
func TestWritesOver(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.WritesOver, r.Exists = mail, nil
	r.Calls.Create = func(_ context.Context, op string, c *card) (json.RawMessage, error) {
		for id, has := range l.cards {
			if has["mail"] == c.Mail.Text {
				return l.put(op, id, c)
			}
		}
		return l.put(op, 0, c)
	}
	c := r.Offer()
	if item, err := c.Create(t.Context(), sample(1)); err != nil || item.Adopted {
		t.Errorf("%+v, %v", item, err)
	}
	writes := l.writes
	if item, err := c.Create(t.Context(), sample(1)); err != nil || !item.Adopted || l.writes != writes {
		t.Errorf("again: %+v, %v, %d writes", item, err, l.writes-writes)
	}
	rival := sample(2)
	rival[mail] = sample(1)[mail]
	_, err := c.Create(t.Context(), rival)
	class(t, err, connector.Rejected, mail)
	if l.writes != writes || l.cards[1]["no"] != "c1" {
		t.Errorf("it was written over: %v", l.cards[1])
	}
}

// A value that the system stores its own way does not differ for ever, and one of
// which it keeps nothing is not missed: the answers say that it is there as it was sent.
func TestStoredItsOwnWay(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	same := func(s string) (string, error) { return s, nil }
	cut := func(s string) (string, error) { return s[:min(len(s), 3)], nil }
	none := func(string) (string, error) { return "", nil }
	at := func(c *card) *mapping.Value { return &c.Note }
	r.Table = append(table[:3:3], mapping.Convert(note, same, cut, at))
	c := r.Offer()
	item, err := c.Create(t.Context(), sample(1))
	if err != nil || item.Fields[note] != "lee" || !slices.Equal(item.Stored, []record.Field{note}) {
		t.Fatalf("%+v, %v", item, err)
	}
	writes := l.writes
	if item, err = c.Update(t.Context(), item.ID, connector.Patch{Set: sample(1)}); err != nil || l.writes != writes {
		t.Errorf("%v, %d writes", err, l.writes-writes)
	}
	r.Table = append(table[:3:3], mapping.Convert(note, same, none, at))
	c = r.Offer()
	made, err := c.Create(t.Context(), sample(2))
	again, failed := c.Update(t.Context(), made.ID, connector.Patch{Set: record.Fields{note: "another"}})
	for _, item := range []connector.Item{item, made, again} {
		if err != nil || failed != nil || !slices.Equal(item.Stored, []record.Field{note}) {
			t.Errorf("%+v, %v, %v", item, err, failed)
		}
	}
}

// What a call takes out of a record is not looked for in its answer; an update may
// have nothing to send, or send a part and say of what not.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	var refused error
	r.Calls.Update = func(_ context.Context, op string, id record.ExternalID, c resource.Change[card]) (json.RawMessage, error) {
		c.Set.Note = mapping.Value{}
		if (*c.Set == card{}) {
			return nil, refused
		}
		n, _ := strconv.Atoi(string(id))
		raw, err := l.put(op, n, c.Set)
		if err == nil {
			err = refused
		}
		return raw, err
	}
	c := r.Offer()
	item, err := c.Create(t.Context(), sample(3)) // without a note
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []record.Fields{{note: "x"}, {note: "x", name: "Noor"}} {
		got, err := c.Update(t.Context(), item.ID, connector.Patch{Set: set})
		if err != nil || got.ID != item.ID || set[name] != "" && got.Fields[name] != set[name] {
			t.Errorf("%v: %+v, %v", set, got, err)
		}
	}
	refused = failed(connector.Waiting, "update", "", nil)
	got, err := c.Update(t.Context(), item.ID, connector.Patch{Set: record.Fields{note: "x", name: "Bo"}})
	class(t, err, connector.Waiting, "")
	if got.Fields[name] != "Bo" {
		t.Errorf("what was written is not shown: %+v", got)
	}
}

// When a record was changed is told with it.
func TestChanged(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	at := time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
	r.Changed = func(c *card) time.Time { return at.AddDate(0, 0, c.ID) }
	if item, err := r.Offer().Create(t.Context(), sample(1)); err != nil || !item.Changed.Equal(at.AddDate(0, 0, 1)) {
		t.Errorf("%v, %v", item.Changed, err)
	}
}

// A record that slides onto the next page is listed once.
func TestOverlaps(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	for n := range 5 {
		if _, err := r.Offer().Create(t.Context(), sample(n)); err != nil {
			t.Fatal(err)
		}
	}
	page := r.Page
	r.Page = func(ctx context.Context, at connector.Cursor) (resource.Rows, error) {
		rows, err := page(ctx, at)
		if rows.Next != "" {
			rows.Next = "1" // two of the three come again
		}
		if at == "1" {
			rows, err = page(ctx, "2")
			rows.Records = append(l.all()[1:2], rows.Records...)
		}
		return rows, err
	}
	for overlaps, want := range map[bool]int{true: 5, false: 7} {
		r.Overlaps = overlaps
		n := 0
		for p, err := range r.Offer().List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			n += len(p.Items)
		}
		if n != want {
			t.Errorf("overlaps %v: %d records, want %d", overlaps, n, want)
		}
	}
}

// A record that an update has made anew, and of which the answer was lost, is found;
// one that is gone is gone.
func TestMoves(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	patch := connector.Patch{Set: record.Fields{mail: sample(2)[mail], name: "Noor"}, Key: record.Fields{number: "c1"}}
	if _, err := r.Offer().Update(t.Context(), "1", patch); connector.ClassOf(err) != connector.NotFound {
		t.Error(err)
	}
	l.cards[2] = map[string]any{"id": 2, "no": "c1", "mail": sample(2)[mail]}
	if _, err := r.Offer().Update(t.Context(), "1", patch); connector.ClassOf(err) != connector.NotFound {
		t.Errorf("records do not move here: %v", err)
	}
	r.Moves = true
	if item, err := r.Offer().Update(t.Context(), "1", patch); err != nil || item.ID != "2" || item.Fields[name] != "Noor" {
		t.Errorf("%+v, %v", item, err)
	}
	l.cards[2]["no"] = "c7"
	if _, err := r.Offer().Update(t.Context(), "1", patch); connector.ClassOf(err) != connector.NotFound {
		t.Errorf("somebody else's: %v", err)
	}
	r.Search = func(context.Context, string, record.Fields) ([]json.RawMessage, error) {
		return nil, failed(connector.Transient, "search", "", nil)
	}
	if _, err := r.Offer().Update(t.Context(), "1", patch); connector.ClassOf(err) != connector.Transient {
		t.Errorf("nobody knows whether it has moved: %v", err)
	}
}
