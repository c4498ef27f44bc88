package chatwootsim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/chatwoot/internal/described"
	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

var official = described.API("../testdata/application.openapi.json")

type bundle struct {
	simkit.Remote
	*simkit.Kit
	watch *openapitest.Watch
	base  string
}

func setup(t *testing.T, o chatwootsim.Options) *bundle {
	t.Helper()
	k := chatwootsim.New(o)
	b := &bundle{Kit: k, Remote: simtest.Start(t, k), watch: official.Watch(t, &http.Transport{})}
	b.base = "/api/v1/accounts/" + b.Info.Credentials["account_id"]
	return b
}

type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// call makes a call as a careful client would. A path without a slash stands
// below the account.
func (b *bundle) call(t *testing.T, method, path, body string) answer {
	t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = b.base + "/" + path
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.Info.Addresses["api"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("api_access_token", b.Info.Credentials["api_access_token"])
	return b.do(t, req)
}

func (b *bundle) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := b.watch.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(data)}
	_ = json.Unmarshal(data, &a.body)
	return a
}

// at follows keys into an answer.
func (a answer) at(keys ...string) any {
	var v any = a.body
	for _, key := range keys {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			var n int
			if _, err := fmt.Sscan(key, &n); err != nil || n >= len(in) {
				return nil
			}
			v = in[n]
		default:
			return nil
		}
	}
	return v
}

func (b *bundle) control(t *testing.T, method, path string, in, out any) {
	t.Helper()
	simtest.Control(t, b.Remote, method, path, in, out)
}

