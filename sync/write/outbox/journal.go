package outbox

import (
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
)

// BeginCreate notes that a create is about to be made, that may take effect until a time,
// and whose its record would be. It is ours when nothing was there just before, as a search
// or a certified listing has shown.
func (b *Part) BeginCreate(until time.Time, certified bool) {
	if b.Row.UncertainUntil == nil || b.Proven {
		b.Row.CreatedBy = record.ByUnknown
		if b.Proven || certified {
			b.Row.CreatedBy = record.ByUs
		}
	}
	b.Row.UncertainUntil = &until
}

// Entries are the rows of the journal for one call about a record.
func (d *Delivery) Entries(op journal.Op) []*journal.Entry {
	var out []*journal.Entry
	for _, b := range d.EveryPart() {
		b.Entry = nil
		if !b.Pending || op == journal.Update && len(b.Wire) == 0 {
			continue
		}
		e := &journal.Entry{
			Scope: b.Row.Scope, Kind: b.Coll.Kind, SyncRecord: b.Row.ID, Entity: b.Ent.ID, Op: op, Sent: record.Change{},
		}
		for f := range b.Wire {
			e.Sent[f] = [2]string{b.Remote[f], b.Set[f]}
		}
		switch {
		case op == journal.Create:
			e.CreatedBy = d.Host.Row.CreatedBy
		case op == journal.Update && b.Ent.Deleted != "":
			e.Op = journal.Remove
		}
		b.Entry = e
		out = append(out, e)
	}
	return out
}

// Completed is what became of a record's call, for each open row of the journal.
func (d *Delivery) Completed(r journal.Result) []journal.Result {
	var out []journal.Result
	for _, b := range d.EveryPart() {
		if b.Entry != nil {
			r.ID = b.Entry.ID
			out = append(out, r)
			b.Entry = nil
		}
	}
	return out
}

// Broken is what became of a record's call that has failed.
func (d *Delivery) Broken() []journal.Result {
	if d.Failure == nil {
		return d.Completed(journal.Result{Outcome: journal.Unknown})
	}
	return d.Completed(journal.Result{Outcome: outcomeOf(d.Failure), Error: d.Failure.Error()})
}

// Unheard reports whether the last call, which has failed, may have had its effect.
func (d *Delivery) Unheard() bool {
	return d.Failure == nil || outcomeOf(d.Failure) == journal.Unknown
}

// outcomeOf says what a failure means for the call that has failed.
func outcomeOf(f *connector.Error) journal.Outcome {
	switch f.Class {
	case connector.Rejected, connector.Waiting:
		return journal.Refused
	case connector.Stale, connector.NotFound, connector.Denied, connector.Throttled:
		return journal.Failed
	}
	if f.Unsent {
		return journal.Failed
	}
	return journal.Unknown
}
