package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// The reasons why a person is not held at MailChimp, and not at TagServer.
const (
	WhyNoOwnAddress = "no e-mail address"
	WhyShared       = "another person owns the e-mail address"
	WhyNotEntered   = "a participant of no event in the window"
)

// EventPerson is the page of the persons of an organiser of events.
//
//   - Who somebody is: EMS and RunSignup, where they register; of two that changed it at
//     once, EMS. RunSignup never empties it. Who registers there and is not known here
//     becomes a person.
//   - What membership they have, and where they live: EMS.
//   - How somebody is reached: EMS, ChatWoot and RunSignup; of two that changed it at
//     once, the earlier of these. None but EMS empties it.
//   - Whether mail may be sent: EMS, but an opt-out or a bounce stands, from
//     whichever side it comes. An opt-out is the person's; a bounce is that of the
//     address, and ends with it. So it is of text messages, of which EMS and Mautic know
//     opt-outs only.
//
// A person whom EMS deletes is archived at MailChimp, unless they have opted out
// there, which must not be forgotten. At ChatWoot the contact stays, for what
// was talked about, is marked and gives its identifier up
// (docs/systems/chatwoot.md). At Mautic the contact stays, too, for what was sent to
// it: it loses the tags that are ours and gets neither mail nor text messages any more. Whoever comes back to EMS
// is known there again, and gets mail when somebody has taken them off Do-Not-Contact in
// Mautic: no program does (docs/systems/mautic.md).
// TagServer holds those who are participants of an event in the window, and nobody whom
// EMS does not. Who is one no longer stays there: results may name them.
func EventPerson() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		eventperson.ID, eventperson.SharedEmail, eventperson.Language, eventperson.City, eventperson.Country,
		eventperson.Membership, eventperson.Memberships, eventperson.Entered, eventperson.Deleted,
	)
	rules(fields, Shared(record.Hub, runsignup).KeepWhenEmpty(),
		eventperson.FirstName, eventperson.LastName, eventperson.BirthDate, eventperson.Gender,
	)
	rules(fields, Shared(record.Hub, chatwoot, runsignup).KeepWhenEmpty(), eventperson.Email, eventperson.Phone)
	rules(fields, Strictest(eventperson.Bounced, eventperson.OptedOut).For(eventperson.Email).StaysBehind(eventperson.Bounced), eventperson.Consent)
	rules(fields, Strictest(eventperson.OptedOut).For(eventperson.Phone), eventperson.SMSConsent)
	return &Policy{
		Kind:      eventperson.Kind,
		Key:       eventperson.Key,
		KeyFields: eventperson.KeyFields,
		Sources:   []record.System{record.Hub},
		Newcomers: personsCome,
		Targets: []Target{
			{System: mailchimp, Place: func(f record.Fields) (place, why string) {
				switch {
				case f[eventperson.Email] != "":
					return "audience", ""
				case f[eventperson.SharedEmail] == "true":
					return "", WhyShared
				default:
					return "", WhyNoOwnAddress
				}
			}},
			TargetAt(chatwoot, "contacts"),
			TargetAt(mautic, "contacts"),
			TargetOf(tagserver, "people", eventperson.Entered, WhyNotEntered),
		},
		Fields:   fields,
		Identity: []record.Field{eventperson.FirstName, eventperson.LastName, eventperson.BirthDate},
		Groups: [][]record.Field{
			{eventperson.FirstName, eventperson.LastName},
			{eventperson.City, eventperson.Country},
		},
		Private: eventperson.Sensitive(),
		OnDelete: []OnDelete{
			{System: mailchimp, If: mailable, Action: Archive},
			{System: mailchimp, Action: Detach},
			{System: chatwoot, Action: SetFields, Fields: record.Fields{eventperson.Deleted: "true", eventperson.ID: ""}},
			{System: mautic, If: reachable, Action: SetFields, Fields: record.Fields{eventperson.Deleted: "true", eventperson.Memberships: ""}},
			{System: mautic, Action: SetFields, Fields: record.Fields{eventperson.Memberships: ""}},
			{System: tagserver, Action: Delete},
		},
	}
}

// mailable reports whether nothing speaks against mail to the person.
func mailable(f record.Fields) bool {
	return f[eventperson.Consent] != eventperson.OptedOut && f[eventperson.Consent] != eventperson.Bounced
}

// reachable reports whether the person may be sent anything.
func reachable(f record.Fields) bool {
	return mailable(f) || f[eventperson.SMSConsent] != eventperson.OptedOut
}
