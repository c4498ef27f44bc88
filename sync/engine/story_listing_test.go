package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// shows has a system list only some of its records, each as change has it; nil
// leaves it out.
func shows(system record.System, change func(id record.ExternalID, f record.Fields) record.Fields) deed {
	return func(s *stage) {
		s.By[system].Listed = func(_ string, id record.ExternalID, f record.Fields) (record.Fields, bool) {
			f = change(id, f)
			return f, f != nil
		}
	}
}

// showsAll has a system list all of its records again, as they are.
func showsAll(system record.System) deed {
	return func(s *stage) { s.By[system].Listed, s.By[system].Uncertified, s.By[system].Stated = nil, false, 0 }
}

func endless(system record.System) deed {
	return func(s *stage) { s.By[system].Uncertified = true }
}

// leaving lists all but the records named.
func leaving(out ...record.ExternalID) func(record.ExternalID, record.Fields) record.Fields {
	return func(id record.ExternalID, f record.Fields) record.Fields {
		if slices.Contains(out, id) {
			return nil
		}
		return f
	}
}

// copies makes members 0 to n-1 at the target, as somebody else would have.
func copies(n int) deed {
	return func(s *stage) {
		for i := range n {
			code := fmt.Sprintf("P%04d", i)
			s.By["target"].Put("people", record.ExternalID(code), member(code, code+"@example.org"))
		}
	}
}

// noted wants a note of the last run's plan.
func noted(key, value string) deed {
	return func(s *stage) {
		s.T.Helper()
		if got := s.Notes[key]; got != value {
			s.T.Errorf("the run says %s: %q, want %q", key, got, value)
		}
	}
}

// The first sync meets a target whose listing breaks off after 3 of 10: nobody
// is made, also not by a person's approval, and the plan says so.
func TestStoryFirstSyncOfABrokenListing(t *testing.T) {
	story(t, two(),
		members(10, same), copies(10),
		shows("target", func(id record.ExternalID, f record.Fields) record.Fields {
			if id >= "P0003" {
				return nil
			}
			return f
		}),
		endless("target"),
		stopped(step.GuardStopped, "FIRST_SYNC"),
		noted("not made target people", "7 records are not made before a listing is certified: the end was not seen"),
		noted("partial", "LISTING_UNCERTAIN"),
		approve(),
		holding("target", 10),
		showsAll("target"),
		stopped(step.GuardStopped, "FIRST_SYNC"), // it was not taken up yet
		approve(), holding("target", 10), quiet(),
	)
}

// holding wants the target's people to be so many.
func holding(system record.System, n int) deed {
	return func(s *stage) {
		s.T.Helper()
		if got := len(s.By[system].All("people")); got != n {
			s.T.Errorf("%s holds %d records, want %d", system, got, n)
		}
	}
}

// A create times out after it has worked, at a system that cannot be asked; the
// next listing states 2 and shows 1: it is not made again.
func TestStoryUncertainCreateAndAShortListing(t *testing.T) {
	story(t, unfindable,
		put("source", "members", "A", member("A", "a@example.org")), synced(), later(time.Hour), synced(), quiet(),
		put("source", "members", "B", member("B", "b@example.org")),
		trouble("target", "after", "create", 1, &connector.Error{Class: connector.Transient, System: "target", Op: "create"}),
		func(s *stage) { _, _ = s.Run() },
		holding("target", 2),
		func(s *stage) {
			made := s.ID("target", "people", code("B"))
			shows("target", leaving(made))(s)
			s.By["target"].States, s.By["target"].Stated = true, 2
		},
		later(time.Hour), synced(), holding("target", 2),
		later(time.Hour), synced(), holding("target", 2),
		showsAll("target"),
		later(time.Hour), synced(), holding("target", 2),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		quiet(),
	)
}

func unfindable() cast {
	c := two()()
	c.Systems[1].Places[0].NoFind = true
	return c
}

// What an uncertified listing shows is taken; nobody is absent from it, and
// nobody is made because of it.
func TestStoryUncertifiedListing(t *testing.T) {
	story(t, two(),
		members(20, same), synced(), quiet(),
		endless("source"), endless("target"),
		drop("source", "members", code("P0000"), ""),
		put("source", "members", "P0001", mail("new@example.org")),
		put("source", "members", "Z", member("Z", "z@example.org")),
		synced(), noted("partial", "LISTING_UNCERTAIN"), holding("target", 20),
		rowsWhere(1, `entity where fields ->> 'mail' = 'new@example.org'`),
		later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		rowsWhere(0, `entity where deleted <> ''`), holding("target", 20),
		showsAll("target"), synced(), holding("target", 21), noted("partial", "LISTING_UNCERTAIN"), // the source's
		showsAll("source"), synced(), later(2*time.Hour), synced(),
		rowsWhere(1, `entity where deleted <> ''`), quiet(),
	)
}

