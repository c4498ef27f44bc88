package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	kNote  record.Kind  = "test.note"
	fEvent record.Field = "event"
	fText  record.Field = "text"
	fWhen  record.Field = "when"
)

// diary is a source that tells what happened, and a target that is told each once. The
// target is never listed; whoever updates or deletes there is refused.
func diary(change ...func(*memory.Place, *policy.Policy)) func() cast {
	return func() cast {
		told := []record.Field{fEvent, fText, fWhen}
		page := &policy.Policy{
			Kind: kNote, KeyFields: []record.Field{fEvent}, Key: func(f record.Fields) string { return f[fEvent] },
			Sources: []record.System{"source"}, Targets: []policy.Target{policy.TargetAt("target", "notes")},
			Fields: map[record.Field]policy.Rule{fEvent: policy.Owned("source"), fText: policy.Owned("source"), fWhen: policy.Owned("source")},
			Once:   &policy.Once{When: fWhen},
		}
		place := memory.Place{
			Name: "notes", Kind: kNote, Writes: told, Key: []record.Field{fEvent}, Unlisted: true, Delete: true,
			RefuseUpdate: func(record.Fields) error { return class(connector.Denied) },
		}
		for _, c := range change {
			c(&place, page)
		}
		return cast{
			Policies: policy.Set{page},
			Systems:  []*memory.System{memory.New("source", memory.Place{Name: "events", Kind: kNote, Reads: told, ReadOnly: true}), memory.New("target", place)},
			Pipeline: step.Pipeline{
				Name: "notes", Family: "test",
				Reads:  []step.Read{{System: "source", Place: "events", View: "all", Needed: true}},
				Writes: []step.Write{{System: "target", Place: "notes"}},
			},
		}
	}
}

// unasked is a target that cannot be searched.
func unasked(p *memory.Place, _ *policy.Policy) { p.NoFind = true }

// asked are the two kinds of targets.
var asked = map[string]func(*memory.Place, *policy.Policy){
	"searched": func(*memory.Place, *policy.Policy) {}, "never searched": unasked,
}

func note(event, text string) record.Fields {
	return record.Fields{fEvent: event, fText: text, fWhen: "2026-03-01T09:00:00Z"}
}

func happened(event, text string) deed { return put("source", "events", event, note(event, text)) }

func text(v string) record.Fields { return record.Fields{fText: v} }

// told wants these to be what the target holds, and each once.
func told(all ...record.Fields) deed { return want("target", "notes", all...) }

// What happened is told once. What becomes of it afterwards at the source, and what people
// make of it at the target, changes nothing there; that it is told of again, or no longer,
// neither.
func TestStoryOnce(t *testing.T) {
	for name, how := range asked {
		t.Run(name, func(t *testing.T) {
			story(t, diary(how),
				stating, happened("A", "a"), happened("B", "b"), happened("C", "c"), synced(), synced(),
				told(note("A", "a"), note("B", "b"), note("C", "c")),
				happened("A", "corrected"), synced(), told(note("A", "a"), note("B", "b"), note("C", "c")),
				edit("target", "notes", text("a"), text("answered")), drop("target", "notes", text("b"), ""),
				happened("A", "corrected again"), happened("B", "too"), synced(), later(2*time.Hour), synced(),
				told(note("A", "answered"), note("C", "c")),
				drop("source", "events", record.Fields{fEvent: "A"}, record.Removed), drop("source", "events", record.Fields{fEvent: "B"}, record.Removed),
				synced(), later(2*time.Hour), synced(), rowsWhere(2, `entity where deleted <> ''`),
				happened("A", "listed again"), happened("B", "listed again"), synced(),
				func(s *stage) { s.Restart() }, later(2*time.Hour), synced(),
				told(note("A", "answered"), note("C", "c")),
			)
		})
	}
}

