package connectortest

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// classes says what each trouble means.
var classes = []struct {
	trouble Trouble
	class   connector.Class
}{
	{Denied, connector.Denied},
	{Throttled, connector.Throttled},
	{Broken, connector.Transient},
	{Dropped, connector.Transient},
	{Unexpected, connector.Drifted},
}

// failing has a test for each trouble, and those in which an answer is lost.
var failing = append(troubles(), []testCase{
	{"a create whose answer is lost makes one record", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create", c.Create != nil)
		need(t, "trouble", b.Disturb != nil)
		b.sample(t, c, 1)
		restore := b.Disturb(t, Create, Lost)
		need(t, "lost answer", restore != nil)
		want := b.Want(0)
		_, err := c.Create(t.Context(), want)
		if e := b.wantClass(t, "create", err, connector.Transient); e.Unsent {
			t.Error("what was done counts as never sent")
		}
		restore()
		again := c.Create
		if b.Doubles {
			need(t, "find", c.Find != nil)
			again = c.Find
		}
		made, err := again(t.Context(), want)
		if err != nil {
			t.Fatalf("create again: %v", err)
		}
		if c.Find != nil {
			found, err := c.Find(t.Context(), want)
			if err != nil || found.ID != made.ID {
				t.Errorf("find: the same record %v, %v", found.ID == made.ID, err)
			}
		}
		if c.List != nil {
			all, err := b.all(t, c)
			if err != nil || len(all) != 2 {
				t.Errorf("%d records, want 2; %v", len(all), err)
			}
		}
	}},
	{"a create that ends between its calls is not taken for none", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create", c.Create != nil)
		need(t, "list", c.List != nil)
		need(t, "host", b.Host != nil)
		for n := 1; n < 12; n++ { // the n-th call of a create is not made
			before, err := b.all(t, c)
			if err != nil {
				t.Fatal(err)
			}
			b.Host.NoTurn(n)
			_, err = c.Create(t.Context(), b.Want(n))
			if !b.Host.NoTurn(0) {
				return // it has fewer calls
			}
			after, lost := b.all(t, c)
			if lost != nil {
				t.Fatal(lost)
			}
			e, failed := errors.AsType[*connector.Error](err)
			if !failed || len(after) == len(before) {
				continue
			}
			b.seen.add(err)
			if e.Unsent || e.Class != connector.Transient && e.Class != connector.Drifted {
				t.Errorf("the record is there, and the error of call %d says that it was not made: %v, unsent %v", n, err, e.Unsent)
			}
		}
	}},
	{"an update whose answer is lost is written once", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "update", c.Update != nil && b.Change != nil)
		need(t, "trouble", b.Disturb != nil)
		want, id := b.sample(t, c, 0)
		set := b.Change(want)
		patch := connector.Patch{Set: set, Was: want.Only(set.Names()), Key: b.key(want)}
		restore := b.Disturb(t, Update, Lost)
		need(t, "lost answer", restore != nil)
		_, err := c.Update(t.Context(), id, patch)
		b.wantClass(t, "update", err, connector.Transient)
		restore()
		item, err := c.Update(t.Context(), id, patch)
		if err != nil {
			t.Fatalf("update again: %v", err)
		}
		if wrong := holds(b.stored(set, c), item.Fields); wrong != "" {
			t.Errorf("after both: %s", wrong)
		}
	}},
	{"a create that meets what is deleted meanwhile is not told that it is gone", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create that adopts", c.Create != nil && !b.Doubles && b.Change != nil)
		need(t, "trouble", b.Disturb != nil)
		want, _ := b.sample(t, c, 0)
		restore := b.Disturb(t, Update, Deleted)
		need(t, "record that is gone", restore != nil)
		_, err := c.Create(t.Context(), want.Over(b.Change(want)))
		restore()
		if b.seen.add(err); connector.ClassOf(err) == connector.NotFound {
			t.Errorf("create: %v", err)
		}
	}},
	{"a cancelled write says so", func(t *testing.T, b *Bench, c connector.Collection) {
		need(t, "create", c.Create != nil)
		if _, err := c.Create(cancelled(t), b.Want(0)); err == nil {
			t.Error("a cancelled create looks done")
		} else if b.seen.add(err); !errors.Is(err, cancelled(t).Err()) {
			t.Errorf("error %v does not lead to the cancelled context", err)
		}
	}},
}...)

func troubles() []testCase {
	var out []testCase
	for _, k := range classes {
		out = append(out, testCase{string(k.trouble), func(t *testing.T, b *Bench, c connector.Collection) {
			need(t, "trouble", b.Disturb != nil)
			var want record.Fields
			var id record.ExternalID
			if b.Want != nil && (c.Create != nil || b.Add != nil) {
				want, id = b.sample(t, c, 0)
			}
			tried := 0
			calls := b.calls(t, c, want, id)
			for _, op := range []Op{Check, List, Get, Create, Update, Delete} {
				call, can := calls[op]
				if !can {
					continue
				}
				restore := b.Disturb(t, op, k.trouble)
				if restore == nil {
					continue
				}
				tried++
				err := call()
				restore()
				if err == nil {
					t.Errorf("%s: no error", op)
					continue
				}
				e := b.wantClass(t, string(op), err, k.class)
				if e.System == "" || e.Op == "" {
					t.Errorf("%s: an error without its system and operation: %v", op, err)
				}
				if wait := time.Duration(ThrottledFor) * time.Second; k.trouble == Throttled && e.After != wait {
					t.Errorf("%s: wait of %s, want %s", op, e.After, wait)
				}
				if k.trouble == Dropped && e.Unsent {
					t.Errorf("%s: a request that left counts as never sent", op)
				}
			}
			need(t, "operation that can be disturbed so", tried > 0)
		}})
	}
	return out
}

// calls are the operations that the collection can, on a record that is there.
func (b *Bench) calls(t *testing.T, c connector.Collection, want record.Fields, id record.ExternalID) map[Op]func() error {
	t.Helper()
	calls := map[Op]func() error{
		Check: func() error {
			_, err := b.Connector.Check(t.Context())
			return err
		},
	}
	if c.List != nil {
		calls[List] = func() error {
			_, err := pages(c.List(t.Context(), ""))
			return err
		}
	}
	if c.Get != nil && id != "" {
		calls[Get] = func() error {
			_, err := c.Get(t.Context(), id)
			return err
		}
	}
	if c.Create != nil {
		calls[Create] = func() error {
			_, err := c.Create(t.Context(), b.Want(3))
			return err
		}
	}
	if c.Update != nil && b.Change != nil && id != "" {
		calls[Update] = func() error {
			_, err := c.Update(t.Context(), id, connector.Patch{Set: b.Change(want), Key: b.key(want)})
			return err
		}
	}
	if c.Delete != nil && id != "" {
		calls[Delete] = func() error { return c.Delete(t.Context(), id) }
	}
	return calls
}
