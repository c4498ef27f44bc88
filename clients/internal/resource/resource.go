// Package resource makes a connector's collection out of a few calls. A connector
// gives what is particular to its system: the table of its fields, how a record is
// recognised, what is refused and held, and calls that return records as they came.
// The kit does what all have in common: it reads, recognises, compares, writes no
// more than what differs and looks at what was stored; it meets records that are
// there already, and is quiet about those that are gone.
package resource

import (
	"context"
	"encoding/json"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// Resource is one kind of record at one place of a system. W is the form of a record
// on the wire.
type Resource[W any] struct {
	System record.System
	// Collection is what the connector says of itself, such as Kind, Place, Required
	// and Unique. Reads, Writes and the functions are the kit's.
	connector.Collection
	Calls[W]

	Table mapping.Table[W]
	// Reading and Sending are how values are made canonical on the way in and out.
	Reading, Sending func() value.Spec

	// Columns are the custom fields that Table uses, for CheckColumns.
	Columns Columns

	// IDKey is the key of a record's id on the wire, a text or a number.
	IDKey string
	// NumberIDs says that ids are whole numbers above 0: nothing else is asked for, a record
	// with any other id is a Fault, and what answers must be the record that was named.
	NumberIDs bool
	// Requires are keys that every record has on the wire: without one of them, or
	// with null in its place, what came is no record of this resource.
	Requires []string
	// Key are the fields of the natural key. A record of which one stands there and
	// cannot be read is a Fault, since it would be taken for somebody else's.
	Key []record.Field
	// Check says why what came is no record of this resource; "" when it is one. It
	// may complete what the system leaves out. Nil: all are.
	Check func(*W) (why string)

	// Changed is when a record was changed last, as it says itself. Nil: it does not.
	Changed func(*W) time.Time

	// Refuses says what the system cannot hold, without a call: Rejected or Waiting.
	// Values that the table cannot write need not be looked at.
	Refuses func(want record.Fields) error
	// Mine reports whether a record that was found for what is wanted is the wanted
	// one, and no namesake.
	Mine func(want, have record.Fields) bool
	// MayBe reports whether a record that is not Mine may be the wanted one all the same.
	// Where one may, and none is, a person decides. Nil: none may.
	MayBe func(want, have record.Fields) bool
	// Another reports whether a record is no longer the one that a patch means.
	Another func(p connector.Patch, have record.Fields) bool
	// KeepsEdits says that what somebody has changed since it was read is not written
	// over unseen: the patch is Stale.
	KeepsEdits bool
	// Rows are the fields that are sets of rows, with how many columns say which row it is:
	// rows of others that stand there stay beside those that are written.
	Rows map[record.Field]int
	// Lacks are the fields that have no place in a record of these values, such as a
	// post code where there is no address. They are neither sent nor looked for; what
	// stands there is cleared all the same. Nil: each has its place.
	Lacks func(all record.Fields) []record.Field
	// Merges says that records of this system are merged into others. One that is
	// gone when it is to be written is looked for by what is known of it, and what is
	// left of the merge is named as its successor.
	Merges bool
	// Adopting returns what a record that was there already is told in place of what
	// a new one would be; nil: the same.
	Adopting func(want record.Fields) record.Fields
	// Ready makes sure, before the first write, that the system can take what is
	// written, such as that its custom fields exist. It is called until it succeeds,
	// by one call at a time; its error says that the write was not begun. Nil: it can.
	Ready func(ctx context.Context) error
	// Holds takes out of a change what the record, as it stands, does not take, and
	// returns an error (Waiting) where that is to be said; op is "update", or "adopt"
	// for a record that was to be made. Nil: it takes all.
	Holds func(op string, item connector.Item, set record.Fields) error
	// Unlisted reports whether the system's lists never show a record like this one.
	Unlisted func(record.Fields) bool
	// Stays reports whether a record stays as it is when it is to be deleted. An
	// error (Waiting) says that nobody knows.
	Stays func(item connector.Item) (bool, error)
	// Erases says that nothing is left of a record that is deleted: who is erased is so by
	// Delete, where no call of its own is named.
	Erases bool
	// Exists finds in the error of a create that a record is there already, and its
	// id, or whatever else Get takes for one; "" where it is not named.
	Exists func(err error) (id record.ExternalID, there bool)
	// WritesOver is the unique field by whose value Create writes over a record that
	// is there, in place of being refused: Search is asked before. "": none is.
	WritesOver record.Field
	// Overlaps says that pages overlap, since records move while they are paged: one
	// that comes again in a listing is passed over.
	Overlaps bool
	// Moves says that an update may make the record anew under another id. Where the
	// answer to it was lost, Search finds that one by what the patch writes.
	Moves bool

	ready Once
}

// Free is a Mine for a field that holds whose record it is: one that is nobody's is free.
func Free(f record.Field) func(want, have record.Fields) bool {
	return func(want, have record.Fields) bool { return have[f] == "" || have[f] == want[f] }
}

// Other is an Another for a field that holds whose record it is.
func Other(f record.Field) func(connector.Patch, record.Fields) bool {
	return func(p connector.Patch, have record.Fields) bool { return p.Key[f] != "" && have[f] != p.Key[f] }
}

// Calls are the calls to a system. They return records as they came, as JSON; op
// names the operation for errors. A nil call means: cannot.
type Calls[W any] struct {
	// Page returns one page of the view: the first, or the one at a cursor.
	Page func(ctx context.Context, at connector.Cursor) (Rows, error)
	// Paged reads the view by numbered pages, in place of Page.
	Paged *Paged
	Get   func(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error)
	// Search returns the records that may be the wanted one; Mine decides.
	Search func(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error)
	// Create and Update take out of what they are given what they do not send, and
	// what the answer need not show. An Update that has nothing to send returns no
	// record and no error; with both, the error says what of it was not written.
	Create func(ctx context.Context, op string, record *W) (json.RawMessage, error)
	Update func(ctx context.Context, op string, id record.ExternalID, c Change[W]) (json.RawMessage, error)
	Delete func(ctx context.Context, op string, id record.ExternalID) error
	// Erase removes a record for good, in whatever state it is. It is to ask mine of the
	// record as it came just before: the error says that it is somebody else's.
	Erase func(ctx context.Context, op string, id record.ExternalID, mine func(json.RawMessage) error) error
	// Many makes records in one call and answers each by its index; one without an
	// answer is uncertain. Without Create it makes one as well.
	Many func(ctx context.Context, op string, records []*W) (map[int]Answer, error)
	// SearchMany returns, in one call, the records that may be the wanted ones: where Many
	// is broken off half-way some are there already. Nil: each is met by itself.
	SearchMany func(ctx context.Context, op string, wants []record.Fields) ([]json.RawMessage, error)
	// Columns returns the custom fields that there are: their types by name.
	Columns func(ctx context.Context, op string) (map[string]string, error)
}

// Rows are the records of a page. Next and Evidence are as in connector.Page; a page
// that is read by its number has no Next.
type Rows struct {
	Records  []json.RawMessage
	Removed  []connector.Removal
	Next     connector.Cursor
	Evidence connector.Evidence
	// Clock is the system's time, and Oldest when the last record changed, where that is
	// not what it says itself (Changed). Zero: the system does not say. They are looked at
	// where there is a Since.
	Clock, Oldest time.Time
	// Size is how many records this page has where it is full, as its answer says, for a
	// system that may give fewer than it was asked for; 0: as Paged.Size says.
	Size int
}

// Change is what an update writes: Set has what differs, Now the record as it was
// read just before, Key whose it is. Sought is as in connector.Patch.
type Change[W any] struct {
	Set, Now *W
	Key      record.Fields
	Sought   []record.Fields
}

// Answer is what a call that makes many says of one.
type Answer struct {
	// Record is as it was made, or, where Err says that it is there already, as it
	// stands; nil where the answer does not show it.
	Record json.RawMessage
	// ID is that of one that is not shown; Besides is what stands there then besides
	// what was sent.
	ID      record.ExternalID
	Besides record.Fields
	Err     error // why it was not made; Exists looks at it
}

// Offer returns the collection.
func (r *Resource[W]) Offer() connector.Collection {
	c := r.Collection
	c.Reads, c.Writes = r.Table.Reads(), r.Table.Writes()
	c.Moves = r.Moves
	c.Accepts = r.accepts
	if r.Page != nil {
		c.List = r.list
	}
	if r.Paged != nil {
		c.List = r.listPaged
	}
	if r.Calls.Get != nil {
		c.Get = r.get
	}
	if r.Search != nil {
		c.Find = r.find
	}
	if r.Calls.Create == nil && r.Many != nil {
		r.Calls.Create = r.oneOfMany
	}
	if r.Calls.Create != nil {
		c.Create = r.create
	}
	if r.Calls.Update != nil {
		c.Update = r.update
	}
	if r.Calls.Delete != nil {
		c.Delete = r.delete
	}
	if r.Calls.Erase == nil && r.Erases {
		r.Calls.Erase = r.deleteMine
	}
	if r.Calls.Erase != nil {
		c.Erase = r.erase
	}
	if r.Many != nil {
		c.WriteMany = r.createMany
	}
	return c
}

// Fault is an error of this resource that no answer brought.
func (r *Resource[W]) Fault(class connector.Class, op, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: r.System, Op: op + " " + r.Place, Why: why, Field: field}
}
