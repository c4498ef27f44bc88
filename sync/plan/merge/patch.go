package merge

import (
	"errors"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/row"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// patch plans what one side must be told.
func patch(d *draft.Plan, p *policy.Policy, ent *draft.Entity, rec *draft.Record, set record.Fields) {
	isNew := rec.ExternalID == ""
	pending := rec.Pending && rec.PendingOp == "put"
	nothingNew := !ent.Changed && !rec.Staged && !rec.Recreate
	c := d.Out.Counter(rec.System, rec.Place, p.Kind)
	for _, why := range rec.Fixed(p, ent, d.In.Now) {
		c.Held++
		d.Out.Excluded[string(rec.System)+": "+why]++
	}
	switch {
	case isNew && ent.IsDoubled(rec):
		c.Quarantined++
		if rec.Quarantine != draft.Duplicate {
			c.Faults++
			d.Out.Unclear(ent, rec.ClaimOf(ent.Key), draft.Duplicate)
		}
		rec.Dirty = rec.Dirty || rec.Quarantine != draft.Duplicate || rec.PendingOp != ""
		rec.Quarantine, rec.PendingOp, rec.Recreate = draft.Duplicate, "", false
		return
	case !isNew && len(set) == 0 && rec.PendingOp != "remove":
		c.Unchanged++
		forgetHeld(ent, rec, pending)
		if !rec.Bound() {
			row.Remote(d, ent, rec, "adopt", record.Fields{}, "recognised")
		}
		return
	case nothingNew && (pending || rec.Quarantine != ""), rec.Quarantine == reconcile.MergedThere:
		return // planned before, and nothing has changed since; or for a person
	}
	set, why, waits := accepted(d, p, ent, rec, set)
	if why != "" {
		news := rec.Quarantine != why
		if news {
			rec.Quarantine, rec.Dirty = why, true
		}
		if waits { // such as a reader who has opted out: nobody's fault
			c.Waiting++
			return
		}
		c.Quarantined++
		if news {
			c.Faults++
		}
		return
	}
	if !isNew && len(set) == 0 && rec.PendingOp != "remove" && rec.Bound() {
		return // all that would change is held
	}
	op := "update"
	switch {
	case isNew:
		op = "create"
	case !rec.Bound():
		op = "adopt"
	}
	row.Remote(d, ent, rec, op, set, ent.Why)
	rec.PendingOp, rec.Bump, rec.Quarantine = "put", true, ""
	rec.Echo.Send(set)
}

// forgetHeld forgets that fields are held whose values are others again, or stand at the
// record by now. What was pending for them alone is due at once: Write closes it, without
// a call, and nobody sees until its gap is over what is no longer so.
func forgetHeld(ent *draft.Entity, rec *draft.Record, pending bool) {
	still := rec.Held.Still(ent.Fields, rec.Remote)
	if len(still) == len(rec.Held) {
		return
	}
	rec.Held, rec.Dirty = still, true
	rec.Bump = rec.Bump || pending && len(still) == 0
}

// accepted asks the connector, without a call, whether it takes the fields. A field
// that it refuses is held and left out, unless no record can be made without it. why
// says that the record as a whole is refused, or is only to wait.
func accepted(d *draft.Plan, p *policy.Policy, ent *draft.Entity, rec *draft.Record, set record.Fields) (_ record.Fields, why string, waits bool) {
	if rec.Collection.Accepts == nil {
		return set, "", false
	}
	for {
		err := rec.Collection.Accepts(rec.Remote.Over(set))
		switch class := connector.ClassOf(err); class {
		default:
			return set, "", false
		case connector.Waiting:
			return set, err.Error(), true
		case connector.Rejected:
			refused, _ := errors.AsType[*connector.Error](err)
			left, ok := without(d, p, ent, rec, refused, set)
			if !ok {
				return set, err.Error(), false
			}
			c := d.Out.Counter(rec.System, rec.Place, p.Kind)
			c.Held++
			c.Faults++
			set = left
		}
	}
}

// without holds the field that the connector refuses and returns what is left to be
// told. It reports false when the record cannot do without.
func without(d *draft.Plan, p *policy.Policy, ent *draft.Entity, r *draft.Record, refused *connector.Error, set record.Fields) (record.Fields, bool) {
	value, ok := set[refused.Field]
	if !ok {
		return set, false
	}
	before := r.Held
	r.Held = before.Hold(refused.Field, value, refused.Error())
	left := r.Desired(p, ent, d.In.Now)
	if r.ExternalID == "" && (len(left) == 0 || !left.HasAll(set, slices.Concat(r.Collection.Required, p.KeyFields))) {
		r.Held = before
		return set, false
	}
	r.Dirty = true
	return left, true
}
