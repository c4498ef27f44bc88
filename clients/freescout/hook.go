package freescout

import (
	"crypto/sha1" //nolint:gosec // what FreeScout signs with
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/hook"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
)

// NoWebhook is what to look at when FreeScout calls nobody (docs/systems/freescout.md,
// "Webhooks").
const NoWebhook = "look at Manage, API & Webhooks of FreeScout: the address must be that of serve, with /hooks/freescout, " +
	"for the events Conversation Created, Moved, Deleted and Restored, and webhook_secret the secret key shown there; its log tells for three days what it was answered"

// Announces returns the kinds whose changes FreeScout tells of; without a secret it is
// not expected to.
func (d *desk) Announces() []record.Kind {
	if d.cfg.WebhookSecret == "" {
		return nil
	}
	return []record.Kind{activity.Kind}
}

// Hook names the conversation that a webhook is about. What is not about one is an empty
// answer. FreeScout signs the body alone, without a time: an old call that is sent again
// makes a conversation be read once more, and nothing else. The error of a call that is
// not believed is a hook.Refusal.
func (d *desk) Hook(r *http.Request, body []byte) ([]connector.Notification, error) {
	signature := hook.Signature{
		System: System, Secret: d.cfg.WebhookSecret, Hash: sha1.New, Header: "X-Freescout-Signature", Decode: base64.StdEncoding.DecodeString,
	}
	if err := signature.Check(r, body); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(r.Header.Get("X-Freescout-Event"), "convo.") {
		return nil, nil
	}
	var about struct{ ID int64 }
	if json.Unmarshal(body, &about) != nil || about.ID <= 0 {
		return nil, signature.Refuse(hook.Garbled)
	}
	return []connector.Notification{{Kind: activity.Kind, ID: record.ExternalID(strconv.FormatInt(about.ID, 10))}}, nil
}
