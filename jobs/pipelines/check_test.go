package pipelines_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

func list(context.Context, connector.Cursor) iter.Seq2[connector.Page, error] { return nil }

func remove(context.Context, record.ExternalID) error { return nil }

// offer is what a target offers; change makes it another one.
func offer(change ...func(*connector.Collection)) []connector.Collection {
	c := connector.Collection{Kind: "club.person", Place: "people", View: "all", Complete: true, List: list, Delete: remove}
	for _, f := range change {
		f(&c)
	}
	return []connector.Collection{c}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	book := policy.Set{{
		Kind: "club.person", Key: func(record.Fields) string { return "" }, Sources: []record.System{"source"},
		Targets: []policy.Target{policy.TargetAt("target", "people")},
	}, {
		Kind: "club.note", Key: func(record.Fields) string { return "" }, Sources: []record.System{"source"},
		Targets: []policy.Target{policy.TargetAt("target", "people")}, Once: &policy.Once{When: "when"},
	}}
	write := jobs.Pipeline{Pipeline: step.Pipeline{
		Name:   "people",
		Reads:  []step.Read{{System: "source", Place: "members"}, {System: "target", Place: "people"}},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}}
	scan := func(reads ...step.Read) jobs.Pipeline {
		return jobs.Pipeline{Pipeline: step.Pipeline{Name: "scan", Reads: reads}}
	}
	read := step.Read{System: "target", Place: "people"}
	with := func(change func(*step.Read)) step.Read {
		r := read
		change(&r)
		return r
	}
	at := func(cron string) []jobs.Schedule {
		return []jobs.Schedule{{Name: "scan", Pipeline: "scan", Cron: cron, Zone: "Europe/Amsterdam"}}
	}
	nightly := at("30 3 * * *")
	once := func(c *connector.Collection) { c.Kind, c.List = "club.note", nil }
	told := jobs.Pipeline{Pipeline: step.Pipeline{Writes: []step.Write{{System: "target", Place: "people", Only: step.Puts}}}}
	const unread, unwritten = "no pipeline of its own reads it whole", "no pipeline writes it"
	for _, test := range []struct {
		name      string
		pipelines []jobs.Pipeline
		schedules []jobs.Schedule
		offers    []connector.Collection
		want      []string
	}{
		{"all there", []jobs.Pipeline{write, scan(read)}, nightly, offer(), nil},
		{"each place", []jobs.Pipeline{
			{Pipeline: step.Pipeline{Writes: []step.Write{{System: "target", Place: "*"}}}}, scan(step.Read{System: "target", Place: "*"}),
		}, nightly, offer(), nil},
		{"nothing is declared", nil, nil, offer(), []string{unwritten, unread}},
		{"not written", []jobs.Pipeline{scan(read)}, nightly, offer(), []string{unwritten}},
		{"another place is written", []jobs.Pipeline{
			{Pipeline: step.Pipeline{Writes: []step.Write{{System: "target", Place: "lists"}}}}, scan(read),
		}, nightly, offer(), []string{unwritten}},
		{"in order", []jobs.Pipeline{{Pipeline: step.Pipeline{Writes: step.InOrder("target", "lists", "people")}}, scan(read)}, nightly, offer(), nil},
		{"nothing is removed", []jobs.Pipeline{
			{Pipeline: step.Pipeline{Writes: step.InOrder("target", "people")[:1]}}, scan(read),
		}, nightly, offer(), []string{"without its removals"}},
		{"nothing is made", []jobs.Pipeline{
			{Pipeline: step.Pipeline{Writes: step.InOrder("target", "people")[1:]}}, scan(read),
		}, nightly, offer(), []string{"without its puts"}},
		{"what orphans look for is neither written nor taken in", []jobs.Pipeline{{Pipeline: step.Pipeline{
			Name: "scan", Orphans: true, Reads: []step.Read{read}, Writes: []step.Write{{System: "target", Place: "people"}},
		}}}, nightly, offer(), []string{unwritten, unread}},
		{"read after another system only", []jobs.Pipeline{write}, []jobs.Schedule{{Pipeline: "people", Cron: "0 8 * * *", Zone: "UTC"}}, offer(), []string{unread}},
		{"read if unbound", []jobs.Pipeline{write, scan(with(func(r *step.Read) { r.Select = step.IfUnbound }))}, nightly, offer(), []string{unread}},
		{"read since", []jobs.Pipeline{write, scan(with(func(r *step.Read) { r.Select = step.Since }))}, nightly, offer(), []string{unread}},
		{"read by name", []jobs.Pipeline{write, scan(with(func(r *step.Read) { r.Select = step.Notified }))}, nightly, offer(), []string{unread}},
		{"another view", []jobs.Pipeline{write, scan(with(func(r *step.Read) { r.View = "recent" }))}, nightly, offer(), []string{unread}},
		{"the view by its name", []jobs.Pipeline{write, scan(with(func(r *step.Read) { r.View = "all" }))}, nightly, offer(), nil},
		{"not scheduled", []jobs.Pipeline{write, scan(read)}, nil, offer(), []string{unread}},
		{"off", []jobs.Pipeline{write, scan(read)}, []jobs.Schedule{{Pipeline: "scan", Cron: "30 3 * * *", Zone: "UTC", Off: "not built"}}, offer(), []string{unread}},
		{"weekly", []jobs.Pipeline{write, scan(read)}, at("30 3 * * 0"), offer(), []string{unread}},
		{"on working days", []jobs.Pipeline{write, scan(read)}, at("30 3 * * 1-5"), offer(), []string{unread}},
		{"each ten minutes", []jobs.Pipeline{write, scan(read)}, at("*/10 * * * *"), offer(), nil},
		{"told once, and nothing is removed", []jobs.Pipeline{told}, nil, offer(once), nil},
		{"told once, and nothing is made", []jobs.Pipeline{
			{Pipeline: step.Pipeline{Writes: step.InOrder("target", "people")[1:]}},
		}, nil, offer(once), []string{"without its puts"}},
		{"told, and nothing can be removed", []jobs.Pipeline{told}, nil, offer(func(c *connector.Collection) { c.List, c.Delete = nil, nil }), nil},
		{"it cannot be listed", []jobs.Pipeline{write}, nil, offer(func(c *connector.Collection) { c.List = nil }), nil},
		{"no listing is whole", []jobs.Pipeline{write}, nil, offer(func(c *connector.Collection) { c.Complete = false }), nil},
		{"no target", nil, nil, offer(func(c *connector.Collection) { c.Kind = "club.team" }), nil},
		{"the system is off", nil, nil, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			families := []pipelines.Family{{Name: "club", Pipelines: test.pipelines, Schedules: test.schedules}}
			offers := map[record.System][]connector.Collection{}
			if test.offers != nil {
				offers["target"] = test.offers
			}
			err := pipelines.Check(book, families, offers)
			var lines []string
			if err != nil {
				lines = strings.Split(err.Error(), "\n")
			}
			if len(lines) != len(test.want) {
				t.Fatalf("%v", err)
			}
			for i, want := range test.want {
				for _, part := range []string{want, "target people: ", "club.", "add ", "jobs/pipelines/club.go"} {
					if !strings.Contains(lines[i], part) {
						t.Errorf("%q does not say %q", lines[i], part)
					}
				}
			}
		})
	}
}

// A schedule that alone shows a place whole each day may be set to other times, and not to
// fewer days.
func TestSchedulesThatMustBeDaily(t *testing.T) {
	t.Parallel()
	daily := map[string]bool{}
	for _, f := range pipelines.Families() {
		for _, s := range f.Schedules {
			daily[s.Name] = s.Daily
			if err := s.Check(); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			if strings.HasPrefix(s.Name, "scan-") && !s.Daily {
				t.Errorf("%s may stand still for days", s.Name)
			}
		}
	}
	for _, free := range []string{"people", "nikki", "orphans", "outbound-mailchimp", "watch-mailchimp", "freescout"} {
		if is, ok := daily[free]; !ok || is {
			t.Errorf("%s must run each day, or is not there", free)
		}
	}
}
