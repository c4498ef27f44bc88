package mailchimp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// The titles of error documents that mean something of their own
// (docs/systems/mailchimp.md, "Errors", 2026-11). Only these are ever quoted.
const (
	titleExists     = "Member Exists"
	titleCompliance = "Member In Compliance State"
	titleForgotten  = "Forgotten Email Not Subscribed"
	titleInvalid    = "Invalid Resource"
)

var titles = []string{
	titleExists, titleCompliance, titleForgotten, titleInvalid, "Compliance Related", "JSON Parse Error", "Bad Request",
}

// Why a contact is held: nobody's fault, and not to be tried again soon.
const (
	optedOutReason  = "opted out"
	forgottenReason = "deleted for good there: only the person can come back"
	noMailReason    = "no address"
	tooOftenReason  = "the address has signed up to many lists of late: not taken for now"
)

// noDocument is what is wrong with an answer that is not MailChimp's.
const noDocument = "status 404 without MailChimp's document: is base_url the address of the API?"

// existsReason is why an address is not added that is on the list already.
const existsReason = "the address is on the list already"

// slowDown is how long a call that was not answered in time may go on at
// MailChimp and hold its connection (docs/systems/mailchimp.md, "Limits").
const slowDown = longTimeout

// judge says what MailChimp's error documents mean.
func judge(status int, body []byte) *connector.Error {
	var p problem
	isJSON := json.Unmarshal(body, &p) == nil
	e := &connector.Error{Why: why(status, p)}
	switch {
	case status == http.StatusForbidden && !isJSON:
		// At very high volume there is a 403 without a document, in place of a 429.
		e.Class = connector.Throttled
	case status == http.StatusUnavailableForLegalReasons:
		e.Class = connector.Denied // the account itself: a person must act
	case status == http.StatusNotFound && p.Title == "":
		// Of a contact MailChimp says so in a document; this is of what stands before it.
		e.Class, e.Why = connector.Drifted, noDocument
	case status == http.StatusBadRequest:
		badRequest(e, p)
	default:
		return nil
	}
	return e
}

func badRequest(e *connector.Error, p problem) {
	switch p.Title {
	case titleExists:
		e.Class, e.Field = connector.Rejected, eventperson.Email
	case titleCompliance:
		e.Class, e.Why, e.Unsent = connector.Waiting, optedOutReason, true
	case titleForgotten:
		e.Class, e.Why, e.Unsent = connector.Waiting, forgottenReason, true
	case titleInvalid:
		if tooOften(p.Detail) {
			e.Class, e.Why, e.Unsent = connector.Waiting, tooOftenReason, true
			return
		}
		e.Class = connector.Rejected
		for _, fault := range p.Errors {
			if e.Field == "" {
				e.Field = fieldOf(fault.Field)
			}
		}
		if e.Field == "" && aboutAddress(p.Detail) {
			e.Field = eventperson.Email
		}
	default:
		e.Class = connector.Drifted // the call itself, not a value, is wrong
	}
}

// aboutAddress recognises what is said of an address that is refused.
func aboutAddress(detail string) bool {
	return strings.Contains(detail, "looks fake or invalid") || strings.Contains(detail, "valid email address") ||
		strings.Contains(detail, "role-based")
}

// tooOften recognises a refusal that passes: the address is good.
func tooOften(detail string) bool {
	return strings.Contains(detail, "signed up to a lot of lists") || strings.Contains(detail, "not allowing more signups")
}

// fieldOf is the canonical field that a name on the wire means, if one does.
func fieldOf(name string) record.Field {
	switch name = strings.TrimPrefix(name, "merge_fields."); name {
	case "email_address", "email address":
		return eventperson.Email
	case "language":
		return eventperson.Language
	case "status", "status_if_new":
		return eventperson.Consent
	}
	return columns[name].Field
}

// why keeps the status and a known title, and never the detail: it repeats the
// address.
func why(status int, p problem) string {
	for _, title := range titles {
		if p.Title == title {
			return fmt.Sprintf("status %d, %s", status, title)
		}
	}
	return fmt.Sprintf("status %d", status)
}

// do makes a call. What was not answered in time may still be running there and
// hold its connection, so that nobody may ask again at once: Throttled.
func (a *audience) do(ctx context.Context, call rest.Call) error {
	_, err := a.api.Do(ctx, call)
	if e, ok := errors.AsType[*connector.Error](err); ok && !e.Unsent && errors.Is(err, context.DeadlineExceeded) {
		e.Class, e.After, e.Why = connector.Throttled, slowDown, "no answer in time; it may still be under way"
	}
	return err
}

// is reports whether err is of a class.
func is(err error, class connector.Class) bool { return connector.ClassOf(err) == class }