// The process dies between the call and the commit, or the answer is lost: it is found by
// itself where the target can be searched, and made once. Else a person must look, and
// until then nothing more is made of it.
func TestStoryOnceUnheard(t *testing.T) {
	t.Parallel()
	crash := func(s *stage) {
		if _, err := s.Sync(); !errors.Is(err, memory.ErrCrash) {
			s.T.Fatalf("the run ended with %v, want a crash", err)
		}
		s.Restart()
	}
	for name, c := range map[string]struct {
		how   func(*memory.Place, *policy.Policy)
		when  string
		fails deed
		run   deed
		looks int64 // how many wait for a person
		made  bool
	}{
		"crashed, searched":                {asked["searched"], "after", trouble("target", "after", "create", 1, memory.ErrCrash), crash, 0, true},
		"crashed, never searched":          {unasked, "after", trouble("target", "after", "create", 1, memory.ErrCrash), crash, 1, true},
		"crashed before, searched":         {asked["searched"], "before", trouble("target", "before", "create", 1, memory.ErrCrash), crash, 0, true},
		"crashed before, never searched":   {unasked, "before", trouble("target", "before", "create", 1, memory.ErrCrash), crash, 1, false},
		"lost answer, searched":            {asked["searched"], "after", trouble("target", "after", "create", 9, class(connector.Transient)), synced(), 0, true},
		"lost answer, never searched":      {unasked, "after", trouble("target", "after", "create", 9, class(connector.Transient)), synced(), 1, true},
		"lost question, searched":          {asked["searched"], "before", trouble("target", "before", "create", 9, class(connector.Transient)), synced(), 0, true},
		"lost question, never searched":    {unasked, "before", trouble("target", "before", "create", 9, class(connector.Transient)), synced(), 1, false},
		"repeated creates, never searched": {func(p *memory.Place, _ *policy.Policy) { p.NoFind, p.IdempotentCreate = true, true }, "after", trouble("target", "after", "create", 9, class(connector.Transient)), synced(), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := []record.Fields{note("A", "a")}
			if !c.made {
				all = nil
			}
			tell(t, diary(c.how)(), 0, []deed{
				stating, happened("A", "a"), c.fails, c.run,
				trouble("target", c.when, "nothing", 0, nil),
				later(5 * time.Minute), synced(), later(time.Hour), synced(), later(48 * time.Hour), synced(),
				told(all...),
				rowsWhere(c.looks, `sync_record where system = 'target' and quarantine like '%a person must look%' and uncertain_until is not null`),
				rowsWhere(1-c.looks, `sync_record where system = 'target' and external_id is not null`),
				happened("B", "b"), synced(), // what happens meanwhile is told
				told(append(all, note("B", "b"))...),
			})
		})
	}
}

// word is what a person says who has looked: the id of what is there, or "".
func word(id func(s *stage) record.ExternalID) deed {
	return func(s *stage) {
		s.T.Helper()
		var entity int64
		row := s.Pool.QueryRow(s.T.Context(), `select entity from sync_record where system = 'target' and quarantine <> ''`)
		if err := row.Scan(&entity); err != nil {
			s.T.Fatal(err)
		}
		now := s.Clock()
		n, err := s.Store.Looked(s.T.Context(), store.LookedParams{System: "target", Entity: entity, ExternalID: string(id(s)), Now: &now})
		if err != nil || n != 1 {
			s.T.Errorf("%d records, %v", n, err)
		}
	}
}

func nothingThere(*stage) record.ExternalID { return "" }

// A person has looked: what is there is bound and left alone, what is not is made. A second
// lost answer asks again.
func TestStoryOnceAPersonLooks(t *testing.T) {
	t.Parallel()
	lost := func(when string) deed { return trouble("target", when, "create", 9, class(connector.Transient)) }
	asks := rowsWhere(1, `sync_record where system = 'target' and external_id is null and quarantine like '%a person must look%'`)
	begun := func(when string) []deed {
		return []deed{stating, happened("A", "a"), lost(when), synced(), later(time.Hour), synced(), asks}
	}
	calm := trouble("target", "before", "nothing", 0, nil)
	t.Run("it is there", func(t *testing.T) {
		t.Parallel()
		tell(t, diary(unasked)(), 0, append(begun("after"), calm,
			word(func(s *stage) record.ExternalID { return s.ID("target", "notes", text("a")) }),
			synced(), happened("A", "corrected"), later(48*time.Hour), synced(), told(note("A", "a")),
			rowsWhere(1, `sync_record where system = 'target' and external_id is not null and quarantine = '' and uncertain_until is null`),
		))
	})
	t.Run("it is not there", func(t *testing.T) {
		t.Parallel()
		tell(t, diary(unasked)(), 0, append(begun("before"),
			later(time.Minute), word(nothingThere), synced(), later(time.Hour), synced(), asks, // lost once more
			calm, word(nothingThere), synced(), told(note("A", "a")), quiet(),
		))
	})
}

