package resource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

const (
	number record.Field = "number"
	name   record.Field = "name"
	mail   record.Field = "mail"
	note   record.Field = "note"
)

// card is a reader's card on the wire.
type card struct {
	ID     int           `json:"id,omitzero"`
	Number mapping.Value `json:"no,omitzero"`
	Name   mapping.Value `json:"name,omitzero"`
	Mail   mapping.Value `json:"mail,omitzero"`
	Note   mapping.Value `json:"note,omitzero"`
}

var table = mapping.Table[card]{
	mapping.Text(number, func(c *card) *mapping.Value { return &c.Number }),
	mapping.Text(name, func(c *card) *mapping.Value { return &c.Name }),
	mapping.Text(mail, func(c *card) *mapping.Value { return &c.Mail }),
	mapping.Text(note, func(c *card) *mapping.Value { return &c.Note }),
}

var types = record.Types{number: {Class: record.ClassText}, name: {Class: record.ClassText}, mail: {Class: record.ClassEmail}, note: {Class: record.ClassText}}

// library is a system in memory. Nobody may have the mail of another.
type library struct {
	mu     sync.Mutex
	cards  map[int]map[string]any
	writes int
	drops  string                  // a key that it passes over without a word
	silent bool                    // creates in bulk are answered by ids alone
	before map[string]func() error // by call
}

func newLibrary() *library {
	return &library{cards: map[int]map[string]any{}, before: map[string]func() error{}}
}

func (l *library) call(ctx context.Context, op string) error {
	if ctx.Err() != nil {
		return failed(connector.Transient, op, "", ctx.Err())
	}
	if f := l.before[op]; f != nil {
		return f()
	}
	return nil
}

var errTaken = errors.New("taken")

func failed(class connector.Class, op string, field record.Field, err error) error {
	return &connector.Error{Class: class, System: "library", Op: op, Field: field, Why: "as asked for", Err: err}
}

func (l *library) put(op string, id int, c *card) (json.RawMessage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	set := map[string]any{}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, err
	}
	delete(set, l.drops)
	for other, has := range l.cards {
		if other != id && set["mail"] != nil && set["mail"] != "" && has["mail"] == set["mail"] {
			return nil, failed(connector.Rejected, op, mail, errTaken)
		}
	}
	if id == 0 {
		id = 1 + len(l.cards)
		l.cards[id] = map[string]any{"id": id, "no": "", "name": "", "mail": "", "note": ""}
	}
	maps.Copy(l.cards[id], set)
	l.writes++
	out, err := json.Marshal(l.cards[id])
	return out, err
}

func (l *library) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	if err := l.call(ctx, "get"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n, _ := strconv.Atoi(string(id))
	if l.cards[n] == nil {
		return nil, failed(connector.NotFound, op, "", nil)
	}
	return json.Marshal(l.cards[n])
}

func (l *library) all() (out []json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(l.cards)) {
		raw, _ := json.Marshal(l.cards[id])
		out = append(out, raw)
	}
	return out
}

func (l *library) search(_ context.Context, _ string, want record.Fields) (out []json.RawMessage, _ error) {
	for _, raw := range l.all() {
		if strings.Contains(string(raw), `"`+want[number]+`"`) || strings.Contains(string(raw), `"`+want[mail]+`"`) {
			out = append(out, raw)
		}
	}
	return out, nil
}