// A listing that contradicts itself is not taken, also not what is new in it.
func TestStoryContradiction(t *testing.T) {
	story(t, two(),
		members(20, same), synced(), quiet(),
		func(s *stage) { s.By["source"].Contradiction = "Error stands beside the members" },
		put("source", "members", "Z", member("Z", "z@example.org")),
		stopped(step.Drifted, "CONTRADICTION"), stopped(step.Drifted, "CONTRADICTION"), holding("target", 20),
		func(s *stage) { s.By["source"].Contradiction = "" },
		synced(), holding("target", 21), quiet(),
	)
}

// Whoever chooses another club behind the same login is noticed in the next run
// of the same process, before anything is planned, each time.
func TestStoryAnotherAccount(t *testing.T) {
	t.Parallel()
	for _, system := range []record.System{"source", "target"} {
		t.Run(string(system), func(t *testing.T) {
			t.Parallel()
			other := func(account string) deed { return func(s *stage) { s.By[system].Account = account } }
			tell(t, two()(), 0, []deed{
				members(5, same), synced(), quiet(),
				other("the other club"),
				put("source", "members", "P0001", mail("wrong@example.org")),
				stopped(step.Failed, "WRONG_ACCOUNT"), stopped(step.Failed, "WRONG_ACCOUNT"),
				rowsWhere(0, `plan_row where fields::text like '%wrong@%'`),
				other(""), put("source", "members", "P0001", mail("right@example.org")), synced(), quiet(),
				other("the other club"), stopped(step.Failed, "WRONG_ACCOUNT"),
			})
		})
	}
}

// Five members lack from two whole listings, since a search index is behind.
// Each of them, asked for by itself, is there: nobody leaves, and the run says so.
func TestStoryIndexThatIsBehind(t *testing.T) {
	behind := leaving("P0000", "P0001", "P0002", "P0003", "P0004")
	story(t, two(),
		states, members(40, same), synced(), quiet(),
		shows("source", behind),
		put("source", "members", "P0001", mail("new@example.org")), // a Get shows it
		synced(), later(2*time.Hour), synced(),
		noted("partial", "LISTING_LACKS_RECORDS"),
		noted("asked source members", "of 5 records that are missing from the listing 5 are there when they are asked for, and 0 cannot be asked for"),
		rowsWhere(0, `entity where deleted <> ''`),
		rowsWhere(1, `entity where fields ->> 'mail' = 'new@example.org'`),
		later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		rowsWhere(0, `entity where deleted <> ''`), holding("target", 40),
		drop("source", "members", code("P0000"), ""), // and one has really left
		later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		rowsWhere(1, `entity where deleted <> ''`),
		showsAll("source"), later(2*time.Hour), synced(), later(2*time.Hour), synced(), quiet(),
		rowsWhere(1, `entity where deleted <> ''`),
	)
}

// The same at a target: nobody is made a second time.
func TestStoryIndexOfATargetThatIsBehind(t *testing.T) {
	story(t, two(),
		members(20, same), synced(), quiet(),
		func(s *stage) { s.Was = s.ID("target", "people", code("P0003")); shows("target", leaving(s.Was))(s) },
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(), holding("target", 20),
		showsAll("target"), synced(), later(2*time.Hour), synced(), quiet(), holding("target", 20),
	)
}

// Somebody merges a person into another at the target, which says so by Get and
// not in its listing: the successor is taken, and nobody is made again.
func TestStoryMergeThatOnlyGetTells(t *testing.T) {
	story(t, two(),
		members(10, same), synced(), quiet(),
		func(s *stage) {
			other := s.By["target"].Put("people", "", record.Fields{fCode: "", fName: "Name P0003", fMail: "", fFormer: ""})
			s.By["target"].MergeUnlisted("people", s.ID("target", "people", code("P0003")), other)
		},
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 10), rowsWhere(10, `sync_record where system = 'target' and entity is not null and external_id is not null`),
		quiet(),
	)
}

// A record that has another id when it is looked for by its key is taken there.
func TestStoryRenumberedAtATarget(t *testing.T) {
	story(t, two(),
		members(10, same), synced(), quiet(),
		func(s *stage) {
			id := s.ID("target", "people", code("P0003"))
			f := s.By["target"].All("people")[id]
			s.By["target"].Drop("people", id, "")
			s.By["target"].Put("people", "", f)
		},
		synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(), later(2*time.Hour), synced(),
		holding("target", 10), quiet(),
	)
}
