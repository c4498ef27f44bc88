package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/organiser"
)

// startEvents starts the simulators of the event family and a server, and fills EMS with
// an invented organiser, who has advertised two of its events at RunSignup.
func (d *demo) startEvents(ctx context.Context) error {
	if d.members < organiser.Least {
		return usage("--family event needs --members of at least %d: a day has that many people in it", organiser.Least)
	}
	d.pipeline = "outbound-mailchimp"
	infos, err := d.simulate("event", func(string) int { return 0 })
	if err != nil {
		return err
	}
	if err := d.chooseAddress(ctx); err != nil {
		return err
	}
	file, err := d.linksFile()
	if err != nil {
		return err
	}
	env := append(d.environment(), "TOUCHLINE_CONFIG="+file)
	if err := d.serveAndAwait(ctx, append(env, eventEnvironment(infos)...)); err != nil {
		return err
	}
	site := func(name string) clients.SimRemote { return clients.SimRemote{Info: infos[name]} }
	sites := organiser.Sites{
		DB: d.db.Pool, ChatWoot: site("chatwoot"), MailChimp: site("mailchimp"), Mautic: site("mautic"),
		RunSignup: site("runsignup"), TagServer: site("tagserver"),
	}
	if err := organiser.Fill(ctx, d.db.Pool, d.members, d.seed); err != nil {
		return err
	}
	if err := sites.Advertise(ctx); err != nil {
		return err
	}
	if err := sites.Announce(ctx, "http://"+d.address); err != nil {
		return err
	}
	d.say("%d invented persons in EMS, seed %d; nothing keeps the calls apart", d.members, d.seed)
	d.play = func(ctx context.Context) (error, error) { return d.events(ctx, sites) }
	d.judge = func(ctx context.Context) ([]string, error) { return judgements(ctx, sites) }
	return nil
}

// linksFile is the file of settings, which has what no variable can: the races of
// RunSignup that are linked with events.
func (d *demo) linksFile() (string, error) {
	var races []map[string]any
	for _, l := range organiser.Links() {
		var events []map[string]any
		for _, e := range l.Events {
			events = append(events, map[string]any{"race": e.Race, "event_id": e.Event})
		}
		races = append(races, map[string]any{"event": l.Event, "race_id": l.Race, "race_event_days_id": l.Day, "bibs": l.Bibs, "events": events})
	}
	text, err := json.Marshal(map[string]any{"systems": map[string]any{"runsignup": map[string]any{"races": races}}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(d.dir, "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return "", fmt.Errorf("settings of the demonstration: %w", err)
	}
	return file, nil
}

// eventEnvironment has the simulators in place of the real systems, and the patience of
// somebody who watches.
func eventEnvironment(infos map[string]clients.SimInfo) (env []string) {
	set := func(key, value string) { env = append(env, "TOUCHLINE_"+key+"="+value) }
	from := func(system string, keys map[string]string) {
		for key, credential := range keys {
			set("SYSTEMS_"+key, infos[system].Credentials[credential])
		}
	}
	for system, key := range map[string]string{"mailchimp": "MAILCHIMP", "chatwoot": "CHATWOOT", "mautic": "MAUTIC", "tagserver": "TAGSERVER"} {
		set("SYSTEMS_"+key+"_BASE_URL", infos[system].Addresses["api"])
	}
	set("SYSTEMS_RUNSIGNUP_BASE_URL", infos["runsignup"].Addresses["api"]+"/rest")
	from("mailchimp", map[string]string{"MAILCHIMP_API_KEY": "api_key", "MAILCHIMP_LIST_ID": "list_id"})
	from("chatwoot", map[string]string{
		"CHATWOOT_ACCOUNT_ID": "account_id", "CHATWOOT_TOKEN": "api_access_token", "CHATWOOT_WEBHOOK_SECRET": "webhook_secret",
	})
	from("mautic", map[string]string{"MAUTIC_CLIENT_ID": "client_id", "MAUTIC_CLIENT_SECRET": "client_secret"})
	from("runsignup", map[string]string{"RUNSIGNUP_API_KEY": "api_key", "RUNSIGNUP_API_SECRET": "api_secret"})
	from("tagserver", map[string]string{"TAGSERVER_USERNAME": "username", "TAGSERVER_PASSWORD": "password"})
	set("SYSTEMS_CHATWOOT_PER_MINUTE", "60000")
	set("SYNC_WAIT", "10ms")
	set("SYNC_BREAKER_WAIT", "1s")
	set("SYNC_BREAKER_MOST", "2s")
	set("SYNC_ABSENT_GAP", "1ms")
	return env
}

// events shows two cycles, a day with a cycle after each step, and nights until all has
// arrived. The last cycle is quiet.
func (d *demo) events(ctx context.Context, sites organiser.Sites) (outcome, err error) {
	for n, what := range []string{"all that EMS has reaches five systems", "nothing has changed"} {
		d.say("\n%s", what)
		ended, err := d.cycle(ctx, n+1, organiser.Cycle(0))
		if err != nil {
			return nil, err
		}
		outcome = worse(outcome, ended)
	}
	ended, err := d.day(ctx, organiser.NewDay(sites, d.seed))
	if err != nil {
		return nil, err
	}
	outcome = worse(outcome, ended)
	for n, what := range []string{
		"the night reads all systems whole", "what is absent twice is gone", "nothing is left to do",
	} {
		d.say("\n%s", what)
		ended, err := d.cycle(ctx, n+1, append(organiser.Night(), organiser.Cycle(0)...))
		if err != nil {
			return nil, err
		}
		outcome = worse(outcome, ended)
	}
	if err := d.judged(ctx, sites); err != nil {
		return nil, err
	}
	return outcome, d.sayConflicts(ctx)
}

// day plays the day. That the runs of a server that is away fail is how it should be.
func (d *demo) day(ctx context.Context, day *organiser.Day) (outcome, err error) {
	for n, step := range day.Steps() {
		d.say("\nstep %d of the day: %s", n+1, step.Name)
		if err := step.Do(ctx); err != nil {
			return nil, err
		}
		ended, err := d.cycle(ctx, n+1, organiser.Cycle(n))
		if err != nil {
			return nil, err
		}
		if n >= organiser.Offline {
			outcome = worse(outcome, ended)
		}
	}
	lacking, err := day.Lacking(ctx)
	if err == nil && len(lacking) > 0 {
		d.say("EMS has not taken yet what was said elsewhere of %d records", len(lacking))
	}
	return outcome, err
}

// cycle runs pipelines that are due together, in their order.
func (d *demo) cycle(ctx context.Context, number int, due []string) (outcome, err error) {
	for _, pipeline := range due {
		ended, err := d.once1(ctx, number, pipeline)
		if err != nil {
			return nil, err
		}
		outcome = worse(outcome, ended)
	}
	return outcome, nil
}

// worse is the outcome that counts: the last one that was not good.
func worse(a, b error) error {
	if b != nil {
		return b
	}
	return a
}

// judged says how the systems stand, by a program that was written from the paper alone.
func (d *demo) judged(ctx context.Context, sites organiser.Sites) error {
	found, err := judgements(ctx, sites)
	if err != nil {
		return err
	}
	d.say("\n%d differences between what the five systems hold and what they must", len(found))
	for _, f := range found {
		d.say("  %s", f)
	}
	return nil
}

// judgements are where the five systems are not as they must be.
func judgements(ctx context.Context, sites organiser.Sites) ([]string, error) {
	found, err := sites.Judge(ctx, time.Now())
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = fmt.Sprint(f)
	}
	return out, err
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
