package pipelines_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/step"
)

// clubSystems are those of the cast.
var clubSystems = []record.System{"sportlink", "rondoclub", "laposta"}

// clubCast are the systems of a club with two lists, and a pipeline of it.
func clubCast(pipeline string) enginetest.Cast {
	persons, entries := slices.Sorted(maps.Keys(policy.ClubPerson().Fields)), slices.Sorted(maps.Keys(policy.ClubSubscriber(2).Fields))
	children := []record.Field{family.Children}
	list := func(name string) memory.Place {
		return memory.Place{Name: name, Kind: subscriber.Kind, Reads: entries, Writes: entries, Key: []record.Field{subscriber.Email}, Delete: true}
	}
	c := enginetest.Cast{
		Policies: policy.Club(2), Rules: derive.Club(2),
		Systems: []*memory.System{
			memory.New("sportlink", memory.Place{Name: "members", Kind: person.Kind, Reads: persons, ReadOnly: true}),
			memory.New("rondoclub", memory.Place{
				Name: "people", Kind: person.Kind, Reads: persons, Writes: persons, Key: []record.Field{person.RelationCode, person.Email1},
				Parts: []memory.Part{{Kind: family.Kind, Reads: children, Writes: children, Refs: map[record.Field]connector.Ref{family.Children: {Kind: person.Kind}}}},
			}, memory.Place{
				Name: "commissies", Kind: committee.Kind, Reads: committee.KeyFields, Writes: committee.KeyFields, Key: committee.KeyFields,
			}, memory.Place{
				Name: "teams", Kind: team.Kind, Reads: team.KeyFields, Writes: team.KeyFields, Key: team.KeyFields,
			}, memory.Place{
				Name: "discipline-cases", Kind: discipline.Kind, Reads: discipline.KeyFields, Writes: discipline.KeyFields, Key: discipline.KeyFields, Delete: true,
			}),
			memory.New("laposta", list("list-1"), list("list-2")),
		},
	}
	c.Pipeline = laidOut(pipeline, "list-1", "list-2")
	return c
}

// laidOut is a pipeline of the club with a step for each place of the cast, as jobs lay it
// out where other systems are off.
func laidOut(name string, places ...string) step.Pipeline {
	all := pipelines.Families()[0].Pipelines
	p := all[slices.IndexFunc(all, func(p jobs.Pipeline) bool { return p.Name == name })].Pipeline
	reads, writes := p.Reads, p.Writes
	p.Reads, p.Writes = nil, nil
	for _, r := range reads {
		if !slices.Contains(clubSystems, r.System) {
			continue
		}
		r.View = ""
		if r.Select.IfUnbound {
			r.Select = step.All
		}
		for _, place := range each(r.Place, places) {
			r.Place = place
			p.Reads = append(p.Reads, r)
		}
	}
	for _, w := range writes {
		if !slices.Contains(clubSystems, w.System) {
			continue
		}
		for _, place := range each(w.Place, places) {
			w.Place = place
			p.Writes = append(p.Writes, w)
		}
	}
	return p
}

func each(place string, places []string) []string {
	if place == "*" {
		return places
	}
	return []string{place}
}

