package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

const (
	kEntry  record.Kind  = "test.entry"
	kFamily record.Kind  = "test.family"
	kTeam   record.Kind  = "test.team"
	fList   record.Field = "list"
	fState  record.Field = "state"
	fNames  record.Field = "names"
	fKids   record.Field = "kids"
	fTeam   record.Field = "team"
	fMother record.Field = "parent"
)

// entries makes one entry for each mailbox, with the names of all who share
// it. It has the first list that nobody else has for it, and keeps it.
func entries() derive.Rule {
	return derive.Rule{
		Name: "entries", From: []record.Kind{kPerson}, Makes: []record.Kind{kEntry},
		Groups: func(e record.Entity) []string {
			if e.Fields[fMail] == "" {
				return nil
			}
			return []string{e.Fields[fMail]}
		},
		UnmanagedGroup: func(f record.Fields) string { return f[fMail] },
		Make: func(g derive.Group) derive.Made {
			if len(g.Members) == 0 {
				return derive.Made{}
			}
			var names, taken []string
			for _, m := range g.Members {
				names = append(names, m.Fields[fName])
			}
			for _, f := range g.Unmanaged {
				taken = append(taken, f.Place)
			}
			list := ""
			for _, l := range []string{"list-1", "list-2"} {
				if list == "" && !slices.Contains(taken, l) {
					list = l
				}
			}
			if g.Members[0].Fields[fTeam] != "" { // somebody wants another list
				list = g.Members[0].Fields[fTeam]
			}
			return derive.Made{Entities: []derive.Entity{{
				Kind: kEntry, Key: g.Key, Fields: record.Fields{fMail: g.Key, fNames: record.SetValue(names), fList: list},
			}}}
		},
	}
}

func mailing() cast {
	carried := []record.Field{fMail, fNames, fState}
	list := func(name string) memory.Place {
		return memory.Place{
			Name: name, Kind: kEntry, Reads: carried, Writes: carried, Key: []record.Field{fMail}, Delete: true,
		}
	}
	persons := []record.Field{fCode, fMail, fName, fTeam}
	source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: persons, ReadOnly: true})
	target := memory.New("target", list("list-1"), list("list-2"))
	page := people()
	page.Targets, page.OnDelete, page.Fields[fTeam] = nil, nil, policy.Owned("source")
	return cast{
		Systems: []*memory.System{source, target}, Rules: []derive.Rule{entries()},
		Policies: policy.Set{page, {
			Kind: kEntry, KeyFields: []record.Field{fMail}, Key: func(f record.Fields) string { return f[fMail] },
			Sources: []record.System{record.Hub},
			Targets: []policy.Target{{System: "target", Place: func(f record.Fields) (string, string) { return f[fList], "no list" }}},
			Fields: map[record.Field]policy.Rule{
				fMail: policy.Owned(record.Hub), fNames: policy.Owned(record.Hub), fList: policy.Owned(record.Hub),
				fState: policy.Strictest("unsubscribed", "active"),
			},
			OnDelete: []policy.OnDelete{
				{System: "target", If: func(f record.Fields) bool { return f[fState] != "unsubscribed" }, Action: policy.Delete},
			},
		}},
		Pipeline: step.Pipeline{
			Name: "mailing", Family: "test",
			Reads: []step.Read{
				{System: "source", Place: "members", View: "all", Needed: true},
				{System: "target", Place: "list-1", View: "all", Needed: true},
				{System: "target", Place: "list-2", View: "all", Needed: true},
			},
			Writes: []step.Write{{System: "target", Place: "list-1"}, {System: "target", Place: "list-2"}},
		},
	}
}

func reader(id, mail, team string) record.Fields {
	return record.Fields{fCode: id, fName: "Name " + id, fMail: mail, fTeam: team}
}

func entry(mail string, names ...string) record.Fields {
	return record.Fields{fMail: mail, fNames: record.SetValue(names)}
}

