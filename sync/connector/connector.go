// Package connector is the contract between the engine and the outside
// systems: what a system offers (Collection), what the program lends it (Host)
// and how failure is told (Error). It decides nothing: connectors translate,
// the engine decides.
package connector

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Config is a system's settings, and the factory of its connector.
type Config interface {
	// Validate returns all faults of the settings, joined, or nil.
	Validate() error
	// Open makes the connector. It makes no network call.
	Open(h Host) (Connector, error)
}

// Windowed is the settings of a system that is told of events in a window alone.
type Windowed interface {
	Config
	Window() record.Window
}

// Connector is an opened system.
type Connector interface {
	// Collections returns what the system offers. The answer does not change
	// while the connector is open.
	Collections() []Collection
	// Check makes the cheapest call that proves that address and credentials
	// are right, and returns the account's fingerprint: a text that differs
	// between accounts and holds no personal data.
	Check(ctx context.Context) (fingerprint string, err error)
	// Close lets go of what Open or a call has taken.
	Close() error
}

// Shaped is a connector of a system that is not alike at every site: which fields
// there are, and under which names, is the site's own. The site is asked; it is
// never guessed from a version. Collections has what any site may hold.
type Shaped interface {
	Connector
	// Shape returns how the site was when Check last succeeded: one line that a
	// person can read, the same as long as the site is. It holds no personal data.
	Shape() string
	// CollectionsIn returns what the system offers at a site of that shape: as
	// Collections does, with the Reads and Writes that such a site has. It returns
	// nil for a text that is no shape.
	CollectionsIn(shape string) []Collection
}

// WebhookReceiver is a connector whose system announces changes. The refs only name
// what to read; nothing else of the body is believed.
type WebhookReceiver interface {
	// Announces returns the kinds of which every change is announced, so that one
	// that a reading finds by itself shows that no call comes.
	Announces() []record.Kind
	Hook(r *http.Request, body []byte) ([]Notification, error)
}

// Notification names one record that a system says has changed.
type Notification struct {
	Kind record.Kind
	ID   record.ExternalID
}

// Ref says that a field holds references to entities of another kind: their
// keys with us, their remote ids at the system. The value is a set.
type Ref struct {
	Kind record.Kind
	// Required holds a record back until all its referents have a remote id.
	// Without it the record is written with those that have one, and the rest
	// follows in a second patch.
	Required bool
	// LetsGo leaves out a referent that is deleted with us, in place of waiting for it:
	// the system can do without, and does not remove what is referred to.
	LetsGo bool
}

// Kept are the fields that a record keeps as they stand there; see Keeps.
func (c *Collection) Kept(shown, want record.Fields) map[record.Field]Kept {
	if c.Keeps == nil {
		return nil
	}
	return c.Keeps(shown, want)
}

// Kept is a field that a record keeps as it stands there.
type Kept struct {
	Why string // for people; names no value
	Ask bool   // where the entity has another value, a person decides between the two
}

