package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// name addresses an entity.
type name struct {
	kind record.Kind
	key  string
}

// entity is one entity in the course of a Decide: as the hub has it, and what
// it becomes.
type entity struct {
	record.Entity
	old     *hub.Entity // nil when new
	from    map[record.Field]source
	rule    string // which rule makes it, and from which group
	group   string
	made    record.Fields // what the rule made of it last
	reps    []*replica
	loaded  bool // reps are complete
	dirty   bool // the hub's row must be written
	changed bool // fields or life changed: groups are touched
	touched bool // taken up in this run
	decided bool
	why     string // reason for the plan
}

// askedAgain reports whether a Write has met something at one of the entity's
// records that no Decide has seen.
func (ent *entity) askedAgain() bool { return ent.old != nil && ent.old.Decided == 0 }

// source says from whom a value is, and when it was seen.
type source struct {
	system record.System
	at     time.Time
}

// replica is one remote record in the course of a Decide.
type replica struct {
	row    store.Replica // ID 0 when new
	coll   *connector.Collection
	entity *entity
	far    record.Fields
	hub    record.Fields // agreed, our side
	theirs record.Fields // agreed, their side
	told   told
	staged bool // far is from this run
	dirty  bool // the row must be written
	bump   bool // something is to be done at the system
	drop   bool
	again  bool // make it anew
	wish   string
}

func (r *replica) system() record.System { return record.System(r.row.System) }

// item is one staged item with where it was seen.
type item struct {
	store.StagedItemsRow
	sys     *system
	listing store.Listing
	fields  record.Fields
	double  bool // another record there has the same natural key
}

// world is all that a Decide has in hand.
type world struct {
	e        *Engine
	t        Task
	now      time.Time
	ents     map[name]*entity
	byID     map[int64]*entity
	cands    map[record.Kind][]*entity // to be decided
	items    []*item
	listings map[int32]store.Listing
	read     map[int32]store.StagingListing
	unbound  map[record.Kind][]*item
	reps     map[string]*replica // by system, place, scope, kind, id
	foreign  []*replica          // seen, not ours
	aliases  []store.StageAliasParams
	merges   []derive.Alias // entities of which an origin says that they are one
	plan     []store.AddPlanRowsParams
	quarrels []store.StageConflictsParams
	named    []store.NameRecordsParams // records that the next run must look at
	decided  map[int32][]string
	doubted  map[*item]bool    // shown otherwise once more before it is believed
	counters map[name]*Counter // by kind and "system place"
	totals   map[string]*totals
	excluded map[string]int64 // by system and why
}

func repKey(system, place, scope string, kind record.Kind, id string) string {
	return strings.Join([]string{system, place, scope, string(kind), id}, "\x00")
}

func (e *Engine) newWorld(ctx context.Context, t Task) (*world, error) {
	w := &world{
		e: e, t: t, now: e.now().UTC(), ents: map[name]*entity{}, byID: map[int64]*entity{},
		cands: map[record.Kind][]*entity{}, listings: map[int32]store.Listing{}, read: map[int32]store.StagingListing{},
		unbound: map[record.Kind][]*item{}, reps: map[string]*replica{}, decided: map[int32][]string{}, doubted: map[*item]bool{},
		counters: map[name]*Counter{}, totals: map[string]*totals{}, excluded: map[string]int64{},
	}
	all, err := e.store.AllListings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the listings: %w", err)
	}
	for _, l := range all {
		w.listings[l.ID] = l
	}
	read, err := e.store.StagingListings(ctx, t.Run)
	if err != nil {
		return nil, fmt.Errorf("read what was listed: %w", err)
	}
	for _, r := range read {
		w.read[r.Listing] = r
	}
	rows, err := e.store.StagedItems(ctx, t.Run)
	if err != nil {
		return nil, fmt.Errorf("read what was staged: %w", err)
	}
	for _, row := range rows {
		l := w.listings[row.Listing]
		sys := e.systems[record.System(l.System)]
		if sys == nil || !w.read[row.Listing].Complete {
			continue // a read that failed takes part with nothing
		}
		w.items = append(w.items, &item{StagedItemsRow: row, sys: sys, listing: l, fields: decode(row.Fields)})
	}
	return w, nil
}

