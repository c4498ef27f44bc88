package customer

import "github.com/touchline-sync/touchline/sync/record"

// Number is the kind of the number of a member's customer, in HelpdeskID, as others are told
// it: that of the helpdesk, and where it has none that which the administration of the club
// states.
const Number record.Kind = "club.helpdesk_number"

// NumberTypes are the classes of the fields of club.helpdesk_number.
var NumberTypes = record.Types{RelationCode: Types[RelationCode], HelpdeskID: Types[HelpdeskID]}
