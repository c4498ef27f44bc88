// Package row writes the rows of a plan: what is done to a record, for a person to
// read and for the limits to count. It decides nothing of what is done.
package row

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// paused begins the reason of a row that waits until its record is resumed.
const paused = "paused, not written until it is resumed"

// Remote plans one change at a system.
func Remote(d *draft.Plan, ent *draft.Entity, rec *draft.Record, op string, set record.Fields, why string) {
	diff := record.Change{}
	for f, v := range set {
		diff[f] = [2]string{concerned(d, rec, f, v), v}
	}
	if rec.Paused && op != "detach" {
		why = strings.TrimSuffix(paused+": "+why, ": ")
	}
	row := newRow(ent, op, diff, why)
	row.Effect, row.Emptied = effect(d, ent, rec, op, unmended(ent, diff))
	row.Approved = (op == "remove" || op == "detach") && (rec.LetGo || ent.LetGo && ent.Deleted != "")
	row.System, row.Place, row.Scope = rec.System, rec.Place, rec.Scope
	if rec.ID != 0 {
		row.SyncRecord, row.SyncRecordVersion = rec.ID, rec.Version
	}
	d.Out.Rows = append(d.Out.Rows, row)
}

// concerned is what stands at a record of a field that it is told: of a set of rows
// those that are ours, or become it, and none of those that others have put beside.
func concerned(d *draft.Plan, rec *draft.Record, f record.Field, v string) string {
	there := rec.Remote[f]
	p := d.In.Policies.Of(rec.Kind)
	if p == nil || p.Fields[f].Rows == 0 {
		return there
	}
	n := p.Fields[f].Rows
	return record.RowsIn(there, record.RowsOver(rec.BaseLocal[f], v, n), n)
}

func newRow(ent *draft.Entity, op string, diff record.Change, why string) draft.Row {
	return draft.Row{Of: ent, Row: change.Row{
		Kind: ent.Kind, Key: ent.Key, Entity: ent.ID, EntityVersion: ent.Version, System: record.Hub,
		Op: op, Fields: diff, Reason: why, Made: ent.Rule != "",
	}}
}

// Hub plans the change of our own copy, if there is one.
func Hub(d *draft.Plan, ent *draft.Entity, op string) {
	if !ent.Changed {
		return
	}
	diff, old := record.Change{}, record.Fields{}
	if ent.Old != nil {
		old = ent.Old.Fields
	}
	for f, v := range ent.Fields {
		if before, ok := old[f]; !ok || before != v {
			diff[f] = [2]string{before, v}
		}
	}
	c := d.Out.Counter(record.Hub, "", ent.Kind)
	switch {
	case op == "delete":
		c.Removed++
	case ent.Old == nil:
		op = "create"
		c.Created++
	case ent.Old.Deleted != "":
		op = "return"
		c.Updated++
	case len(diff) == 0:
		return
	default:
		op = "update"
		c.Updated++
	}
	row := newRow(ent, op, diff, ent.Why)
	repairs(d, ent, op, diff)
	row.Effect, row.Emptied = effectHere(d, ent, op, unmended(ent, diff))
	row.Approved = op == "delete" && ent.LetGo
	d.Out.Rows = append(d.Out.Rows, row)
}

// Conflict keeps both values of a conflict.
func Conflict(d *draft.Plan, ent *draft.Entity, c reconcile.Conflict) {
	d.Out.Counter(record.Hub, "", ent.Kind).Conflicts++
	keep(d, ent, c)
}

// Ended says of a conflict over what a system gives out that it is none any more.
func Ended(d *draft.Plan, ent *draft.Entity, c reconcile.Conflict) {
	c.WonBy = record.Hub
	keep(d, ent, c)
}

func keep(d *draft.Plan, ent *draft.Entity, c reconcile.Conflict) {
	d.Out.Conflicts = append(d.Out.Conflicts, draft.Conflict{
		Conflict: change.Conflict{Kind: ent.Kind, Key: ent.Key, Conflict: c}, Of: ent,
	})
}
