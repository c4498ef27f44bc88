package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	member "github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// clubStore is what is stored of a club: what the database would hold.
type clubStore struct {
	in       plan.Input
	entities map[record.EntityID]*plan.Entity
	records  map[int64]*plan.SyncRecord
	aliases  map[string]string // by kind and key
	groups   map[record.EntityID][]plan.GroupName
	foreign  map[int64][]plan.GroupName // of unmanaged records
	lastID   int64
}

func ruledBy(p *policy.Policy) []record.Field { return slices.Sorted(maps.Keys(p.Fields)) }

func newClubStore() *clubStore {
	whole := reconcile.FullListing{Complete: true, Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true, Stated: true}}
	cert, _ := reconcile.Certify(whole)
	reading := func() *plan.Reading { return &plan.Reading{Complete: true, Whole: true, Certificate: cert} }
	persons, entries := ruledBy(policy.ClubPerson()), ruledBy(policy.ClubSubscriber(2))
	children := []record.Field{family.Children}
	return &clubStore{
		entities: map[record.EntityID]*plan.Entity{}, records: map[int64]*plan.SyncRecord{}, aliases: map[string]string{},
		groups: map[record.EntityID][]plan.GroupName{}, foreign: map[int64][]plan.GroupName{},
		in: plan.Input{
			Now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Family: "club", Policies: policy.Club(2), Rules: derive.Club(2),
			AbsentListings: 2, AbsentGap: time.Hour,
			Systems: map[record.System]connector.Collections{
				"sportlink": {{Kind: member.Kind, Place: "members", Complete: true, Reads: persons}},
				"rondoclub": {
					{Kind: member.Kind, Place: "people", Complete: true, Reads: persons, Writes: persons},
					{Kind: family.Kind, Place: "people", Part: true, Reads: children, Writes: children, Refs: map[record.Field]connector.Ref{family.Children: {Kind: member.Kind}}},
				},
				"laposta": {
					{Kind: subscriber.Kind, Place: "list-1", Complete: true, Reads: entries, Writes: entries},
					{Kind: subscriber.Kind, Place: "list-2", Complete: true, Reads: entries, Writes: entries},
				},
			},
			Listings: []plan.Listing{
				{ID: 1, System: "sportlink", Place: "members", Initialised: true, Reading: reading()},
				{ID: 2, System: "rondoclub", Place: "people", Initialised: true, Reading: reading()},
				{ID: 3, System: "laposta", Place: "list-1", Initialised: true, Reading: reading()},
				{ID: 4, System: "laposta", Place: "list-2", Initialised: true, Reading: reading()},
			},
		},
	}
}

// build decides about these items and candidates, beside what is stored.
func (s *clubStore) build(t *testing.T, in plan.Input, whole map[plan.Request][]record.EntityID) plan.Changes {
	t.Helper()
	in.Snapshot = plan.NewSnapshot()
	for _, q := range plan.Candidates(in) {
		in.Snapshot.PutIDs(q.What, q.Kind, whole[q])
		in.Snapshot.Answered(q)
	}
	for range 30 {
		changes, need := plan.Build(in)
		if len(need) == 0 {
			return changes
		}
		for q := range need {
			s.answer(in.Snapshot, q)
			in.Snapshot.Answered(q)
		}
	}
	t.Fatal("the plan never has enough")
	return plan.Changes{}
}

// whole answers the questions about whole kinds.
func (s *clubStore) whole() map[plan.Request][]record.EntityID {
	out := map[plan.Request][]record.EntityID{}
	for _, q := range plan.Candidates(s.in) {
		for _, id := range slices.Sorted(maps.Keys(s.entities)) {
			e := s.entities[id]
			due := slices.ContainsFunc(slices.Collect(maps.Values(s.records)), func(r *plan.SyncRecord) bool {
				return r.Entity == id && r.ConfirmAt != nil && !r.ConfirmAt.After(s.in.Now)
			})
			if e.Kind == q.Kind && (q.What == plan.Unplanned && e.PlannedVersion != e.Version || q.What == plan.Living && e.Deleted == "" || q.What == plan.Waiting && due) {
				out[q] = append(out[q], id)
			}
		}
	}
	return out
}

