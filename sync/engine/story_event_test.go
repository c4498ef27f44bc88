package engine_test

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// An invented family of another shape: our own tables are the source, edited
// by plain SQL; one target is never read, keyed and takes batches; a feed
// brings participants in, and says who is gone and into whom they were merged.
const (
	kStart  record.Kind  = "race.start"
	kWave   record.Kind  = "race.wave"
	fNumber record.Field = "number"
	fWave   record.Field = "wave"
	fColour record.Field = "colour"
)

func event() cast {
	starts, waves := []record.Field{fNumber, fName, fWave}, []record.Field{fNumber, fColour}
	feed := memory.New("feed", memory.Place{Name: "entrants", Kind: kStart, Reads: []record.Field{fNumber, fName}, ReadOnly: true})
	clock := memory.New("clock",
		memory.Place{
			Name: "starts", Kind: kStart, Reads: starts, Writes: starts, Key: []record.Field{fNumber}, Unlisted: true, IdempotentCreate: true, Batch: 2, Delete: true,
			Refs: map[record.Field]connector.Ref{fWave: {Kind: kWave, Required: true}},
		},
		memory.Place{Name: "waves", Kind: kWave, Reads: waves, Writes: waves, Key: []record.Field{fNumber}, Unlisted: true, IdempotentCreate: true, Delete: true},
	)
	number := func(f record.Fields) string { return f[fNumber] }
	return cast{
		Systems: []*memory.System{feed, clock},
		Policies: policy.Set{
			{
				Kind: kWave, Key: number, KeyFields: []record.Field{fNumber}, Sources: []record.System{record.Hub},
				Targets:  []policy.Target{policy.TargetAt("clock", "waves")},
				Fields:   map[record.Field]policy.Rule{fNumber: policy.Owned(record.Hub), fColour: policy.Owned(record.Hub)},
				OnDelete: []policy.OnDelete{{System: "clock", Action: policy.Delete}},
			},
			{
				Kind: kStart, Key: number, KeyFields: []record.Field{fNumber}, Sources: []record.System{record.Hub, "feed"},
				Targets: []policy.Target{policy.TargetAt("clock", "starts")},
				Fields: map[record.Field]policy.Rule{
					fNumber: policy.Shared(record.Hub, "feed"), fName: policy.Shared(record.Hub, "feed"), fWave: policy.Owned(record.Hub),
				},
				OnDelete: []policy.OnDelete{{System: "clock", Reason: "transferred", Action: policy.Detach}, {System: "clock", Action: policy.Delete}},
			},
		},
		Pipeline: step.Pipeline{
			Name: "event", Family: "race",
			Reads:  []step.Read{{System: "feed", Place: "entrants", View: "all", Needed: true}},
			Writes: []step.Write{{System: "clock", Place: "waves"}, {System: "clock", Place: "starts"}},
		},
	}
}

func entrant(number, name string) record.Fields { return record.Fields{fNumber: number, fName: name} }

func TestStoryEventShaped(t *testing.T) {
	story(t, event,
		// Rows are put into our tables by somebody else's program.
		sql(`insert into entity (kind, key, fields) values
			('race.wave', 'w1', '{"number": "w1", "colour": "red"}'),
			('race.start', '1', '{"number": "1", "name": "One", "wave": "w1"}'),
			('race.start', '2', '{"number": "2", "name": "Two", "wave": "w1"}'),
			('race.start', '3', '{"number": "3", "name": "Three", "wave": "w2"}')`),
		put("feed", "entrants", "e4", entrant("4", "Four")),
		synced(),
		want("clock", "waves", record.Fields{fNumber: "w1", fColour: "red"}),
		want("clock", "starts", entrant("1", "One"), entrant("2", "Two"), entrant("4", "Four")), // 3 waits for its wave
		quiet(),
		// Edits by SQL between two cycles, one of them while the run is reading.
		sql(`update entity set fields = fields || '{"name": "First"}' where kind = 'race.start' and key = '1'`),
		sql(`insert into entity (kind, key, fields) values ('race.wave', 'w2', '{"number": "w2", "colour": "blue"}')`),
		func(s *stage) {
			once := false
			s.By["feed"].Fail = s.Fate(func(when, op string) error {
				if op == "list" && !once {
					once = true
					sql(`update entity set fields = fields || '{"wave": "w2"}' where kind = 'race.start' and key = '2'`)(s)
				}
				return nil
			})
		},
		synced(),
		want("clock", "starts", entrant("1", "First"), entrant("2", "Two"), entrant("3", "Three"), entrant("4", "Four")),
		func(s *stage) {
			wave := string(s.ID("clock", "waves", record.Fields{fNumber: "w2"}))
			for _, n := range []string{"2", "3"} {
				if s.ID("clock", "starts", record.Fields{fNumber: n, fWave: wave}) == "" {
					s.T.Errorf("start %s is not in the second wave", n)
				}
			}
		},
		quiet(),
		// The feed takes one out, hands one over, and merges one.
		put("feed", "entrants", "e5", entrant("5", "Five")),
		put("feed", "entrants", "e6", entrant("6", "Six")),
		put("feed", "entrants", "e7", entrant("7", "Seven")),
		synced(),
		drop("feed", "entrants", entrant("4", "Four"), "removed"),
		drop("feed", "entrants", entrant("5", "Five"), "transferred"),
		func(s *stage) { s.By["feed"].Merge("entrants", "e6", "e7") },
		synced(),
		want("clock", "starts", entrant("1", "First"), entrant("2", "Two"), entrant("3", "Three"), entrant("5", "Five"), entrant("7", "Seven")),
		quiet(),
		// A row is marked as gone, and comes back, by SQL.
		sql(`update entity set deleted = 'deleted' where kind = 'race.start' and key = '1'`),
		synced(),
		want("clock", "starts", entrant("2", "Two"), entrant("3", "Three"), entrant("5", "Five"), entrant("7", "Seven")),
		quiet(),
		sql(`update entity set deleted = '' where kind = 'race.start' and key = '1'`),
		synced(),
		want("clock", "starts", entrant("1", "First"), entrant("2", "Two"), entrant("3", "Three"), entrant("5", "Five"), entrant("7", "Seven")),
		quiet(),
		// An edit of ours and one of the feed's: the hub is the first.
		sql(`update entity set fields = fields || '{"name": "Ours"}' where kind = 'race.start' and key = '7'`),
		put("feed", "entrants", "e7", entrant("7", "Theirs")),
		synced(), conflicts(1),
		want("clock", "starts", entrant("1", "First"), entrant("2", "Two"), entrant("3", "Three"), entrant("5", "Five"), entrant("7", "Ours")),
		quiet(),
	)
}
