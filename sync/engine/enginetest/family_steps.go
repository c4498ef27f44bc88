package enginetest

import (
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// comes puts the n-th records into the source, and the record 0 of the first
// kind before those that refer to it.
func (f *Family) comes(k Kind, ns ...int) Step {
	return func(s *Stage) {
		if k.Kind == f.Second.Kind && s.ID(f.Source, f.First.Source, who(f.First, 0)) == "" {
			f.comes(f.First, 0)(s)
		}
		for _, n := range ns {
			Put(f.Source, k.Source, id(k, n), f.like(k, n, nil))(s)
		}
	}
}

// change edits the n-th record at the source.
func (f *Family) change(k Kind, n int, set record.Fields) Step {
	return Put(f.Source, k.Source, id(k, n), set)
}

// changeRemote edits the n-th record at the target.
func (f *Family) changeRemote(k Kind, n int, set record.Fields) Step {
	return Edit(f.Target, k.Target, who(k, n), set)
}

// goes drops the n-th record of the source.
func (f *Family) goes(k Kind, n int, why record.Reason) Step {
	return Drop(f.Source, k.Source, who(k, n), why)
}

// holds wants the target to hold these records of a kind and no others.
func (f *Family) holds(k Kind, records ...record.Fields) Step {
	return Want(f.Target, k.Target, records...)
}

// without wants the n-th record to be at the target as the page says of one
// that is gone, and the others as they are.
func (f *Family) without(k Kind, n int, why record.Reason, others ...record.Fields) Step {
	left := f.held(k, n, nil)
	switch g := f.page(k).WhenDeleted(f.Target, why, left); g.Action {
	case policy.SetFields:
		return f.holds(k, append(others, f.held(k, n, g.Fields))...)
	case policy.Detach:
		return f.holds(k, append(others, left)...)
	}
	return f.holds(k, others...)
}

// refers wants the n-th record of the second kind to refer to the m-th of the
// first, at the target.
func (f *Family) refers(n, m int) Step {
	return func(s *Stage) {
		s.T.Helper()
		have := s.By[f.Target].All(f.Second.Target)[s.ID(f.Target, f.Second.Target, who(f.Second, n))]
		if want := string(s.ID(f.Target, f.First.Target, who(f.First, m))); want == "" || have[f.Ref] != want {
			s.T.Errorf("%s of %d refers to %q, want %q, which is %d", f.Ref, n, have[f.Ref], want, m)
		}
	}
}

// Notified is a system that says which of its records have changed.
func Notified(sys record.System, kind record.Kind, ids ...record.ExternalID) Step {
	return func(s *Stage) {
		s.T.Helper()
		names := store.NotifyParams{System: string(sys), Kind: string(kind), Now: s.Clock()}
		for _, id := range ids {
			names.Ids = append(names.Ids, string(id))
		}
		if err := s.Store.Notify(s.T.Context(), names); err != nil {
			s.T.Fatal(err)
		}
	}
}

// named is the target saying that the n-th record has changed.
func (f *Family) named(k Kind, n int) Step {
	return func(s *Stage) {
		s.T.Helper()
		Notified(f.Target, k.Kind, s.ID(f.Target, k.Target, who(k, n)))(s)
	}
}

// born is a row that another program puts into our own tables.
func (f *Family) born(k Kind, n int, other record.Fields) Step {
	r := f.like(k, n, other)
	return SQL(fmt.Sprintf(`insert into entity (kind, key, fields) values (%s, %s, %s)`,
		quoted(string(k.Kind)), quoted(r[k.Key]), object(r)))
}

// edited is an edit of our own tables by another program.
func (f *Family) edited(k Kind, n int, set record.Fields) Step {
	return SQL(fmt.Sprintf(`update entity set fields = fields || %s where %s`, object(set), row(k, n)))
}

// row is the condition for our row of the n-th record.
func row(k Kind, n int) string {
	return fmt.Sprintf(`kind = %s and key = %s`, quoted(string(k.Kind)), quoted(k.New(n)[k.Key]))
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func object(f record.Fields) string {
	args := make([]string, 0, len(f))
	for _, n := range f.Names() {
		args = append(args, quoted(string(n))+"::text", quoted(f[n])+"::text")
	}
	return "jsonb_build_object(" + strings.Join(args, ", ") + ")"
}

// err is an error of the target.
func (f *Family) err(c connector.Class) *connector.Error {
	return &connector.Error{Class: c, System: f.Target, Op: "write"}
}
