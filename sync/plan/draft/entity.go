package draft

import (
	"cmp"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Name addresses an entity.
type Name struct {
	Kind record.Kind
	Key  string
}

// Compare orders names by kind, then key.
func (n Name) Compare(other Name) int {
	return cmp.Or(cmp.Compare(n.Kind, other.Kind), cmp.Compare(n.Key, other.Key))
}

// Entity is one entity in the course of a plan: as it is stored, and what it
// becomes.
type Entity struct {
	record.Entity

	Old     *fact.Entity // nil when new
	From    map[record.Field]fact.Origin
	Rule    string // which rule makes it, and from which group
	Group   string
	Made    record.Fields // what the rule made of it last
	Records []*Record
	Dirty   bool // the stored row must be written
	Changed bool // fields or life changed: groups are touched
	Planned bool
	Why     string // reason for the plan
	// Moves has the systems where its record goes on at another place; Inherits
	// says that it goes on under another key, or is what goes on.
	Moves    map[record.System]bool
	Inherits bool
	Causes   []fact.Cause // the readings that have changed it
	Remade   bool         // its rule makes it still
	Repaired bool         // what its life becomes takes back what nobody approved
	LetGo    bool         // a person has it end
	Mended   map[record.Field]string
	Doubled  []Claim // where several records show its key, and none is made
	Came     bool    // it is made of a record that has come in; Alike is what it was compared with
	Alike    []record.EntityID

	loaded    bool    // Records are complete
	candidate bool    // it is to be planned by this run
	parent    *Entity // of the same component; nil: it stands for its own
}

// Name is the name of the entity.
func (ent *Entity) Name() Name { return Name{ent.Kind, ent.Key} }

// AskedAgain reports whether a Write has met something at one of the entity's
// records that no plan has seen.
func (ent *Entity) AskedAgain() bool { return ent.Old != nil && ent.Old.PlannedVersion == 0 }

// End ends the life of the entity.
func (ent *Entity) End(why record.Reason) {
	ent.Deleted, ent.Dirty, ent.Changed, ent.Why = why, true, true, string(why)
}

// Revive brings the entity back. Who is erased does not come back, whatever shows them.
func (ent *Entity) Revive(why string) {
	if ent.Deleted == record.Erased {
		return
	}
	ent.Deleted, ent.Dirty, ent.Changed, ent.Why = "", true, true, why
}

// CausedBy notes whose readings have changed the entity.
func (ent *Entity) CausedBy(causes ...fact.Cause) {
	for _, c := range causes {
		if !slices.Contains(ent.Causes, c) {
			ent.Causes = append(ent.Causes, c)
		}
	}
}

// MoveAt notes that the entity goes on at another place of a system, so that the
// end of its record here is no end.
func (ent *Entity) MoveAt(s record.System, on bool) {
	if ent.Moves == nil {
		ent.Moves = map[record.System]bool{}
	}
	ent.Moves[s] = on
}

// Hub is the entity as a merge sees it.
func (ent *Entity) Hub(now time.Time) reconcile.Hub {
	return reconcile.HubOf(ent.Fields, ent.From, now)
}

// Groups are the groups of a rule that the entity is in. tooLong says that there are
// more, which cannot be stored: an item of such a group is put aside before, but our
// own copy is edited by others, too.
func (ent *Entity) Groups(rule *derive.Rule) (keys []string, tooLong bool) {
	if ent.Deleted != "" {
		return nil, false
	}
	all := rule.Groups(ent.Entity)
	keys = slices.DeleteFunc(slices.Clone(all), func(g string) bool { return len(g) > record.MaxKey })
	return keys, len(keys) < len(all)
}

// At returns the entity's bound record at a listing's place, or nil.
func (ent *Entity) At(l *fact.Listing, kind record.Kind) *Record {
	for _, r := range ent.Records {
		if !r.Dropped && r.ExternalID != "" && r.System == l.System && r.Place == l.Place && r.Scope == l.Scope && r.Kind == kind {
			return r
		}
	}
	return nil
}

// HeldAt reports whether the entity has a record at a place, made or not.
func (ent *Entity) HeldAt(s record.System, place string) bool {
	return slices.ContainsFunc(ent.Records, func(r *Record) bool { return !r.Dropped && r.System == s && r.Place == place })
}

// Ends reports whether a record of the entity waits for its end because its rule
// makes it no longer.
func (ent *Entity) Ends() bool {
	return ent.Old != nil && ent.Deleted == "" && slices.ContainsFunc(ent.Records, func(r *Record) bool {
		return r.ConfirmAt != nil && r.ConfirmWhy == reconcile.EndsUnmade
	})
}

// IsDoubled reports whether several records show the entity's key at the place of a
// record.
func (ent *Entity) IsDoubled(rec *Record) bool {
	return slices.Contains(ent.Doubled, rec.ClaimOf(ent.Key))
}

// Release takes a record from the entity.
func (ent *Entity) Release(rec *Record) {
	ent.Records = slices.DeleteFunc(ent.Records, func(r *Record) bool { return r == rec })
}

// Contradicts reports whether what a record shows is about somebody else than the entity,
// which may be new, with what its sources show: of the fields that tell who it is more
// differ than agree.
func (ent *Entity) Contradicts(p *policy.Policy, shown record.Fields) bool {
	ours, differ := ent.Fields, 0
	for _, rec := range ent.Records {
		if !rec.Dropped && p.IsSource(rec.System) {
			ours = ours.Over(rec.Remote)
		}
	}
	for _, f := range p.Identity {
		switch {
		case ours[f] == "" || shown[f] == "":
		case ours[f] != shown[f]:
			differ++
		default:
			differ--
		}
	}
	return differ > 0
}
