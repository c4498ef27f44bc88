package events_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/chatwoot"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/clients/mautic"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// world is EMS with both targets and an engine between them.
type world struct {
	t                   *testing.T
	pool                *pgxpool.Pool
	store               *store.Store
	engine              *engine.Engine
	mailchimp, chatwoot clients.SimRemote
	off                 record.System         // what the next process does not serve
	mautic              clients.SimRemote     // where setupMautic has made it
	more                []engine.System       // besides those three
	hosts               []*connectortest.Host // of the connectors
	remotes             map[string]clients.SimRemote
	seen                map[string]int // requests counted, by system
	mu                  sync.Mutex
	skew                time.Duration
	hooker              connector.WebhookReceiver
	notes               map[string]string // of the reads that were run last
	held                string            // why a reading was not taken as a whole
	last                uuid.UUID         // the run
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), seen: map[string]int{}, remotes: map[string]clients.SimRemote{}}
	w.store = store.Open(w.pool)
	w.mailchimp, w.chatwoot = w.simulate("mailchimp"), w.simulate("chatwoot")
	w.start()
	return w
}

// setupMautic is setup with Mautic as a target besides.
func setupMautic(t *testing.T) *world {
	t.Helper()
	w := setup(t)
	w.mautic = w.simulate("mautic")
	w.start()
	return w
}

