package notice_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/jobs/notice/noticetest"
)

func stopped() notice.Notice {
	since := time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)
	return notice.Notice{
		Kind: notice.Approval, Pipeline: "people", Run: "0190-run", Number: 42, Reason: "TOO_MANY_REMOVED",
		Detail: "hub: 30 of 200 records of club.person would be removed or left alone within a day",
		At:     time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC), Since: &since, PlanHash: "abc",
		Counts: []notice.Count{{System: "hub", Kind: "club.person", Removed: 30}, {System: "laposta", Kind: "club.subscriber", Changed: 2, Removed: 31}},
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	box := noticetest.Mail(t)
	m := notice.Mail{
		Words:  notice.Words{Language: notice.Dutch, Link: "https://sync.example.org/runs/{run}"},
		Server: box.Address, From: "sync@example.org", To: []string{"board@example.org", "it@example.org"}, Plain: true,
	}
	if err := m.Send(t.Context(), stopped()); err != nil {
		t.Fatal(err)
	}
	all := box.Messages()
	if len(all) != 1 || all[0].From != "sync@example.org" || strings.Join(all[0].To, " ") != "board@example.org it@example.org" {
		t.Fatalf("mailed %v", all)
	}
	head, body := all[0].Parse(t)
	if s := head.Get("Subject"); s != "touchline: people wacht op jou" {
		t.Errorf("the subject is %q", s)
	}
	for _, want := range []string{
		"TOO_MANY_REMOVED", "30 of 200", "Wat te doen: Bekijk het plan", "onze eigen kopie, club.person: 30 verwijderen", "laposta, club.subscriber: 2 wijzigen, 31 verwijderen",
		"https://sync.example.org/runs/0190-run", "touchline plan apply 0190-run --hash abc", "2026-03-01 07:00",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the mail does not say %q:\n%s", want, body)
		}
	}
	box.Refuse(true)
	if err := m.Send(t.Context(), stopped()); err == nil {
		t.Error("a refused mail is no error")
	}
	m.Plain = false // the server has no TLS
	box.Refuse(false)
	if err := m.Send(t.Context(), stopped()); err == nil {
		t.Error("a mail went out without TLS although it was not allowed to")
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	var body []byte
	var signature string
	status := http.StatusNoContent
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		signature = r.Header.Get(notice.Signature)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer s.Close()
	w := notice.Webhook{URL: s.URL + "/hook?key=sesame", Secret: []byte("secret"), Now: func() time.Time { return now }}
	if err := w.Send(t.Context(), stopped()); err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write(append([]byte("1772434800."), body...))
	if want := "t=1772434800,v1=" + hex.EncodeToString(mac.Sum(nil)); signature != want {
		t.Errorf("signed %s, want %s", signature, want)
	}
	var told struct{ Kind, Pipeline, Subject, Text string }
	if err := json.Unmarshal(body, &told); err != nil || told.Kind != "APPROVAL" || told.Subject != "touchline: people waits for you" || told.Text == "" {
		t.Errorf("posted %+v, %v", told, err)
	}
	for _, status = range []int{http.StatusFound, http.StatusInternalServerError} {
		err := w.Send(t.Context(), stopped())
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("an answer of %d: %v; want an error without the address", status, err)
		}
	}
	s.Close()
	if err := notice.Ping(t.Context(), w.URL); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("nobody answers: %v; want an error without the address", err)
	}
}

// All kinds can be told in all languages, and each names its pipeline once.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, language := range []notice.Language{notice.English, notice.Dutch} {
		w := notice.Words{Language: language}
		seen := map[string]bool{}
		for _, kind := range []notice.Kind{
			notice.Failed, notice.Incomplete, notice.Approval, notice.SignIn, notice.Overdue, notice.Recovered, notice.Weekly, notice.DatabaseAway, notice.Test,
		} {
			n := notice.Notice{Kind: kind, Pipeline: "people"}
			subject, first := w.Subject(n), strings.SplitN(w.Body(n), "\n", 2)[0]
			if len(subject) < len("touchline: x") || len(first) < 20 || seen[subject] || strings.Contains(subject+first, "%") {
				t.Errorf("%s %s: %q, %q", language, kind, subject, first)
			}
			seen[subject] = true
		}
	}
}

