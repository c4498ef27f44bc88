package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// settle decides the candidates of a kind that are not decided yet.
func (w *world) reconcile(ctx context.Context, p *policy.Policy) error {
	var ents []*entity
	for _, ent := range w.cands[p.Kind] {
		if !ent.decided {
			ents = append(ents, ent)
		}
	}
	if err := w.loadSyncRecords(ctx, ents); err != nil {
		return err
	}
	if err := w.recognise(ctx, p, ents); err != nil {
		return err
	}
	for _, ent := range ents {
		ent.decided = true
		if ent.Deleted != "" {
			w.hubRow(ent, "delete")
			w.depart(p, ent)
			continue
		}
		w.comeBack(p, ent)
		w.place(p, ent)
		w.merge(p, ent)
	}
	return nil
}

// heldAt reports whether the entity has a sync record at a place, bound or not.
func (ent *entity) heldAt(s record.System, place string) bool {
	return slices.ContainsFunc(ent.reps, func(r *syncRecord) bool { return !r.drop && r.system() == s && r.row.Place == place })
}

// recognise binds records that were seen before their entity was there.
func (w *world) recognise(ctx context.Context, p *policy.Policy, ents []*entity) error {
	for _, h := range p.Targets {
		lacking := map[string]*entity{}
		for _, ent := range ents {
			if place, _ := h.Place(ent.Fields); ent.Deleted == "" && place != "" && !ent.heldAt(h.System, place) {
				lacking[ent.Key] = ent
			}
		}
		if len(lacking) == 0 {
			continue
		}
		rows, err := w.e.store.UnmanagedByNaturalKey(ctx, string(h.System), string(p.Kind), slices.Collect(maps.Keys(lacking)))
		if err != nil {
			return fmt.Errorf("look for known records: %w", err)
		}
		for _, row := range rows {
			ent := lacking[row.NaturalKey]
			place, _ := h.Place(ent.Fields)
			rep := w.syncRecord(row)
			if rep.entity != nil || rep.coll == nil || row.Place != place || row.ExternalID == nil {
				continue
			}
			rep.entity, rep.dirty, rep.row.Quarantine = ent, true, ""
			ent.reps = append(ent.reps, rep)
			delete(lacking, row.NaturalKey)
		}
	}
	return nil
}

// place sees to it that each holder holds the entity, once, where it should.
func (w *world) place(p *policy.Policy, ent *entity) {
	for _, h := range p.Targets {
		sys := w.e.systems[h.System]
		if sys == nil {
			continue
		}
		place, why := h.Place(ent.Fields)
		var there *syncRecord
		for _, rep := range slices.Clone(ent.reps) {
			switch {
			case rep.drop || rep.system() != h.System || rep.row.Kind != string(p.Kind):
			case rep.row.Place != place:
				w.release(rep, "moved")
			default:
				there = rep
			}
		}
		if there != nil {
			continue
		}
		coll := sys.of(place, p.Kind)
		if place == "" || coll == nil {
			w.exclude(sys, p.Kind, cmp.Or(why, "the system has no such place"))
			continue
		}
		rep := w.newSyncRecord(sys, coll, ent, "")
		if coll.Part {
			w.join(sys, coll, ent, rep)
		}
	}
}

// join gives a new part the id of the record that it is a part of.
func (w *world) join(sys *system, coll *connector.Collection, ent *entity, rep *syncRecord) {
	host, err := sys.host(coll.Place, "")
	if err != nil {
		return
	}
	if he := w.ents[name{host.Kind, ent.Key}]; he != nil {
		for _, hr := range he.reps {
			if hr.row.System == string(sys.Name) && hr.row.Place == coll.Place && hr.row.Kind == string(host.Kind) {
				rep.row.ExternalID = hr.row.ExternalID
			}
		}
	}
}

// exclude counts an entity that a system is not to hold, at the first place
// that takes its kind.
func (w *world) exclude(sys *system, kind record.Kind, why string) {
	for _, c := range sys.collections {
		if c.Kind == kind {
			w.counter(string(sys.Name), c.Place, kind).Excluded++
			w.excluded[string(sys.Name)+": "+why]++
			return
		}
	}
}

