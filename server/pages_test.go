package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
)

// reader is a person with a browser that keeps cookies and follows redirects.
type reader struct {
	t       *testing.T
	address string
	*http.Client
}

func (b *bundle) reader(t *testing.T) *reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t, "http://" + b.address, &http.Client{Jar: jar}}
}

func (r *reader) do(req *http.Request, err error) (int, string) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := r.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || res.Header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("%s: policy %q, cache %q", req.URL.Path, csp, res.Header.Get("Cache-Control"))
	}
	return res.StatusCode, string(body)
}

func (r *reader) get(path string) (int, string) {
	r.t.Helper()
	return r.do(http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.address+path, nil))
}

func (r *reader) post(path string, form url.Values, header ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.address+path, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
	}
	return r.do(req, err)
}

func (r *reader) signIn(token string) {
	r.t.Helper()
	if status, page := r.post("/sign-in", url.Values{"token": {token}}); status != http.StatusOK || !strings.Contains(page, "What needs you") {
		r.t.Fatalf("signed in: %d\n%s", status, page)
	}
}

func shows(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not show %q:\n%s", text, page)
		}
	}
}

var runLink = regexp.MustCompile(`/runs/([0-9a-f-]{36})`)

// From the first page a person makes a plan, looks at it, approves a part of it, and
// finds the record that changed.
func TestPagesOfAPlan(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	r := b.reader(t)
	if _, page := r.get("/"); !strings.Contains(page, `name="token"`) {
		t.Errorf("who is not signed in sees\n%s", page)
	}
	if status, page := r.post("/sign-in", url.Values{"token": {"tl_wrong"}}); status != http.StatusUnauthorized || !strings.Contains(page, "token") {
		t.Errorf("a wrong token: %d\n%s", status, page)
	}
	r.signIn(b.operator)
	for _, id := range []string{"QXZ0007", "QXZ0008"} {
		b.source.Put("members", record.ExternalID(id), record.Fields{fName: "<b>Nova " + id[6:]})
	}
	b.source.Put("members", "QXZ0009", record.Fields{fName: "=Nova 9"})
	_, page := r.post("/runs", url.Values{"pipeline": {"people"}, "plan": {"yes"}})
	run := runLink.FindStringSubmatch(page)
	if run == nil {
		t.Fatalf("no run is shown:\n%s", page)
	}
	made := b.finish(t, run[1])
	_, page = r.get("/runs/" + run[1] + "/plan")
	shows(t, page, "QXZ0007", "QXZ0008", "&lt;b&gt;Nova 7", made.GetPlanHash(), `type="checkbox"`)
	if status, table := r.get("/runs/" + run[1] + "/plan.csv"); status != http.StatusOK ||
		!strings.Contains(table, string(kind)+",QXZ0007,target,people,update,first_name,Quirine,<b>Nova 7,") || strings.Count(table, "'=Nova 9") != 2 {
		t.Errorf("the plan as a table: %d\n%s", status, table)
	}
	part := url.Values{"hash": {made.GetPlanHash()}, "only": {string(kind) + " QXZ0007"}}
	_, page = r.post("/runs/"+run[1]+"/apply", part)
	shows(t, page, "A part of the plan", "QXZ0007", "2 are left, and planned again")
	if strings.Contains(page, "QXZ0008") {
		t.Error("the page of the part shows what is not in it")
	}
	if _, f := b.remote(t, "QXZ0007"); f[fName] != "Quirine" {
		t.Error("looking at a part has written")
	}
	part.Set("sure", "yes")
	r.post("/runs/"+run[1]+"/apply", part)
	if is := b.finish(t, run[1]); is.GetReason() != "PART_APPROVED" {
		t.Fatalf("the run ended %v %s", is.GetOutcome(), is.GetReason())
	}
	b.holds(t, "QXZ0007", fName, "<b>Nova 7")
	_, page = r.get("/")
	shows(t, page, "The last run has not done all", "PART_APPROVED")
	_, page = r.get("/runs/" + run[1])
	shows(t, page, "PART_APPROVED", "write target people")
	name := fmt.Sprintf("/runs/people/%d", made.GetNumber())
	if _, named := r.get(name); named != page {
		t.Errorf("%s shows something else than the page of the run:\n%s", name, named)
	}
	_, page = r.get(name + "/plan")
	shows(t, page, "QXZ0007", "Plan people")
	for _, no := range []string{"/runs/people/9999", "/runs/nobody/1", "/runs/people/x/plan"} {
		if status, _ := r.get(no); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", no, status)
		}
	}
	_, page = r.post("/records", url.Values{"kind": {string(kind)}, "key": {"QXZ0007"}})
	shows(t, page, "QXZ0007", "&lt;b&gt;Nova 7", "in step", "source members", "target people")
	_, page = r.get("/records?kind=" + string(kind) + "&state=IN_STEP")
	shows(t, page, "QXZ0001", "/records.csv?")
	b.wantActs(t, "ListSyncRecords", 1)
	if status, table := r.get("/records.csv?kind=" + string(kind) + "&state=IN_STEP"); status != http.StatusOK || strings.Count(table, "in step") != 40 {
		t.Errorf("the records as a table: %d\n%s", status, table)
	}
	b.wantActs(t, "ListSyncRecords", 2)
	for _, path := range []string{"/schedules", "/conflicts", "/held", "/records"} {
		if status, page := r.get(path); status != http.StatusOK || strings.Count(page, "<h1") != 1 {
			t.Errorf("%s: %d\n%s", path, status, page)
		}
	}
	if status, _ := r.get("/records/999999"); status != http.StatusNotFound {
		t.Errorf("a record that is not there: %d", status)
	}
	_, page = r.post("/language", url.Values{"language": {"nl"}})
	shows(t, page, `lang="nl"`, "Wat op jou wacht")
}

