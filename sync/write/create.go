package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/permit"
)

var (
	errNotMade = errors.New("not made") // a broken-off create has made nothing, and nothing is to be made
	errNotYet  = errors.New("not yet")  // a record cannot be created in this run
)

// creates makes records, and finds out what broken-off creates have made.
type creates struct{ *run }

// permit returns the right to make a record: none while the database is RESTORED.
func (w creates) permit(d *outbox.Delivery) permit.Permit {
	if w.restored.On {
		return permit.Permit{}
	}
	return permit.Of(w.proof(d), w.host, w.policy())
}

// policy is the page of what the place holds.
func (w creates) policy() *policy.Policy { return w.Policies.Of(w.host.Kind) }

// once reports whether what is there is people's from then on.
func (w creates) once() bool { return w.policy().Once != nil }

// create makes a record. What a create before has made, if it is uncertain, is
// looked for first. Without the right to make it, it waits for the next run.
func (w creates) create(ctx context.Context, d *outbox.Delivery) (connector.Item, error) {
	h, right := d.Host, w.permit(d)
	if item, there, err := w.shownUnderKey(ctx, d); there || err != nil {
		return item, err
	}
	switch keyed := w.host.IdempotentCreate && !w.once() && (len(h.Sought) == 0 || w.host.Find == nil); {
	case h.Row.UncertainUntil != nil && (!keyed || h.Ent.Deleted != ""):
		h.Tried = true
		if w.Now().Before(*h.Row.UncertainUntil) {
			return connector.Item{}, errNotYet
		}
		item, found, err := w.findMade(ctx, d)
		switch {
		case err != nil || found:
			return item, err
		case h.Ent.Deleted != "":
			return item, errNotMade
		}
		h.Proven, h.Tried = true, false
		if w.host.Find != nil {
			right = right.Asked()
		}
	case h.Row.UncertainUntil != nil:
		h.Tried = true
		if err := w.spare(ctx, d); err != nil {
			return connector.Item{}, err
		}
	case (right.Holds() && (w.few || !w.proof(d).Holds()) || !w.host.Shows(w.policy().KeyFields) && !w.restored.On) && w.host.Find != nil:
		item, err := w.lookBefore(ctx, d)
		if err != nil || item.ID != "" {
			return item, err
		}
		right = right.Asked()
	}
	return w.make(ctx, d, right)
}

// shownUnderKey takes over what the place has shown under the key that d is to have.
func (w creates) shownUnderKey(ctx context.Context, d *outbox.Delivery) (connector.Item, bool, error) {
	item, there, err := w.place.ShownUnderKey(ctx, d)
	if err == nil && there {
		item, err = remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Get(ctx, item.ID) })
	}
	if gone := connector.ClassOf(err) == connector.NotFound; gone || err == nil && (!there || w.policy().SomebodyElse(d.Host.Ent.Fields, item.Fields)) {
		return connector.Item{}, false, nil
	} else if err != nil {
		return item, false, err
	}
	d.Found = d.Host.Row.UncertainUntil != nil
	item, err = w.takeOver(ctx, d, item)
	item.Adopted = true
	return item, true, err
}

// make makes a record that there is a right to make.
func (w creates) make(ctx context.Context, d *outbox.Delivery, right permit.Permit) (connector.Item, error) {
	if !right.Holds() {
		return connector.Item{}, errNotYet
	}
	if err := permit.Lost(ctx, w.Store, w.system.Name, w.host, w.policy(), d.Host.Ent.Fields, d.Host.Row.LookedOn); err != nil {
		return connector.Item{}, err
	}
	return w.attempt(ctx, d, journal.Create, func(ctx context.Context) (connector.Item, error) { return w.host.Create(ctx, d.Wire()) })
}

