package lapostasim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
)

type bundle struct {
	simkit.Remote
	*simkit.Kit
	list string
}

func setup(t *testing.T, o lapostasim.Options) *bundle {
	t.Helper()
	k := lapostasim.New(o)
	r := simtest.Start(t, k)
	return &bundle{Remote: r, Kit: k, list: r.Info.Credentials["list_1"]}
}

type answer struct {
	status int
	header http.Header
	Error  struct {
		Type      string `json:"type"`
		Message   string `json:"message"`
		Parameter string `json:"parameter"`
		Code      int    `json:"code"`
		MemberID  string `json:"member_id"`
	} `json:"error"`
	Member map[string]any `json:"member"`
	Data   []struct {
		Member map[string]any `json:"member"`
		List   map[string]any `json:"list"`
	} `json:"data"`
	Report map[string]int `json:"report"`
}

// call makes a call as a careful client would; body is a form, or JSON when it
// begins with a brace.
func (b *bundle) call(t *testing.T, method, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.Info.Addresses["api"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(b.Info.Credentials["api_key"], "")
	switch {
	case strings.HasPrefix(body, "{"):
		req.Header.Set("Content-Type", "application/json")
	case body != "":
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	data, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(data, &a) != nil {
		t.Fatalf("%s %s: %s, %v", req.Method, req.URL.Path, data, err)
	}
	return a
}

// form makes a form out of pairs, with list_id and ip.
func (b *bundle) form(pairs ...string) string {
	f := url.Values{"list_id": {b.list}, "ip": {"192.0.2.1"}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f.Encode()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	simtest.Control(t, b.Remote, "POST", "/lists/1/members", map[string]any{"email": "er@example.org"}, nil)
	member := "/v2/member"
	for name, c := range map[string]struct {
		method, path, body string
		status, code       int
		parameter          string
	}{
		"unknown path":     {"GET", "/v2/members", "", 404, 0, ""},
		"put":              {"PUT", member, b.form("email", "a@example.org"), 404, 0, ""},
		"no list":          {"GET", member, "", 400, 201, "list_id"},
		"unknown list":     {"GET", member + "?list_id=x", "", 400, 203, "list_id"},
		"list in query":    {"POST", member + "?list_id=" + b.list, "ip=192.0.2.1&email=a%40example.org", 400, 201, "list_id"},
		"json":             {"POST", member, `{"email":"a@example.org"}`, 400, 0, ""},
		"unknown member":   {"GET", member + "/m1?list_id=" + b.list, "", 400, 203, "member_id"},
		"change of nobody": {"POST", member + "/m1", b.form("email", "a@example.org"), 400, 203, "member_id"},
		"delete of nobody": {"DELETE", member + "/m1?list_id=" + b.list, "", 400, 203, "member_id"},
		"unknown state":    {"GET", member + "?state=gone&list_id=" + b.list, "", 400, 202, "state"},
		"no ip":            {"POST", member, b.form("email", "a@example.org", "ip", ""), 400, 201, "ip"},
		"bad ip":           {"POST", member, b.form("email", "a@example.org", "ip", "home"), 400, 202, "ip"},
		"no address":       {"POST", member, b.form(), 400, 201, "email"},
		"bad address":      {"POST", member, b.form("email", "a@b"), 400, 208, "email"},
		"exists":           {"POST", member, b.form("email", "ER@example.org"), 400, 204, "email"},
		"bad option":       {"POST", member, b.form("email", "a@example.org", "options[upsert]", "maybe"), 400, 206, "options[upsert]"},
		"not a date":       {"POST", member, b.form("email", "a@example.org", "custom_fields[geboortedatum]", "gisteren"), 400, 207, "custom_fields[geboortedatum]"},
		"not a number":     {"POST", member, b.form("email", "a@example.org", "custom_fields[huidigvrijwilliger]", "ja"), 400, 205, "custom_fields[huidigvrijwilliger]"},
		"unknown choice":   {"POST", member, b.form("email", "a@example.org", "custom_fields[geslacht]", "Q"), 400, 203, "custom_fields[geslacht]"},
		"no bulk":          {"POST", "/v2/list/" + b.list + "/members", `{"actions":["add"],"members":[{"email":"a@example.org"}]}`, 401, 0, ""},
	} {
		a := b.call(t, c.method, c.path, c.body)
		if a.status != c.status || a.Error.Code != c.code || a.Error.Parameter != c.parameter || a.Error.Message == "" {
			t.Errorf("%s: %d %+v", name, a.status, a.Error)
		}
		if name == "exists" && a.Error.MemberID == "" {
			t.Error("an address that is there comes without its id")
		}
	}
	if n := len(b.Kit.Writes(0)); n != 0 {
		t.Errorf("%d refused calls are in the journal", n)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	for name, set := range map[string]func(*http.Request){
		"none":     func(*http.Request) {},
		"wrong":    func(r *http.Request) { r.SetBasicAuth("other", "") },
		"password": func(r *http.Request) { r.SetBasicAuth(b.Info.Credentials["api_key"], "x") },
		"bearer":   func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+b.Info.Credentials["api_key"]) },
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", b.Info.Addresses["api"]+"/v2/list", nil)
		if err != nil {
			t.Fatal(err)
		}
		set(req)
		if a := do(t, req); a.status != 401 || a.Error.Type != "invalid_request" {
			t.Errorf("%s: %d %+v", name, a.status, a.Error)
		}
	}
}

// TestUpsert shows what the reference runs into: an upsert brings back who has
// opted out.
func TestUpsert(t *testing.T) {
	t.Parallel()
	for suppress, want := range map[string]string{"true": "unsubscribed", "false": "active"} {
		b := setup(t, lapostasim.Options{})
		simtest.Control(t, b.Remote, "POST", "/lists/1/members", map[string]any{"email": "uit@example.org", "state": "unsubscribed"}, nil)
		a := b.call(t, "POST", "/v2/member", b.form("email", "uit@example.org", "options[upsert]", "true",
			"options[suppress_reactivation]", suppress, "custom_fields[voornaam]", "Bo", "custom_fields[onbekend]", "x"))
		custom, _ := a.Member["custom_fields"].(map[string]any)
		if a.status != 200 || a.Member["state"] != want || custom["voornaam"] != "Bo" {
			t.Errorf("suppressed %s: %d %v", suppress, a.status, a.Member)
		}
		if _, kept := custom["onbekend"]; kept {
			t.Error("an unknown field was kept")
		}
	}
}

func TestPartialUpdate(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	made := b.call(t, "POST", "/v2/member", b.form("email", "bo@example.org", "custom_fields[voornaam]", "Bo",
		"custom_fields[geboortedatum]", "2012-02-29", "custom_fields[plaats]", "Elders"))
	if made.status != 201 {
		t.Fatalf("create: %d %+v", made.status, made.Error)
	}
	a := b.call(t, "POST", "/v2/member/bo@example.org", b.form("custom_fields[plaats]", "", "email", "bo.nieuw@example.org"))
	custom, _ := a.Member["custom_fields"].(map[string]any)
	if a.status != 200 || a.Member["member_id"] != made.Member["member_id"] || a.Member["email"] != "bo.nieuw@example.org" ||
		custom["voornaam"] != "Bo" || custom["plaats"] != "" || custom["geboortedatum"] != "2012-02-29 00:00:00" {
		t.Errorf("%d %v", a.status, a.Member)
	}
	w := b.Kit.Writes(0)
	if len(w) != 2 || w[0].Op != "create" || w[1].Op != "update" || w[1].Request != 2 || w[1].ID != made.Member["member_id"] {
		t.Errorf("journal %+v", w)
	}
	before, err := json.Marshal(w[1].Before)
	if err != nil || !strings.Contains(string(before), "Elders") {
		t.Errorf("what was there before: %s, %v", before, err)
	}
}

func TestDoubleOptIn(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"double_optin": true}, nil)
	for ignore, want := range map[string]string{"true": "active", "false": "unconfirmed"} {
		a := b.call(t, "POST", "/v2/member", b.form("email", ignore+"@example.org", "options[ignore_doubleoptin]", ignore))
		if a.Member["state"] != want {
			t.Errorf("ignored %s: %v", ignore, a.Member["state"])
		}
	}
}