// Collection is one kind of record at one place of a system. A nil function
// means: cannot.
//
// Several collections may name the same Place: one host and any number of
// parts. They share remote records. Field names of a host and its parts are
// disjoint: List, Get, Create and Update of the host carry the fields of all
// of them in one Fields.
type Collection struct {
	Kind  record.Kind
	Place string // the set of remote records, such as "people" or "list-1"
	Part  bool   // fields of the host's record; has no functions of its own
	View  string // the page or query; absence is remembered by view
	Scope string // tells apart lists, accounts or editions; often empty

	Complete         bool // a full List of this view is meant to be whole
	Ordered          bool // List comes in bytewise order of ID
	IdempotentCreate bool // Create with the same key twice makes one record
	Moves            bool // Update of a Unique field may make the record anew, under another id
	// ReusesIDs says that an id may come to be another record's: where the server is
	// replaced, or restored from a backup. A record is looked at before it is removed,
	// and a Write ends when too many are not what they were.
	ReusesIDs bool
	// Required are the fields without which no record can be made. Any other field
	// that the system refuses is left out, and the rest is written.
	Required []record.Field
	Unique   []record.Field // values that only one remote record may hold
	// Assigns are fields to which the system itself gives a value when it makes a record,
	// such as its number. What the answer to a create shows of them is news, whereas any
	// other field that was not sent is empty there, or as the system has it by default.
	Assigns []record.Field
	// UniqueIn says of a field in Unique that only records that are alike in another
	// field compete for its values, such as a number that is worn in an event.
	UniqueIn map[record.Field]record.Field
	Parallel int // calls at once in a Write; 0 is 1
	// Deadline is how long one call of a Write may take when it may take longer
	// than the deployment's own limit; 0: it may not.
	Deadline time.Duration

	// Reads are the fields that an Item of this collection may carry, Writes
	// those that Create and Update take.
	Reads, Writes []record.Field
	Refs          map[record.Field]Ref
	// Keys has, by key on the wire, the fields that are made from it, where Items
	// name their keys; nil elsewhere.
	Keys map[string][]record.Field

	// List yields the records of the view: all of them when since is empty,
	// else those from the cursor on. An error ends the listing; a listing that
	// just stops was not whole.
	List func(ctx context.Context, since Cursor) iter.Seq2[Page, error]
	// Visit fetches records one after the other, in the order given, as somebody does who
	// goes from page to page: each is a Page of its own, whose Next is the id. One that is
	// there and shows nothing is a Page without items. Of what the view reads a visit may show
	// a part: the rest is as it was. Nil: Get is asked for each.
	Visit func(ctx context.Context, ids []record.ExternalID) iter.Seq2[Page, error]
	// Get fetches one record. A record that is not there is NotFound.
	Get func(ctx context.Context, id record.ExternalID) (Item, error)
	// Find looks a record up by its natural key, in all its states. Not found
	// is NotFound; more than one is Rejected.
	Find func(ctx context.Context, want record.Fields) (Item, error)
	// Excludes says without a call why the place is not to hold an entity that it does not
	// hold yet, such as that the settings do not name it; "" where it is. The fields are
	// those of the entity, with references by our keys. Nil means that it may hold all.
	Excludes func(fields record.Fields) (why string)
	// Keeps are fields that a record keeps as they stand there, whatever the entity has,
	// such as a number that people at the system give out: they are taken, and not told.
	// shown is the record as it stands, empty when it is to be made, and want the entity;
	// both have references by our keys. Nil: none.
	Keeps func(shown, want record.Fields) map[record.Field]Kept
	// Accepts tells without a call whether the system would refuse (Rejected)
	// or hold back (Waiting) these fields. Nil means that it takes all.
	Accepts func(want record.Fields) error
	// Create makes a record with all the fields given and returns it as the system now
	// holds it. Where one that it took up is deleted meanwhile it is Transient and Unsent.
	Create func(ctx context.Context, want record.Fields) (Item, error)
	// Update carries out a patch in one read and at most one write, and
	// returns the record as the system now holds it. It writes nothing when
	// the record already holds Set, and answers Stale when the record is not
	// the one that Key names.
	Update func(ctx context.Context, id record.ExternalID, p Patch) (Item, error)
	// Delete removes a record in the way that the system holds to be right.
	// Deleting a record that is not there is quiet.
	Delete func(ctx context.Context, id record.ExternalID) error
	// Erase removes a record for good, with all that the system knows of whom it is
	// about, since they have asked for it. It may be asked for a record that others have
	// made. key is whose record we believe it is: another's is Rejected. Erasing a record
	// that is not there is quiet. Nil: Delete is asked, for records that we have made.
	Erase func(ctx context.Context, id record.ExternalID, key record.Fields) error

	// WriteMany carries out up to Batch creates in one call. The results
	// answer the ops by index; an op without a result counts as uncertain.
	WriteMany func(ctx context.Context, ops []Op) ([]Result, error)
	Batch     int
}