// Siblings on one mailbox, a move from list to list, and who is left.
func TestStoryLists(t *testing.T) {
	story(t, mailing,
		put("source", "members", "A", reader("A", "home@example.org", "")),
		put("source", "members", "B", reader("B", "home@example.org", "")),
		put("source", "members", "C", reader("C", "c@example.org", "")),
		synced(),
		want("target", "list-1", entry("home@example.org", "Name A", "Name B"), entry("c@example.org", "Name C")),
		quiet(),
		put("source", "members", "C", record.Fields{fTeam: "list-2"}), // moves
		drop("source", "members", code("A"), record.Removed),
		synced(),
		want("target", "list-1", entry("home@example.org", "Name B")),
		want("target", "list-2", entry("c@example.org", "Name C")),
		quiet(),
		put("source", "members", "C", record.Fields{fTeam: "list-9"}), // held nowhere
		drop("source", "members", code("B"), record.Removed),
		synced(), want("target", "list-1"), later(2*time.Hour), synced(), // the source is asked twice
		want("target", "list-1"), want("target", "list-2"),
		quiet(),
		put("source", "members", "B", reader("B", "home@example.org", "")),
		synced(),
		want("target", "list-1", entry("home@example.org", "Name B")),
		quiet(),
	)
}

// A record that somebody else put there keeps its place; one that turns up
// later moves ours; what has moved is recognised, not doubled.
func TestStoryForeignIsReserved(t *testing.T) {
	story(t, mailing,
		put("target", "list-1", "1", record.Fields{fMail: "other@example.org", fState: "active"}),
		put("source", "members", "A", reader("A", "a@example.org", "")),
		func(s *stage) { s.Override = []string{"FIRST_SYNC"} },
		synced(),
		func(s *stage) { s.Override = nil },
		want("target", "list-1", entry("a@example.org", "Name A"), record.Fields{fMail: "other@example.org", fState: "active"}),
		quiet(),
		drop("source", "members", code("A"), record.Removed),
		synced(),
		want("target", "list-1", record.Fields{fMail: "other@example.org", fState: "active"}), // not ours: never let go
		quiet(),
	)
}

// Who has unsubscribed stays so, wherever it was said, and is not removed.
func TestStoryOptOut(t *testing.T) {
	story(t, mailing,
		put("source", "members", "A", reader("A", "a@example.org", "")),
		synced(),
		edit("target", "list-1", record.Fields{fMail: "a@example.org"}, record.Fields{fState: "unsubscribed"}),
		synced(), quiet(),
		edit("target", "list-1", record.Fields{fMail: "a@example.org"}, record.Fields{fState: "active"}),
		synced(),
		want("target", "list-1", record.Fields{fMail: "a@example.org", fState: "unsubscribed"}),
		quiet(),
		drop("source", "members", code("A"), record.Removed),
		synced(),
		want("target", "list-1", record.Fields{fMail: "a@example.org", fState: "unsubscribed"}),
		quiet(),
		put("source", "members", "A", reader("A", "a@example.org", "list-1")),
		synced(),
		want("target", "list-1", record.Fields{fMail: "a@example.org", fState: "unsubscribed"}),
		quiet(),
	)
}

// household is people and their families, which are parts of their records,
// and teams that they refer to.
func household(required bool) func() cast {
	return func() cast {
		family := []record.Field{fKids}
		persons := []record.Field{fCode, fName, fMother}
		source := memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: persons, ReadOnly: true})
		target := memory.New("target", memory.Place{
			Name: "people", Kind: kPerson, Key: []record.Field{fCode}, Reads: persons, Writes: persons,
			Refs: map[record.Field]connector.Ref{fMother: {Kind: kPerson, Required: required}},
			Parts: []memory.Part{{
				Kind: kFamily, Reads: family, Writes: family, Refs: map[record.Field]connector.Ref{fKids: {Kind: kPerson}},
			}},
		})
		children := derive.Rule{
			Name: "children", From: []record.Kind{kPerson}, Makes: []record.Kind{kFamily},
			Groups: func(e record.Entity) []string { return record.SetMembers(e.Fields[fMother]) },
			Make: func(g derive.Group) derive.Made {
				if len(g.Members) == 0 {
					return derive.Made{}
				}
				var kids []string
				for _, m := range g.Members {
					kids = append(kids, m.Key)
				}
				return derive.Made{Entities: []derive.Entity{{Kind: kFamily, Key: g.Key, Fields: record.Fields{fKids: record.SetValue(kids)}}}}
			},
		}
		byCode := func(f record.Fields) string { return f[fCode] }
		return cast{
			Systems: []*memory.System{source, target}, Rules: []derive.Rule{children},
			Policies: policy.Set{
				{
					Kind: kPerson, KeyFields: []record.Field{fCode}, Key: byCode, Sources: []record.System{"source"},
					Targets: []policy.Target{policy.TargetAt("target", "people")},
					Fields: map[record.Field]policy.Rule{
						fCode: policy.Owned("source"), fName: policy.Shared("source", "target"), fMother: policy.Owned("source"),
					},
				},
				{
					Kind: kFamily, KeyFields: []record.Field{fCode}, Key: byCode, Sources: []record.System{record.Hub},
					Targets: []policy.Target{policy.TargetAt("target", "people")},
					Fields:  map[record.Field]policy.Rule{fKids: policy.Owned(record.Hub)},
				},
			},
			Pipeline: step.Pipeline{
				Name: "people", Family: "test",
				Reads: []step.Read{
					{System: "source", Place: "members", View: "all", Needed: true}, {System: "target", Place: "people", View: "all", Needed: true},
				},
				Writes: []step.Write{{System: "target", Place: "people"}},
			},
		}
	}
}

