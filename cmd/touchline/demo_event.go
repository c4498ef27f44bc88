package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients"
)

//go:embed demo_event.sql
var organiserSQL string

//go:embed demo_races.sql
var racesSQL string

// hourOfEdits is the least number of persons that the scripted hour needs.
const hourOfEdits = 60

// startEvents starts the simulators of the event family and a server, and fills
// EMS with invented persons.
func (d *demo) startEvents(ctx context.Context) error {
	if d.members < hourOfEdits {
		return usage("--family event needs --members of at least %d", hourOfEdits)
	}
	d.pipeline = "outbound-mailchimp"
	infos, err := d.simulate("event", func(string) int { return 0 })
	if err != nil {
		return err
	}
	if d.address, err = freeAddress(ctx); err != nil {
		return err
	}
	if err := d.serveAndAwait(ctx, append(d.environment(), eventEnvironment(infos)...)); err != nil {
		return err
	}
	if _, err := d.db.Pool.Exec(ctx, organiserSQL, d.members, fmt.Sprint(d.seed)); err != nil {
		return fmt.Errorf("fill EMS: %w", err)
	}
	if _, err := d.db.Pool.Exec(ctx, racesSQL, fmt.Sprint(d.seed)); err != nil {
		return fmt.Errorf("fill the events of EMS: %w", err)
	}
	if err := d.announce(ctx, infos["chatwoot"]); err != nil {
		return err
	}
	d.say("%d invented persons in EMS, seed %d; nothing keeps the calls apart", d.members, d.seed)
	d.play = func(ctx context.Context) (error, error) {
		return d.events(ctx, hour{
			db: d.db.Pool, chatwoot: clients.SimRemote{Info: infos["chatwoot"]}, mailchimp: clients.SimRemote{Info: infos["mailchimp"]},
		})
	}
	return nil
}

func eventEnvironment(infos map[string]clients.SimInfo) (env []string) {
	set := func(key, value string) { env = append(env, "TOUCHLINE_"+key+"="+value) }
	mc, cw := infos["mailchimp"], infos["chatwoot"]
	set("SYSTEMS_MAILCHIMP_BASE_URL", mc.Addresses["api"])
	set("SYSTEMS_MAILCHIMP_API_KEY", mc.Credentials["api_key"])
	set("SYSTEMS_MAILCHIMP_LIST_ID", mc.Credentials["list_id"])
	set("SYSTEMS_CHATWOOT_BASE_URL", cw.Addresses["api"])
	set("SYSTEMS_CHATWOOT_ACCOUNT_ID", cw.Credentials["account_id"])
	set("SYSTEMS_CHATWOOT_TOKEN", cw.Credentials["api_access_token"])
	set("SYSTEMS_CHATWOOT_WEBHOOK_SECRET", cw.Credentials["webhook_secret"])
	set("SYSTEMS_CHATWOOT_PER_MINUTE", "60000")
	return env
}

// announce makes ChatWoot tell the server what changes there.
func (d *demo) announce(ctx context.Context, info clients.SimInfo) error {
	body, err := json.Marshal(map[string]any{"webhook": map[string]any{
		"url": "http://" + d.address + "/hooks/chatwoot",
		"subscriptions": []string{
			"contact_created", "contact_updated", "conversation_created", "conversation_updated", "conversation_status_changed",
		},
	}})
	if err != nil {
		return err
	}
	url := info.Addresses["api"] + "/api/v1/accounts/" + info.Credentials["account_id"] + "/webhooks"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Api-Access-Token", info.Credentials["api_access_token"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("register the webhook: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("register the webhook: status %d", resp.StatusCode)
	}
	return nil
}

// cycle runs all pipelines that are due together, inbound first.
func (d *demo) cycle(ctx context.Context, number int, more ...string) (outcome, err error) {
	for _, pipeline := range append(more, "inbound-chatwoot", "outbound-chatwoot", "outbound-mailchimp") {
		ended, err := d.once1(ctx, number, pipeline)
		if err != nil {
			return nil, err
		}
		if ended != nil {
			outcome = ended
		}
	}
	return outcome, nil
}

// events shows two cycles, an hour of edits on all sides, and cycles until all
// have arrived. The last is quiet.
func (d *demo) events(ctx context.Context, h hour) (outcome, err error) {
	for number, step := range []struct {
		what string
		do   func(context.Context) error
		more []string
	}{
		{"all persons reach both targets", nil, nil},
		{"nothing has changed", nil, nil},
		{"an hour of edits in EMS, ChatWoot and MailChimp; of the webhooks one is lost, one comes twice", h.edits, nil},
		{"what the next cycle brings", nil, nil},
		{"the daily scan finds what no webhook told", nil, []string{"scan-chatwoot"}},
		{"all is quiet", nil, []string{"scan-chatwoot"}},
	} {
		d.say("\n%s", step.what)
		if step.do != nil {
			if err := step.do(ctx); err != nil {
				return nil, err
			}
		}
		ended, err := d.cycle(ctx, number+1, step.more...)
		if err != nil {
			return nil, err
		}
		if ended != nil {
			outcome = ended
		}
	}
	return outcome, d.sayConflicts(ctx)
}

// sayConflicts lists the conflicts, without any value.
func (d *demo) sayConflicts(ctx context.Context) error {
	got, err := d.client.conflicts.ListConflicts(ctx, &touchlinev1.ListConflictsRequest{})
	if err != nil {
		return explain(err)
	}
	d.say("\n%d conflicts:", len(got.GetConflicts()))
	for _, c := range got.GetConflicts() {
		d.say("  conflict %d: %s of entity %d, changed here and at %s; %s won", c.GetId(), c.GetField(), c.GetEntityId(), c.GetSystem(), c.GetWonBy())
	}
	return nil
}
