package chatwoot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/hook"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// announced is what is read of a call: ids, and which columns have changed.
type announced struct {
	Event   string `json:"event"`
	ID      int64  `json:"id"`
	Account *struct {
		ID int64 `json:"id"`
	} `json:"account"`
	// Changed is a list of objects with one column each; their values are not
	// looked at.
	Changed []map[string]json.RawMessage `json:"changed_attributes"`
}

// columns are those of a contact that are mapped.
var columns = map[string]bool{
	"name": true, "email": true, "phone_number": true, "identifier": true, "additional_attributes": true, "custom_attributes": true,
}

// Announces returns the kinds whose changes ChatWoot tells of. Of contacts it tells the
// same, but nobody can ask which of them have changed.
func (a *account) Announces() []record.Kind {
	return []record.Kind{eventperson.Kind, conversation.Kind}
}

// NoWebhook is what to look at when ChatWoot calls nobody (docs/systems/chatwoot.md,
// "Changed-since", 2026-11).
const NoWebhook = "look at Settings, Integrations, Webhooks of ChatWoot: the address must be that of serve, with /hooks/chatwoot. " +
	"From 4.14.0 on it calls no private address, and only its own log says so: from 4.14.1 on SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true " +
	"in the environment of its web and its worker allows it, else serve needs a public address"

// Hook names what a webhook says has changed (docs/systems/chatwoot.md,
// "Changed-since", 2026-11). An event that means nothing to us is an empty
// answer. The error of a call that is not believed is a hook.Refusal.
func (a *account) Hook(r *http.Request, body []byte) ([]connector.Notification, error) {
	signature := hook.Signature{
		System: System, Secret: a.cfg.WebhookSecret, Hash: sha256.New, Header: "X-Chatwoot-Signature", Prefix: "sha256=", Decode: hex.DecodeString,
		Stamp: "X-Chatwoot-Timestamp", Now: a.host.Now,
	}
	if err := signature.Check(r, body); err != nil {
		return nil, err
	}
	var e announced
	if json.Unmarshal(body, &e) != nil {
		return nil, signature.Refuse(hook.Garbled)
	}
	kind := e.about()
	if kind == "" || e.ID <= 0 || e.Account != nil && e.Account.ID != a.cfg.AccountID {
		return nil, nil
	}
	return []connector.Notification{{Kind: kind, ID: record.ExternalID(strconv.FormatInt(e.ID, 10))}}, nil
}

// about is the kind of record that an event is about; empty when it tells
// nothing that we hold. A contact is announced for its last activity alone as
// well (issue 11973 of ChatWoot).
func (e announced) about() record.Kind {
	switch e.Event {
	case "contact_created":
		return eventperson.Kind
	case "contact_updated":
		if e.Changed == nil {
			return eventperson.Kind // it does not say
		}
		for _, change := range e.Changed {
			for column := range change {
				if columns[column] {
					return eventperson.Kind
				}
			}
		}
	case "conversation_created", "conversation_updated", "conversation_status_changed":
		return conversation.Kind
	}
	return ""
}