// A backup is brought back that does not know what was told since. What is asked for there
// is found, and not told twice; where nothing can be asked a person must look. What happens
// from then on is told.
func TestStoryOnceRestored(t *testing.T) {
	for name, how := range asked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mark engine.Mark
			looks := map[string]int64{"searched": 0, "never searched": 1}[name]
			tell(t, diary(how)(), 0, []deed{
				stating, marked(&mark, engine.InOrder), happened("A", "a"), synced(), marked(&mark, engine.InOrder), backup(),
				happened("B", "b"), synced(), marked(&mark, engine.InOrder),
				restore(), later(time.Minute), marked(&mark, engine.Behind), marked(&mark, engine.InOrder), later(time.Minute),
				synced(), synced(), later(48 * time.Hour), synced(),
				told(note("A", "a"), note("B", "b")),
				rowsWhere(looks, `sync_record where system = 'target' and quarantine like '%before the database was restored%'`),
				put("source", "events", "C", record.Fields{fEvent: "C", fText: "c", fWhen: "2026-03-03T09:00:00Z"}), synced(),
				func(s *stage) {
					if n := len(s.By["target"].All("notes")); n != 3 {
						s.T.Errorf("%d notes, want A, B and C", n)
					}
				},
			})
		})
	}
}

// What happened too long ago is not told; one second earlier it is.
func TestStoryOnceFresh(t *testing.T) {
	t.Parallel()
	fresh := func(_ *memory.Place, p *policy.Policy) { p.Once.Fresh = 31 * 24 * time.Hour }
	at := func(event, when string) deed {
		return put("source", "events", event, record.Fields{fEvent: event, fText: event, fWhen: when})
	}
	tell(t, diary(fresh)(), 0, []deed{ // it is 08:00 on the 2nd of March
		stating, at("old", "2026-01-30T07:59:59Z"), at("edge", "2026-01-30T08:00:00Z"), at("unknown", ""), synced(),
		told(
			record.Fields{fEvent: "edge", fText: "edge", fWhen: "2026-01-30T08:00:00Z"},
			record.Fields{fEvent: "unknown", fText: "unknown"},
		),
		later(time.Hour), at("edge", "2026-01-01T08:00:00Z"), synced(), quiet(),
	})
}

// What the source takes back before it could be told is told no more.
func TestStoryOnceTakenBack(t *testing.T) {
	t.Parallel()
	tell(t, diary()(), 0, []deed{
		stating, happened("A", "a"), happened("B", "b"), trouble("target", "before", "find", 9, class(connector.Transient)), synced(),
		drop("source", "events", record.Fields{fEvent: "A"}, record.Removed),
		trouble("target", "before", "nothing", 0, nil), later(time.Hour), synced(), later(time.Hour), synced(),
		told(note("B", "b")), rowsWhere(1, `sync_record where system = 'target'`), quiet(),
	})
}

// Two runs have planned to tell of the same: what one has told the other does not tell
// again, also when a person approves it later.
func TestStoryOnceByTwoRuns(t *testing.T) {
	for name, how := range asked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var old plan0
			tell(t, diary(how)(), 0, []deed{
				stating, happened("A", "a"), planned(), kept(&old), synced(),
				stale(&old, 1), told(note("A", "a")), synced(), told(note("A", "a")), quiet(),
			})
		})
	}
}