// page lists three cards at a time.
func (l *library) page(ctx context.Context, at connector.Cursor) (resource.Rows, error) {
	if err := l.call(ctx, "list"); err != nil {
		return resource.Rows{}, err
	}
	from, _ := strconv.Atoi(string(at))
	all := l.all()
	to := min(from+3, len(all))
	rows := resource.Rows{Records: all[from:to], Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	if to == len(all) {
		rows.Evidence.End, rows.Evidence.Stated, rows.Evidence.Count = true, true, len(all)
	} else {
		rows.Next = connector.Cursor(strconv.Itoa(to))
	}
	return rows, nil
}

func (l *library) many(_ context.Context, op string, all []*card) (map[int]resource.Answer, error) {
	out := map[int]resource.Answer{}
	for i, c := range all {
		raw, err := l.put(op, 0, c)
		a := resource.Answer{Record: raw, Err: err}
		if err == nil && l.silent {
			var made card
			_ = json.Unmarshal(raw, &made)
			a = resource.Answer{ID: record.ExternalID(strconv.Itoa(made.ID)), Besides: record.Fields{note: "made in bulk"}}
		}
		out[i] = a
	}
	return out, nil
}

func (l *library) resource() *resource.Resource[card] {
	spec := func() value.Spec { return value.Spec{Types: types} }
	return &resource.Resource[card]{
		System: "library",
		Collection: connector.Collection{
			Kind: "test.reader", Place: "cards", View: "all", Complete: true, Required: []record.Field{name}, Unique: []record.Field{mail}, Batch: 10,
		},
		Table: table, Reading: spec, Sending: spec, IDKey: "id", Key: []record.Field{number},
		Refuses: func(want record.Fields) error {
			if v, ok := want[name]; ok && v == "" {
				return failed(connector.Rejected, "accept", name, nil)
			}
			return nil
		},
		Mine: func(want, have record.Fields) bool { return want[number] == have[number] },
		Another: func(p connector.Patch, have record.Fields) bool {
			return p.Key[number] != "" && have[number] != p.Key[number] && have[number] != p.Set[number]
		},
		Stays:  func(item connector.Item) (bool, error) { return item.Fields[note] == "keep", nil },
		Exists: func(err error) (record.ExternalID, bool) { return "", errors.Is(err, errTaken) },
		Calls: resource.Calls[card]{
			Page: l.page, Get: l.get, Search: l.search, Many: l.many,
			Create: func(ctx context.Context, op string, c *card) (json.RawMessage, error) {
				if err := l.call(ctx, "create"); err != nil {
					return nil, err
				}
				return l.put(op, 0, c)
			},
			Update: func(_ context.Context, op string, id record.ExternalID, c resource.Change[card]) (json.RawMessage, error) {
				n, _ := strconv.Atoi(string(id))
				if c.Now == nil || c.Now.ID != n || c.Key[number] != "" && c.Key[number] != c.Now.Number.Text {
					return nil, errors.New("not told what stands there")
				}
				return l.put(op, n, c.Set)
			},
			Delete: func(_ context.Context, op string, id record.ExternalID) error {
				l.mu.Lock()
				defer l.mu.Unlock()
				n, _ := strconv.Atoi(string(id))
				if l.cards[n] == nil {
					return failed(connector.NotFound, op, "", nil)
				}
				delete(l.cards, n)
				l.writes++
				return nil
			},
		},
	}
}

// Collections, Check and Close make the library a connector.
func (l *library) Collections() []connector.Collection {
	return []connector.Collection{l.resource().Offer()}
}

func (l *library) Check(ctx context.Context) (string, error) { return "library", l.call(ctx, "check") }
func (l *library) Close() error                              { return nil }

func sample(n int) record.Fields {
	f := record.Fields{number: fmt.Sprintf("c%d", n), name: fmt.Sprintf("Zoë van 't Hof-%d", n), mail: fmt.Sprintf("lezer%d@example.org", n), note: "leest veel"}
	if n == 3 {
		f[note] = ""
	}
	return f
}

// What the kit makes is a connector as any other.
func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench {
		l := newLibrary()
		return &connectortest.Bench{
			Connector: l, Host: connectortest.NewHost(t), Kind: "test.reader", Want: sample,
			Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{number}) },
			Change: func(record.Fields) record.Fields { return record.Fields{name: "Ünal Lezer"} }, Clear: note,
			Refused: func() (record.Fields, record.Field) {
				f := sample(9)
				f[name] = ""
				return f, name
			},
			Rival: func(want record.Fields) (record.Fields, record.Field) {
				f := sample(4)
				f[mail] = want[mail]
				return f, mail
			},
			Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
				n, _ := strconv.Atoi(string(id))
				if _, err := l.put("edit", n, &card{Name: mapping.Of(set[name])}); err != nil {
					t.Fatal(err)
				}
			},
			Writes: func(*testing.T) int { return l.writes },
			Reopen: func(*testing.T) connector.Connector { return l },
		}
	}})
}

