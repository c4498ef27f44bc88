package chatwoot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
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

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/hook"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// called is a request to the hook, signed at a time.
func called(secret string, at time.Time, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/chatwoot", strings.NewReader(body))
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	r.Header.Set("X-Chatwoot-Timestamp", stamp)
	r.Header.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

func TestHook(t *testing.T) {
	t.Parallel()
	const secret = "invented"
	now := connectortest.Start
	person := []connector.Notification{{Kind: eventperson.Kind, ID: "812"}}
	talk := []connector.Notification{{Kind: conversation.Kind, ID: "12"}}
	changed := func(columns ...string) string {
		var list []string
		for _, c := range columns {
			list = append(list, fmt.Sprintf(`{%q:{"previous_value":"a","current_value":"b"}}`, c))
		}
		return `{"event":"contact_updated","id":812,"account":{"id":1},"changed_attributes":[` + strings.Join(list, ",") + `]}`
	}
	cases := map[string]struct {
		body string
		at   time.Time // 0: now
		edit func(*http.Request)
		want []connector.Notification
		err  error
	}{
		"contact made":               {body: `{"event":"contact_created","id":812,"account":{"id":1},"name":"Zoë"}`, want: person},
		"contact changed":            {body: changed("last_activity_at", "updated_at", "phone_number"), want: person},
		"attributes changed":         {body: changed("custom_attributes"), want: person},
		"the base of a merge":        {body: changed("identifier", "email", "updated_at"), want: person},
		"without what has changed":   {body: `{"event":"contact_updated","id":812}`, want: person},
		"activity alone":             {body: changed("last_activity_at")},
		"activity and its trace":     {body: changed("last_activity_at", "updated_at", "blocked")},
		"nothing at all":             {body: changed()},
		"conversation made":          {body: `{"event":"conversation_created","id":12,"messages":[{"content":"secret words"}]}`, want: talk},
		"conversation changed":       {body: `{"event":"conversation_updated","id":12,"changed_attributes":[{"priority":{}}]}`, want: talk},
		"status changed":             {body: `{"event":"conversation_status_changed","id":12}`, want: talk},
		"a message":                  {body: `{"event":"message_created","id":99,"content":"secret words","conversation":{"id":12}}`},
		"typing":                     {body: `{"event":"conversation_typing_on","conversation":{"id":12}}`},
		"another event":              {body: `{"event":"webwidget_triggered","id":5}`},
		"no event":                   {body: `{"id":812}`},
		"no id":                      {body: `{"event":"contact_created"}`},
		"of another account":         {body: `{"event":"contact_created","id":812,"account":{"id":2}}`},
		"an id that is none":         {body: `{"event":"contact_created","id":-1}`},
		"an id of another form":      {body: `{"event":"contact_created","id":"812"}`, err: hook.Garbled},
		"no JSON":                    {body: `event=contact_created`, err: hook.Garbled},
		"an empty body":              {body: ``, err: hook.Garbled},
		"four minutes late":          {body: changed("name"), at: now.Add(-4 * time.Minute), want: person},
		"replayed after six minutes": {body: changed("name"), at: now.Add(-6 * time.Minute), err: hook.TooOld},
		"from the future":            {body: changed("name"), at: now.Add(6 * time.Minute), err: hook.TooOld},
		"of a clock that is ahead":   {body: changed("name"), at: now.Add(time.Minute), want: person},
		"large, but not too large":   {body: `{"event":"contact_created","id":812,"x":"` + strings.Repeat("x", hook.Limit-50) + `"}`, want: person},
		"too large":                  {body: `{"event":"contact_created","id":812,"x":"` + strings.Repeat("x", hook.Limit) + `"}`, err: hook.TooLarge},
		"unsigned": {body: changed("name"), err: hook.Unsigned, edit: func(r *http.Request) {
			r.Header.Del("X-Chatwoot-Signature")
			r.Header.Del("X-Chatwoot-Timestamp")
		}},
		"without a time":      {body: changed("name"), err: hook.Unsigned, edit: func(r *http.Request) { r.Header.Del("X-Chatwoot-Timestamp") }},
		"another kind of sum": {body: changed("name"), err: hook.Unsigned, edit: func(r *http.Request) { r.Header.Set("X-Chatwoot-Signature", "sha1=00") }},
		"another time":        {body: changed("name"), err: hook.Forged, edit: func(r *http.Request) { r.Header.Set("X-Chatwoot-Timestamp", fmt.Sprint(now.Unix()+1)) }},
		"another signature":   {body: changed("name"), err: hook.Forged, edit: func(r *http.Request) { r.Header.Set("X-Chatwoot-Signature", "sha256="+strings.Repeat("00", 32)) }},
		"a part of it": {body: changed("name"), err: hook.Forged, edit: func(r *http.Request) {
			h := r.Header
			h.Set("X-Chatwoot-Signature", h.Get("X-Chatwoot-Signature")[:20])
		}},
		"no signature at all":  {body: changed("name"), err: hook.Forged, edit: func(r *http.Request) { r.Header.Set("X-Chatwoot-Signature", "sha256=") }},
		"not even hexadecimal": {body: changed("name"), err: hook.Forged, edit: func(r *http.Request) { r.Header.Set("X-Chatwoot-Signature", "sha256=zz") }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := Config{AccountID: 1, Token: "k", WebhookSecret: secret}.Open(connectortest.NewHost(t))
			if err != nil {
				t.Fatal(err)
			}
			at := now
			if !c.at.IsZero() {
				at = c.at
			}
			r := called(secret, at, c.body)
			if c.edit != nil {
				c.edit(r)
			}
			got, err := conn.(connector.WebhookReceiver).Hook(r, []byte(c.body))
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("named %v, %v; want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}

// TestHookWithoutSecret: nothing is believed, whatever the signature.
func TestHookWithoutSecret(t *testing.T) {
	t.Parallel()
	conn, err := Config{AccountID: 1, Token: "k"}.Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"event":"contact_created","id":812}`
	if got, err := conn.(connector.WebhookReceiver).Hook(called("", connectortest.Start, body), []byte(body)); !errors.Is(err, hook.Unsigned) || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// receiver is what stands at the hook's address.
type receiver struct {
	mu     sync.Mutex
	named  []connector.Notification
	errors []error
	bodies [][]byte
	heads  []http.Header
}

// listen opens a hook and returns its address.
func (b *bundle) listen(t *testing.T) (got *receiver, url string) {
	t.Helper()
	got = &receiver{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		refs, err := b.conn.(connector.WebhookReceiver).Hook(r, body)
		got.mu.Lock()
		defer got.mu.Unlock()
		got.named = append(got.named, refs...)
		got.bodies, got.heads = append(got.bodies, body), append(got.heads, r.Header)
		if err != nil {
			got.errors = append(got.errors, err)
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(s.Close)
	return got, s.URL + "/hooks/chatwoot"
}

// receive opens a hook that is registered.
func (b *bundle) receive(t *testing.T) *receiver {
	t.Helper()
	got, url := b.listen(t)
	status, answer := b.raw(t, "POST", "/api/v1/accounts/"+fmt.Sprint(b.cfg.AccountID)+"/webhooks",
		`{"webhook":{"url":"`+url+`","subscriptions":["contact_created","contact_updated","conversation_created","conversation_updated","conversation_status_changed"]}}`)
	if status != 200 || !strings.Contains(answer, b.Info.Credentials["webhook_secret"]) {
		t.Fatalf("register: %d %s", status, answer)
	}
	return got
}

// echo waits until nothing is under way, and returns and forgets what came.
func (b *bundle) echo(t *testing.T, got *receiver) ([]connector.Notification, []error) {
	t.Helper()
	simtest.Control(t, b.Remote, "GET", "/deliveries?wait=1", nil, nil)
	got.mu.Lock()
	defer got.mu.Unlock()
	named, errs := got.named, got.errors
	got.named, got.errors = nil, nil
	return named, errs
}

// TestWebhooks goes the whole way: an agent edits, the simulator signs and
// calls, the connector names what to read.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Seed: 2})
	got := b.receive(t)
	fault := func(name, delay string) {
		t.Helper()
		_, err := b.Inject(t.Context(), simkit.Fault{
			Match: simkit.Match{Part: "webhooks"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultNamed, Name: name, Delay: delay},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, refs []connector.Notification, refused error) {
		t.Helper()
		named, errs := b.echo(t, got)
		if !slices.Equal(named, refs) || (refused == nil) != (len(errs) == 0) || refused != nil && !errors.Is(errs[0], refused) {
			t.Errorf("%s: named %v, refused %v; want %v, %v", what, named, errs, refs, refused)
		}
	}
	id := b.there(t, map[string]any{"name": "Gugu", "email": "gugu@example.org"})
	one := []connector.Notification{{Kind: eventperson.Kind, ID: id}}
	want("made by an agent", one, nil)
	b.edit(t, id, map[string]any{"name": "Gugu Passant"})
	want("edited", one, nil)
	b.edit(t, id, map[string]any{"name": "Gugu Passant"})
	want("edited to the same", nil, nil)
	fault("webhook-lost", "")
	b.edit(t, id, map[string]any{"name": "Lost"})
	want("lost", nil, nil)
	fault("webhook-doubled", "")
	b.edit(t, id, map[string]any{"name": "Doubled"})
	want("doubled", append(one, one...), nil)
	fault("webhook-late", "50ms")
	b.edit(t, id, map[string]any{"name": "Late"})
	want("late", one, nil)
	fault("webhook-unsigned", "")
	b.edit(t, id, map[string]any{"name": "Unsigned"})
	want("unsigned", nil, hook.Unsigned)

	var n int
	fmt.Sscan(string(id), &n)
	simtest.Control(t, b.Remote, "POST", "/conversations", map[string]any{"contact_id": n}, nil)
	want("a conversation", []connector.Notification{{Kind: conversation.Kind, ID: "1"}}, nil)
	simtest.Control(t, b.Remote, "PATCH", "/conversations/1", map[string]any{"message": "When does it start?"}, nil)
	want("a message moves the activity alone, which is told of the contact and names nobody", nil, nil)
	simtest.Control(t, b.Remote, "PATCH", "/conversations/1", map[string]any{"reply": "At nine."}, nil)
	want("a first reply", []connector.Notification{{Kind: conversation.Kind, ID: "1"}}, nil)
	simtest.Control(t, b.Remote, "PATCH", "/conversations/1", map[string]any{"reply": "Or at ten."}, nil)
	want("a second one", nil, nil)
	simtest.Control(t, b.Remote, "PATCH", "/conversations/1", map[string]any{"status": "resolved"}, nil)
	want("a status", []connector.Notification{{Kind: conversation.Kind, ID: "1"}, {Kind: conversation.Kind, ID: "1"}}, nil)

	mine := sample(0)
	echo := b.create(t, mine)
	want("our own write is told as well", []connector.Notification{{Kind: eventperson.Kind, ID: echo}}, nil)
	simtest.Control(t, b.Remote, "POST", "/contacts/"+string(echo)+"/merge", map[string]any{"into": n}, nil)
	want("of a merge only the base is told", one, nil)
	simtest.Control(t, b.Remote, "DELETE", "/contacts/"+string(id), nil, nil)
	want("of a delete nothing", nil, nil)

	// A call that was written down and is sent again later.
	last := len(got.bodies) - 1
	r := httptest.NewRequest(http.MethodPost, "/hooks/chatwoot", nil)
	r.Header = got.heads[last]
	if _, err := b.conn.(connector.WebhookReceiver).Hook(r, got.bodies[last]); err != nil {
		t.Errorf("at once: %v", err)
	}
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"offset": "6m"}, nil)
	if _, err := b.conn.(connector.WebhookReceiver).Hook(r, got.bodies[last]); !errors.Is(err, hook.TooOld) {
		t.Errorf("six minutes later: %v", err)
	}
}
