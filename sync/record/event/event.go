// Package event names the fields of event.event: an event: what people enter,
// with its races.
package event

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of an event.
const Kind record.Kind = "event.event"

// What is known of an event.
const (
	ID           record.Field = "id"            // of EMS, in decimal digits
	Organisation record.Field = "organisation"  // a reference to event.organisation: who organises it
	Sanctioned   record.Field = "sanctioned_by" // a reference to event.organisation; empty: none
	Name         record.Field = "name"
	Start        record.Field = "start" // instant
	End          record.Field = "end"   // instant
	AllDay       record.Field = "all_day"
	Zone         record.Field = "zone" // of IANA, such as Europe/Amsterdam: where it takes place
	Venue        record.Field = "venue"
	Address      record.Field = "address"
	City         record.Field = "city"
	Province     record.Field = "province"
	PostalCode   record.Field = "postal_code"
	Country      record.Field = "country"   // two capitals
	Latitude     record.Field = "latitude"  // degrees, up to six decimals
	Longitude    record.Field = "longitude" // degrees, up to six decimals
	ContactName  record.Field = "contact_name"
	ContactEmail record.Field = "contact_email"
	ContactURL   record.Field = "contact_url"
	TimingID     record.Field = "timing_id" // by what timing systems know a participant
	InWindow     record.Field = "in_window" // true while it ended not long ago, takes place or begins before long, else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
