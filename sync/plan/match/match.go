// Package match decides whose record an item is, and what follows when a record
// is no longer there. It does not look at what the two sides say of each other.
package match

import (
	"maps"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Records finds the sync records that items of a kind belong to, with their
// entities.
func Records(d *draft.Plan, kind record.Kind) {
	for _, it := range d.Items {
		if it.Collection(kind) == nil {
			continue
		}
		for _, id := range []record.ExternalID{it.ID, it.Successor} {
			q := it.At(kind, id)
			if id == "" {
				continue
			}
			if it.State == fact.Changed && id == it.Item.ID {
				d.Shows(it, kind)
			}
			if stored := d.Ask.Remote(q); stored != nil {
				if stored.Entity != 0 {
					d.ByIDs([]record.EntityID{stored.Entity})
				}
				d.Record(stored)
			}
		}
	}
}

// Bind gives the items of a kind to entities. Those that no entity is there for
// yet are kept for later.
func Bind(d *draft.Plan, p *policy.Policy) {
	references(d, p.Kind)
	var open []*draft.Item
	moved := map[*draft.Item]bool{}
	for _, it := range d.Items { // first, since the successors may be listed, too
		if rec := d.Found(it, p.Kind); rec != nil && (it.State == fact.Absent || it.State == fact.Removed) {
			rec.Missing = true
			if key := p.Key(rec.Remote); rec.Owner != nil && p.IsSource(it.Where.System) && key != "" && key != rec.Owner.Key {
				d.Left[draft.Name{Kind: p.Kind, Key: key}] = rec.Owner
			}
		}
		claims(d, p, it)
		if it.State == fact.Removed && it.Successor != "" && it.Collection(p.Kind) != nil {
			if moved[it] = succeed(d, p, it); moved[it] {
				d.Mark(it, d.Found(it, p.Kind).About())
			}
		}
	}
	for _, it := range d.Items {
		coll := it.Collection(p.Kind)
		if coll == nil || moved[it] {
			continue
		}
		rec := d.Found(it, p.Kind)
		switch {
		case it.State == fact.Faulty:
			fault(d, it, coll, rec)
		case rec != nil && rec.Owner != nil:
			if d.InScope(rec.Owner) {
				observe(d, p, it, coll, rec)
			}
		case it.State == fact.Changed:
			open = append(open, it)
		default:
			vanished(d, p, it, coll, rec)
		}
	}
	d.Unbound[p.Kind] = Adopt(d, p, newcomers(d, p, open))
}

// observe takes an item into the sync record of an entity.
func observe(d *draft.Plan, p *policy.Policy, it *draft.Item, coll *connector.Collection, rec *draft.Record) {
	ent := rec.Owner
	switch it.State {
	case fact.Changed:
		d.Mark(it, ent)
		fields := it.Fields.Only(coll.Reads)
		doubt, forgot := rec.Echo.Believe(fields, rec.Remote, !rec.Pending, it.Where.Reading.BegunAt < rec.WrittenAt)
		rec.Dirty = rec.Dirty || forgot
		if doubt {
			it.Doubted = true
		}
		if keepRows(p, it, rec, fields) {
			it.Again = true // a whole reading that says the same is to be heard
		}
		remote := rec.Remote.Over(fields)
		same := maps.Equal(remote, rec.Remote)
		back := ent.Deleted != "" && p.IsSource(it.Where.System)
		if back {
			ent.Revive("listed again")
		}
		rec.ShowAgain = rec.ShowAgain || shownElsewhere(d, coll, rec.Remote, remote, rec.System)
		if !same || rec.Quarantine != "" {
			rec.Remote, rec.Staged, rec.Dirty, rec.Quarantine = remote, true, true, ""
		}
		if !same || back || rec.Dirty {
			d.Want(ent)
		}
	case fact.Absent:
		if it.Missing > 0 && p.IsSource(it.Where.System) && !coll.Part {
			for _, key := range []string{ent.Key, p.Key(rec.Remote)} {
				if ids, _ := d.Claimants(rec.ClaimOf(key)); len(ids) > 1 {
					return // it is listed under one of several new ids, and nothing tells which
				}
			}
		}
		if absent(d, p, it, coll, rec) {
			lost(d, p, it, rec, record.Absent)
		}
	case fact.Removed:
		d.Mark(it, ent)
		lost(d, p, it, rec, record.Reason(it.Reason))
	}
}

// keepRows puts back the rows that an item lacks and that its record has shown before,
// unless it is of a certified reading: of any other one that a row is not shown proves
// nothing. It reports whether there were any.
func keepRows(p *policy.Policy, it *draft.Item, rec *draft.Record, fields record.Fields) (kept bool) {
	if r := it.Where.Reading; r.Whole && r.Certificate.Holds() && !r.Held {
		return false
	}
	for f, shown := range fields {
		n := p.Fields[f].Rows
		if n == 0 || !p.IsSource(it.Where.System) {
			continue
		}
		fields[f] = record.RowsOver(rec.Remote[f], shown, n)
		kept = kept || fields[f] != shown
	}
	return kept
}

// fault notes that a record cannot be read. It is present and unchanged.
func fault(d *draft.Plan, it *draft.Item, coll *connector.Collection, rec *draft.Record) {
	d.Mark(it, rec.About())
	if coll.Part {
		return
	}
	if rec == nil {
		rec = d.NewRecord(it.Where.System, coll, nil, it.ID)
		d.Stray(rec)
	}
	rec.Quarantine, rec.Dirty = "unreadable: "+it.Reason, true
	if rec.Owner != nil {
		d.Want(rec.Owner)
	}
}