// create puts a new entity into the world.
func (w *world) create(kind record.Kind, key string) *entity {
	ent := &entity{
		Entity: record.Entity{Kind: kind, Key: key, Fields: record.Fields{}}, from: map[record.Field]source{},
		made: record.Fields{}, loaded: true, dirty: true, changed: true,
	}
	w.ents[name{kind, key}] = ent
	return ent
}

// want makes an entity a candidate, once.
func (w *world) want(ent *entity) {
	if !ent.touched {
		ent.touched = true
		w.cands[ent.Kind] = append(w.cands[ent.Kind], ent)
	}
}

// replica puts a replica of the store into the world, once.
func (w *world) replica(row store.Replica) *replica {
	id := "#" + fmt.Sprint(row.ID)
	if row.ExternalID != nil {
		id = *row.ExternalID
	}
	key := repKey(row.System, row.Place, row.Scope, record.Kind(row.Kind), id)
	if rep := w.reps[key]; rep != nil {
		return rep
	}
	rep := &replica{row: row, far: decode(row.Far), hub: decode(row.AgreedHub), theirs: decode(row.AgreedFar), told: decodeTold(row.Told), wish: row.Wish}
	if sys := w.e.systems[record.System(row.System)]; sys != nil {
		rep.coll = sys.of(row.Place, record.Kind(row.Kind))
	}
	w.reps[key] = rep
	if row.Entity != nil {
		if ent := w.byID[*row.Entity]; ent != nil {
			rep.entity = ent
			ent.reps = append(ent.reps, rep)
		}
	}
	return rep
}

// newReplica puts a replica that the store does not have into the world.
func (w *world) newReplica(sys *system, coll *connector.Collection, ent *entity, id record.ExternalID) *replica {
	rep := &replica{
		coll: coll, entity: ent, far: record.Fields{}, hub: record.Fields{}, theirs: record.Fields{}, told: told{}, dirty: true,
		row: store.Replica{System: string(sys.Name), Place: coll.Place, Scope: coll.Scope, Kind: string(coll.Kind)},
	}
	if id != "" {
		s := string(id)
		rep.row.ExternalID = &s
		w.reps[repKey(rep.row.System, coll.Place, coll.Scope, coll.Kind, s)] = rep
	}
	if ent != nil {
		ent.reps = append(ent.reps, rep)
	}
	return rep
}

// counter returns the counter of a kind at a place.
func (w *world) counter(system, place string, kind record.Kind) *Counter {
	k := name{kind, system + " " + place}
	if w.counters[k] == nil {
		w.counters[k] = &Counter{System: record.System(system), Place: place, Kind: kind}
	}
	return w.counters[k]
}

func (w *world) count() []Counter {
	var out []Counter
	for _, c := range w.counters {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Counter) int {
		return strings.Compare(string(a.System)+" "+a.Place+" "+string(a.Kind), string(b.System)+" "+b.Place+" "+string(b.Kind))
	})
	return out
}

// origin reports whether unknown records of a system become entities.
func origin(p *policy.Policy, s record.System) bool { return slices.Contains(p.Origins, s) }

func decodeSources(b []byte) map[record.Field]source {
	out := map[record.Field]source{}
	raw := map[record.Field][2]string{}
	_ = json.Unmarshal(b, &raw)
	for f, v := range raw {
		at, _ := time.Parse(time.RFC3339, v[1])
		out[f] = source{record.System(v[0]), at}
	}
	return out
}

func encodeSources(m map[record.Field]source) []byte {
	raw := make(map[record.Field][2]string, len(m))
	for f, s := range m {
		raw[f] = [2]string{string(s.system), s.at.UTC().Format(time.RFC3339)}
	}
	b, _ := json.Marshal(raw)
	return b
}
