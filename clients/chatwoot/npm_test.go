package chatwoot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/npmtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// TestOfficialClient lets the client for ChatWoot of npm, unchanged, work with the
// simulator, with everything held against the description on the way; what it has
// asked the webhook to tell arrives and is believed.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Seed: 4})
	got, hook := b.listen(t)
	base, watch := official.Proxy(t, b.Info.Addresses["api"])
	said := npmtest.Run(t, "chatwootsim/npm", "@figuro/chatwoot-sdk",
		"CHATWOOT_BASE="+base, "CHATWOOT_TOKEN="+b.Info.Credentials["api_access_token"], "CHATWOOT_ACCOUNT="+b.Info.Credentials["account_id"], "CHATWOOT_HOOK="+hook)
	type contact struct {
		ID         int               `json:"id"`
		Name       string            `json:"name"`
		Email      string            `json:"email"`
		Phone      string            `json:"phone_number"`
		Identifier string            `json:"identifier"`
		Custom     map[string]string `json:"custom_attributes"`
	}
	type page struct {
		Meta struct {
			Count int `json:"count"`
		} `json:"meta"`
		Payload []contact `json:"payload"`
	}
	type webhook struct {
		Payload struct {
			Webhook struct {
				ID            int      `json:"id"`
				Subscriptions []string `json:"subscriptions"`
				Secret        string   `json:"secret"`
			} `json:"webhook"`
		} `json:"payload"`
	}
	var out struct {
		Profile struct {
			Accounts []struct {
				ID int `json:"id"`
			} `json:"accounts"`
		} `json:"profile"`
		Hook, Changed webhook
		Hooks         struct {
			Payload struct {
				Webhooks []struct {
					ID int `json:"id"`
				} `json:"webhooks"`
			} `json:"payload"`
		} `json:"hooks"`
		Created, Got, Updated, Merged contact
		Listed, Searched              page
		Filtered                      map[string][]int
		Conversations                 struct {
			Payload []any `json:"payload"`
		} `json:"conversations"`
		Refusals []struct {
			Status int
			Body   map[string]any
		}
	}
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if len(out.Profile.Accounts) != 1 || int64(out.Profile.Accounts[0].ID) != b.cfg.AccountID {
		t.Errorf("profile %+v", out.Profile)
	}
	if c := out.Created; c.Email != "nomvula@node.example.org" || c.Identifier != "ems:42" || c.Custom["shoe"] != "38" || out.Got.ID != c.ID || out.Got.Name != "Nomvula D'Ünal" {
		t.Errorf("created %+v, got %+v", c, out.Got)
	}
	if c := out.Updated; c.Custom["shoe"] != "39" || c.Custom["ems_membership"] != "ACTIVE" || c.Phone != "+27825550101" {
		t.Errorf("updated %+v", c)
	}
	// The visitor has nothing to be reached by and is not listed.
	if out.Listed.Meta.Count != 1 || out.Searched.Meta.Count != 1 || out.Searched.Payload[0].ID != out.Created.ID {
		t.Errorf("listed %+v, searched %+v", out.Listed, out.Searched)
	}
	for by, n := range map[string]int{"id": 1, "phone": 1, "attribute": 1, "both": 1, "none": 0} {
		if ids := out.Filtered[by]; len(ids) != n || n == 1 && ids[0] != out.Created.ID {
			t.Errorf("filtered by %s: %v", by, ids)
		}
	}
	if c := out.Merged; c.ID == out.Created.ID || c.Name != "A visitor" || c.Identifier != "ems:42" || c.Email != out.Created.Email || c.Custom["shoe"] != "40" || c.Custom["ems_membership"] != "ACTIVE" {
		t.Errorf("merged %+v", c)
	}
	want := []string{"422 email", "422 phone_number", "422 Invalid attribute key", "404 could not be found", "401 Invalid Access Token"}
	for i, r := range out.Refusals {
		status, word, _ := strings.Cut(want[min(i, len(want)-1)], " ")
		if fmt.Sprint(r.Status) != status || !strings.Contains(fmt.Sprint(r.Body), word) {
			t.Errorf("refusal %d: %+v, want %s", i, r, want[i])
		}
	}
	h := out.Hook.Payload.Webhook
	if len(out.Hooks.Payload.Webhooks) != 1 || h.Secret != b.Info.Credentials["webhook_secret"] || out.Changed.Payload.Webhook.Secret != h.Secret ||
		!slices.Equal(out.Changed.Payload.Webhook.Subscriptions, []string{"contact_created"}) {
		t.Errorf("webhook %+v, then %+v, listed %+v", out.Hook, out.Changed, out.Hooks)
	}
	if len(out.Refusals) != len(want) || len(watch.Operations()) < 13 {
		t.Errorf("%d refusals, operations %v", len(out.Refusals), watch.Operations())
	}
	// Two are made, one is changed, and the one that is left of the merge.
	named, errs := b.echo(t, got)
	told := map[connector.Notification]int{}
	for _, n := range named {
		told[n]++
	}
	times := func(c contact) int {
		return told[connector.Notification{Kind: eventperson.Kind, ID: record.ExternalID(fmt.Sprint(c.ID))}]
	}
	if len(errs) != 0 || len(named) != 4 || times(out.Created) != 2 || times(out.Merged) != 2 {
		t.Errorf("told %v, refused %v", named, errs)
	}
	if j := b.sim.Writes(0); len(j) != 11 {
		t.Errorf("%d changes: %+v", len(j), j)
	}
}
