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
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// name addresses an entity.
type name struct {
	kind record.Kind
	key  string
}

// entity is one entity in the course of a Plan: as the hub has it, and what
// it becomes.
type entity struct {
	record.Entity
	old     *hub.Entity // nil when new
	from    map[record.Field]source
	rule    string // which rule makes it, and from which group
	group   string
	made    record.Fields // what the rule made of it last
	reps    []*syncRecord
	loaded  bool // reps are complete
	dirty   bool // the hub's row must be written
	changed bool // fields or life changed: groups are touched
	touched bool // taken up in this run
	decided bool
	why     string // reason for the plan
}

// askedAgain reports whether a Write has met something at one of the entity's
// records that no Plan has seen.
func (ent *entity) askedAgain() bool { return ent.old != nil && ent.old.PlannedVersion == 0 }

// source says from whom a value is, and when it was seen.
type source struct {
	system record.System
	at     time.Time
}

// sync record is one remote record in the course of a Plan.
type syncRecord struct {
	row       store.SyncRecord // ID 0 when new
	coll      *connector.Collection
	entity    *entity
	remote    record.Fields
	hub       record.Fields // agreed, our side
	theirs    record.Fields // agreed, their side
	echo      echo
	staged    bool // remote is from this run
	dirty     bool // the row must be written
	bump      bool // something is to be done at the system
	drop      bool
	again     bool // make it anew
	pendingOp string
}

func (r *syncRecord) system() record.System { return record.System(r.row.System) }

// item is one staged item with where it was seen.
type item struct {
	store.StagedItemsRow
	sys     *system
	listing store.Listing
	fields  record.Fields
	double  bool // another record there has the same natural key
}

// world is all that a Plan has in hand.
type world struct {
	e         *Engine
	t         step.Task
	now       time.Time
	ents      map[name]*entity
	byID      map[int64]*entity
	cands     map[record.Kind][]*entity // to be decided
	items     []*item
	listings  map[int32]store.Listing
	read      map[int32]store.StagingListing
	unbound   map[record.Kind][]*item
	reps      map[string]*syncRecord // by system, place, scope, kind, id
	unmanaged []*syncRecord          // seen, not ours
	aliases   []store.StageAliasParams
	merges    []derive.Alias // entities of which an origin says that they are one
	plan      []store.AddPlanRowsParams
	conflicts []store.StageConflictsParams
	named     []store.NotifyParams // records that the next run must look at
	decided   map[int32][]string
	doubted   map[*item]bool         // shown otherwise once more before it is believed
	counters  map[name]*step.Counter // by kind and "system place"
	totals    map[string]*totals
	excluded  map[string]int64 // by system and why
}

func repKey(system, place, scope string, kind record.Kind, id string) string {
	return strings.Join([]string{system, place, scope, string(kind), id}, "\x00")
}

func (e *Engine) newWorld(ctx context.Context, t step.Task) (*world, error) {
	w := &world{
		e: e, t: t, now: e.now().UTC(), ents: map[name]*entity{}, byID: map[int64]*entity{},
		cands: map[record.Kind][]*entity{}, listings: map[int32]store.Listing{}, read: map[int32]store.StagingListing{},
		unbound: map[record.Kind][]*item{}, reps: map[string]*syncRecord{}, decided: map[int32][]string{}, doubted: map[*item]bool{},
		counters: map[name]*step.Counter{}, totals: map[string]*totals{}, excluded: map[string]int64{},
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

// sync record puts a sync record of the store into the world, once.
func (w *world) syncRecord(row store.SyncRecord) *syncRecord {
	id := "#" + fmt.Sprint(row.ID)
	if row.ExternalID != nil {
		id = *row.ExternalID
	}
	key := repKey(row.System, row.Place, row.Scope, record.Kind(row.Kind), id)
	if rep := w.reps[key]; rep != nil {
		return rep
	}
	rep := &syncRecord{row: row, remote: decode(row.Remote), hub: decode(row.BaseLocal), theirs: decode(row.BaseRemote), echo: decodeEcho(row.Echo), pendingOp: row.PendingOp}
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

// newSyncRecord puts a sync record that the store does not have into the world.
func (w *world) newSyncRecord(sys *system, coll *connector.Collection, ent *entity, id record.ExternalID) *syncRecord {
	rep := &syncRecord{
		coll: coll, entity: ent, remote: record.Fields{}, hub: record.Fields{}, theirs: record.Fields{}, echo: echo{}, dirty: true,
		row: store.SyncRecord{System: string(sys.Name), Place: coll.Place, Scope: coll.Scope, Kind: string(coll.Kind)},
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
func (w *world) counter(system, place string, kind record.Kind) *step.Counter {
	k := name{kind, system + " " + place}
	if w.counters[k] == nil {
		w.counters[k] = &step.Counter{System: record.System(system), Place: place, Kind: kind}
	}
	return w.counters[k]
}

func (w *world) count() []step.Counter {
	var out []step.Counter
	for _, c := range w.counters {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b step.Counter) int {
		return strings.Compare(string(a.System)+" "+a.Place+" "+string(a.Kind), string(b.System)+" "+b.Place+" "+string(b.Kind))
	})
	return out
}

// isSource reports whether unknown records of a system become entities.
func isSource(p *policy.Policy, s record.System) bool { return slices.Contains(p.Sources, s) }

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
