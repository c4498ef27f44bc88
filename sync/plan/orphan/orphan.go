// Package orphan plans what becomes of orphans: records at a target that we have made
// and that no entity wants, since its removal was never planned, or has failed, or since
// a second one was made. It only ever removes, and nothing of it is done without a
// person's approval.
package orphan

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// The operations. Keep does nothing: it tells a person of an orphan that stays.
const (
	Remove = "remove"
	Keep   = "keep"
)

// Record is a record that we have made, as a certified reading has shown it.
type Record struct {
	fact.SyncRecord

	Owner   *record.Entity // whose it is, or whose key it shows; nil: there is none
	Beside  bool           // the owner has another record at the place
	Planned bool           // a plan knows the owner as it is
	Seen    []byte         // the digest of what stands there
}

// Finds reports whether orphans can be found in what was read of a listing: it must
// have shown all that is there, of a place that was taken up. why says what is missing;
// "" where the run was not to read it whole.
func Finds(l *fact.Listing) (finds bool, why string) {
	r := l.Reading
	switch {
	case r == nil || !r.Whole:
		return false, ""
	case !r.Complete:
		return false, "it was not read to its end"
	case !r.Certificate.Holds():
		return false, cmp.Or(r.Why, "nothing proves that all was shown")
	case r.Held:
		return false, "it is not like the last good reading, and something of it is held"
	case !l.Initialised:
		return false, "the place was not taken up yet"
	}
	return true, ""
}

// Plan plans what becomes of records of a listing. Each of them is a component by itself.
func Plan(in *fact.Input, l *fact.Listing, all []Record) change.Changes {
	out := change.Changes{Excluded: map[string]int64{}, Components: in.Components}
	coll := in.Systems[l.System].Host(l.Place, l.View)
	p := in.Policies.Of(coll.Kind)
	n := change.Counter{System: l.System, Place: l.Place, Kind: coll.Kind}
	for i := range all {
		r := &all[i]
		if r.underWay() || len(in.Keys) > 0 && (in.Kind != r.Kind || !slices.Contains(in.Keys, r.key())) {
			continue
		}
		is := reconcile.OrphanOf(p, reconcile.Made{
			System: r.System, Place: r.Place, Shown: r.Remote, Entity: r.Owner, Own: r.Entity != 0, Beside: r.Beside,
		})
		if is.Why == "" {
			continue
		}
		out.Components++
		stays := cmp.Or(is.Stays, r.stays(coll))
		out.Rows = append(out.Rows, r.row(is.Why, stays, out.Components))
		if stays != "" {
			n.Excluded++
			out.Excluded[string(r.System)+": "+stays]++
			continue
		}
		n.Removed++
		out.Records = append(out.Records, r.change(in, out.Components))
	}
	if n.Removed+n.Excluded > 0 {
		out.Counters = []change.Counter{n}
	}
	return out
}

// underWay reports whether a plan is to see the owner first, or sees to the record
// already. A removal that the system has refused is no longer under way.
func (r *Record) underWay() bool {
	refused := r.PendingOp == Remove && r.Quarantine != ""
	return !r.Planned || r.ConfirmAt != nil || r.Uncertain || r.Pending && !refused
}

// stays says why a record is not removed although the policy lets it be; "" is that it
// is.
func (r *Record) stays(coll *connector.Collection) string {
	edited := false
	for f, v := range r.BaseRemote {
		is, known := r.Remote[f]
		edited = edited || known && is != v
	}
	switch {
	case coll.Delete == nil:
		return "the system does not let it be removed"
	case coll.Get == nil:
		return "it cannot be looked at once more before it is removed"
	case edited:
		return "somebody has edited it since it was written"
	}
	return ""
}

// key is what names the record to people: its own key, else that of its owner, else its
// id.
func (r *Record) key() string {
	if r.Entity != 0 && r.Owner != nil {
		return r.Owner.Key
	}
	return cmp.Or(r.NaturalKey, string(r.ExternalID))
}

func (r *Record) row(why, stays string, component int32) change.Row {
	out := change.Row{
		Kind: r.Kind, Key: r.key(), Entity: r.Entity, System: r.System, Place: r.Place, Scope: r.Scope,
		SyncRecord: r.ID, SyncRecordVersion: r.Version, Component: component, Reason: "orphan: " + why,
	}
	if r.Owner != nil && r.Entity != 0 {
		out.EntityVersion = r.Owner.Version
	}
	if stays != "" {
		out.Op, out.Reason = Keep, out.Reason+"; "+stays
		return out
	}
	out.Op, out.Effect, out.Seen = Remove, reconcile.Removed, r.Seen
	return out
}

func (r *Record) change(in *fact.Input, component int32) change.RecordChange {
	out := change.RecordChange{SyncRecord: r.SyncRecord, EntityKey: r.key(), Bump: true, Component: component}
	out.PendingOp = Remove
	if r.Entity != 0 && r.Owner != nil {
		out.EntityKind, out.Quarantine = r.Owner.Kind, ""
	} else {
		out.Groups = in.UnmanagedGroups(r.Kind, r.Remote)
	}
	return out
}
