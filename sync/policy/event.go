package policy

import "github.com/touchline-sync/touchline/sync/record"

// The systems of the event family that policies name.
const (
	mailchimp record.System = "mailchimp"
	chatwoot  record.System = "chatwoot"
	mautic    record.System = "mautic"
	runsignup record.System = "runsignup"
	tagserver record.System = "tagserver"
)

// Event returns the policies of an organiser of events. EMS, our own tables, is the
// hub: it is no system, and its rows are shown as entities where they change. The order is
// that in which they are made at a target: what others refer to comes first.
func Event() Set {
	return Set{
		EventOrganisation(), EventPerson(), EventEvent(), EventRace(), EventStartGroup(),
		EventParticipant(), EventStartGroupParticipant(), EventTag(), EventConversation(),
	}
}
