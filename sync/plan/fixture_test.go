package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

const (
	kPerson record.Kind  = "test.person"
	kCard   record.Kind  = "test.card"
	fKey    record.Field = "key"
	fName   record.Field = "name"
	fMail   record.Field = "mail"
	fFormer record.Field = "former"
)

var all = []record.Field{fKey, fName, fMail, fFormer}

// world is what is stored, as the database would have it.
type world struct {
	entities []*plan.Entity
	records  []*plan.SyncRecord
	aliases  map[string]string // from, to; of persons
	groups   map[record.EntityID][]string
	made     map[string][]record.EntityID // by group
	whose    map[string]string            // of records at the target, as a person has said
	in       plan.Input
	rounds   int
}

func page() *policy.Policy {
	fields := map[record.Field]policy.Rule{
		fKey: policy.Owned("source"), fName: policy.Owned("source"), fFormer: policy.Shared("source", record.Hub),
		fMail: policy.Shared("source", "target"),
	}
	return &policy.Policy{
		Kind: kPerson, Key: func(f record.Fields) string { return strings.ToUpper(f[fKey]) }, KeyFields: []record.Field{fKey},
		Sources: []record.System{"source"}, Targets: []policy.Target{policy.TargetAt("target", "people")}, Fields: fields,
		OnDelete: []policy.OnDelete{{System: "target", Action: policy.SetFields, Fields: record.Fields{fFormer: "true"}}},
	}
}

// newWorld has a source and a target, both listed whole and certified.
func newWorld(pages ...*policy.Policy) *world {
	if len(pages) == 0 {
		pages = []*policy.Policy{page()}
	}
	whole := reconcile.FullListing{Complete: true, Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true, Stated: true}}
	cert, _ := reconcile.Certify(whole)
	reading := func() *plan.Reading { return &plan.Reading{Complete: true, Whole: true, Certificate: cert} }
	return &world{
		aliases: map[string]string{}, groups: map[record.EntityID][]string{}, made: map[string][]record.EntityID{},
		in: plan.Input{
			Now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Family: "test", Policies: pages, AbsentListings: 2, AbsentGap: time.Hour,
			Systems: map[record.System]connector.Collections{
				"source": {{Kind: kPerson, Place: "members", Complete: true, Reads: all}},
				"target": {{Kind: kPerson, Place: "people", Complete: true, Reads: all, Writes: all}},
			},
			Listings: []plan.Listing{
				{ID: 1, System: "source", Place: "members", Initialised: true, Reading: reading()},
				{ID: 2, System: "target", Place: "people", Initialised: true, Reading: reading()},
			},
		},
	}
}

// entity stores an entity that the source has made.
func (w *world) entity(id int, key string, f record.Fields) *plan.Entity {
	e := &plan.Entity{
		Entity: record.Entity{ID: record.EntityID(id), Kind: kPerson, Key: key, Fields: f, Version: 1},
		From:   map[record.Field]plan.Origin{}, Made: record.Fields{}, PlannedVersion: 1,
	}
	for name := range f {
		e.From[name] = plan.Origin{System: "source"}
	}
	w.entities = append(w.entities, e)
	return e
}

// held stores a record of an entity that agrees with it in all.
func (w *world) held(e *plan.Entity, system record.System, place, id string) *plan.SyncRecord {
	r := &plan.SyncRecord{
		ID: int64(len(w.records) + 1), System: system, Place: place, Kind: e.Kind, ExternalID: record.ExternalID(id), Entity: e.ID,
		NaturalKey: e.Key, CreatedBy: record.ByUs, Remote: e.Fields.Clone(), BaseLocal: e.Fields.Clone(), BaseRemote: e.Fields.Clone(), Version: 1,
	}
	w.records = append(w.records, r)
	return r
}

// pair stores an entity with its records at both systems.
func (w *world) pair(id int, key string, f record.Fields) *plan.Entity {
	e := w.entity(id, key, f)
	w.held(e, "source", "members", "s"+fmt.Sprint(id))
	w.held(e, "target", "people", "t"+fmt.Sprint(id))
	return e
}

// shows is a record that a listing shows otherwise than before.
func (w *world) shows(listing int32, id string, f record.Fields) *plan.Item {
	return w.item(plan.Item{Listing: listing, ID: record.ExternalID(id), State: plan.Changed, Fields: f})
}