// A member leaves while Laposta is off. The entry of theirs is an orphan; who is marked
// as former at Rondo Club is none, and the parent whom we have made there stays by the
// policy.
func TestOrphansOfTheClub(t *testing.T) {
	t.Parallel()
	puts := func(code string) enginetest.Step {
		return enginetest.Put("sportlink", "members", code, record.Fields{
			person.RelationCode: code, person.FirstName: "First " + code, person.LastName: "Example", person.FormerMember: "false",
			person.Email1: strings.ToLower(code) + "@example.org", person.Parent1Email: "parent." + strings.ToLower(code) + "@example.org", person.Parent1Name: "Parent " + code,
		})
	}
	during := func(p step.Pipeline, steps ...enginetest.Step) enginetest.Step {
		return func(s *enginetest.Stage) {
			s.T.Helper()
			was := s.Rig.Pipeline
			s.Rig.Pipeline = p
			for _, step := range steps {
				step(s)
			}
			s.Rig.Pipeline = was
		}
	}
	off := laidOut("people")
	orphans := laidOut("orphans", "list-1", "list-2")
	enginetest.Tell(t, clubCast("people"), 0, []enginetest.Step{
		enginetest.TakesMany(), puts("AAAA111"), puts("BBBB222"), enginetest.Synced(),
		enginetest.Synced(), during(laidOut("scan-rondoclub"), enginetest.Synced()), during(orphans, enginetest.Quiet()),
		func(s *enginetest.Stage) { s.Start(s.Policies, s.Rules, s.Systems[0], s.Systems[1]) },
		during(off,
			enginetest.Drop("sportlink", "members", record.Fields{person.RelationCode: "BBBB222"}, ""),
			enginetest.Synced(), enginetest.Later(2*time.Hour), enginetest.Synced(), enginetest.Later(2*time.Hour), enginetest.Synced(),
		),
		func(s *enginetest.Stage) { s.Restart() },
		enginetest.Synced(),
		enginetest.RowsWhere(1, `entity where kind = 'club.person' and deleted = 'absent'`),
		during(orphans,
			enginetest.Stopped(step.GuardStopped, "ORPHANS"),
			enginetest.RowsWhere(0, `plan_row where state = 'planned' and op = 'remove' and system <> 'laposta'`),
			enginetest.RowsWhere(2, `plan_row where state = 'planned' and op = 'remove' and system = 'laposta' and reason = 'orphan: unmade'`),
			enginetest.RowsWhere(1, `plan_row where state = 'planned' and op = 'keep' and system = 'rondoclub' and reason = 'orphan: unmade; the policy lets it stay'`),
			enginetest.Approve(),
			enginetest.Quiet(),
		),
		func(s *enginetest.Stage) {
			for _, f := range s.By["laposta"].All("list-1") {
				if strings.Contains(f[subscriber.Email], "bbbb222") {
					s.T.Error("an orphan is on the list still")
				}
			}
		},
	})
}

// Each family looks once a week at every place that its pipelines remove from, in the
// order in which they do: what refers to another before that.
func TestOrphanPipelines(t *testing.T) {
	t.Parallel()
	for _, f := range pipelines.Families() {
		var own []jobs.Pipeline
		removed := map[step.Write]bool{}
		for _, p := range f.Pipelines {
			if p.Orphans {
				own = append(own, p)
				continue
			}
			for _, w := range p.Writes {
				if w.Only.Has(true) {
					removed[step.Write{System: w.System, Place: w.Place, Only: step.Removals}] = true
				}
			}
		}
		if len(own) != 1 {
			t.Fatalf("%s: %d pipelines look for orphans, want one", f.Name, len(own))
		}
		p := own[0]
		for _, w := range p.Writes {
			if !removed[w] || !slices.Contains(p.Reads, step.Read{System: w.System, Place: w.Place, Select: step.All}) {
				t.Errorf("%s: %+v is not removed from, or not read whole", p.Name, w)
			}
			delete(removed, w)
		}
		if len(removed) > 0 || len(p.Kinds) == 0 {
			t.Errorf("%s does not look at %v, or has no kinds", p.Name, removed)
		}
		tags, people := slices.IndexFunc(p.Writes, func(w step.Write) bool { return w.Place == "tags" }), slices.IndexFunc(p.Writes, func(w step.Write) bool { return w.System == "tagserver" && w.Place == "people" })
		if tags > people {
			t.Errorf("%s removes people before their tags", p.Name)
		}
		i := slices.IndexFunc(f.Schedules, func(s jobs.Schedule) bool { return s.Pipeline == p.Name })
		if i < 0 || f.Schedules[i].Off != "" || f.Schedules[i].Zone != "Europe/Amsterdam" || !strings.HasSuffix(f.Schedules[i].Cron, "* * 0") {
			t.Errorf("%s does not start once a week", p.Name)
		}
	}
}