func class(t *testing.T, err error, want connector.Class, field record.Field) {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Class != want || e.Field != field {
		t.Errorf("%v, want %s %s", err, want, field)
	}
}

// Of several that a search shows only the wanted one is taken.
func TestFind(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	c := l.resource().Offer()
	_, err := c.Find(t.Context(), sample(1))
	class(t, err, connector.NotFound, "")
	l.cards[1] = map[string]any{"id": 1, "no": "c2", "mail": "lezer1@example.org"}
	_, err = c.Find(t.Context(), sample(1))
	class(t, err, connector.NotFound, "") // somebody else's
	l.cards[2] = map[string]any{"id": 2, "no": "c1"}
	if item, err := c.Find(t.Context(), sample(1)); err != nil || item.ID != "2" {
		t.Errorf("%+v, %v", item, err)
	}
	l.cards[3] = map[string]any{"id": 3, "no": "c1"}
	_, err = c.Find(t.Context(), sample(1))
	class(t, err, connector.Rejected, "")
	if e, _ := errors.AsType[*connector.Error](err); len(e.Doubles) != 2 || !slices.Contains(e.Doubles, "2") || !slices.Contains(e.Doubles, "3") {
		t.Errorf("the two are %v", e.Doubles)
	}
	l.cards[3]["no"] = []string{"c1"} // it may be the wanted one
	_, err = c.Find(t.Context(), sample(1))
	class(t, err, connector.Rejected, number)
}

// A field that a system passes over without a word is refused, and the rest is done.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	l.drops = "note"
	item, err := l.resource().Offer().Create(t.Context(), sample(1))
	class(t, err, connector.Rejected, note)
	e, _ := errors.AsType[*connector.Error](err)
	if item.ID != "1" || e.Done[name] == "" || e.Done.Has(note) {
		t.Errorf("%+v, done %v", item, e.Done)
	}
}

// A record that was made and cannot be read is there all the same.
func TestMadeAndNotUnderstood(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.Check = func(*card) string { return "of another form" }
	if item, err := r.Offer().Create(t.Context(), sample(1)); err != nil || item.ID != "1" || len(item.Fields) != 0 {
		t.Errorf("%+v, %v", item, err)
	}
	r.IDKey = "number"
	_, err := r.Offer().Create(t.Context(), sample(2))
	class(t, err, connector.Drifted, "")
}

// So is one that still shows what stood there before a change.
func TestPassedOverInAChange(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	c := l.resource().Offer()
	if _, err := c.Create(t.Context(), sample(1)); err != nil {
		t.Fatal(err)
	}
	l.drops = "note"
	for _, v := range []string{"leest weinig", ""} {
		_, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{note: v, name: "Noor " + v}})
		class(t, err, connector.Rejected, note)
		if e, _ := errors.AsType[*connector.Error](err); e.Done[name] == "" || e.Done.Has(note) {
			t.Errorf("done %v", e.Done)
		}
	}
}

// A card without a mail has no room for a note: there is none to be sent or looked
// for, and one that stands there can go.
func TestLacks(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	r := l.resource()
	r.Lacks = func(all record.Fields) []record.Field {
		if all[mail] == "" {
			return []record.Field{note}
		}
		return nil
	}
	l.drops = "note" // so that one that is sent is missed
	c := r.Offer()
	want := sample(1)
	want[mail] = ""
	if item, err := c.Create(t.Context(), want); err != nil || item.Fields[note] != "" {
		t.Fatalf("%+v, %v", item, err)
	}
	got, err := c.WriteMany(t.Context(), []connector.Op{{Want: want}})
	if err != nil || got[0].Err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	before := l.writes
	if _, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{note: "leest veel"}}); err != nil || l.writes != before {
		t.Fatalf("%d writes, %v", l.writes-before, err)
	}
	l.drops = ""
	if item, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{note: "leest veel", mail: sample(1)[mail]}}); err != nil || item.Fields[note] == "" {
		t.Fatalf("%+v, %v", item, err)
	}
	if item, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{note: "", mail: ""}}); err != nil || item.Fields[note] != "" {
		t.Fatalf("%+v, %v", item, err)
	}
}

