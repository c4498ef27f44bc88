package connectortest

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// listed is how many samples the tests of listings make.
const listed = 5

var listing = []testCase{
	{"is complete and says so", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		before, err := b.all(t, c)
		if err != nil {
			t.Fatalf("list at first: %v", err)
		}
		want := map[record.ExternalID]record.Fields{}
		for n := range listed {
			fields, id := b.sample(t, c, n)
			want[id] = b.stored(fields, c)
		}
		all, err := pages(c.List(t.Context(), ""))
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		count, items := wholeness(t, c, all)
		if c.Complete && count != len(before)+listed {
			t.Errorf("%d records listed, want %d", count, len(before)+listed)
		}
		for id, fields := range want {
			have, ok := items[id]
			if !ok {
				t.Error("a record that was made is not listed")
			} else if wrong := holds(fields, have); wrong != "" {
				t.Errorf("a record is listed otherwise: %s", wrong)
			}
			for _, f := range have.Names() {
				if !slices.Contains(c.Reads, f) && !readsAtPlace(b, c, f) {
					t.Errorf("field %s is listed but not among Reads", f)
				}
			}
		}
	}},
	{"goes on from a cursor in another process", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		need(t, "second process", b.Reopen != nil)
		for n := range listed {
			b.sample(t, c, n)
		}
		all, err := pages(c.List(t.Context(), ""))
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		need(t, "second page", len(all) > 1)
		for i, p := range all[:len(all)-1] {
			if p.Next == "" {
				t.Fatalf("page %d of %d has no cursor", i+1, len(all))
			}
		}
		other := b.collection(t, b.Reopen(t))
		rest, err := pages(other.List(t.Context(), all[0].Next))
		if err != nil {
			t.Fatalf("list from a cursor: %v", err)
		}
		have := ids(append(all[:1:1], rest...))
		for _, id := range ids(all) {
			if !slices.Contains(have, id) {
				t.Error("a record is missing when the listing is taken up again")
			}
		}
	}},
	{"has what changed since its end", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		need(t, "far edits", b.Edit != nil && b.Change != nil)
		want, id := b.sample(t, c, 0)
		all, err := pages(c.List(t.Context(), ""))
		if err != nil || len(all) == 0 {
			t.Fatalf("list: %d pages, %v", len(all), err)
		}
		end := all[len(all)-1].Next
		need(t, "cursor at the end of a listing", end != "")
		b.Edit(t, id, b.Change(want))
		since, err := pages(c.List(t.Context(), end))
		if err != nil || !slices.Contains(ids(since), id) {
			t.Errorf("a changed record is not in what has changed: %v", err)
		}
	}},
	{"shows what somebody else has edited", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		need(t, "far edits", b.Edit != nil && b.Change != nil)
		want, id := b.sample(t, c, 0)
		set := b.Change(want)
		b.Edit(t, id, set)
		all, err := b.all(t, c)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if wrong := holds(b.stored(set, c), all[id].Fields); wrong != "" {
			t.Errorf("after an edit: %s", wrong)
		}
	}},
	{"cut short ends in an error", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		need(t, "trouble", b.Disturb != nil)
		for n := range listed {
			b.sample(t, c, n)
		}
		restore := b.Disturb(t, List, Cut)
		need(t, "cut listing", restore != nil)
		_, err := pages(c.List(t.Context(), ""))
		if err == nil {
			t.Fatal("a listing that broke off looks whole")
		}
		b.seen.add(err)
		restore()
		if _, err := pages(c.List(t.Context(), "")); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}},
	{"stops when it is cancelled or left", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "listing", c.List != nil)
		if _, err := pages(c.List(cancelled(t), "")); err == nil {
			t.Error("a cancelled listing looks whole")
		} else {
			b.seen.add(err)
		}
		for range c.List(t.Context(), "") {
			break // must not go on, nor panic
		}
	}},
}

// wholeness adds the pages up and checks their evidence.
func wholeness(t *testing.T, c connector.Collection, all []connector.Page) (int, map[record.ExternalID]record.Fields) {
	t.Helper()
	items := map[record.ExternalID]record.Fields{}
	var last record.ExternalID
	for _, p := range all {
		for _, i := range p.Items {
			if _, twice := items[i.ID]; twice || i.ID == "" {
				t.Error("a record is listed twice, or without an id")
			}
			if c.Ordered && i.ID < last {
				t.Error("the listing is not in the order of ids")
			}
			items[i.ID], last = i.Fields, i.ID
		}
		for _, f := range p.Faults {
			t.Errorf("a sample could not be read: field %q: %s", f.Field, f.Why)
		}
		if e := p.Evidence; c.Complete && (!e.SignedIn || !e.Filters) {
			t.Errorf("a page without evidence: %+v", e)
		}
	}
	if !c.Complete {
		return len(items), items
	}
	if len(all) == 0 || !all[len(all)-1].Evidence.End {
		t.Error("the end of the listing was not seen")
	}
	for _, p := range all {
		if p.Evidence.Stated && p.Evidence.Count != len(items) {
			t.Errorf("the system states %d records, %d were listed", p.Evidence.Count, len(items))
		}
	}
	return len(items), items
}

// readsAtPlace reports whether another collection of the place reads a field:
// a host's items carry the fields of its parts.
func readsAtPlace(b *Bench, c connector.Collection, f record.Field) bool {
	return slices.ContainsFunc(b.Connector.Collections(), func(p connector.Collection) bool {
		return p.Place == c.Place && slices.Contains(p.Reads, f)
	})
}

func ids(all []connector.Page) []record.ExternalID {
	var out []record.ExternalID
	for _, p := range all {
		for _, i := range p.Items {
			out = append(out, i.ID)
		}
	}
	return out
}