func (s *clubStore) answer(to *plan.Snapshot, q plan.Request) {
	group := plan.GroupName{Rule: q.Rule, Key: q.Key}
	now := s.aliases[string(q.Kind)+" "+q.Key]
	if q.What == plan.ByKey && now != "" {
		to.PutAlias(q.Kind, q.Key, now)
	}
	for _, id := range slices.Sorted(maps.Keys(s.entities)) {
		switch e := s.entities[id]; {
		case q.What == plan.ByID && id == q.ID, q.What == plan.ByKey && e.Kind == q.Kind && (e.Key == q.Key || e.Key == now):
			to.PutEntity(e)
		case q.What == plan.Group:
			if slices.Contains(s.groups[id], group) {
				to.PutMember(q.Rule, q.Key, e)
			}
			if e.Rule == q.Rule && e.Group == q.Key {
				to.PutMade(q.Rule, q.Key, e)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.records)) {
		switch r := s.records[id]; {
		case q.What == plan.RecordsOf && r.Entity == q.ID && r.Entity != 0,
			q.What == plan.ByRemote && r.System == q.System && r.Place == q.Place && r.Kind == q.Kind && string(r.ExternalID) == q.Key,
			q.What == plan.Namesakes && r.System == q.System && r.Kind == q.Kind && r.Entity == 0 && r.NaturalKey == q.Key:
			to.PutRecord(r)
		case q.What == plan.Group && r.Entity == 0 && slices.Contains(s.foreign[id], group):
			to.PutUnmanaged(q.Rule, q.Key, derive.Unmanaged{System: r.System, Place: r.Place, ID: r.ExternalID, Fields: r.Remote})
		case q.What == plan.Referent && r.System == q.System && r.Kind == q.Kind && string(r.ExternalID) == q.Key && r.Entity != 0:
			to.PutReferent(q.System, q.Kind, q.Key, s.entities[r.Entity].Key)
		}
	}
	if q.What == plan.GroupsOf {
		for _, g := range s.groups[q.ID] {
			to.PutGroupOf(q.ID, g.Rule, g.Key)
		}
	}
}

// apply makes changes the store's, and has every pending write carried out.
func (s *clubStore) apply(c plan.Changes) {
	byKey := map[string]record.EntityID{}
	for id, e := range s.entities {
		byKey[string(e.Kind)+" "+e.Key] = id
	}
	for _, change := range c.Entities {
		e := change.Entity
		if e.ID == 0 {
			s.lastID++
			e.ID = record.EntityID(s.lastID)
		}
		e.Version++
		e.PlannedVersion = e.Version
		s.entities[e.ID], byKey[string(e.Kind)+" "+e.Key], s.groups[e.ID] = &e, e.ID, change.Groups
	}
	for _, a := range c.Aliases {
		s.aliases[string(a.Kind)+" "+a.From] = a.To
	}
	for _, change := range c.Records {
		r := change.SyncRecord
		if r.ID == 0 {
			s.lastID++
			r.ID = s.lastID
		}
		if change.Drop {
			delete(s.records, r.ID)
			continue
		}
		if change.Recreate {
			r.ExternalID = ""
		}
		r.NaturalKey, r.Remote, r.BaseLocal, r.BaseRemote = change.NaturalKey, change.Remote, change.BaseLocal, change.BaseRemote
		r.Entity = byKey[string(change.EntityKind)+" "+change.EntityKey]
		r.Version++
		s.foreign[r.ID] = change.Groups
		s.records[r.ID] = s.written(&r)
	}
	for id, r := range s.records {
		if r.PendingOp == "remove" {
			delete(s.records, id)
		}
	}
}

// written is a record once what is pending at it was carried out.
func (s *clubStore) written(r *plan.SyncRecord) *plan.SyncRecord {
	if r.PendingOp != "put" || r.Entity == 0 {
		return r
	}
	if r.ExternalID == "" {
		r.ExternalID, r.CreatedBy = record.ExternalID(fmt.Sprint("new", r.ID)), record.ByUs
	}
	coll := s.in.Systems[r.System].Of(r.Place, r.Kind)
	f := s.entities[r.Entity].Fields.Only(coll.Writes)
	r.Remote, r.BaseLocal, r.BaseRemote, r.PendingOp, r.Echo = r.Remote.Over(f), r.BaseLocal.Over(f), r.BaseRemote.Over(f), "", reconcile.Echo{}
	return r
}

// people makes what listings show, by chance.
type people struct {
	*rand.Rand
	*clubStore
	items map[plan.ItemID]plan.Item
}

func (p people) one(of ...string) string { return of[p.IntN(len(of))] }

// member is somebody who may share an address, a parent and a name with others.
func (p people) someone(no int) record.Fields {
	near := no + p.IntN(3)
	f := record.Fields{
		member.RelationCode: fmt.Sprint("M", no), member.FirstName: fmt.Sprint("First", no%7), member.LastName: "Last", member.FormerMember: "false",
		member.Email1:       p.one("", fmt.Sprintf("m%d@x", no), fmt.Sprintf("m%d@x", near)),
		member.Email2:       p.one("", "", fmt.Sprintf("m%d@x", near)),
		member.Parent1Email: p.one("", fmt.Sprintf("p%d@x", no/2), fmt.Sprintf("m%d@x", near)),
	}
	f[member.Parent1Name] = ""
	if f[member.Parent1Email] != "" {
		f[member.Parent1Name] = p.one("Sam Last", "First1 Last", "")
	}
	return f
}

func (p people) show(it plan.Item) { p.items[plan.ItemID{Listing: it.Listing, ID: it.ID}] = it }

// round is what the listings show next: members come, change, are merged, are
// numbered anew or are absent, and so are records at the targets.
func (p people) round(members int) {
	for range 1 + p.IntN(2*members) {
		no := p.IntN(members)
		id := record.ExternalID(fmt.Sprint("s", no))
		switch p.IntN(12) {
		case 0:
			p.show(plan.Item{Listing: 1, ID: id, State: plan.Absent, Missing: 1})
		case 1:
			p.show(plan.Item{Listing: 1, ID: id, State: plan.Removed, Reason: "removed", Successor: record.ExternalID(fmt.Sprint("s", p.IntN(members)))})
		case 2: // numbered anew, or a double
			p.show(plan.Item{Listing: 1, ID: id, State: plan.Absent, Missing: p.IntN(2)})
			p.show(plan.Item{Listing: 1, ID: id + "n", State: plan.Changed, Fields: p.someone(no)})
		case 3:
			p.show(plan.Item{Listing: 2, ID: record.ExternalID(fmt.Sprint("r", no)), State: plan.Changed, Fields: record.Fields{
				member.FirstName: "Sam", member.LastName: "Last", member.Email1: fmt.Sprintf("p%d@x", no/2),
				family.Children: record.SetValue([]string{fmt.Sprint("r", p.IntN(members)), fmt.Sprint("new", p.IntN(members))}),
			}})
		case 4:
			p.show(plan.Item{Listing: 2, ID: record.ExternalID(fmt.Sprint("r", no)), State: plan.Changed, Fields: p.someone(no)})
		case 5:
			p.show(plan.Item{Listing: int32(3 + p.IntN(2)), ID: record.ExternalID(fmt.Sprint("l", no)), State: plan.Changed, Fields: record.Fields{ //nolint:gosec // 3 or 4
				subscriber.Email: p.one(fmt.Sprintf("m%d@x", no), fmt.Sprintf("p%d@x", no/2)), subscriber.RelationCode: p.one("", fmt.Sprint("M", no)),
				subscriber.State: p.one(subscriber.Active, subscriber.Unsubscribed),
			}})
		default:
			p.show(plan.Item{Listing: 1, ID: id, State: plan.Changed, Fields: p.someone(no)})
		}
	}
	p.known()
}

// known has records that are stored change, vanish or fail to be read.
func (p people) known() {
	at := map[record.System]map[string]int32{"rondoclub": {"people": 2}, "laposta": {"list-1": 3, "list-2": 4}}
	for _, id := range slices.Sorted(maps.Keys(p.records)) {
		r := p.records[id]
		listing := at[r.System][r.Place]
		if listing == 0 || r.ExternalID == "" || r.Kind == family.Kind || p.IntN(8) > 0 {
			continue
		}
		switch p.IntN(4) {
		case 0:
			p.show(plan.Item{Listing: listing, ID: r.ExternalID, State: plan.Absent, Missing: p.IntN(2)})
		case 1:
			p.show(plan.Item{Listing: listing, ID: r.ExternalID, State: plan.Faulty, Reason: "unreadable"})
		default:
			f := r.Remote.Clone()
			f[subscriber.State], f[member.Mobile1] = subscriber.Unsubscribed, "+31612345678"
			if r.Kind == member.Kind {
				delete(f, subscriber.State)
			}
			p.show(plan.Item{Listing: listing, ID: r.ExternalID, State: plan.Changed, Fields: f})
		}
	}
	for _, e := range p.entities { // edited here
		if e.Kind == member.Kind && e.Deleted == "" && p.IntN(20) == 0 {
			e.Version++
		}
	}
}
