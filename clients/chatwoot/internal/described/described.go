// Package described is ChatWoot's official description, and where it is known
// to be wrong. It is imported by tests only.
//
// The server's source (version 4.14.0, read 2026-11) is right wherever the two
// differ; docs/systems/chatwoot.md has what matters.
package described

import "github.com/touchline-sync/touchline/clients/internal/openapitest"

const (
	account  = "/api/v1/accounts/{account_id}"
	contacts = account + "/contacts"
	one      = contacts + "/{id}"
	talks    = account + "/conversations"
	talk     = talks + "/{conversation_id}"
	webhooks = account + "/webhooks"
	fields   = account + "/custom_attribute_definitions"
)

// The reasons that several exceptions have.
const (
	refusal  = "the source answers a record that cannot be saved with 422 {message, attributes} (RequestExceptionHandler)"
	plain    = `the source answers with {"error": ".."}, never with the description's {description, errors}`
	limited  = "Rack::Attack answers 429 in plain text before any controller is reached"
	missing  = "any record, or an account of somebody else's, may be missing: 404 (RequestExceptionHandler)"
	bare     = "the source renders a list or an object below payload"
	wrapped  = "the source takes the keys below webhook (params.require)"
	snoozed  = "conversation.rb has the status snoozed, which the list's own parameter knows as well"
	identity = "the source removes an identifier by null; a second empty text would break its unique index"
)

// Exceptions are the places where the server is right and the description is
// not.
func Exceptions() []openapitest.Exception {
	return []openapitest.Exception{
		{Method: "POST", Path: contacts, Fault: "missing property 'inbox_id'", Why: "contacts_controller.rb makes a contact without an inbox as well"},
		{Method: "POST", Path: contacts, Fault: "answer 200: /payload: value must be an array", Why: "create.json.jbuilder: payload is {contact, contact_inbox}"},
		{Method: "PUT", Path: one, Fault: "answer 200: status is not supported", Why: "contacts_controller.rb renders the contact, with 200, where the description has 204"},
		{Method: "PUT", Path: one, Fault: "request: /identifier: ", Why: identity},
		{Method: "DELETE", Path: one, Fault: "answer 422: status is not supported", Why: "a contact that is online is not deleted"},
		{Path: contacts, Fault: "answer 422: status is not supported", Why: refusal},
		{Method: "PUT", Path: one, Fault: "answer 422: status is not supported", Why: refusal},
		{Method: "PUT", Path: one, Fault: "answer 500: status is not supported", Why: "an identifier that is \"\" twice breaks the index of the table, and nothing handles that"},
		{Path: fields, Fault: "answer 422: status is not supported", Why: refusal},
		{Path: webhooks, Fault: "answer 422: status is not supported", Why: refusal},
		{Path: contacts + "/filter", Fault: "answer 422: status is not supported", Why: "filter_service.rb raises for an attribute that is not defined"},
		{Path: contacts + "/search", Fault: "answer 422: status is not supported", Why: "contacts_controller.rb asks for q"},
		{Path: contacts + "/search", Fault: "answer 200: /meta/has_more: not described", Why: "search.json.jbuilder has has_more"},
		{Path: contacts + "/filter", Fault: "answer 404: status is not supported", Why: missing},
		{Path: contacts, Fault: "answer 404: status is not supported", Why: missing},
		{Path: fields, Fault: "answer 404: status is not supported", Why: missing},
		{Fault: ": /error: not described", Why: plain},
		{Fault: "answer 401: status is not supported", Why: plain},
		{Fault: "answer 429: ", Why: limited},
		{Method: "GET", Path: talks, Fault: "query sort_by: not described", Why: "conversation_finder.rb reads sort_by"},
		{Method: "GET", Path: talks, Fault: "query updated_within: not described", Why: "conversation_finder.rb reads updated_within"},
		{Path: talks, Fault: "/status: value is not one of the allowed values", Why: snoozed},
		{Path: one + "/conversations", Fault: "/status: value is not one of the allowed values", Why: snoozed},
		{Path: talk, Fault: "/status: value is not one of the allowed values", Why: snoozed},
		{Method: "GET", Path: webhooks, Fault: "answer 200: /: ", Why: bare},
		{Method: "POST", Path: webhooks, Fault: "additional properties 'webhook' not allowed", Why: wrapped},
		{Method: "POST", Path: webhooks, Fault: "additional properties 'payload' not allowed", Why: bare},
		{Method: "PATCH", Path: webhooks + "/{webhook_id}", Fault: "additional properties 'payload' not allowed", Why: bare},
	}
}

// API is the description in a file, with its exceptions.
func API(file string) *openapitest.Description { return openapitest.Load(file, "", Exceptions()...) }