func TestSeveralOptions(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Bulk: true})
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"fields": []map[string]any{
		{"field_id": "f1", "name": "labels", "custom_name": "labels", "datatype": "labels", "options": []string{"jeugd", "bar"}},
		{"field_id": "f2", "name": "naam", "custom_name": "naam", "datatype": "text", "required": true},
	}}, nil)
	labels := func(a answer) string {
		custom, _ := a.Member["custom_fields"].(map[string]any)
		return fmt.Sprint(custom["labels"])
	}
	if a := b.call(t, "POST", "/v2/member", b.form("email", "a@example.org")); a.Error.Code != 201 || a.Error.Parameter != "custom_fields[naam]" {
		t.Errorf("without a required field: %+v", a.Error)
	}
	a := b.call(t, "POST", "/v2/member", b.form("email", "a@example.org", "custom_fields[naam]", "A", "custom_fields[labels][]", "bar"))
	if labels(a) != "[bar]" {
		t.Errorf("created with %s, %+v", labels(a), a.Error)
	}
	if a = b.call(t, "POST", "/v2/member/a@example.org", b.form("custom_fields[labels]", "jeugd")); labels(a) != "[bar]" {
		t.Errorf("a scalar in a form: %s", labels(a))
	}
	bulk := `{"actions":["update"],"members":[{"email":"a@example.org","custom_fields":{"labels":"jeugd"}}]}`
	if a = b.call(t, "POST", "/v2/list/"+b.list+"/members", bulk); a.Report["edited_count"] != 1 {
		t.Errorf("bulk: %+v", a.Report)
	}
	if a = b.call(t, "GET", "/v2/member/a@example.org?list_id="+b.list, ""); labels(a) != "[]" {
		t.Errorf("a scalar in bulk: %s", labels(a))
	}
}

