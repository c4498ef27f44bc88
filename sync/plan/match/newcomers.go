package match

import (
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// arrivals are the newcomers of a kind in the course of a plan.
type arrivals struct {
	*draft.Plan

	page *policy.Policy
	// common has the entities of the kind by what they share with a newcomer.
	common map[string][]*draft.Entity
	refers map[record.System]*referrers
}

// newcomers gives records without a key of ours, which people have made at a system, to
// the entities that they are about, and makes those that are missing. It returns the
// items that it has not dealt with.
func newcomers(d *draft.Plan, p *policy.Policy, open []*draft.Item) (rest []*draft.Item) {
	if p.Newcomers == nil || len(d.In.Keys) > 0 {
		return open
	}
	a := &arrivals{Plan: d, page: p, refers: map[record.System]*referrers{}}
	come := []*draft.Item(nil)
	for _, it := range open {
		switch {
		case !arrives(d, p, it):
			a.tell(it, "", record.Hub) // such as of one that was ended while it waited
			rest = append(rest, it)
		case a.referrers(it.Where.System).unread:
			d.ShownAgain[it.Listing] = true
		default:
			come = append(come, it)
		}
	}
	come = append(come, a.named(come)...)
	a.index()
	for _, it := range come {
		a.ask(it)
	}
	if len(d.Ask.Need) > 0 {
		return rest // what is decided now is decided again
	}
	a.index()
	for _, it := range come {
		if !a.place(it) {
			rest = append(rest, it)
		}
	}
	return rest
}

// arrives reports whether an item may become an entity without having a key: it is
// nobody's and not over. Where each is an entity of its own, it never was anybody's: what
// we have deleted does not come back since somebody edits it there.
func arrives(d *draft.Plan, p *policy.Policy, it *draft.Item) bool {
	coll := it.Collection(p.Kind)
	if it.State != fact.Changed || coll == nil || coll.Part || !p.Newcomers.TakesFrom(it.Where.System) || naturalKey(d, p, it) != "" {
		return false
	}
	if p.Newcomers.Over != nil && p.Newcomers.Over(it.Fields) {
		return false
	}
	rec := d.Found(it, p.Kind)
	switch {
	case rec == nil:
		return true
	case rec.Owner != nil || rec.NaturalKey != "" && p.Newcomers.Each:
		return false
	case rec.NaturalKey == "":
		return true
	}
	was := d.Lookup(p.Kind, rec.NaturalKey) // who was deleted may come again, as somebody new
	return was == nil || was.Deleted != ""
}

// ask asks for all that whose an item is depends on.
func (a *arrivals) ask(it *draft.Item) {
	for _, c := range a.page.Newcomers.Common(it.Fields) {
		members, _, _ := a.Ask.Group(fact.Newcomers(a.page.Kind), c)
		for _, m := range members {
			a.Complete(a.Take(m))
		}
		a.Complete(a.common[c]...)
	}
}

// index finds what entities share, as they are by now.
func (a *arrivals) index() {
	a.common = map[string][]*draft.Entity{}
	for _, ent := range a.Entities() {
		if ent.Kind == a.page.Kind {
			a.add(ent)
		}
	}
}

func (a *arrivals) add(ent *draft.Entity) {
	for _, c := range a.page.Newcomers.Common(ent.Fields) {
		a.common[c] = append(a.common[c], ent)
	}
}

// place decides what becomes of a newcomer. It reports false where it stays nobody's.
func (a *arrivals) place(it *draft.Item) bool {
	done := a.decide(it)
	if it.Waits == "" {
		a.tell(it, "", record.Hub)
	}
	return done
}

func (a *arrivals) decide(it *draft.Item) bool {
	by := a.referrers(it.Where.System).of[it.ID]
	ent, ours := by.subject(a)
	switch {
	case ent != nil && ours:
		a.known(it, ent) // what it says we have said ourselves
		return true
	case ent != nil:
		a.bind(it, ent)
		return true
	case a.referrers(it.Where.System).any && !by.newcomer:
		// Whoever registers brings it. Of one that is kept, nothing need be shown again.
		rec := a.Found(it, a.page.Kind)
		it.Recurs = rec != nil && rec.NaturalKey != ""
		return false
	}
	if a.unreadBeside(it) {
		a.ShownAgain[it.Listing] = true
		return true
	}
	if missing := a.page.Newcomers.Missing(it.Fields); len(missing) > 0 {
		a.lacks(it, missing)
		return false
	}
	same, why := a.compare(it)
	switch {
	case why != "":
		a.waits(it, why)
		a.tell(it, "", "")
		return false
	case same != nil:
		a.bind(it, same)
	default:
		a.make(it)
	}
	return true
}

// compare finds the entity that an item is about, or says why that is not clear. Both
// are empty where there is none.
func (a *arrivals) compare(it *draft.Item) (same *draft.Entity, why string) {
	several, maybe := false, false
	for _, ent := range a.alike(it) {
		switch a.page.Newcomers.Compare(ent.Fields, it.Fields) {
		case policy.Same:
			several = several || same != nil
			same = ent
		case policy.Maybe:
			maybe = true
		case policy.Different:
		}
	}
	large := slices.ContainsFunc(a.page.Newcomers.Common(it.Fields), func(c string) bool {
		return a.In.TooLarge[fact.GroupName{Rule: fact.Newcomers(a.page.Kind), Key: c}]
	})
	switch {
	case several || large:
		return nil, waitsSeveral
	case same == nil && maybe:
		return nil, waitsSimilar
	}
	return same, ""
}

// alike are the entities that share something with an item, each once, by key.
func (a *arrivals) alike(it *draft.Item) []*draft.Entity {
	var out []*draft.Entity
	for _, c := range a.page.Newcomers.Common(it.Fields) {
		a.Compared[c] = nil
		for _, ent := range a.common[c] {
			if ent.Deleted == "" && !slices.Contains(out, ent) && !(a.page.Newcomers.Each && ent.At(it.Where, a.page.Kind) != nil) {
				out = append(out, ent)
			}
		}
	}
	slices.SortFunc(out, func(x, y *draft.Entity) int { return strings.Compare(x.Key, y.Key) })
	return out
}

// looked are the ids of all that share something with an item, by what is stored or is
// by now.
func (a *arrivals) looked(it *draft.Item) []record.EntityID {
	var out []record.EntityID
	for _, c := range a.page.Newcomers.Common(it.Fields) {
		members, _, _ := a.Ask.Group(fact.Newcomers(a.page.Kind), c)
		for _, m := range members {
			out = append(out, m.ID)
		}
		for _, ent := range a.common[c] {
			out = append(out, ent.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bind makes an item a record of an entity; where that one has a record there, it is
// only known as the entity's.
func (a *arrivals) bind(it *draft.Item, ent *draft.Entity) {
	a.compared(it, ent)
	if ent.At(it.Where, a.page.Kind) != nil {
		a.known(it, ent)
		return
	}
	a.together(it, ent)
	a.take(it, ent)
}

// take links an item, which is nobody else's any more.
func (a *arrivals) take(it *draft.Item, ent *draft.Entity) {
	link(a.Plan, it, it.Collection(a.page.Kind), ent)
	if rec := a.Found(it, a.page.Kind); rec != nil {
		rec.NaturalKey = ""
	}
}

// make makes an entity of an item. All that the item says is said by its system.
func (a *arrivals) make(it *draft.Item) {
	key := a.Ask.NewKey(it.At(a.page.Kind, it.ID))
	ent := a.Create(a.page.Kind, key)
	coll := it.Collection(a.page.Kind)
	for f, v := range it.Fields.Only(coll.Reads) {
		a.Set(ent, f, v, it.Where.System)
	}
	ent.Alike = a.looked(it)
	ent.Came, ent.Why = true, "came in at "+string(it.Where.System)
	a.compared(it, ent)
	a.add(ent)
	a.together(it, ent)
	a.take(it, ent)
	ent.At(it.Where, a.page.Kind).CreatedBy = record.ByThem
}

// compared notes by what an item was compared, and whose component that is.
func (a *arrivals) compared(it *draft.Item, ent *draft.Entity) {
	for _, c := range a.page.Newcomers.Common(it.Fields) {
		a.Compared[c] = ent
	}
}

// known notes that an item is a further record of an entity: nothing is taken of it, and
// what refers to it refers to the entity.
func (a *arrivals) known(it *draft.Item, ent *draft.Entity) {
	rec := a.Found(it, a.page.Kind)
	if rec == nil {
		rec = a.NewRecord(it.Where.System, it.Collection(a.page.Kind), nil, it.ID)
	}
	rec.NaturalKey, rec.Quarantine, rec.Dirty = ent.Key, "", true
	rec.Remote = it.Fields.Only(rec.Kept(a.page))
	a.Mark(it, ent)
	a.Stray(rec)
}
