package group

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/end"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// unmake decides that an entity is made no longer. While one of its records waits
// for its end it stays as it is.
func unmake(d *draft.Plan, ent *draft.Entity, causes []fact.Cause, made []*draft.Entity) {
	p := d.In.Policies.Of(ent.Kind)
	d.Complete(ent)
	stays := false
	for _, rec := range ent.Records {
		if p != nil && endsUnmade(p, ent, rec) && !takesPlace(p, rec, made) && !end.May(d, rec, reconcile.EndsUnmade, causes) {
			stays = true
		}
		ent.LetGo = ent.LetGo || rec.LetGo
	}
	if !stays {
		ent.End(record.Unmade)
	}
	d.Want(ent)
}

// endsUnmade reports whether a record ends when its entity is made no longer; one
// that is left alone does not.
func endsUnmade(p *policy.Policy, ent *draft.Entity, rec *draft.Record) bool {
	if rec.Dropped || rec.Collection == nil || p.IsSource(rec.System) || !rec.Made() {
		return false
	}
	switch p.WhenDeleted(rec.System, record.Unmade, ent.Fields).Action {
	case policy.Detach:
		return false
	case policy.SetFields, policy.Empty:
		return true
	}
	return !rec.Collection.Part && (rec.CreatedBy == record.ByUs || rec.Uncertain)
}

// takesPlace reports whether one that the group makes now is to stand where a
// record stands: then it must go first.
func takesPlace(p *policy.Policy, rec *draft.Record, made []*draft.Entity) bool {
	t := p.Target(rec.System)
	return t != nil && slices.ContainsFunc(made, func(ent *draft.Entity) bool {
		place, _ := t.Place(ent.Fields)
		return ent.Kind == rec.Kind && ent != rec.Owner && place == rec.Place && !ent.HeldAt(rec.System, place)
	})
}
