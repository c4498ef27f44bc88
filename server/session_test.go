package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

func (b *bundle) sessions(token string) touchlinev1connect.SessionServiceClient {
	return touchlinev1connect.NewSessionServiceClient(b.http(token), "http://"+b.address)
}

// browsing has the source be a system behind web pages, at which captcha stands in the
// way of the first sign-in.
func browsing(b *bundle) {
	answers := make(chan error, 2)
	answers <- &connector.Error{Class: connector.Denied, Reason: "CAPTCHA", System: "source", Op: "sign in", Why: "a proof is wanted"}
	answers <- nil
	b.browsed = []record.System{"source"}
	b.signIn = func(ctx context.Context, _ record.System) error {
		select {
		case err := <-answers:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// standing stores how the session of source stands, as a worker does.
func (b *bundle) standing(t *testing.T, is store.PutSessionParams) {
	t.Helper()
	is.System, is.Account, is.Worker = "source", "source/0badcafe", "w1"
	if is.Now.IsZero() {
		is.Now = time.Now()
	}
	if err := store.New(b.pool).PutSession(t.Context(), is); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) session(t *testing.T, token string) *touchlinev1.Session {
	t.Helper()
	list, err := b.sessions(token).ListSessions(t.Context(), &touchlinev1.ListSessionsRequest{})
	if err != nil || len(list.GetSessions()) != 1 {
		t.Fatalf("the sessions are %v, %v; want one", list, err)
	}
	return list.GetSessions()[0]
}

// signedIn waits until the sign-in that was asked for is done.
func (b *bundle) signedIn(t *testing.T) *touchlinev1.SignIn {
	t.Helper()
	for {
		if is := b.session(t, b.operator).GetLastSignIn(); is.GetEndTime() != nil {
			return is
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the sign-in has no end")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A session is shown as it stands, and a worker signs in when an operator asks for it.
func TestSessions(t *testing.T) {
	t.Parallel()
	b := setupWhole(t, browsing)
	c := b.sessions(b.operator)
	if is := b.session(t, b.viewer); is.GetState() != touchlinev1.SessionState_SESSION_STATE_SIGNED_OUT || is.GetSinceTime() != nil ||
		is.GetNextCheckPipeline() != "people" || is.GetNextCheckTime() == nil {
		t.Errorf("one that was never used: %v", is)
	}
	for want, ask := range map[string]func() error{
		"UNKNOWN_SYSTEM": func() error {
			_, err := c.SignInNow(t.Context(), &touchlinev1.SignInNowRequest{System: "nowhere"})
			return err
		},
		"NO_SESSION": func() error {
			_, err := c.GetSession(t.Context(), &touchlinev1.GetSessionRequest{System: "target"})
			return err
		},
		"INVALID_REQUEST": func() error { return second(c.SignInNow(t.Context(), &touchlinev1.SignInNowRequest{})) },
		"ROLE_TOO_SMALL": func() error {
			return second(b.sessions(b.viewer).SignInNow(t.Context(), &touchlinev1.SignInNowRequest{System: "source"}))
		},
	} {
		if err := ask(); reason(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	b.wantActs(t, "SignInNow", 0)

	for _, want := range []string{"CAPTCHA", ""} {
		res, err := c.SignInNow(t.Context(), &touchlinev1.SignInNowRequest{System: "source", Reason: "the captcha is gone"})
		if err != nil || res.GetSession().GetLastSignIn().GetAskedBy() != "test operator" {
			t.Fatalf("asked: %v %v", res, err)
		}
		is := b.signedIn(t)
		if is.GetReason() != want || is.GetSucceeded() != (want == "") || is.GetWorker() == "" || (is.GetDetail() == "") != (want == "") {
			t.Errorf("want %q: %v", want, is)
		}
	}
	b.wantActs(t, "SignInNow", 2)

	in, end := time.Now().Add(-time.Hour).UTC().Truncate(time.Second), time.Now().Add(5*time.Hour).UTC().Truncate(time.Second)
	b.standing(t, store.PutSessionParams{State: "SIGNED_IN", SignedInOn: &in, EndsOn: &end})
	is := b.session(t, b.operator)
	if is.GetState() != touchlinev1.SessionState_SESSION_STATE_SIGNED_IN || !is.GetSignInTime().AsTime().Equal(in) || !is.GetExpireTime().AsTime().Equal(end) ||
		is.GetSession() != "source/0badcafe" || is.GetWorker() != "" {
		t.Errorf("signed in by a worker that is gone: %v", is)
	}
	if masked := b.session(t, b.viewer); masked.GetSession() != "" || masked.GetState() != is.GetState() {
		t.Errorf("a viewer sees %v", masked)
	}
	b.standing(t, store.PutSessionParams{State: "SIGNED_IN", SignedInOn: &in, EndsOn: &in})
	if is := b.session(t, b.operator); is.GetState() != touchlinev1.SessionState_SESSION_STATE_SIGNED_OUT || is.GetExpireTime() != nil {
		t.Errorf("one that is too old: %v", is)
	}
	b.standing(t, store.PutSessionParams{State: "SIGNING_IN"})
	if is := b.session(t, b.operator); is.GetState() != touchlinev1.SessionState_SESSION_STATE_SIGNED_OUT {
		t.Errorf("a sign-in that was broken off with its worker: %v", is)
	}
}

// What a session answers has none of what is sealed.
func TestSessionsTellNoSecret(t *testing.T) {
	t.Parallel()
	b := setupWhole(t, browsing)
	const secret = "cookie-of-quirine"
	host := store.NewHost(b.pool, "source", seal(t, 7), slog.New(slog.NewTextHandler(b.log, nil)), nil)
	if err := host.PutSecret(t.Context(), "browser/source/0badcafe", []byte(secret)); err != nil {
		t.Fatal(err)
	}
	b.standing(t, store.PutSessionParams{State: "NEEDS_A_PERSON", Reason: "CAPTCHA", Detail: "a proof is wanted"})
	admin := b.reader(t)
	admin.signIn(b.token(t, store.Admin, time.Hour))
	_, page := admin.get("/sessions")
	told, err := protojson.Marshal(b.session(t, b.operator))
	if err != nil || strings.Contains(string(told)+page+b.log.String(), secret) {
		t.Errorf("%v: %s\n%s", err, told, page)
	}
}

// From the first page an operator finds that a session needs a person, and has it signed
// in; an admin sees what the page looked like.
func TestPageOfSessions(t *testing.T) {
	t.Parallel()
	b := setupWhole(t, browsing)
	b.standing(t, store.PutSessionParams{State: "NEEDS_A_PERSON", Reason: "CAPTCHA", Detail: "a proof is wanted"})
	host := store.NewHost(b.pool, "source", seal(t, 7), slog.New(slog.NewTextHandler(b.log, nil)), nil)
	if err := host.Evidence(t.Context(), "source/0badcafe/page.html", "text/html", []byte("<h1>Xxxx 00</h1>")); err != nil {
		t.Fatal(err)
	}
	r := b.reader(t)
	r.signIn(b.operator)
	_, page := r.get("/")
	shows(t, page, "A session needs a person: source", `href="/sessions"`)
	_, page = r.get("/sessions")
	shows(t, page, "needs a person", "CAPTCHA", "a proof is wanted", "Sign in now: source", "people")
	if strings.Contains(page, "/evidence/") {
		t.Errorf("an operator is shown evidence:\n%s", page)
	}
	if status, page := r.get("/evidence/1"); status != http.StatusForbidden || strings.Contains(page, "Xxxx") {
		t.Errorf("an operator opens evidence: %d\n%s", status, page)
	}
	if status, page := r.post("/sessions/source", url.Values{"reason": {"cleared"}}); status != http.StatusOK || !strings.Contains(page, "test operator") {
		t.Errorf("asked: %d\n%s", status, page)
	}
	b.signedIn(t)
	_, page = r.get("/sessions")
	shows(t, page, "it did not succeed", "CAPTCHA")
	b.wantActs(t, "SignInNow", 1)

	viewer := b.reader(t)
	viewer.signIn(b.viewer)
	if status, _ := viewer.post("/sessions/source", nil); status != http.StatusForbidden {
		t.Errorf("a viewer has it signed in: %d", status)
	}
	admin := b.reader(t)
	admin.signIn(b.token(t, store.Admin, time.Hour))
	_, page = admin.get("/sessions")
	shows(t, page, `href="/evidence/1"`, "page.html")
	if _, text := admin.get("/evidence/1"); text != "<h1>Xxxx 00</h1>" {
		t.Errorf("the evidence is %q", text)
	}
	b.wantActs(t, "GetEvidence", 1)
	if status, _ := admin.get("/evidence/7"); status != http.StatusNotFound {
		t.Errorf("no such evidence: %d", status)
	}
	_, page = r.post("/language", url.Values{"language": {"nl"}})
	shows(t, page, "Een aanmelding heeft iemand nodig")
}