func child(id, parent string) record.Fields {
	return record.Fields{fCode: id, fName: "Name " + id, fMother: parent}
}

// refers wants the reference of one record to be the remote id of another.
func refers(from string, f record.Field, to ...string) deed {
	return func(s *stage) {
		s.T.Helper()
		var ids []string
		for _, c := range to {
			ids = append(ids, string(s.ID("target", "people", code(c))))
		}
		if got := s.By["target"].All("people")[s.ID("target", "people", code(from))][f]; got != record.SetValue(ids) {
			s.T.Errorf("%s of %s refers to %q, want %q", f, from, got, record.SetValue(ids))
		}
	}
}

// A family is a part of the parent's record: host and part are one write. A
// parent and a child refer to each other: the rest follows in a second patch of
// the same run.
func TestStoryPartsAndReferences(t *testing.T) {
	story(t, household(false),
		put("source", "members", "A", child("A", "P")),
		put("source", "members", "B", child("B", "P")),
		put("source", "members", "P", child("P", "")),
		synced(),
		refers("A", fMother, "P"), refers("P", fKids, "A", "B"),
		quiet(),
		put("source", "members", "B", child("B", "")),
		func(s *stage) { s.By["source"].Put("members", "P", record.Fields{fName: "Parent"}) },
		func(s *stage) { s.At = s.Written() },
		synced(),
		refers("P", fKids, "A"), refers("B", fMother),
		func(s *stage) {
			if n := s.Written() - s.At; s.CrashAt == 0 && n != 2 {
				s.T.Errorf("%d writes, want one for each record", n)
			}
		},
		quiet(),
		// The host comes later than its part.
		put("source", "members", "C", child("C", "Q")),
		synced(), quiet(),
		put("source", "members", "Q", child("Q", "")),
		later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		refers("Q", fKids, "C"), refers("C", fMother, "Q"),
		quiet(),
		// The part is made no longer; its host stays.
		put("source", "members", "A", child("A", "")),
		synced(),
		rowsWhere(1, `entity where kind = 'test.family' and deleted = 'unmade'`),
		quiet(),
		put("source", "members", "A", child("A", "P")),
		synced(),
		refers("P", fKids, "A"),
		quiet(),
	)
}

// A required reference holds the record back.
func TestStoryRequiredReference(t *testing.T) {
	story(t, household(true),
		put("source", "members", "A", child("A", "P")),
		synced(),
		want("target", "people"),
		quiet(),
		put("source", "members", "P", child("P", "")),
		synced(), synced(),
		want("target", "people", code("A"), code("P")),
		refers("A", fMother, "P"), refers("P", fKids, "A"),
		quiet(),
	)
}

// A key becomes another: the remote record moves with it.
func TestStoryAlias(t *testing.T) {
	renamed := func() cast {
		c := mailing()
		c.Rules[0].Heir = func(_ record.Kind, f record.Fields) string { return f[fNames] }
		return c
	}
	story(t, renamed,
		put("source", "members", "A", reader("A", "old@example.org", "")),
		synced(),
		func(s *stage) { s.Was = s.ID("target", "list-1", record.Fields{fMail: "old@example.org"}) },
		put("source", "members", "A", mail("new@example.org")),
		synced(),
		want("target", "list-1", entry("new@example.org", "Name A")),
		func(s *stage) {
			if s.ID("target", "list-1", record.Fields{fMail: "new@example.org"}) != s.Was {
				s.T.Error("the record was made anew")
			}
		},
		rowsWhere(1, `entity_alias`),
		quiet(),
		put("source", "members", "A", mail("old@example.org")), // and back
		synced(),
		want("target", "list-1", entry("old@example.org", "Name A")),
		rowsWhere(1, `entity_alias where from_key = 'new@example.org'`),
		rowsWhere(1, `entity_alias`),
		quiet(),
	)
}