// What somebody has edited since it was read is not written over, where the resource
// says so.
func TestKeepsEdits(t *testing.T) {
	t.Parallel()
	for _, keeps := range []bool{true, false} {
		l := newLibrary()
		r := l.resource()
		r.KeepsEdits = keeps
		c := r.Offer()
		if _, err := c.Create(t.Context(), sample(1)); err != nil {
			t.Fatal(err)
		}
		before := l.writes
		_, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}, Was: record.Fields{name: "Iemand"}})
		if keeps {
			if class(t, err, connector.Stale, name); l.writes != before {
				t.Error("it was written all the same")
			}
		} else if err != nil || l.writes == before {
			t.Errorf("%v", err)
		}
		if _, err := c.Update(t.Context(), "1", connector.Patch{Set: sample(1), Was: record.Fields{name: "Noor", mail: "x@example.org"}}); err != nil {
			t.Errorf("what stands there already: %v", err)
		}
	}
}

// What stands there and cannot be read is written over; a record without a readable
// key is nobody's to write.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	l.cards[1] = map[string]any{"id": 1, "no": "c1", "name": map[string]any{}, "mail": "x@example.org"}
	l.cards[2] = map[string]any{"id": 2, "no": []int{1}}
	l.cards[3] = map[string]any{"no": "c3"}
	c := l.resource().Offer()
	var items, faults int
	for page, err := range c.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		items, faults = items+len(page.Items), faults+len(page.Faults)
	}
	if items != 1 || faults != 2 {
		t.Errorf("%d items and %d faults, want 1 and 2", items, faults)
	}
	if item, err := c.Get(t.Context(), "1"); err != nil || item.Unreadable[name] == "" {
		t.Errorf("%+v, %v", item, err)
	}
	_, err := c.Get(t.Context(), "2")
	class(t, err, connector.Rejected, number)
	_, err = c.Get(t.Context(), "3")
	class(t, err, connector.Drifted, "")
	if item, err := c.Update(t.Context(), "1", connector.Patch{Set: record.Fields{name: "Noor"}}); err != nil || item.Fields[name] != "Noor" {
		t.Errorf("%+v, %v", item, err)
	}
}

// A record that is to stay stays, quietly.
func TestStays(t *testing.T) {
	t.Parallel()
	l := newLibrary()
	l.cards[1] = map[string]any{"id": 1, "no": "c1", "note": "keep"}
	if err := l.resource().Offer().Delete(t.Context(), "1"); err != nil || len(l.cards) != 1 {
		t.Errorf("%v, %d cards", err, len(l.cards))
	}
}

// Each of a batch is answered for itself: made, met, refused, in the batch twice.
func TestMany(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		l := newLibrary()
		l.silent = silent
		c := l.resource().Offer()
		if _, err := c.Create(t.Context(), sample(5)); err != nil {
			t.Fatal(err)
		}
		rival, twice, nameless := sample(6), sample(7), sample(8)
		rival[mail], twice[mail], nameless[name] = sample(5)[mail], sample(0)[mail], ""
		got, err := c.WriteMany(t.Context(), []connector.Op{{Want: sample(0)}, {Want: sample(5)}, {Want: rival}, {Want: twice}, {Want: nameless}})
		if err != nil {
			t.Fatal(err)
		}
		if r := got[0]; r.Err != nil || r.Item.ID != "2" || r.Item.Fields[name] != sample(0)[name] || (r.Item.Fields[note] == "made in bulk") != silent {
			t.Errorf("made: %+v", r)
		}
		if r := got[1]; r.Err != nil || r.Item.ID != "1" || !r.Item.Adopted {
			t.Errorf("met: %+v", r)
		}
		class(t, got[2].Err, connector.Rejected, mail)
		class(t, got[3].Err, connector.Rejected, mail)
		class(t, got[4].Err, connector.Rejected, name)
		if len(l.cards) != 2 {
			t.Errorf("%d cards, want 2", len(l.cards))
		}
	}
}