// A plan that waits, a session that needs a person and the week have a link to the page where a person goes on.
func TestLinks(t *testing.T) {
	t.Parallel()
	waits, week := stopped(), notice.Notice{Kind: notice.Weekly}
	away := notice.Notice{Kind: notice.SignIn, Sessions: []string{"sportlink"}}
	for _, c := range []struct {
		link, plan, week string
	}{
		{"https://sync.example.org/runs/{run}", "Its plan: https://sync.example.org/runs/" + waits.Run + "/plan\n", "Look at it: https://sync.example.org/\n"},
		{"https://example.org/sync/runs/{run}", "Its plan: https://example.org/sync/runs/" + waits.Run + "/plan\n", "Look at it: https://example.org/sync/\n"},
		{"https://elsewhere.example.org/show?of={run}", "Its plan: touchline plan show " + waits.Run + "\n", ""},
		{"", "Its plan: touchline plan show " + waits.Run + "\n", ""},
	} {
		w := notice.Words{Language: notice.English, Link: c.link}
		if text := w.Body(waits); !strings.Contains(text, c.plan) {
			t.Errorf("%s: a plan waits: %q does not have %q", c.link, text, c.plan)
		}
		page := "touchline sessions list"
		if c.week != "" {
			page = strings.TrimSuffix(strings.TrimPrefix(c.week, "Look at it: "), "\n") + "sessions"
		}
		if text := w.Body(away); !strings.Contains(text, "Sign in now, or see why: sportlink "+page+"\n") {
			t.Errorf("%s: a session needs a person: %q does not lead to %q", c.link, text, page)
		}
		if text := w.Body(week); !strings.Contains(text, c.week) || c.week == "" && strings.Contains(text, "Look at it") {
			t.Errorf("%s: the week: %q does not have %q", c.link, text, c.week)
		}
	}
}

// What waits at the end of the week stands with where a person goes on; what does not wait
// is not told.
func TestWeekStanding(t *testing.T) {
	t.Parallel()
	week := notice.Notice{
		Kind: notice.Weekly, Weeks: []notice.Week{{Pipeline: "people", Runs: 7, Good: 6, Run: "r1"}},
		Standing: &notice.Standing{Leaving: 3, Conflicts: 2, Quarantined: 1},
	}
	for link, lines := range map[string][]string{
		"https://sync.example.org/runs/{run}": {
			"people: 6 of 7 runs succeeded, https://sync.example.org/runs/r1\n", "Are leaving: 3, https://sync.example.org/leavers\n",
			"Conflicts that wait for you: 2, https://sync.example.org/conflicts\n", "Refused and set aside: 1, https://sync.example.org/quarantine\n",
		},
		"": {"touchline runs show r1\n", "Are leaving: 3, touchline leavers list\n", "Conflicts that wait for you: 2, touchline conflicts list --open\n"},
	} {
		text := notice.Words{Language: notice.English, Link: link}.Body(week)
		for _, l := range lines {
			if !strings.Contains(text, l) {
				t.Errorf("%q does not have %q", text, l)
			}
		}
		if strings.Contains(text, "Plans") || strings.Contains(text, "With a refused field") {
			t.Errorf("%q tells of what does not wait", text)
		}
	}
}

type failing struct{ error }

func (f failing) Send(context.Context, notice.Notice) error { return f.error }

// One sender that fails keeps the others from nothing.
func TestSenders(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	if err := (notice.Senders{failing{nil}, failing{down}}).Send(t.Context(), notice.Notice{}); !errors.Is(err, down) {
		t.Errorf("one of two failed: %v", err)
	}
	if err := (notice.Senders{failing{nil}}).Send(t.Context(), notice.Notice{}); err != nil {
		t.Errorf("none failed: %v", err)
	}
}
