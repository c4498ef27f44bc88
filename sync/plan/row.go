package plan

import (
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// row plans one change at a system.
func (b *Builder) row(ent *entity, rep *syncRecord, op string, set record.Fields, why string) {
	change := record.Change{}
	for f, v := range set {
		change[f] = [2]string{rep.Remote[f], v}
	}
	row := b.newRow(ent, op, change, why)
	row.Effect, row.Emptied = b.effect(ent, rep, op, ent.unmended(change))
	row.System, row.Place, row.Scope = rep.System, rep.Place, rep.Scope
	if rep.ID != 0 {
		row.SyncRecord, row.SyncRecordVersion = rep.ID, rep.Version
	}
	b.out.Rows = append(b.out.Rows, row)
}

func (b *Builder) newRow(ent *entity, op string, change record.Change, why string) Row {
	return Row{
		Kind: ent.Kind, Key: ent.Key, Entity: ent.ID, EntityVersion: ent.Version, System: record.Hub,
		Op: op, Fields: change, Reason: why, of: ent,
	}
}

// hubRow plans the change of our own copy, if there is one.
func (b *Builder) hubRow(ent *entity, op string) {
	if !ent.changed {
		return
	}
	change, old := record.Change{}, record.Fields{}
	if ent.old != nil {
		old = ent.old.Fields
	}
	for f, v := range ent.Fields {
		if before, ok := old[f]; !ok || before != v {
			change[f] = [2]string{before, v}
		}
	}
	c := b.counter(record.Hub, "", ent.Kind)
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
	row := b.newRow(ent, op, change, ent.why)
	b.repairs(ent, op, change)
	row.Effect, row.Emptied = b.effectHere(ent, op, ent.unmended(change))
	b.out.Rows = append(b.out.Rows, row)
}

// conflict keeps both values of a conflict.
func (b *Builder) conflict(ent *entity, c reconcile.Conflict) {
	b.counter(record.Hub, "", ent.Kind).Conflicts++
	b.out.Conflicts = append(b.out.Conflicts, Conflict{Kind: ent.Kind, Key: ent.Key, Conflict: c, of: ent})
}
