package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// fromTo is what a change does to fields: from, to.
type fromTo map[record.Field][2]string

func (c fromTo) encode() []byte {
	b, _ := json.Marshal(c)
	return b
}

// totals are what the plan does at one place.
type totals struct {
	system, place          string
	gone, changed, created int64
	emptied                map[record.Field]int64
}

func (w *world) total(system, place string) *totals {
	k := system + " " + place
	if w.totals[k] == nil {
		w.totals[k] = &totals{system: system, place: place, emptied: map[record.Field]int64{}}
	}
	return w.totals[k]
}

// row plans one change at a system.
func (w *world) row(ent *entity, rep *syncRecord, op string, set record.Fields, why string) {
	change := fromTo{}
	t := w.total(rep.row.System, rep.row.Place)
	for f, v := range set {
		change[f] = [2]string{rep.remote[f], v}
		if v == "" && rep.remote[f] != "" {
			t.emptied[f]++
		}
	}
	switch op {
	case "create":
		if !rep.coll.Part {
			t.created++
		}
	case "update":
		t.changed++
	case "remove":
		t.gone++
	}
	row := w.planRow(ent, op, change, why)
	row.System, row.Place, row.Scope = rep.row.System, rep.row.Place, rep.row.Scope
	if rep.row.ID != 0 {
		id := rep.row.ID
		row.SyncRecord, row.SyncRecordVersion = &id, rep.row.Version
	}
	w.plan = append(w.plan, row)
}

func (w *world) planRow(ent *entity, op string, change fromTo, why string) store.AddPlanRowsParams {
	row := store.AddPlanRowsParams{
		Run: w.t.Run, Kind: string(ent.Kind), Key: ent.Key, System: string(record.Hub), Op: op, Fields: change.encode(),
		Reason: why, Actor: "sync", EntityVersion: ent.Version, State: "planned", PlannedOn: w.now,
	}
	if ent.ID != 0 {
		id := int64(ent.ID)
		row.Entity = &id
	}
	return row
}

// hubRow plans the change of our own copy, if there is one.
func (w *world) hubRow(ent *entity, op string) {
	if !ent.changed {
		return
	}
	change, old := fromTo{}, record.Fields{}
	if ent.old != nil {
		old = decode(ent.old.Fields)
	}
	for f, v := range ent.Fields {
		if before, ok := old[f]; !ok || before != v {
			change[f] = [2]string{before, v}
		}
	}
	c := w.counter(string(record.Hub), "", ent.Kind)
	switch {
	case op == "delete":
		c.Removed++
	case ent.old == nil:
		op = "create"
		c.Created++
	case ent.old.Deleted != "":
		op = "return"
		c.Updated++
	case len(change) == 0:
		return
	default:
		op = "update"
		c.Updated++
	}
	w.plan = append(w.plan, w.planRow(ent, op, change, ent.why))
}

// addConflict keeps both values of a conflict.
func (w *world) addConflict(ent *entity, c reconcile.Conflict) {
	w.counter(string(record.Hub), "", ent.Kind).Conflicts++
	w.conflicts = append(w.conflicts, store.StageConflictsParams{
		Run: w.t.Run, Seq: int32(len(w.conflicts)), Kind: string(ent.Kind), Key: ent.Key, Field: string(c.Field),
		System: string(c.System), HubValue: c.Hub, RemoteValue: c.Remote, WonBy: string(c.WonBy), Why: string(c.Why),
	})
}

// judge holds the plan against the limits.
func (w *world) judge(held func(system, place string) (int64, error)) ([]reconcile.Breach, error) {
	for id, r := range w.read {
		if l := w.listings[id]; r.Complete {
			w.total(l.System, l.Place)
		}
	}
	var all []reconcile.Totals
	for _, k := range slices.Sorted(maps.Keys(w.totals)) {
		t := w.totals[k]
		in := reconcile.Totals{
			System: record.System(t.system), Place: t.place, Initialised: true,
			Removed: t.gone, Changed: t.changed, Created: t.created, Emptied: t.emptied,
		}
		// The count takes as long as there are records: only when it matters.
		if t.gone+t.changed+t.created > 0 || len(t.emptied) > 0 {
			var err error
			if in.Held, err = held(t.system, t.place); err != nil {
				return nil, fmt.Errorf("count what is held: %w", err)
			}
		}
		for id, r := range w.read {
			l := w.listings[id]
			if l.System != t.system || l.Place != t.place || !r.Complete {
				continue
			}
			in.Seen = r.Count
			in.Initialised = l.InitialisedOn != nil || w.source(l)
			if !r.Certified && r.Absent > 0 {
				in.Uncertain = r.Why
			}
		}
		all = append(all, in)
	}
	var overridden []reconcile.Reason
	for _, o := range w.t.Override {
		overridden = append(overridden, reconcile.Reason(o))
	}
	return reconcile.Judge(w.e.settings.Limits, all, overridden), nil
}

// source reports whether a listing shows records that become entities: such a
// place has nothing of ours to take up.
func (w *world) source(l store.Listing) bool {
	sys := w.e.systems[record.System(l.System)]
	if sys == nil {
		return true
	}
	for _, c := range sys.at(l.Place, l.View) {
		if p := w.e.policies.Of(c.Kind); p != nil && !c.Part && !isSource(p, sys.Name) {
			return false
		}
	}
	return true
}
