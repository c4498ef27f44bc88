package mailchimp

import "github.com/touchline-sync/touchline/sync/record/eventperson"

// consents are what statuses say. Who is pending or archived is unknown: the
// field is absent.
var consents = map[string]string{
	subscribed: eventperson.OptedIn, unsubscribed: eventperson.OptedOut,
	cleaned: eventperson.Bounced, transactional: eventperson.Unknown,
}

// statusIfNew is the status of a contact that is not there yet. On a list that
// asks for confirmation, subscribed would pass the question over without a word
// (docs/systems/mailchimp.md, "Upsert rules").
func statusIfNew(consent string, doubleOptIn bool) string {
	switch {
	case consent == eventperson.OptedOut || consent == eventperson.Bounced:
		return unsubscribed
	case consent == eventperson.OptedIn && doubleOptIn:
		return pending
	case consent == eventperson.OptedIn:
		return subscribed
	}
	return transactional
}

// newStatus is the status to send for a consent to a contact that has one
// already; empty: leave it as it stands. Only a stated change goes out: unknown
// is none, bounced is MailChimp's own finding, and who has opted out or bounced
// there is never subscribed again.
func newStatus(consent, there string, doubleOptIn bool) string {
	switch {
	case optedOut(there):
		return ""
	case consent == eventperson.OptedOut:
		return unsubscribed
	case consent == eventperson.OptedIn && there == transactional:
		return statusIfNew(consent, doubleOptIn)
	}
	return ""
}

// optedOut reports whether a status must be left as it is.
func optedOut(status string) bool { return status == unsubscribed || status == cleaned }