// Item is one remote record, in canonical fields: package value has made them.
type Item struct {
	ID     record.ExternalID
	Fields record.Fields
	// Unreadable says why for each field that the record carries and that cannot
	// be read: a value in no known form, an unknown code, a mask. Such a field is
	// unknown, never empty. It is not in Fields and takes no part; the others do.
	// A reason holds no value. Nil when all could be read.
	//
	// A record whose id, or whose natural key as far as it stands there, cannot
	// be read is a Fault instead.
	Unreadable map[record.Field]string `json:",omitempty"`
	// Notes says of fields in Fields what was left out when they were read, such
	// as the second of two phone numbers. A note holds no value. Mostly nil.
	Notes map[record.Field]string `json:",omitempty"`
	// Stored says of the answer to a write which fields are there as they were sent
	// although the system shows them its own way, as it did before: the connector has looked.
	Stored []record.Field `json:",omitempty"`
	// Adopted says of the answer to a create that the record was there already;
	// that it was there before us, unless an earlier try has made it.
	Adopted bool `json:",omitempty"`
	// Unlisted says that the system's own lists never show such a record, so that a
	// listing that lacks it lacks nothing. Read of the answer to a Get or a Find only.
	Unlisted bool `json:",omitempty"`
	// Keys are the keys that the record had on the wire, each once, also those
	// that no field is made from; nil where the connector shows none. They are
	// looked at in listings only.
	Keys []string `json:"-"`
	// Changed is when the record was changed last, by the system's own clock; zero
	// where it does not say. It decides nothing: it is told how late a change is read.
	Changed time.Time `json:"-"`
}

// Patch says what one remote record should become.
type Patch struct {
	Set record.Fields // the fields to write; present and empty clears
	Was record.Fields // what we believe stands there in those fields
	Key record.Fields // whose record we believe it is; checked before writing
	// Ours has, of the sets of rows in Set (record.NewRow), the rows there that are ours:
	// those that are not in Set any longer go, and rows of others stay beside.
	Ours record.Fields
	// Sought is under what else, where the collection Moves, a call before this one may
	// have made the record anew: the answer was lost, and what was to be written is
	// another by now. A record of ours that is there as well is ended. A patch with
	// nothing to write may have it, too.
	Sought []record.Fields
}

// Op is one create of a batch.
type Op struct {
	Want record.Fields
}

// Result answers one Op. Err nil means done.
type Result struct {
	Item Item
	Err  error
}

// Cursor is a connector's own mark of how far a listing has come. Only the
// connector looks inside; it works in another process, too.
type Cursor string

// Page is one part of a listing.
type Page struct {
	Items   []Item
	Faults  []Fault
	Removed []Removal
	// Next is where a listing that breaks off after this page goes on. Empty
	// after the last page of a full listing.
	Next Cursor
	// Evidence is what this page can state about wholeness. The engine adds
	// the pages up.
	Evidence Evidence
}

// Fault is a record that was seen but could not be read: its id or its natural
// key is of no use, or it is not the record of this collection at all. It counts
// as present and unchanged. One field that cannot be read is no Fault, but
// Item.Unreadable.
type Fault struct {
	ID    record.ExternalID // empty when not even that could be read
	Field record.Field      // the field at fault, if one is
	Why   string            // holds no value
}

// Removal is the system's own word that a record is gone. It needs no
// certificate.
type Removal struct {
	ID        record.ExternalID
	Reason    record.Reason
	Successor record.ExternalID // the record that took its place, if any
}

// Evidence is what a listing can say for being whole. reconcile.Certify judges
// it.
type Evidence struct {
	SignedIn bool // signed in before and after this page
	Filters  bool // the filters that were set were read back as set
	End      bool // the system showed that this is the end
	Stated   bool // Count is a number that the system itself states
	Count    int
	// Contradiction says how the answer contradicts itself or the question, such
	// as an error beside its rows, or rows that were filtered out; it holds no
	// value. Nothing of such a reading is taken, also nothing that is new.
	Contradiction string
}