func (b *bundle) clock(t *testing.T, at string) {
	t.Helper()
	b.control(t, "POST", "/clock", map[string]any{"now": at, "freeze": true}, nil)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.control(t, "POST", "/contacts", map[string]any{"email": "er@example.org", "phone_number": "+999123", "identifier": "ems:1"}, nil)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		word               string
	}{
		"another account":    {"GET", "/api/v1/accounts/99/contacts", "", 404, "could not be found"},
		"unknown contact":    {"GET", "contacts/99", "", 404, "could not be found"},
		"a change of it":     {"PUT", "contacts/99", `{"name":"x"}`, 404, "could not be found"},
		"a delete of it":     {"DELETE", "contacts/99", "", 404, "could not be found"},
		"address taken":      {"POST", "contacts", `{"inbox_id":1,"email":"ER@example.org"}`, 422, `"attributes":["email"]`},
		"phone taken":        {"POST", "contacts", `{"inbox_id":1,"phone_number":"+999123"}`, 422, `"attributes":["phone_number"]`},
		"identifier taken":   {"POST", "contacts", `{"inbox_id":1,"identifier":"ems:1"}`, 422, `"attributes":["identifier"]`},
		"all taken":          {"POST", "contacts", `{"inbox_id":1,"identifier":"ems:1","email":"er@example.org","phone_number":"+999123"}`, 422, `["email","identifier","phone_number"]`},
		"not an address":     {"POST", "contacts", `{"inbox_id":1,"email":"er"}`, 422, "Invalid email"},
		"not E.164":          {"POST", "contacts", `{"inbox_id":1,"phone_number":"082 555"}`, 422, "e164"},
		"too long a name":    {"POST", "contacts", `{"inbox_id":1,"name":"` + strings.Repeat("x", 256) + `"}`, 422, "too long"},
		"unknown attribute":  {"POST", "contacts/filter", `{"payload":[{"attribute_key":"shoe","filter_operator":"equal_to","values":["1"]}]}`, 422, "Invalid attribute key"},
		"a bad subscription": {"POST", "webhooks", `{"webhook":{"url":"http://127.0.0.1:9/","subscriptions":["contact_merged"]}}`, 422, "subscriptions"},
		"a webhook outside":  {"POST", "webhooks", `{"webhook":{"url":"https://example.org/","subscriptions":["contact_created"]}}`, 422, "url"},
		"search for nothing": {"GET", "contacts/search?q=", "", 422, "Specify search string"},
	} {
		if a := b.call(t, c.method, c.path, c.body); a.status != c.status || !strings.Contains(a.text, c.word) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if n := len(b.Kit.Writes(0)); n != 0 {
		t.Errorf("%d refused calls are in the journal", n)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for name, c := range map[string]struct {
		set    func(http.Header)
		status int
	}{
		"none":       {func(http.Header) {}, 401},
		"wrong":      {func(h http.Header) { h.Set("Api-Access-Token", "x") }, 401},
		"bearer":     {func(h http.Header) { h.Set("Authorization", "Bearer "+b.Info.Credentials["api_access_token"]) }, 401},
		"underscore": {func(h http.Header) { h.Set("api_access_token", b.Info.Credentials["api_access_token"]) }, 200},
		"hyphen":     {func(h http.Header) { h.Set("Api-Access-Token", b.Info.Credentials["api_access_token"]) }, 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", b.Info.Addresses["api"]+"/api/v1/profile", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.set(req.Header)
		if a := b.do(t, req); a.status != c.status {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

// Only an administrator may delete; a missing right is 401 as well, with its own text.
func TestAgent(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.call(t, "POST", "contacts", `{"inbox_id":1,"name":"Gugu"}`)
	b.control(t, "PATCH", "/settings", map[string]any{"agent": true}, nil)
	for path, c := range map[string][2]string{
		"contacts/1": {"DELETE", ""}, "contacts/9": {"DELETE", ""}, "custom_attribute_definitions": {"POST", `{"attribute_key":"shoe"}`}, "webhooks": {"GET", ""},
		"webhooks?": {"POST", `{"webhook":{"url":"http://127.0.0.1:9/","subscriptions":["contact_created"]}}`}, "webhooks/1": {"DELETE", ""},
		"webhooks/2": {"PATCH", `{"subscriptions":["contact_created"]}`},
	} {
		if a := b.call(t, c[0], path, c[1]); a.status != 401 || !strings.Contains(a.text, "not authorized") {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	if a := b.call(t, "PUT", "contacts/1", `{"name":"Bo"}`); a.status != 200 {
		t.Errorf("a change: %d %s", a.status, a.text)
	}
}

// An identifier is cleared by null. "" is a value of its own in the database's unique
// index: the second one is an error that nothing handles.
func TestEmptyIdentifier(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for i := range 2 {
		b.call(t, "POST", "contacts", fmt.Sprintf(`{"inbox_id":1,"name":"Gugu","identifier":"ems:%d"}`, i))
	}
	for _, c := range []struct {
		path, value string
		status      int
	}{{"contacts/1", `""`, 200}, {"contacts/2", `""`, 500}, {"contacts/2", `null`, 200}, {"contacts/1", `null`, 200}, {"contacts/2", `""`, 200}} {
		if a := b.call(t, "PUT", c.path, `{"identifier":`+c.value+`}`); a.status != c.status {
			t.Errorf("%s to %s: %d %s", c.path, c.value, a.status, a.text)
		}
	}
}

func TestAttributesAreMerged(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	made := b.call(t, "POST", "contacts", `{"inbox_id":1,"name":"Gugu","email":"GUGU@example.org","custom_attributes":{"a":"1","b":"2"},"additional_attributes":{"city":"Elders"}}`)
	if made.status != 200 || made.at("payload", "contact", "email") != "gugu@example.org" {
		t.Fatalf("create: %d %s", made.status, made.text)
	}
	a := b.call(t, "PUT", "contacts/1", `{"custom_attributes":{"b":null,"c":true},"phone_number":"+999123"}`)
	want := map[string]any{"a": "1", "b": nil, "c": true}
	have, _ := a.at("payload", "custom_attributes").(map[string]any)
	if _, kept := have["b"]; !kept || fmt.Sprint(have) != fmt.Sprint(want) || a.at("payload", "additional_attributes", "city") != "Elders" || a.at("payload", "name") != "Gugu" {
		t.Errorf("updated to %s", a.text)
	}
	w := b.Kit.Writes(0)
	if len(w) != 2 || w[1].Op != "update" || w[1].ID != "1" || w[1].Request != 2 {
		t.Errorf("journal %+v", w)
	}
	if before, err := json.Marshal(w[1].Before); err != nil || strings.Contains(string(before), "+999123") {
		t.Errorf("before it stood %s", before)
	}
}

func TestListShowsWhoCanBeReached(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for i, body := range []map[string]any{{"name": "Nobody"}, {"identifier": "ems:1"}, {"phone_number": "+9991"}, {"email": "a@example.org"}} {
		b.control(t, "POST", "/contacts", body, nil)
		_ = i
	}
	for crm, want := range map[bool]float64{false: 3, true: 2} {
		b.control(t, "PATCH", "/settings", map[string]any{"crm_v2": crm}, nil)
		if a := b.call(t, "GET", "contacts?page=1", ""); a.at("meta", "count") != want {
			t.Errorf("crm_v2 %v: %s", crm, a.text)
		}
		filter := `{"payload":[{"attribute_key":"identifier","filter_operator":"equal_to","values":["EMS:1"]}]}`
		if a := b.call(t, "POST", "contacts/filter", filter); a.at("meta", "count") != want-2 {
			t.Errorf("crm_v2 %v: filtered %s", crm, a.text)
		}
		if a := b.call(t, "GET", "contacts/search?q=ems:1", ""); a.at("meta", "count") != 1.0 {
			t.Errorf("crm_v2 %v: searched %s", crm, a.text)
		}
	}
	a := b.call(t, "POST", "contacts/filter", `{"payload":[{"attribute_key":"email","filter_operator":"contains","values":["example"],"query_operator":"OR"},{"attribute_key":"phone_number","filter_operator":"equal_to","values":["9991"]}]}`)
	if a.at("meta", "count") != 2.0 {
		t.Errorf("two conditions: %s", a.text)
	}
}

func TestPagesAndOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	for i := range 31 {
		b.control(t, "POST", "/contacts", map[string]any{"name": fmt.Sprintf("P%02d", 30-i), "email": fmt.Sprintf("p%d@example.org", i)}, nil)
	}
	b.control(t, "POST", "/conversations", map[string]any{"contact_id": 20, "message": "hello"}, nil)
	first := b.call(t, "GET", "contacts?page=1&sort=-last_activity_at", "")
	if first.at("payload", "0", "id") != 20.0 || first.at("payload", "15") != nil || first.at("payload", "1", "last_activity_at") != nil {
		t.Errorf("first page %s", first.text)
	}
	if last := b.call(t, "GET", "contacts?page=3&sort=name", ""); last.at("payload", "0", "name") != "P30" || last.at("payload", "1") != nil || last.at("meta", "count") != 31.0 {
		t.Errorf("last page %s", last.text)
	}
	if beyond := b.call(t, "GET", "contacts?page=4", ""); beyond.status != 200 || beyond.at("payload", "0") != nil {
		t.Errorf("beyond %s", beyond.text)
	}
}

func TestDeleteTakesTime(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.clock(t, "2026-03-02T09:00:00Z")
	b.control(t, "POST", "/contacts", map[string]any{"email": "a@example.org", "online": true}, nil)
	b.control(t, "POST", "/conversations", map[string]any{"contact_id": 1, "message": "hello"}, nil)
	if a := b.call(t, "DELETE", "contacts/1", ""); a.status != 422 {
		t.Errorf("while online: %d", a.status)
	}
	b.control(t, "PATCH", "/contacts/1", map[string]any{"online": false}, nil)
	if a := b.call(t, "DELETE", "contacts/1", ""); a.status != 200 || a.text != "" {
		t.Errorf("delete: %d %s", a.status, a.text)
	}
	if a := b.call(t, "GET", "contacts/1", ""); a.status != 200 {
		t.Errorf("at once: %d", a.status)
	}
	b.clock(t, "2026-03-02T09:00:03Z")
	for _, path := range []string{"contacts/1", "conversations/1"} {
		if a := b.call(t, "GET", path, ""); a.status != 404 {
			t.Errorf("%s afterwards: %d", path, a.status)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.control(t, "POST", "/contacts", map[string]any{"name": "Base", "phone_number": "+9991", "custom_attributes": map[string]any{"a": "base", "b": ""}}, nil)
	b.control(t, "POST", "/contacts", map[string]any{"name": "Other", "email": "o@example.org", "identifier": "ems:2", "phone_number": "+9992", "custom_attributes": map[string]any{"a": "other", "b": "other", "c": "other"}}, nil)
	b.clock(t, "2026-03-02T09:00:00Z")
	b.control(t, "POST", "/conversations", map[string]any{"contact_id": 2, "message": "hello"}, nil)
	b.clock(t, "2026-03-02T10:00:00Z")
	a := b.call(t, "POST", "actions/contact_merge", `{"base_contact_id":1,"mergee_contact_id":2}`)
	if a.status != 200 || a.at("name") != "Base" || a.at("phone_number") != "+9991" || a.at("email") != "o@example.org" || a.at("identifier") != "ems:2" ||
		a.at("custom_attributes", "a") != "base" || a.at("custom_attributes", "b") != "" || a.at("custom_attributes", "c") != "other" {
		t.Errorf("merged: %s", a.text)
	}
	if a := b.call(t, "GET", "contacts/2", ""); a.status != 404 {
		t.Errorf("the other: %d", a.status)
	}
	if a := b.call(t, "GET", "contacts/1/conversations", ""); a.at("payload", "0", "meta", "sender", "id") != 1.0 {
		t.Errorf("its conversations: %s", a.text)
	}
	if a := b.call(t, "GET", "conversations?status=all&updated_within=60", ""); a.at("data", "payload", "0", "id") != 1.0 {
		t.Errorf("a conversation that moved has not been updated: %s", a.text)
	}
	if w := b.Kit.Writes(0); len(w) != 2 || w[0].Op != "delete" || w[1].Op != "update" {
		t.Errorf("journal %+v", w)
	}
	if a := b.call(t, "POST", "actions/contact_merge", `{"base_contact_id":1,"mergee_contact_id":2}`); a.status != 404 {
		t.Errorf("again: %d", a.status)
	}
}

func TestConversations(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.control(t, "POST", "/contacts", map[string]any{"email": "a@example.org"}, nil)
	b.clock(t, "2026-03-02T09:00:00Z")
	for i := range 30 {
		b.control(t, "POST", "/conversations", map[string]any{"contact_id": 1, "message": "hello", "status": []string{"open", "resolved", "snoozed"}[i%3], "assignee_id": i % 2}, nil)
	}
	b.clock(t, "2026-03-02T10:00:00Z")
	b.control(t, "PATCH", "/conversations/5", map[string]any{"reply": "at nine"}, nil)
	for query, want := range map[string]int{
		"": 10, "?status=all": 25, "?status=all&page=2": 5, "?status=all&page=3": 0, "?status=resolved": 10, "?status=all&assignee_type=unassigned": 15,
		"?status=all&assignee_type=assigned&page=1": 15, "?status=all&updated_within=60": 1, "?status=all&updated_within=7200": 30, "?status=all&updated_within=x": 0,
	} {
		a := b.call(t, "GET", "conversations"+query, "")
		got, _ := a.at("data", "payload").([]any)
		if len(got) != want {
			t.Errorf("%q: %d, want %d", query, len(got), want)
		}
	}
	a := b.call(t, "GET", "conversations?status=all&sort_by=last_activity_at_desc", "")
	if a.at("data", "payload", "0", "id") != 5.0 || a.at("data", "meta", "all_count") != 30.0 || a.at("data", "payload", "0", "first_reply_created_at") == 0.0 {
		t.Errorf("the first is %v of %v", a.at("data", "payload", "0", "id"), a.at("data", "meta"))
	}
	if a.header.Get("Date") != "Mon, 02 Mar 2026 10:00:00 GMT" {
		t.Errorf("the server's time is %s", a.header.Get("Date"))
	}
	for _, body := range []map[string]any{{"status": "parked"}, {"priority": "utmost"}, {"unknown": 1}} {
		if err := b.Call(t.Context(), "PATCH", "/conversations/5", body, nil); err == nil {
			t.Errorf("%v was taken", body)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Limits: true})
	status := func(path string) int { return b.call(t, "GET", path, "").status }
	b.clock(t, "2026-03-02T09:00:30Z")
	for n := range 30 {
		if s := status("conversations/meta"); s != 200 {
			t.Fatalf("call %d: %d", n+1, s)
		}
	}
	a := b.call(t, "GET", "conversations/meta", "")
	if a.status != 429 || a.text != "Retry later\n" || a.header.Get("Retry-After") != "" || a.header.Get("Content-Type") != "text/plain" {
		t.Errorf("the 31st: %d %q", a.status, a.text)
	}
	if s := status("contacts"); s != 200 {
		t.Errorf("another call: %d", s)
	}
	b.clock(t, "2026-03-02T09:01:00Z")
	if s := status("conversations/meta"); s != 200 {
		t.Errorf("in the next minute: %d", s)
	}
	b.control(t, "PATCH", "/settings", map[string]any{"limits": false}, nil)
	for range 40 {
		if s := status("conversations/meta"); s != 200 {
			t.Fatalf("without limits: %d", s)
		}
	}
}

func TestFillDumpReset(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Members: 60, Seed: 5})
	small := setup(t, chatwootsim.Options{Members: 10, Seed: 5})
	for page := 1; page <= 4; page++ {
		if a := b.call(t, "GET", fmt.Sprintf("contacts?page=%d&sort=email", page), ""); a.at("meta", "count") != 60.0 {
			t.Errorf("page %d: %s", page, a.text)
		}
	}
	for id := 1; id <= 10; id++ {
		path := fmt.Sprintf("contacts/%d", id)
		if one, other := b.call(t, "GET", path, "").text, small.call(t, "GET", path, "").text; one != other {
			t.Errorf("contact %d is %s here and %s there", id, one, other)
		}
	}
	var first, second, again json.RawMessage
	b.control(t, "GET", "/dump", nil, &first)
	b.call(t, "POST", "contacts", `{"inbox_id":1,"email":"new@example.org"}`)
	b.control(t, "GET", "/dump", nil, &second)
	if string(first) == string(second) {
		t.Error("the dump has not changed")
	}
	b.control(t, "POST", "/reset", nil, nil)
	if b.control(t, "GET", "/dump", nil, &again); string(again) != string(first) {
		t.Error("a reset does not lead back to the start")
	}
	b.control(t, "POST", "/load", second, nil)
	if b.control(t, "GET", "/dump", nil, &again); string(again) != string(second) {
		t.Error("a dump does not survive being loaded")
	}
}

func TestByAgents(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.control(t, "POST", "/contacts", map[string]any{"identifier": "ems:9", "name": "Gugu"}, nil)
	b.control(t, "PATCH", "/contacts/ems:9", map[string]any{"name": "Gugu Passant"}, nil)
	if a := b.call(t, "GET", "contacts/1", ""); a.at("payload", "name") != "Gugu Passant" {
		t.Errorf("edited by identifier: %s", a.text)
	}
	for path, body := range map[string]any{
		"PATCH /contacts/99": map[string]any{}, "PATCH /contacts/1": map[string]any{"phone_number": "12"}, "DELETE /contacts/ems:8": nil,
		"POST /contacts/1/merge": map[string]any{"into": 1}, "POST /conversations": map[string]any{"contact_id": 99}, "POST /contacts": map[string]any{"age": 3},
	} {
		method, path, _ := strings.Cut(path, " ")
		if err := b.Call(t.Context(), method, path, body, nil); err == nil {
			t.Errorf("%s %s with %v was done", method, path, body)
		}
	}
	b.control(t, "DELETE", "/contacts/ems:9", nil, nil)
	if n := len(b.Kit.Writes(0)); n != 0 {
		t.Errorf("%d lines in the journal", n)
	}
}

// TestLateOnesEnd: a simulator that is closed waits for nobody's webhook; this
// one is an hour off.
func TestLateOnesEnd(t *testing.T) {
	t.Parallel()
	k := chatwootsim.New(chatwootsim.Options{})
	info, err := k.Start("")
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{Kit: k, Remote: simkit.Remote{Info: info}, watch: official.Watch(t, &http.Transport{}), base: "/api/v1/accounts/1"}
	if a := b.call(t, "POST", "webhooks", `{"webhook":{"url":"http://127.0.0.1:1/","subscriptions":["contact_created"]}}`); a.status != 200 {
		t.Fatal(a.text)
	}
	_, err = k.Inject(simkit.Fault{Match: simkit.Match{Part: "webhooks"}, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "webhook-late", Delay: "1h"}})
	if err != nil {
		t.Fatal(err)
	}
	b.control(t, "POST", "/contacts", map[string]any{"email": "a@example.org"}, nil)
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}
