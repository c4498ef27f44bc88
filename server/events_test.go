package server_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// told is one server-sent event.
type told struct{ name, id, data string }

// events asks for the stream of a run. What is answered is closed with the test.
func (r *reader) events(ctx context.Context, run, last string) *http.Response {
	r.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address+"/runs/"+run+"/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := r.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// next reads one event.
func next(t *testing.T, lines *bufio.Scanner) (e told) {
	t.Helper()
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), ":")
		switch text = strings.TrimPrefix(text, " "); name {
		case "event":
			e.name = text
		case "id":
			e.id = text
		case "data":
			e.data += text + "\n"
		case "":
			if e != (told{}) {
				return e
			}
		}
	}
	t.Fatalf("the stream ends without another event: %v", lines.Err())
	return e
}

// The page of a run is told of its progress as WatchRun tells it, to the end; who comes back is
// told what is new, and a session has no more streams than a few.
func TestProgressOfARun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	release := b.hold()
	defer release()
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	run := res.GetRun().GetId()
	r := b.reader(t)
	if is := r.events(t.Context(), run, ""); is.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody is signed in: %d", is.StatusCode)
	}
	r.signIn(b.viewer)
	if is := r.events(t.Context(), "018f0000-0000-7000-8000-000000000000", ""); is.StatusCode != http.StatusNotFound {
		t.Errorf("a run that is not there: %d", is.StatusCode)
	}
	if is := r.events(t.Context(), run, "some"); is.StatusCode != http.StatusBadRequest {
		t.Errorf("no number: %d", is.StatusCode)
	}
	_, page := r.get("/runs/" + run)
	shows(t, page, `data-watch="/runs/`+run+`/events?after=`, `id="standing"`, `id="step-1"`)

	stream := r.events(t.Context(), run, "")
	if kind := stream.Header.Get("Content-Type"); stream.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("the stream: %d %s", stream.StatusCode, kind)
	}
	lines := bufio.NewScanner(stream.Body)
	first := next(t, lines)
	if !strings.Contains(first.data, `<p id="standing"><b>`) || first.id == "" {
		t.Errorf("the first event is %+v", first)
	}
	ctx, leave := context.WithCancel(t.Context())
	for range 5 {
		if is := r.events(ctx, run, ""); is.StatusCode != http.StatusOK {
			t.Errorf("one of six streams: %d", is.StatusCode)
		}
	}
	if is := r.events(ctx, run, ""); is.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a seventh stream: %d", is.StatusCode)
	}
	other := b.reader(t)
	other.signIn(b.viewer)
	if is := other.events(ctx, run, ""); is.StatusCode != http.StatusOK {
		t.Errorf("another session's: %d", is.StatusCode)
	}
	leave()
	release()
	var all []told
	for e := first; e.name != "end"; e = next(t, lines) {
		all = append(all, e)
	}
	text := fmt.Sprint(all)
	if !strings.Contains(text, `<tbody id="step-1">`) || !strings.Contains(text, "read 3") || !strings.Contains(text, "ended succeeded") {
		t.Errorf("it was told %s", text)
	}
	if lines.Scan() && lines.Text() != "" {
		t.Errorf("after the end comes %q", lines.Text())
	}
	last := all[len(all)-2].id
	deadline := time.After(20 * time.Second)
	for { // those who left have gone once the server has seen it
		again := r.events(t.Context(), run, last)
		if again.StatusCode == http.StatusOK {
			lines := bufio.NewScanner(again.Body)
			if e := next(t, lines); e != all[len(all)-1] {
				t.Errorf("who comes back is told %+v, want %+v", e, all[len(all)-1])
			}
			if e := next(t, lines); e.name != "end" {
				t.Errorf("then %+v", e)
			}
			return
		}
		select {
		case <-deadline:
			t.Fatalf("the streams that ended still count: %d", again.StatusCode)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// In a browser the page of a run that is under way comes up to date by itself, and a
// session that needs a person is found and signed in, in three clicks from the first page.
func TestLivePagesInABrowser(t *testing.T) {
	t.Parallel()
	v := volunteer{t: t, page: browsertest.Page(t, 360, 740), check: axe(t), width: 360}
	b := setup(t, browsing, func(b *bundle) { b.browsed = []record.System{"sportlink"} })
	v.address = "http://" + b.address
	v.signIn(b.operator)

	release := b.hold()
	defer release()
	v.click("Run now")
	v.ok(nil, v.page.Locator("#step-1").GetByText("read 3").WaitFor())
	v.look()
	v.ok(v.page.Evaluate("window.isTheSame = true"))
	release()
	v.ok(nil, v.page.Locator("#standing").GetByText("ended succeeded").WaitFor())
	v.ok(v.page.WaitForFunction("!window.isTheSame && !document.querySelector('[data-watch]')", nil))
	v.look()

	err := store.New(b.pool).PutSession(t.Context(), store.PutSessionParams{
		System: "sportlink", Account: "sportlink/0badcafe", Worker: "w1", Now: time.Now(), State: "NEEDS_A_PERSON", Reason: "CAPTCHA", Detail: "a proof is wanted",
	})
	v.ok(nil, err)
	v.open("/")
	v.click("A session needs a person")
	v.click("Sign in now")
	v.ok(nil, v.page.Locator("main").GetByText("it did not succeed").WaitFor(playwright.LocatorWaitForOptions{Timeout: new(60_000.0)}))
	v.look()
	b.wantActs(t, "SignInNow", 1)
}