func TestDatesAreLocal(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	at := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": at, "freeze": true}, nil)
	a := b.call(t, "POST", "/v2/member", b.form("email", "a@example.org"))
	if a.Member["signup_date"] != "2026-07-02 00:30:00" || a.Member["signup_date_iso"] != "2026-07-02T00:30:00+02:00" {
		t.Errorf("signed up %v, %v", a.Member["signup_date"], a.Member["signup_date_iso"])
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"per_minute": 2}, nil)
	status := func(after time.Duration) answer {
		simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": at.Add(after), "freeze": true}, nil)
		return b.call(t, "GET", "/v2/list", "")
	}
	for _, c := range []struct {
		after  time.Duration
		status int
		wait   string
	}{{0, 200, ""}, {10 * time.Second, 200, ""}, {20 * time.Second, 429, "40"}, {59 * time.Second, 429, "1"}, {time.Minute, 200, ""}, {61 * time.Second, 429, "9"}} {
		if a := status(c.after); a.status != c.status || a.header.Get("Retry-After") != c.wait {
			t.Errorf("after %s: %d, wait %s", c.after, a.status, a.header.Get("Retry-After"))
		}
	}
}

func TestFillAndCounts(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Members: 200, Seed: 5, Lists: 2})
	a := b.call(t, "GET", "/v2/list", "")
	all := 0
	for _, d := range a.Data {
		counts, _ := d.List["members"].(map[string]any)
		for _, n := range counts {
			f, _ := n.(float64)
			all += int(f)
		}
	}
	if len(a.Data) != 2 || all != 200 {
		t.Errorf("%d lists, %d members", len(a.Data), all)
	}
	out := b.call(t, "GET", "/v2/member?state=unsubscribed&list_id="+b.list, "")
	if n := len(out.Data); n < 1 || n > 30 || out.Data[0].Member["state"] != "unsubscribed" {
		t.Errorf("%d unsubscribed of 100", n)
	}
	var first, second, again json.RawMessage
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &first)
	b.call(t, "POST", "/v2/member", b.form("email", "nieuw@example.org"))
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &second)
	if string(first) == string(second) {
		t.Error("the dump has not changed")
	}
	simtest.Control(t, b.Remote, "POST", "/reset", nil, nil)
	if simtest.Control(t, b.Remote, "GET", "/dump", nil, &again); string(again) != string(first) {
		t.Error("a reset does not lead back to the start")
	}
	simtest.Control(t, b.Remote, "POST", "/load", second, nil)
	if simtest.Control(t, b.Remote, "GET", "/dump", nil, &again); string(again) != string(second) {
		t.Error("a dump does not survive being loaded")
	}
}

func TestBySubscriberHimself(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{})
	var m struct {
		ID    string `json:"member_id"`
		State string `json:"state"`
	}
	simtest.Control(t, b.Remote, "POST", "/lists/1/members", map[string]any{"email": "bo@example.org"}, &m)
	simtest.Control(t, b.Remote, "PATCH", "/members/bo@example.org?list=1", map[string]any{"state": "cleaned"}, &m)
	if m.State != "cleaned" {
		t.Errorf("state %s", m.State)
	}
	for _, body := range []map[string]any{{"state": "away"}, {"email": "no"}, {"unknown": 1}} {
		if err := b.Call(t.Context(), "PATCH", "/members/"+m.ID, body, nil); err == nil {
			t.Errorf("%v was taken", body)
		}
	}
	if err := b.Call(t.Context(), "PATCH", "/members/"+m.ID+"?list=2", map[string]any{}, nil); err == nil {
		t.Error("a member of list 1 is on list 2")
	}
	simtest.Control(t, b.Remote, "DELETE", "/members/"+m.ID, nil, nil)
	if err := b.Call(t.Context(), "DELETE", "/members/"+m.ID, nil, nil); err == nil {
		t.Error("deleted twice")
	}
	if n := len(b.Kit.Writes(0)); n != 0 {
		t.Errorf("%d lines in the journal", n)
	}
}