func TestPagesOfAConflict(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	r := b.reader(t)
	r.signIn(b.operator)
	met := b.addConflict(t, "QXZ0005", fCity, "Hier", "Daar")
	_, page := r.get("/")
	shows(t, page, "Conflicts wait for a decision (1)")
	_, page = r.get("/conflicts")
	shows(t, page, "QXZ0005", "Hier", "Take that of "+met.GetSystem())
	etag := regexp.MustCompile(`name="etag" value="([^"]+)"`).FindStringSubmatch(page)
	number := regexp.MustCompile(`action="/conflicts/(\d+)"`).FindStringSubmatch(page)
	if etag == nil || number == nil {
		t.Fatalf("the conflict cannot be settled:\n%s", page)
	}
	settle := url.Values{"etag": {etag[1]}, "take": {"remote"}, "reason": {"she told us"}}
	if status, page := r.post("/conflicts/"+number[1], settle); status != http.StatusOK || !strings.Contains(page, "There are none.") {
		t.Errorf("settled: %d\n%s", status, page)
	}
	b.sync(t)
	b.holds(t, "QXZ0005", fCity, met.GetRemoteValue())
	if status, page := r.post("/conflicts/"+number[1], settle); status != http.StatusConflict || !strings.Contains(page, "resolved") {
		t.Errorf("settled twice: %d\n%s", status, page)
	}
}

// What a viewer, another site, or somebody who is signed out posts changes nothing.
func TestPagesThatMayNot(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	runs := func() int {
		t.Helper()
		res, err := b.pipelines(b.operator).ListRuns(t.Context(), &touchlinev1.ListRunsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return len(res.GetRuns())
	}
	before, ask := runs(), url.Values{"pipeline": {"people"}}
	viewer := b.reader(t)
	viewer.signIn(b.viewer)
	if status, page := viewer.post("/runs", ask); status != http.StatusForbidden || !strings.Contains(page, "operator") {
		t.Errorf("a viewer asks for a run: %d\n%s", status, page)
	}
	_, page := viewer.get("/records?kind=" + string(kind))
	if strings.Contains(page, "QXZ0001") || strings.Contains(page, "qxz0001@") {
		t.Errorf("a viewer sees keys:\n%s", page)
	}
	for _, table := range []string{"/records.csv?kind=" + string(kind), "/runs/people/1/plan", "/records?kind=" + string(kind)} {
		if _, page := viewer.get(table); strings.Contains(page, ".csv") || strings.Contains(page, "QXZ0001") {
			t.Errorf("%s: a viewer is shown a table:\n%s", table, page)
		}
	}
	if status, page := viewer.get("/records.csv?kind=" + string(kind)); status != http.StatusForbidden || !strings.Contains(page, "operator") {
		t.Errorf("a viewer takes a table away: %d\n%s", status, page)
	}
	operator := b.reader(t)
	operator.signIn(b.operator)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example.org"}} {
		if status, _ := operator.post("/runs", ask, header...); status != http.StatusForbidden {
			t.Errorf("a post with %s: %d, want 403", header, status)
		}
	}
	address, err := url.Parse(operator.address)
	if err != nil {
		t.Fatal(err)
	}
	kept := operator.Jar.Cookies(address)
	operator.post("/sign-out", nil)
	operator.Jar.SetCookies(address, kept)
	if _, page := operator.post("/runs", ask); !strings.Contains(page, `name="token"`) {
		t.Errorf("signed out, with the cookie of before:\n%s", page)
	}
	if after := runs(); after != before {
		t.Errorf("there are %d runs, %d before", after, before)
	}
}
