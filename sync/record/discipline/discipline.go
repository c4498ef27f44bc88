// Package discipline names the fields of club.discipline_case: what the federation has
// charged a member with after a match.
package discipline

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a case.
const Kind record.Kind = "club.discipline_case"

// What is known of a case.
const (
	Dossier     record.Field = "dossier" // the federation's number of it
	Person      record.Field = "person"  // a reference to club.person; empty: it names nobody
	MatchDate   record.Field = "match_date"
	ProcessedOn record.Field = "processed_on"
	Match       record.Field = "match" // which teams, as people read it
	Team        record.Field = "team"
	ChargeCodes record.Field = "charge_codes" // a set
	Charge      record.Field = "charge"
	Sanction    record.Field = "sanction"
	Fee         record.Field = "fee"     // in cents
	Season      record.Field = "season"  // 2025-2026, see SeasonOf
	Charged     record.Field = "charged" // by whom the fee is charged on to the member
)

// Who may have charged the fee on to the member. Nothing is said of it in place of that
// nobody has: Sportlink knows only of its own.
const (
	BySportlink = "sportlink"
	ByRondo     = "rondo"
	Exempt      = "exception" // somebody of the club has let it go
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Dossier}

// Key is the natural key: the federation's number.
func Key(f record.Fields) string { return f[Dossier] }
