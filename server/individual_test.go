package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

const individualSecret = "right-and-long-enough" //nolint:gosec // of this test

// ask asks for one member as the theme does.
func (b *bundle) ask(t *testing.T, key, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost,
		"http://"+b.address+"/api/sync/individual", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("X-Sync-Api-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// The site asks for one member, and is told by its own number who that is there. Nobody
// else is touched, and no key gets into the log.
func TestIndividual(t *testing.T) {
	t.Parallel()
	at := time.Now()
	b := setupWhole(t, func(b *bundle) { b.now = func() time.Time { return at } }) // all within a minute
	for _, c := range []struct {
		name, key, body string
		status          int
		action          string
	}{
		{"no key", "", `{"knvb_id": "QXZ0001"}`, http.StatusUnauthorized, ""},
		{"a wrong key", "wrong", `{"knvb_id": "QXZ0001"}`, http.StatusForbidden, ""},
		{"no id", individualSecret, `{}`, http.StatusBadRequest, ""},
		{"no JSON", individualSecret, `knvb_id=QXZ0001`, http.StatusBadRequest, ""},
		{"too long an id", individualSecret, `{"knvb_id": "QXZ00010001"}`, http.StatusBadRequest, ""},
		{"another sign", individualSecret, `{"knvb_id": "QXZ/001"}`, http.StatusBadRequest, ""},
		{"nobody", individualSecret, `{"knvb_id": "QXZ9999"}`, http.StatusUnprocessableEntity, ""},
		{"somebody", individualSecret, `{"knvb_id": "QXZ0001"}`, http.StatusOK, "updated"},
		{"somebody new", individualSecret, `{"knvb_id": "QXZ0777"}`, http.StatusOK, "created"},
	} {
		b.source.Put("members", "QXZ0001", record.Fields{fName: "Nova"})
		b.source.Put("members", "QXZ0002", record.Fields{fName: "Nova"})
		if c.action == "created" {
			b.source.Put("members", "QXZ0777", record.Fields{fCode: "QXZ0777", fName: "Quirine", fMail: "qxz0777@example.org", fCity: "Nergens"})
		}
		status, answer := b.ask(t, c.key, c.body)
		if status != c.status || answer["ok"] != (status == http.StatusOK) || (answer["error"] == nil) != (status == http.StatusOK) {
			t.Errorf("%s: %d %v, want %d", c.name, status, answer, c.status)
		}
		if c.action == "" {
			continue
		}
		code, _ := answer["knvb_id"].(string)
		id, _ := b.remote(t, code)
		if n, _ := answer["rondo_club_id"].(float64); answer["action"] != c.action || n == 0 || strconv.FormatFloat(n, 'f', -1, 64) != string(id) {
			t.Errorf("%s: %v, at the site it is %s", c.name, answer, id)
		}
	}
	if _, f := b.remote(t, "QXZ0001"); f[fName] != "Nova" {
		t.Error("who was asked for is not told")
	}
	if _, f := b.remote(t, "QXZ0002"); f[fName] != "Quirine" {
		t.Error("somebody else is told, too")
	}
	// Five in a minute: three were used.
	for range 2 {
		b.ask(t, individualSecret, `{"knvb_id": "QXZ0001"}`)
	}
	if status, _ := b.ask(t, individualSecret, `{"knvb_id": "QXZ0001"}`); status != http.StatusTooManyRequests {
		t.Errorf("the sixth in a minute: %d", status)
	}
	if log := b.log.String(); strings.Contains(log, "QXZ") {
		t.Error("a key of a member stands in the log")
	}
}

// Without a key of its own nobody may ask.
func TestIndividualIsOff(t *testing.T) {
	t.Parallel()
	if status, answer := setup(t).ask(t, individualSecret, `{"knvb_id": "QXZ0001"}`); status != http.StatusServiceUnavailable || answer["ok"] != false {
		t.Errorf("%d %v", status, answer)
	}
}
