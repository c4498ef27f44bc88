// Package sight looks at what stands at a system for a record that is about to be written.
package sight

import (
	"context"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// Sight is what stands at a system for a delivery.
type Sight struct {
	Item  connector.Item
	Shown map[*outbox.Part]record.Fields // in our terms
	Ours  bool                           // its key is the one that we know
}

// Look fetches the record of a delivery. Its errors are those of Get (*connector.Error),
// and of our own tables.
func Look(ctx context.Context, caller *remote.Caller, place *outbox.Place, d *outbox.Delivery) (Sight, error) {
	item, err := remote.Call(ctx, caller, func(ctx context.Context) (connector.Item, error) {
		return place.Host.Get(ctx, record.ExternalID(*d.Host.Row.ExternalID))
	})
	if err != nil {
		return Sight{}, err
	}
	now := Sight{Item: item, Shown: map[*outbox.Part]record.Fields{}, Ours: true}
	for f, key := range d.Patch().Key {
		if v, ok := item.Fields[f]; ok && v != key {
			now.Ours = false
		}
	}
	for _, b := range d.EveryPart() {
		if now.Shown[b], err = place.ShownBy(ctx, b, item); err != nil {
			return Sight{}, err
		}
	}
	return now, nil
}
