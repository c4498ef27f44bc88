package draft

import (
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// Item is one staged item with where it was seen.
type Item struct {
	fact.Item

	Where   *fact.Listing
	Unclear string // why it is nobody's although its key is known: Duplicate, SomebodyElse
	Waits   string // why it is nobody's yet although it may become an entity
	Recurs  bool   // nothing is kept of it, and each reading is to show it, since it may be asked for
	Again   bool   // it is dealt with, and to be shown again by the next reading
	Doubted bool   // it must be shown otherwise once more before it is believed

	offered connector.Collections
}

// Name names the item.
func (it *Item) Name() fact.ItemID { return fact.ItemID{Listing: it.Listing, ID: it.Item.ID} }

// Collection returns the collection through which the item shows a kind, or nil.
func (it *Item) Collection(kind record.Kind) *connector.Collection {
	for _, c := range it.offered.At(it.Where.Place, it.Where.View) {
		if c.Kind == kind && c.Scope == it.Where.Scope {
			return c
		}
	}
	return nil
}

// Host returns the collection that the item is a record of as a whole, or nil.
func (it *Item) Host() *connector.Collection { return it.offered.Host(it.Where.Place, it.Where.View) }

// At addresses a remote id at the item's place.
func (it *Item) At(kind record.Kind, id record.ExternalID) fact.Request {
	return fact.Remote(it.Where.System, it.Where.Place, it.Where.Scope, kind, id)
}

// Remembered is a stored record as the item that a listing showed. Offered is what the
// system offers.
func Remembered(l *fact.Listing, rec *Record, offered connector.Collections) *Item {
	return &Item{
		Item:  fact.Item{Listing: l.ID, ID: rec.ExternalID, State: fact.Changed, Fields: rec.Remote.Clone()},
		Where: l, offered: offered,
	}
}
