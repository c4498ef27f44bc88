package tagserversim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/tagserver/tagserversim"
)

type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// fields are the columns that an answer says are at fault.
func (a answer) fields() (out []string) {
	all, _ := a.body["fieldErrors"].([]any)
	for _, f := range all {
		of, _ := f.(map[string]any)
		out = append(out, fmt.Sprint(of["objectName"], ".", of["field"]))
	}
	return out
}

func setup(t *testing.T) (*simkit.Kit, simkit.Remote, func(method, path, body string) answer) {
	t.Helper()
	k := tagserversim.New(tagserversim.Options{Members: 3})
	r := simtest.Start(t, k)
	token := ""
	call := func(method, path, body string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, r.Info.Addresses["api"]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if strings.HasPrefix(body, "{") {
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		a := answer{status: resp.StatusCode, header: resp.Header}
		_ = json.NewDecoder(resp.Body).Decode(&a.body) // a list, or nothing
		return a
	}
	in := call("POST", "/api/authenticate", fmt.Sprintf(`{"username":%q,"password":%q}`, r.Info.Credentials["username"], r.Info.Credentials["password"]))
	token, _ = in.body["id_token"].(string)
	return k, r, call
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	k, _, call := setup(t)
	const people, race = "/api/people", `{"emsId":1,"active":true,"event":{"id":7}}`
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		message, field     string
	}{
		"wrong login":       {"POST", "/api/authenticate", `{"username":"ems-sync","password":"x"}`, 401, "error.http.401", ""},
		"no path":           {"GET", "/api/persons", "", 404, "error.http.404", ""},
		"nobody":            {"GET", people + "/7", "", 404, "error.http.404", ""},
		"no JSON":           {"POST", people, "emsId=1", 415, "error.http.415", ""},
		"broken JSON":       {"POST", people, "{", 400, "error.http.400", ""},
		"no number":         {"POST", people, `{"emsId":"x","lastName":"Bo"}`, 400, "error.http.400", ""},
		"no such code":      {"POST", people, `{"emsId":1,"lastName":"Bo","gender":"female"}`, 400, "error.http.400", ""},
		"no date":           {"POST", people, `{"emsId":1,"lastName":"Bo","dateOfBirth":"2026-02-30"}`, 400, "error.http.400", ""},
		"nothing":           {"POST", people, `{"emsId":1}`, 400, "error.validation", "person.lastName"},
		"too long":          {"POST", people, `{"emsId":1,"lastName":"` + strings.Repeat("é", 51) + `"}`, 400, "error.validation", "person.lastName"},
		"with an id":        {"POST", people, `{"id":1,"emsId":1,"lastName":"Bo"}`, 400, "error.idexists", ""},
		"known emsId":       {"POST", people, `{"emsId":9000001,"lastName":"Bo"}`, 500, "error.http.500", ""},
		"unknown parent":    {"POST", "/api/races", race, 500, "error.http.500", ""},
		"change without":    {"PUT", people + "/1001", `{"emsId":1,"lastName":"Bo"}`, 400, "error.idnull", ""},
		"change of other":   {"PUT", people + "/1001", `{"id":1002,"emsId":1,"lastName":"Bo"}`, 400, "error.idinvalid", ""},
		"change of none":    {"PUT", people + "/7", `{"id":7,"emsId":1,"lastName":"Bo"}`, 400, "error.idnotfound", ""},
		"change to a rival": {"PUT", people + "/1001", `{"id":1001,"emsId":9000002,"lastName":"Bo"}`, 500, "error.http.500", ""},
		"delete of none":    {"DELETE", people + "/7", "", 204, "", ""},
	} {
		a := call(c.method, c.path, c.body)
		message, _ := a.body["message"].(string)
		if a.status != c.status || message != c.message || strings.Join(a.fields(), " ") != c.field {
			t.Errorf("%s: %d %q %v", name, a.status, message, a.fields())
		}
	}
	if n := len(k.Writes(0)); n != 0 {
		t.Errorf("%d refused calls are in the journal", n)
	}
}

// PUT makes null of what is left out, a member that is not known is passed over, and
// what others refer to stays.
func TestWriting(t *testing.T) {
	t.Parallel()
	k, _, call := setup(t)
	made := call("POST", "/api/organisations", `{"emsId":1,"name":"Ünal Sport","colour":"red"}`)
	at := made.header.Get("Location")
	if made.status != 201 || at == "" || made.body["colour"] != nil {
		t.Fatalf("%d %v", made.status, made.body)
	}
	child := call("POST", "/api/organisations", fmt.Sprintf(`{"emsId":2,"name":"Onder","parentId":%v}`, made.body["id"]))
	if a := call("DELETE", at, ""); a.status != 500 {
		t.Errorf("a parent is deleted: %d", a.status)
	}
	a := call("PUT", child.header.Get("Location"), fmt.Sprintf(`{"id":%v,"emsId":2,"name":"Los"}`, child.body["id"]))
	if a.status != 200 || a.body["parentId"] != nil {
		t.Errorf("%d %v", a.status, a.body)
	}
	if a := call("DELETE", at, ""); a.status != 204 {
		t.Errorf("%d", a.status)
	}
	if n := len(k.Writes(0)); n != 4 {
		t.Errorf("%d writes", n)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	_, r, call := setup(t)
	for query, want := range map[string]string{
		"": "3", "?emsId.equals=9000002": "1", "?emsId.in=9000001,9000003": "2", "?id.greaterThan=1001&size=1": "2",
		"?gender.specified=false": "3", "?colour.equals=red": "3",
	} {
		if a := call("GET", "/api/people"+query, ""); a.status != 200 || a.header.Get("X-Total-Count") != want {
			t.Errorf("%s: %d, %s of %s", query, a.status, a.header.Get("X-Total-Count"), want)
		}
	}
	for _, query := range []string{"?id.greaterThan=x", "?emsId.equals=x"} {
		if a := call("GET", "/api/people"+query, ""); a.status != 400 {
			t.Errorf("a filter that is none: %s: %d", query, a.status)
		}
	}
	// A dump is taken up again.
	var dump map[string]any
	simtest.Control(t, r, http.MethodGet, "/dump", nil, &dump)
	simtest.Control(t, r, http.MethodPost, "/reset", nil, nil)
	simtest.Control(t, r, http.MethodPost, "/load", dump, nil)
	if a := call("GET", "/api/people/1002", ""); a.status != 200 || a.body["emsId"] != 9000002.0 {
		t.Errorf("after a load: %d %v", a.status, a.body)
	}
}
