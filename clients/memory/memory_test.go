package memory_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
)

const (
	code record.Field = "code"
	name record.Field = "name"
	mail record.Field = "mail"
	note record.Field = "note"
)

func bench(t *testing.T, keyed, since bool) *connectortest.Bench {
	fields := []record.Field{code, mail, name, note}
	s := memory.New("memory", memory.Place{
		Name: "people", Kind: "test.person", Reads: fields, Writes: fields, Key: []record.Field{code}, IdempotentCreate: keyed, Since: since, Delete: true, Page: 2,
	})
	host := connectortest.NewHost(t)
	open := func(t *testing.T) connector.Connector {
		t.Helper()
		c, err := s.Open(host)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := func(n int) record.Fields {
		return record.Fields{
			note: "leap day 2024-02-29"[:19*(n%2)],
			code: fmt.Sprintf("P%04d", n), name: fmt.Sprintf("Zoë van 't Hof-Ünal %d", n), mail: fmt.Sprintf("zoe%d@example.org", n),
		}
	}
	return &connectortest.Bench{
		Connector: open(t), Host: host, Place: "people", Want: want, Clear: mail, Doubles: !keyed,
		Key:    func(f record.Fields) record.Fields { return f.Only([]record.Field{code}) },
		Change: func(record.Fields) record.Fields { return record.Fields{name: "Another One"} },
		Add:    func(_ *testing.T, n int) record.ExternalID { return s.Put("people", "", want(n)) },
		Edit:   func(_ *testing.T, id record.ExternalID, set record.Fields) { s.Put("people", id, set) },
		Writes: func(*testing.T) int { return s.Writes },
		Reopen: open,
		Disturb: func(_ *testing.T, op connectortest.Op, trouble connectortest.Trouble) func() {
			when, err := "before", &connector.Error{System: "memory", Op: string(op)}
			switch trouble {
			case connectortest.Denied:
				err.Class = connector.Denied
			case connectortest.Throttled:
				err.Class, err.After = connector.Throttled, connectortest.ThrottledFor*1e9
			case connectortest.Broken, connectortest.Dropped:
				err.Class = connector.Transient
			case connectortest.Unexpected:
				err.Class = connector.Drifted
			case connectortest.Lost:
				when, err.Class = "after", connector.Transient
			default:
				return nil
			}
			s.Fail = func(w, o string) error {
				if w == when && o == string(op) {
					return err
				}
				return nil
			}
			return func() { s.Fail = nil }
		},
	}
}

// TestContract: the smallest connector keeps the contract, with creates that
// are keyed and with such as double, and when it lists what has changed since.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		keyed, since bool
	}{{"doubles", false, false}, {"keyed", true, false}, {"since", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench { return bench(t, c.keyed, c.since) }})
		})
	}
}

// A listing of what has changed since shows that and no more, page by page, and
// its cursor stands still while nothing changes.
func TestSince(t *testing.T) {
	t.Parallel()
	s := memory.New("memory", memory.Place{Name: "people", Kind: "test.person", Reads: []record.Field{name}, Since: true, Page: 2})
	list := func(since connector.Cursor) (ids []record.ExternalID, gone int, next connector.Cursor) {
		t.Helper()
		for page, err := range s.Collections()[0].List(t.Context(), since) {
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				ids = append(ids, it.ID)
			}
			gone, next = gone+len(page.Removed), page.Next
		}
		return ids, gone, next
	}
	for i := range 5 {
		s.Put("people", record.ExternalID(fmt.Sprint(i)), record.Fields{name: "a"})
	}
	ids, _, cursor := list("")
	if len(ids) != 5 {
		t.Fatalf("listed %v at first", ids)
	}
	if ids, _, next := list(cursor); len(ids) != 0 || next != cursor {
		t.Errorf("nothing has changed, and %v are listed; the cursor is %q after %q", ids, next, cursor)
	}
	for _, id := range []record.ExternalID{"1", "3", "4"} {
		s.Put("people", id, record.Fields{name: "b"})
	}
	s.Drop("people", "2", record.Removed)
	ids, gone, next := list(cursor)
	if fmt.Sprint(ids) != "[1 3 4]" || gone != 1 || next == cursor {
		t.Errorf("listed %v and %d gone", ids, gone)
	}
	if ids, gone, _ := list(next); len(ids) != 0 || gone != 0 {
		t.Errorf("listed %v and %d gone a second time", ids, gone)
	}
}