// merge takes all sides of a living entity at once.
func (w *world) merge(p *policy.Policy, ent *entity) {
	var reps []*syncRecord
	var sides []reconcile.Side
	for _, rep := range ent.reps {
		if rep.coll == nil || rep.drop || rep.pendingOp == "remove" && rep.bump {
			continue
		}
		reps = append(reps, rep)
		sides = append(sides, reconcile.Side{
			System: rep.system(), Reads: rep.coll.Reads, Writes: rep.coll.Writes,
			Remote: rep.remote, BaseLocal: rep.hub, BaseRemote: rep.theirs, Sent: rep.echo.sent(), New: rep.row.ExternalID == nil,
		})
	}
	from := make(map[record.Field]record.System, len(ent.from))
	for f, s := range ent.from {
		from[f] = s.system
	}
	res := reconcile.Merge(p.Fields, reconcile.Hub{Fields: ent.Fields, From: from}, sides)
	for _, f := range res.Changed {
		w.set(ent, f, res.Hub.Fields[f], res.Hub.From[f])
	}
	w.hubRow(ent, "")
	for i, rep := range reps {
		w.agree(rep, res.Sides[i])
		w.patch(p, ent, rep, res.Sides[i].Set)
	}
	for _, c := range res.Conflicts {
		// One that was found before waits to be written or settled.
		if slices.ContainsFunc(reps, func(r *syncRecord) bool {
			return (r.staged || ent.askedAgain()) && (c.System == record.Hub || c.System == r.system())
		}) {
			w.addConflict(ent, c)
		}
	}
}

// agree moves what both sides hold without a write.
func (w *world) agree(rep *syncRecord, s reconcile.SideResult) {
	for f, v := range s.BaseLocal {
		if rep.hub[f] != v || rep.theirs[f] != s.BaseRemote[f] || !has(rep.hub, f) {
			rep.hub[f], rep.theirs[f], rep.dirty = v, s.BaseRemote[f], true
		}
	}
}

func has(f record.Fields, name record.Field) bool {
	_, ok := f[name]
	return ok
}

// patch decides what one side must be told.
func (w *world) patch(p *policy.Policy, ent *entity, rep *syncRecord, set record.Fields) {
	for _, f := range rep.row.Pinned {
		delete(set, record.Field(f))
	}
	isNew := rep.row.ExternalID == nil
	pending := rep.row.DesiredVersion > rep.row.AppliedVersion && rep.pendingOp == "put"
	settled := !ent.changed && !rep.staged && !rep.again
	c := w.counter(rep.row.System, rep.row.Place, p.Kind)
	switch {
	case !isNew && len(set) == 0 && rep.pendingOp != "remove":
		c.Unchanged++
		if rep.row.ID == 0 || rep.row.Entity == nil {
			w.row(ent, rep, "adopt", record.Fields{}, "recognised")
		}
		return
	case settled && (pending || rep.row.Quarantine != ""):
		return // decided before, and nothing has changed since
	}
	if why, waits := w.refused(rep, set); why != "" {
		news := rep.row.Quarantine != why
		if news {
			rep.row.Quarantine, rep.dirty = why, true
		}
		if waits { // such as a reader who has opted out: nobody's fault
			c.Waiting++
		} else {
			c.Quarantined++
			c.Faults += b2i(news)
		}
		return
	}
	op := "update"
	switch {
	case isNew:
		op = "create"
	case rep.row.ID == 0 || rep.row.Entity == nil:
		op = "adopt"
	}
	rep.pendingOp, rep.bump, rep.row.Quarantine = "put", true, ""
	rep.echo.send(set)
	w.row(ent, rep, op, set, ent.why)
}

// refused asks the connector, without a call, whether it takes the fields, and
// if not, whether they are only to wait.
func (w *world) refused(rep *syncRecord, set record.Fields) (why string, waits bool) {
	if rep.coll.Accepts == nil {
		return "", false
	}
	err := rep.coll.Accepts(over(rep.remote, set))
	switch class := connector.ClassOf(err); class {
	case connector.Rejected, connector.Waiting:
		return err.Error(), class == connector.Waiting
	}
	return "", false
}