// lookBefore looks for a record just before it is made, where no certified listing has
// shown that it is not there; of a few all the same, since a listing may be behind. So it
// is known afterwards who made it. A record that is there is taken over.
func (w creates) lookBefore(ctx context.Context, d *outbox.Delivery) (connector.Item, error) {
	item, err := w.find(ctx, d)
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		d.Host.Proven = true
		return connector.Item{}, nil
	case err != nil:
		return connector.Item{}, err
	case w.host.IdempotentCreate && !w.once():
		d.Spares(item)
		return connector.Item{}, nil // Create brings it to what is wanted
	}
	item, err = w.takeOver(ctx, d, item)
	item.Adopted = true
	return item, err
}

// spare looks before a create is repeated whether its record has opted out by now.
func (w creates) spare(ctx context.Context, d *outbox.Delivery) error {
	if !w.sparing(d) {
		return nil
	}
	item, err := w.find(ctx, d)
	if connector.ClassOf(err) == connector.NotFound {
		return nil
	}
	d.Spares(item)
	return err
}

// sparing reports whether a create that may have made its record is to be looked for since
// it tells of a consent that is not the strictest.
func (w creates) sparing(d *outbox.Delivery) bool {
	return d.Host.Row.UncertainUntil != nil && w.host.Find != nil && d.Loosens()
}

// findMade looks for the record that a broken-off create may have made.
func (w creates) findMade(ctx context.Context, d *outbox.Delivery) (connector.Item, bool, error) {
	switch {
	case w.host.Find != nil:
	case d.Host.Row.LookedOn != nil && !d.Host.Row.LookedOn.Before(*d.Host.Row.UncertainUntil):
		return connector.Item{}, false, nil // a person has looked
	case w.proof(d).Holds() && w.began(*d.Host.Row.UncertainUntil):
		return connector.Item{}, false, nil // a later full listing has not shown it
	case w.listed.Later():
		return connector.Item{}, false, errNotYet // a listing that is certified, and tells of it, will show it
	default:
		return connector.Item{}, false, &connector.Error{
			Class: connector.Rejected, System: w.system.Name, Op: outbox.FindOp,
			Why: "the system cannot be asked; a person must look whether the record is there",
		}
	}
	item, err := w.find(ctx, d)
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return connector.Item{}, false, nil
	case err != nil:
		return connector.Item{}, false, err
	}
	d.Found = true
	item, err = w.takeOver(ctx, d, item)
	return item, true, err
}

// find looks a record up by its natural key, or what it may have been made with.
func (w creates) find(ctx context.Context, d *outbox.Delivery) (connector.Item, error) {
	item, err := d.Made(func(by record.Fields) (connector.Item, error) {
		return remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Find(ctx, d.ByTheirIDs(by)) })
	})
	return item, permit.NotOthers(ctx, w.Store, d.Host.Ent.Entity, err)
}

// takeOver brings a record that was found to what is wanted. What is made once stays as
// it is.
func (w creates) takeOver(ctx context.Context, d *outbox.Delivery, item connector.Item) (connector.Item, error) {
	d.Meets(item)
	if w.once() {
		return item, nil
	}
	patch := d.Patch()
	patch.Was = record.Fields{}
	return w.attempt(ctx, d, journal.Update, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, item.ID, patch) })
}

// takeBack notes that creates were certainly not carried out.
func (w creates) takeBack(ctx context.Context, batch []*outbox.Delivery) error {
	if len(batch) == 0 {
		return nil
	}
	var results []journal.Result
	var ids []int64
	for _, d := range batch {
		results = append(results, d.Completed(journal.Result{Outcome: journal.Failed})...)
		if d.Host.Tried {
			continue // a call before may have made it all the same
		}
		ids = append(ids, d.Host.Row.ID)
		d.Host.Row.UncertainUntil, d.Host.Row.CreatedBy = nil, record.ByUnknown
	}
	err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		if err := journal.Complete(ctx, q, w.Now(), results); err != nil {
			return err
		}
		return q.TakeBackCreates(ctx, string(w.system.Name), ids)
	})
	if err != nil {
		return fmt.Errorf("take creates back: %w", err)
	}
	return nil
}
