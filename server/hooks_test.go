package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// announcer believes calls with the right word, and names what the body says.
type announcer struct{}

func (announcer) Announces() []record.Kind { return []record.Kind{"event.person"} }

func (announcer) Hook(r *http.Request, body []byte) ([]connector.Notification, error) {
	if r.Header.Get("X-Word") != "right" {
		return nil, errors.New("the wrong word")
	}
	var named []connector.Notification
	for id := range strings.FieldsSeq(string(body)) {
		named = append(named, connector.Notification{Kind: "event.person", ID: record.ExternalID(id)})
	}
	return named, nil
}

// A webhook only names what is to be read, once however often it comes; one that
// is not believed, too large or of nobody leaves nothing.
func TestHooks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := func(system, word, body string) int {
		req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost,
			"http://"+b.address+"/hooks/"+system, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Word", word)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode
	}
	for _, c := range []struct {
		name, system, word, body string
		status, named            int
	}{
		{"a call", "memory", "right", "12 13", http.StatusAccepted, 2},
		{"the same again", "memory", "right", "13 12 12", http.StatusAccepted, 2},
		{"nothing of ours", "memory", "right", "", http.StatusAccepted, 2},
		{"the wrong word", "memory", "wrong", "14", http.StatusUnauthorized, 2},
		{"no such system", "sportlink", "right", "15", http.StatusNotFound, 2},
		{"too large", "memory", "right", strings.Repeat("1", 256<<10+1), http.StatusRequestEntityTooLarge, 2},
	} {
		if got := send(c.system, c.word, c.body); got != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got, c.status)
		}
		var n int
		if err := b.pool.QueryRow(t.Context(), "select count(*) from run_notified where system = 'memory'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != c.named {
			t.Errorf("%s: %d records are named, want %d", c.name, n, c.named)
		}
	}
	heard, err := store.Open(b.pool).Webhook(t.Context(), "memory")
	if err != nil || heard.HeardOn == nil || heard.RefusedOn == nil || heard.RefusedWhy != "the wrong word" {
		t.Errorf("what came of the webhooks: %+v, %v", heard, err)
	}
	if _, err := store.Open(b.pool).Webhook(t.Context(), "sportlink"); err == nil {
		t.Error("a call for a system that announces nothing is noted")
	}
	if log := b.log.String(); !strings.Contains(log, "webhooks not believed") {
		t.Error("the log does not tell that a webhook was not believed")
	}
}
