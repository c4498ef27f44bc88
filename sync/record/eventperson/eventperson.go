// Package eventperson names the fields of event.person: a person as EMS shows
// one to other systems. Identity numbers, emergency contacts and the like are
// no fields, so that no mapping can name them (docs/ems.md, "What systems
// see").
package eventperson

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a person of an organiser of events.
const Kind record.Kind = "event.person"

// What is known of a person.
const (
	ID        record.Field = "id" // of EMS, in decimal digits
	FirstName record.Field = "first_name"
	LastName  record.Field = "last_name"
	BirthDate record.Field = "birth_date"
	Gender    record.Field = "gender" // male, female, empty
	// Email is the person's address in lower case. It is empty, too, where
	// another person owns the address; SharedEmail says so then.
	Email       record.Field = "email"
	SharedEmail record.Field = "shared_email" // true, false
	Phone       record.Field = "phone"        // E.164
	Language    record.Field = "language"     // BCP 47
	City        record.Field = "city"
	Country     record.Field = "country" // two capitals
	// Membership is the best status of all that hold today: active, pending,
	// expired, revoked, draft; empty without any.
	Membership record.Field = "membership"
	// Memberships is the set of all that hold today, each "<type>:<status>" in
	// lower case.
	Memberships record.Field = "memberships"
	// Consent says whether mail may be sent, and SMSConsent whether text messages may. Each
	// is decided by the strictest.
	Consent    record.Field = "consent"
	SMSConsent record.Field = "sms_consent"
	// Entered says whether the person is a participant of an event in the window: true, false.
	Entered record.Field = "entered"
	// Deleted marks at a system that keeps its record that EMS has deleted the
	// person: true, empty.
	Deleted record.Field = "deleted"
)

// The values of Consent, strictest first. Those of SMSConsent are the same without the
// first.
const (
	Bounced  = "bounced" // the address does not take mail
	OptedOut = "opted_out"
	Unknown  = "unknown" // nobody was asked
	OptedIn  = "opted_in"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }

// Sensitive are the columns of EMS that never leave it (docs/ems.md). A program
// whose mappings name one does not start.
func Sensitive() []record.Field {
	return []record.Field{
		"identity_type", "identity_number", "identity_country",
		"emergency_contact_name", "emergency_contact_number",
		"doctor", "medical_scheme", "allergies", "medication", "conditions", "parent", "guardian",
	}
}
