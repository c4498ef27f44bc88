package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestTwoWorkers: two workers share one account. Who comes second takes up the
// session of the first, also when that was killed; when the session has ended,
// one of them signs in, with a code that nobody has used.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 40})
	dir := filepath.Join(s.Dir, "second")
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // a folder of logs
		t.Fatal(err)
	}
	second := newProcess(t, dir, "worker", s.environ)
	second.Start(t)
	workers := map[string]*process{workerID(t, s.Worker): s.Worker, workerID(t, second): second}

	s.signInNow(t)
	s.signedIn(t, 1)
	s.Succeed(t, "people") // with the session that is there
	s.signedIn(t, 1)

	// The one that reads is killed while the site answers.
	wait := moment{Name: "search", System: "sportlink", Method: "POST", Path: "*/SearchMembers"}.arm(t, s)
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	wait(res.GetRun().GetId())
	var reader string
	if err := s.DB(t).QueryRow(t.Context(), "select holder from lease where system = 'sportlink' and step is not null").Scan(&reader); err != nil {
		t.Fatal(err)
	}
	if workers[reader] == nil {
		t.Fatal("the lease is held by neither worker")
	}
	workers[reader].Kill(t)
	want(t, s.Follow(t, res.GetRun().GetId()), touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
	s.signedIn(t, 1)
	workers[reader].Start(t)

	// Both find the session ended, one after the other. Each sign-in needs a
	// code of its own.
	for n := 2; n <= 3; n++ {
		s.Sportlink.Control(t, http.MethodPost, "/sessions/expire", nil, nil)
		s.Succeed(t, "people")
		s.signedIn(t, n)
	}
	s.judge(t)
}

// signInNow has a worker sign in at Sportlink, and wants the session to say so.
func (s *set) signInNow(t *testing.T) {
	t.Helper()
	res, err := s.Sessions.SignInNow(t.Context(), &touchlinev1.SignInNowRequest{System: "sportlink"})
	for err == nil && res.GetSession().GetLastSignIn().GetEndTime() == nil {
		time.Sleep(100 * time.Millisecond)
		var is *touchlinev1.GetSessionResponse
		is, err = s.Sessions.GetSession(t.Context(), &touchlinev1.GetSessionRequest{System: "sportlink"})
		res = &touchlinev1.SignInNowResponse{Session: is.GetSession()}
	}
	if is := res.GetSession(); err != nil || !is.GetLastSignIn().GetSucceeded() ||
		is.GetState() != touchlinev1.SessionState_SESSION_STATE_SIGNED_IN || is.GetWorker() == "" || is.GetSignInTime() == nil {
		t.Fatalf("signed in: %v, %v", is, err)
	}
}

var readyWorker = regexp.MustCompile(`"msg":"ready","worker":"(w[0-9a-f]+)"`)

// workerID is the id that a worker has told when it was ready.
func workerID(t testing.TB, p *process) string {
	t.Helper()
	all := readyWorker.FindAllStringSubmatch(p.Log.After(0), -1)
	if len(all) == 0 {
		t.Fatal("the worker told no id")
	}
	return all[len(all)-1][1]
}

// signedIn fails the test unless there were so many sign-ins, all accepted at
// once and one after the other, each with a code of its own.
func (s *set) signedIn(t testing.TB, times int) {
	t.Helper()
	var ins []struct {
		Number             int
		Opened             time.Time
		Password, Finished *time.Time
		Accepted           bool
		Refused            int
	}
	s.Sportlink.Control(t, http.MethodGet, "/sign-ins", nil, &ins)
	n := 0
	var free time.Time
	for _, in := range ins {
		if in.Password == nil {
			continue // a form that was shown and left
		}
		n++
		if !in.Accepted || in.Refused > 0 || in.Finished == nil {
			t.Errorf("sign-in %d: accepted %t, refused %d times", in.Number, in.Accepted, in.Refused)
			continue
		}
		if in.Password.Before(free) {
			t.Errorf("sign-in %d was begun while another was under way", in.Number)
		}
		free = *in.Finished
	}
	var codes []struct {
		Accepted       bool
		Reason, Digest string
	}
	s.Sportlink.Control(t, http.MethodGet, "/codes", nil, &codes)
	sent := map[string]bool{}
	for _, c := range codes {
		if !c.Accepted || sent[c.Digest] {
			t.Errorf("a code was sent: accepted %t (%s), sent before %t", c.Accepted, c.Reason, sent[c.Digest])
		}
		sent[c.Digest] = true
	}
	if n != times || len(codes) != times {
		t.Fatalf("%d sign-ins and %d codes, want %d", n, len(codes), times)
	}
}