func (w *world) item(it plan.Item) *plan.Item {
	w.in.Items = append(w.in.Items, it)
	return &w.in.Items[len(w.in.Items)-1]
}

// build plans, answering what the plan asks for, and makes sure that a second
// telling comes to the same.
func (w *world) build(t *testing.T) plan.Changes {
	t.Helper()
	w.in.Snapshot = plan.NewSnapshot()
	for w.rounds = 1; w.rounds < 20; w.rounds++ {
		changes, need := plan.Build(w.in)
		if len(need) == 0 {
			return changes
		}
		for q := range need {
			w.answer(q)
			w.in.Snapshot.Answered(q)
		}
	}
	t.Fatal("the plan never has enough")
	return plan.Changes{}
}

func (w *world) answer(q plan.Request) {
	s := w.in.Snapshot
	for _, e := range w.entities {
		switch {
		case q.What == plan.ByID && e.ID == q.ID, q.What == plan.ByKey && e.Kind == q.Kind && (e.Key == q.Key || e.Key == w.aliases[q.Key]):
			s.PutEntity(e)
		case q.What == plan.Group && slices.Contains(w.groups[e.ID], q.Key):
			s.PutMember(q.Rule, q.Key, e)
		case q.What == plan.Group && slices.Contains(w.made[q.Key], e.ID):
			s.PutMade(q.Rule, q.Key, e)
		}
	}
	for _, r := range w.records {
		switch {
		case q.What == plan.RecordsOf && r.Entity == q.ID,
			q.What == plan.ByRemote && r.System == q.System && r.Place == q.Place && r.Kind == q.Kind && string(r.ExternalID) == q.Key,
			q.What == plan.Namesakes && r.System == q.System && r.Kind == q.Kind && r.Entity == 0 && r.NaturalKey == q.Key:
			s.PutRecord(r)
		}
	}
	switch q.What {
	case plan.Waiting:
		var ids []record.EntityID
		for _, r := range w.records {
			if r.Kind == q.Kind && r.ConfirmAt != nil && (r.Decided == record.LetGo || !r.ConfirmAt.After(w.in.Now)) {
				ids = append(ids, r.Entity)
			}
		}
		s.PutIDs(q.What, q.Kind, ids)
	case plan.ByKey:
		if to := w.aliases[q.Key]; to != "" {
			s.PutAlias(q.Kind, q.Key, to)
		}
	case plan.Whose:
		if key := w.whose[q.Key]; key != "" && q.System == "target" {
			s.PutWhose(q, key)
		}
	case plan.GroupsOf:
		for _, g := range w.groups[q.ID] {
			s.PutGroupOf(q.ID, "cards", g)
		}
	case plan.Unplanned, plan.Living:
		var ids []record.EntityID
		for _, e := range w.entities {
			if e.Kind == q.Kind && (q.What == plan.Living && e.Deleted == "" || q.What == plan.Unplanned && e.PlannedVersion != e.Version) {
				ids = append(ids, e.ID)
			}
		}
		s.PutIDs(q.What, q.Kind, ids)
	}
}

// rows are the rows of a plan as lines: system, operation, key, fields.
func rows(c plan.Changes) []string {
	var out []string
	for _, r := range c.Rows {
		line := fmt.Sprintf("%s %s %s", r.System, r.Op, r.Key)
		names := record.Fields{}
		for f := range r.Fields {
			names[f] = ""
		}
		for _, f := range names.Names() {
			line += fmt.Sprintf(" %s:%s>%s", f, r.Fields[f][0], r.Fields[f][1])
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func want(t *testing.T, c plan.Changes, lines ...string) {
	t.Helper()
	slices.Sort(lines)
	if got := rows(c); !slices.Equal(got, lines) {
		t.Errorf("planned\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

// cards is a rule that makes a card of all persons with one mail address.
func cards() derive.Rule {
	return derive.Rule{
		Name: "cards", From: []record.Kind{kPerson}, Makes: []record.Kind{kCard},
		Groups: func(e record.Entity) []string {
			if e.Fields[fMail] == "" {
				return nil
			}
			return []string{e.Fields[fMail]}
		},
		Make: func(g derive.Group) derive.Made {
			if len(g.Members) == 0 {
				return derive.Made{}
			}
			return derive.Made{Entities: []derive.Entity{{Kind: kCard, Key: g.Key, Fields: record.Fields{fName: g.Members[0].Fields[fName]}}}}
		},
	}
}
