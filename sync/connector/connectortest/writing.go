package connectortest

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

var writer = []testCase{
	{"what was created is returned, fetched and listed alike", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create", c.Create != nil)
		want := b.Want(0)
		made, err := c.Create(t.Context(), want)
		if err != nil || made.ID == "" {
			t.Fatalf("create: %v", err)
		}
		if wrong := holds(b.stored(want, c), made.Fields); wrong != "" {
			t.Errorf("returned: %s", wrong)
		}
		got, err := b.look(t, c, made.ID)
		if err != nil || !maps.Equal(got.Fields, made.Fields) {
			t.Errorf("fetched otherwise than returned: %v %s", err, holds(made.Fields, got.Fields))
		}
		if c.List == nil {
			return
		}
		all, err := b.all(t, c)
		if err != nil || !maps.Equal(all[made.ID].Fields, made.Fields) {
			t.Errorf("listed otherwise than returned: %v %s", err, holds(made.Fields, all[made.ID].Fields))
		}
	}},
	{"creating twice makes one record", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create that adopts", c.Create != nil && !b.Doubles)
		first, err := c.Create(t.Context(), b.Want(0))
		if err != nil {
			t.Fatalf("create: %v", err)
		}
		again, err := c.Create(t.Context(), b.Want(0))
		if err != nil || again.ID != first.ID {
			t.Errorf("created again: same record %v, %v", again.ID == first.ID, err)
		}
	}},
	{"a unique value of somebody else is refused", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create with unique values", c.Create != nil && b.Rival != nil)
		want, id := b.sample(t, c, 0)
		rival, field := b.Rival(want)
		_, err := c.Create(t.Context(), rival)
		if e := b.wantClass(t, "create", err, connector.Rejected); e.Field != field {
			t.Errorf("refused for field %q, want %q", e.Field, field)
		}
		got, err := b.look(t, c, id)
		if err != nil || holds(b.stored(want, c), got.Fields) != "" {
			t.Errorf("the first record has changed: %v %s", err, holds(b.stored(want, c), got.Fields))
		}
	}},
	{"an update leaves other fields alone", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "update", c.Update != nil && b.Change != nil)
		want, id := b.sample(t, c, 0)
		set := b.Change(want)
		item, err := c.Update(t.Context(), id, connector.Patch{Set: set, Was: want.Only(set.Names()), Key: b.key(want)})
		if err != nil {
			t.Fatalf("update: %v", err)
		}
		after := want.Clone()
		maps.Copy(after, set)
		for what, have := range map[string]record.Fields{"returned": item.Fields, "fetched": b.fetched(t, c, item.ID)} {
			if wrong := holds(b.stored(after, c), have); wrong != "" {
				t.Errorf("%s: %s", what, wrong)
			}
		}
	}},
	{"an empty value clears, an absent one does not", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "clearing update", c.Update != nil && b.Clear != "")
		want, id := b.sample(t, c, 0)
		if want[b.Clear] == "" {
			t.Fatalf("the sample does not fill %s", b.Clear)
		}
		if _, err := c.Update(t.Context(), id, connector.Patch{Set: record.Fields{b.Clear: ""}, Was: want.Only([]record.Field{b.Clear}), Key: b.key(want)}); err != nil {
			t.Fatalf("update: %v", err)
		}
		have := b.fetched(t, c, id)
		after := want.Clone()
		after[b.Clear] = ""
		if wrong := holds(b.stored(after, c), have); wrong != "" {
			t.Errorf("after clearing %s: %s", b.Clear, wrong)
		}
	}},
	{"an update with nothing new writes nothing", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "update", c.Update != nil)
		need(t, "count of writes", b.Writes != nil)
		want, id := b.sample(t, c, 0)
		before := b.Writes(t)
		item, err := c.Update(t.Context(), id, connector.Patch{Set: want.Only(c.Writes), Was: want, Key: b.key(want)})
		if err != nil || item.ID != id {
			t.Errorf("update: %v", err)
		}
		if n := b.Writes(t) - before; n != 0 {
			t.Errorf("%d writes, want none", n)
		}
	}},
	{"a record of somebody else is stale", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "update with a key", c.Update != nil && b.Key != nil && b.Change != nil)
		want, id := b.sample(t, c, 0)
		set := b.Change(want)
		_, err := c.Update(t.Context(), id, connector.Patch{Set: set, Was: want.Only(set.Names()), Key: b.Key(b.Want(1))})
		b.wantClass(t, "update", err, connector.Stale)
		if wrong := holds(b.stored(want, c), b.fetched(t, c, id)); wrong != "" {
			t.Errorf("it was written to: %s", wrong)
		}
	}},
	{"deleting twice is quiet, and gone is gone", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "delete", c.Delete != nil)
		want, id := b.sample(t, c, 0)
		b.sample(t, c, 1)
		for range 2 {
			if err := c.Delete(t.Context(), id); err != nil {
				t.Fatalf("delete: %v", err)
			}
		}
		_, err := b.look(t, c, id)
		b.wantClass(t, "get", err, connector.NotFound)
		if c.Update != nil && b.Change != nil {
			_, err = c.Update(t.Context(), id, connector.Patch{Set: b.Change(want), Key: b.key(want)})
			b.wantClass(t, "update", err, connector.NotFound)
		}
		if c.Find != nil {
			_, err = c.Find(t.Context(), want)
			b.wantClass(t, "find", err, connector.NotFound)
		}
	}},
	{"erasing twice is quiet, and nothing is left but somebody else's", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "erase", c.Erase != nil)
		want, id := b.sample(t, c, 0)
		_, other := b.sample(t, c, 1)
		if b.Key != nil && c.Update != nil && b.Change != nil {
			b.wantClass(t, "erase a record of somebody else", c.Erase(t.Context(), other, b.key(want)), connector.Rejected)
			if _, err := b.look(t, c, other); err != nil {
				t.Errorf("it is not there any more: %v", err)
			}
		}
		for range 2 {
			if err := c.Erase(t.Context(), id, b.key(want)); err != nil {
				t.Fatalf("erase: %v", err)
			}
		}
		_, err := b.look(t, c, id)
		b.wantClass(t, "get", err, connector.NotFound)
		if _, err := b.look(t, c, other); err != nil {
			t.Errorf("another record is not there any more: %v", err)
		}
	}},
	{"find finds by natural key", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "find", c.Find != nil)
		want, id := b.sample(t, c, 0)
		b.sample(t, c, 1)
		item, err := c.Find(t.Context(), want)
		if err != nil || item.ID != id {
			t.Errorf("found it %v, %v", item.ID == id, err)
		}
		_, err = c.Find(t.Context(), b.Want(2))
		b.wantClass(t, "find what is not there", err, connector.NotFound)
	}},
	{"a refusal is known before the call", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "refused sample", b.Refused != nil && c.Accepts != nil)
		want, field := b.Refused()
		if e := b.wantClass(t, "accepts", c.Accepts(want), connector.Rejected); e.Field != field {
			t.Errorf("refused for field %q, want %q", e.Field, field)
		}
		if c.Create != nil {
			_, err := c.Create(t.Context(), want)
			b.wantClass(t, "create", err, connector.Rejected)
		}
		if err := c.Accepts(b.Want(0)); err != nil {
			t.Errorf("a good sample: %v", err)
		}
	}},
	{"a batch answers for each", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "batch", c.WriteMany != nil)
		ops := []connector.Op{{Want: b.Want(0)}, {Want: b.Want(1)}, {Want: b.Want(2)}}
		if b.Refused != nil {
			ops[1].Want, _ = b.Refused()
		}
		results, err := c.WriteMany(t.Context(), ops)
		if err != nil || len(results) != len(ops) {
			t.Fatalf("%d results for %d, %v", len(results), len(ops), err)
		}
		for i, r := range results {
			if i == 1 && b.Refused != nil {
				b.wantClass(t, "the refused one", r.Err, connector.Rejected)
				continue
			}
			if r.Err != nil {
				t.Errorf("result %d: %v", i, r.Err)
				continue
			}
			stored := b.stored(ops[i].Want, c)
			if wrong := holds(stored, r.Item.Fields); wrong != "" {
				t.Errorf("result %d: %s", i, wrong)
			}
			if wrong := holds(stored, b.fetched(t, c, r.Item.ID)); wrong != "" {
				t.Errorf("result %d, fetched: %s", i, wrong)
			}
		}
	}},
}

// fetched is look for tests in which the record must be there.
func (b *Bench) fetched(t *testing.T, c connector.Collection, id record.ExternalID) record.Fields {
	t.Helper()
	item, err := b.look(t, c, id)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return item.Fields
}