func (w *world) simulate(system string) clients.SimRemote {
	w.t.Helper()
	sim, info, err := clients.StartSimulator(system, clients.SimOptions{Seed: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.remotes[system] = clients.SimRemote{Info: info}
	return w.remotes[system]
}

// start begins with a new process.
func (w *world) start() { w.policies(policy.Event()) }

func (w *world) policies(policies policy.Set) {
	w.t.Helper()
	var account int64
	if _, err := fmt.Sscan(w.chatwoot.Info.Credentials["account_id"], &account); err != nil {
		w.t.Fatal(err)
	}
	audience := mailchimp.Config{
		ListID: w.mailchimp.Info.Credentials["list_id"], APIKey: connector.Secret(w.mailchimp.Info.Credentials["api_key"]),
	}
	audience.BaseURL = w.mailchimp.Info.Addresses["api"]
	desk := chatwoot.Config{
		AccountID:     account,
		Token:         connector.Secret(w.chatwoot.Info.Credentials["api_access_token"]),
		WebhookSecret: connector.Secret(w.chatwoot.Info.Credentials["webhook_secret"]),
	}
	desk.BaseURL, desk.PerMinute = w.chatwoot.Info.Addresses["api"], 1_000_000
	mc, cw := w.open(audience), w.open(desk)
	systems := []engine.System{{Name: mailchimp.System, Connector: mc}, {Name: chatwoot.System, Connector: cw}}
	if w.mautic.Info.System != "" {
		contacts := mautic.Config{}
		contacts.BaseURL, contacts.ClientID = w.mautic.Info.Addresses["api"], w.mautic.Info.Credentials["client_id"]
		contacts.ClientSecret = connector.Secret(w.mautic.Info.Credentials["client_secret"])
		systems = append(systems, engine.System{Name: mautic.System, Connector: w.open(contacts)})
	}
	systems = append(systems, w.more...)
	systems = slices.DeleteFunc(systems, func(s engine.System) bool { return s.Name == w.off })
	w.hooker, _ = cw.(connector.WebhookReceiver)
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait, settings.Linger = []byte("test"), time.Millisecond, 0
	var err error
	w.engine, err = engine.New(w.store, policies, nil, systems, settings, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(c connector.Config) connector.Connector {
	w.t.Helper()
	host := connectortest.NewHost(w.t).Follow(w.now)
	conn, err := c.Open(host)
	if err != nil {
		w.t.Fatal(err)
	}
	w.hosts = append(w.hosts, host)
	return conn
}

// now is the time of the engine, which may be ahead of the machine's.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skew)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew += d
}

// run runs a pipeline as jobs would and returns the counters of its writes and
// decisions by system, place and kind. during is called between Decide and
// Write; it may be nil.
func (w *world) run(name string, during func()) (step.Counter, error) {
	w.t.Helper()
	var p step.Pipeline
	for _, known := range pipelines.Event() {
		if known.Name == name {
			p = known.Pipeline
		}
	}
	if p.Name == "" {
		w.t.Fatalf("no pipeline %s", name)
	}
	w.last = uuid.Must(uuid.NewV7())
	task := step.Task{Run: w.last}
	var sum step.Counter
	err := w.steps(w.t.Context(), task, p, during, func(s step.Slice) {
		for _, c := range s.Counters {
			sum.Created += c.Created
			sum.Updated += c.Updated
			sum.Removed += c.Removed
			sum.Failed += c.Failed
			sum.Quarantined += c.Quarantined
		}
	})
	if stop, stopped := errors.AsType[*step.Stop](err); !stopped || stop.Outcome != step.GuardStopped {
		w.discard() // what waits for a person is kept
	}
	return sum, err
}

func (w *world) discard() {
	w.t.Helper()
	ctx := w.t.Context()
	if err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.engine.Discard(ctx, tx, w.last) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) steps(ctx context.Context, task step.Task, p step.Pipeline, during func(), add func(step.Slice)) error {
	for _, read := range w.placesOf(p.Reads) {
		for done := false; !done; {
			s, err := w.engine.Read(ctx, task, read)
			if err != nil {
				return err
			}
			w.notes = s.Detail
			w.held = cmp.Or(w.held, s.Detail[step.PartialNote])
			done = s.Done
		}
	}
	if err := w.plan(ctx, task, p); err != nil {
		return err
	}
	if during != nil {
		during()
	}
	return w.writes(ctx, task, p, add)
}

// plan plans and applies, slice by slice.
func (w *world) plan(ctx context.Context, task step.Task, p step.Pipeline) error {
	for {
		if s, err := w.engine.Plan(ctx, task, p); s.Done || err != nil {
			return err
		}
	}
}

func (w *world) writes(ctx context.Context, task step.Task, p step.Pipeline, add func(step.Slice)) error {
	for _, write := range p.Writes {
		for done := false; !done; {
			s, err := w.engine.Write(ctx, task, write)
			if err != nil {
				return err
			}
			add(s)
			done = s.Done
			w.pass(s.After)
		}
	}
	return nil
}

// placesOf has a read of each place of a system where they are asked for by "*".
func (w *world) placesOf(reads []step.Read) (out []step.Read) {
	for _, r := range reads {
		if r.Place != "*" {
			out = append(out, r)
			continue
		}
		for _, place := range w.engine.Places(r.System) {
			r.Place = place
			out = append(out, r)
		}
	}
	return out
}

// cycle runs the inbound pipeline, then the outbound ones, and adds up what they
// wrote. Every run must end well.
func (w *world) cycle() (sum step.Counter) {
	w.t.Helper()
	all := []string{"inbound-chatwoot", "outbound-chatwoot", "outbound-mailchimp"}
	if w.mautic.Info.System != "" {
		all = append(all, "outbound-mautic")
	}
	for _, name := range all {
		got, err := w.run(name, nil)
		if err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
		sum.Created += got.Created
		sum.Updated += got.Updated
		sum.Removed += got.Removed
		sum.Failed += got.Failed
		sum.Quarantined += got.Quarantined
	}
	return sum
}

// quiet wants a cycle that writes nothing, there or here.
func (w *world) quiet() {
	w.t.Helper()
	before, _, _ := w.calls("mailchimp"), w.calls("chatwoot"), w.calls("mautic")
	versions := `select (select sum(version) from entity) || ' ' || (select sum(version) from sync_record) || ' ' || (select sum(version) from ems.person)`
	rows := w.text(versions)
	if c := w.cycle(); c != (step.Counter{}) {
		w.t.Errorf("a quiet cycle has written %+v", c)
	}
	if now := w.text(versions); now != rows {
		w.t.Errorf("rows were written in a quiet cycle: versions %s, then %s", rows, now)
	}
	if n := w.calls("mailchimp"); n != 0 {
		w.t.Errorf("%d calls to MailChimp in a quiet cycle (%d before)", n, before)
	}
	if n := w.calls("mautic"); n != 0 {
		w.t.Errorf("%d calls to Mautic in a quiet cycle", n)
	}
}

// calls counts the requests since it was asked last.
func (w *world) calls(system string) int {
	w.t.Helper()
	remote := w.remotes[system]
	if remote.Info.System == "" {
		return 0
	}
	got, err := remote.Requests(w.t.Context(), w.seen[system])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range got {
		w.seen[system] = max(w.seen[system], r.Seq)
	}
	return len(got)
}

// exec is a program that writes EMS by plain SQL.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// text is what a query answers with.
func (w *world) text(sql string, args ...any) (out string) {
	w.t.Helper()
	err := w.pool.QueryRow(w.t.Context(), `select coalesce((`+sql+`)::text, '')`, args...).Scan(&out)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func (w *world) control(remote clients.SimRemote, method, path string, in any) {
	w.t.Helper()
	if err := remote.Call(w.t.Context(), method, path, in, nil); err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// persons fills EMS with n persons, all with an address and a phone of their own,
// every second asked for mail and willing.
func (w *world) persons(n int) {
	w.t.Helper()
	w.exec(`insert into ems.person (first_name, last_name, email, phone, language, city, country)
		select 'Name' || i, 'Family' || i, 'p' || i || '@example.org', '+316' || lpad(i::text, 8, '0'), 'nl', 'Duindorp', 'NL' from generate_series(1, $1::int) i`, n)
	w.exec(`insert into ems.contact_preference (person_id, channel, state, consent_on) select id, 'EMAIL', 'OPTED_IN', now() from ems.person where id % 2 = 0`)
}

// member is what MailChimp holds of an address; contact what ChatWoot holds of a
// person.
type member struct {
	Email  string            `json:"email_address"`
	Status string            `json:"status"`
	Merge  map[string]string `json:"merge_fields"`
	Tags   []string          `json:"tags"`
}

type contact struct {
	ID         int            `json:"id"`
	Name       string         `json:"name"`
	Email      string         `json:"email"`
	Phone      string         `json:"phone_number"`
	Identifier string         `json:"identifier"`
	Custom     map[string]any `json:"custom_attributes"`
}

func (w *world) members() map[string]member {
	w.t.Helper()
	var dump struct {
		Lists []struct{ Members []member }
	}
	if err := w.mailchimp.Call(w.t.Context(), http.MethodGet, "/dump", nil, &dump); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]member{}
	for _, m := range dump.Lists[0].Members {
		out[m.Email] = m
	}
	return out
}

func (w *world) contacts() map[string]contact {
	w.t.Helper()
	var all []contact
	if err := w.chatwoot.Call(w.t.Context(), http.MethodGet, "/contacts", nil, &all); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]contact{}
	for _, c := range all {
		if _, twice := out[c.Identifier]; twice && c.Identifier != "" {
			w.t.Errorf("two contacts are of the person %s", c.Identifier)
		}
		out[c.Identifier] = c
	}
	return out
}

// announced makes ChatWoot announce changes, as the server would take them in.
func (w *world) announced() {
	w.t.Helper()
	hooks := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		named, err := w.hooker.Hook(r, body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		if err := w.store.WebhookHeard(context.WithoutCancel(r.Context()), "chatwoot", w.now()); err != nil {
			w.t.Error(err)
		}
		for _, n := range named {
			err := w.store.Notify(context.WithoutCancel(r.Context()), store.NotifyParams{
				System: "chatwoot", Kind: string(n.Kind), Ids: []string{string(n.ID)}, Now: w.now(),
			})
			if err != nil {
				w.t.Error(err)
			}
		}
	}))
	w.t.Cleanup(hooks.Close)
	w.register(hooks.URL)
}

func (w *world) register(url string) {
	w.t.Helper()
	info := w.chatwoot.Info
	body := `{"webhook":{"url":"` + url + `","subscriptions":["contact_created","contact_updated","conversation_created","conversation_updated","conversation_status_changed"]}}`
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost,
		info.Addresses["api"]+"/api/v1/accounts/"+info.Credentials["account_id"]+"/webhooks", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Api-Access-Token", info.Credentials["api_access_token"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("register the webhook: status %d", resp.StatusCode)
	}
}

// echo waits until all webhooks have been delivered.
func (w *world) echo() {
	w.t.Helper()
	w.control(w.chatwoot, http.MethodGet, "/deliveries?wait=1", nil)
}

// accepted is the number of the last change that MailChimp has accepted.
func (w *world) accepted() string {
	w.t.Helper()
	var journal []struct{ Seq int }
	if err := w.mailchimp.Call(w.t.Context(), http.MethodGet, "/writes?since=0", nil, &journal); err != nil {
		w.t.Fatal(err)
	}
	last := 0
	for _, j := range journal {
		last = max(last, j.Seq)
	}
	return fmt.Sprint(last)
}
