package e2e

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs/notice/noticetest"
)

// outlets are where people and programs elsewhere are told of runs.
type outlets struct {
	mail *noticetest.Mailbox
	hook *httptest.Server

	mu     sync.Mutex
	posted []string
}

const hookSecret = "a secret of the webhook's"

func newOutlets(t testing.TB) *outlets {
	t.Helper()
	o := &outlets{mail: noticetest.Mail(t)}
	o.hook = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.posted = append(o.posted, string(body))
	}))
	t.Cleanup(o.hook.Close)
	return o
}

// settings are those that lead there, beside others.
func (o *outlets) settings(others map[string]string) map[string]string {
	env := map[string]string{
		"TOUCHLINE_NOTICES_MAIL_SERVER": o.mail.Address, "TOUCHLINE_NOTICES_MAIL_PLAIN": "true",
		"TOUCHLINE_NOTICES_MAIL_FROM": "sync@example.org", "TOUCHLINE_NOTICES_MAIL_TO": "board@example.org",
		"TOUCHLINE_NOTICES_WEBHOOK_URL": o.hook.URL, "TOUCHLINE_NOTICES_WEBHOOK_SECRET": hookSecret,
		"TOUCHLINE_NOTICES_LANGUAGE": "nl", "TOUCHLINE_NOTICES_LINK": "https://sync.example.org/runs/{run}",
	}
	maps.Copy(env, others)
	return env
}

func (o *outlets) posts() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.posted...)
}

// noticesFree waits until so many notices have come by mail and by webhook, and looks at
// each.
func (s *set) noticesFree(t testing.TB, o *outlets, least int) {
	t.Helper()
	eventually(t, time.Minute, "notices", func() bool { return len(o.mail.Messages()) >= least && len(o.posts()) >= least })
	for _, m := range o.mail.Messages() {
		_, body := m.Parse(t)
		s.free(t, "a mail", string(m.Raw)+body)
	}
	s.free(t, "what is posted to the webhook", strings.Join(o.posts(), "\n"))
}

// viewersFree goes by every link of the pages that a viewer comes to, and asks all that
// the API tells a viewer.
func (s *set) viewersFree(t testing.TB, token string) {
	t.Helper()
	pages := s.crawl(t, token, func(path, page string) { s.free(t, "a viewer's page "+path, page) })
	if pages < 20 {
		t.Errorf("a viewer came to %d pages only", pages)
	}
	runs, err := s.Pipelines.ListRuns(t.Context(), &touchlinev1.ListRunsRequest{PageSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	calls := [][2]string{
		{"PipelineService/ListPipelines", `{}`},
		{"PipelineService/ListRuns", `{"page_size": 100}`},
		{"PipelineService/GetRestored", `{}`},
		{"RecordService/ListLeavers", `{}`},
		{"RecordService/ListFindings", `{}`},
		{"RecordService/ListUnreadable", `{}`},
		{"ConflictService/ListConflicts", `{"page_size": 1000}`},
		{"ScheduleService/ListSchedules", `{}`},
		{"SessionService/ListSessions", `{}`},
	}
	of, err := s.Pipelines.ListPipelines(t.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, p := range of.GetPipelines() {
		for _, k := range p.GetKinds() {
			kinds[k] = true
		}
	}
	for kind := range kinds {
		calls = append(calls, [2]string{"RecordService/ListSyncRecords", `{"page_size": 1000, "kind": "` + kind + `"}`})
	}
	for _, run := range runs.GetRuns() {
		calls = append(calls, [2]string{"PipelineService/GetRun", `{"run": "` + run.GetId() + `"}`},
			[2]string{"PipelineService/ListChanges", `{"page_size": 1000, "run": "` + run.GetId() + `"}`})
	}
	told := 0
	for _, c := range calls {
		status, body := s.post(t, token, c[0], c[1])
		if status != http.StatusOK {
			t.Errorf("%s %s: %d %s", c[0], c[1], status, body)
		}
		told += len(body)
		s.free(t, "what a viewer is told by "+c[0], body)
	}
	if told < 100_000 {
		t.Errorf("a viewer is told %d bytes in all: the test looks in vain", told)
	}
}

// post makes a call as JSON.
func (s *set) post(t testing.TB, token, call, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address+"/touchline.v1."+call, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	return do(t, http.DefaultClient, req)
}

func do(t testing.TB, c *http.Client, req *http.Request) (status int, body string) {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

var href = regexp.MustCompile(`(?:href|data-watch)="(/[^"#]*)`)

// crawl opens every page that is linked from the first one, at most 300, and counts them.
func (s *set) crawl(t testing.TB, token string, look func(path, page string)) (pages int) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, base := &http.Client{Jar: jar}, "http://"+s.Address
	in, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/sign-in", strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	in.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, page := do(t, c, in); status != http.StatusOK || strings.Contains(page, `name="token"`) {
		t.Fatalf("the viewer is not signed in: %d", status)
	}
	next := []string{"/", "/records?kind=club.person", "/conflicts?all=yes", "/quarantine?held=yes"}
	for seen := map[string]bool{}; len(next) > 0 && pages < 300; {
		path := strings.ReplaceAll(next[0], "&amp;", "&")
		next = next[1:]
		if seen[path] || strings.HasPrefix(path, "/static/") {
			continue
		}
		seen[path] = true
		pages++
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, page := do(t, c, req)
		look(path, page)
		for _, m := range href.FindAllStringSubmatch(page, -1) {
			next = append(next, m[1])
		}
	}
	return pages
}
