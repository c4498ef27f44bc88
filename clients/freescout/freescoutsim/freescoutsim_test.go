package freescoutsim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/freescout/freescoutsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

type answer struct {
	status   int
	id       string // Resource-ID
	html     bool
	header   http.Header
	Code     string           `json:"errorCode"`
	ID       int              `json:"id"`
	First    string           `json:"firstName"`
	Fields   []map[string]any `json:"customerFields"`
	Embedded struct {
		Customers []map[string]any
		Emails    []struct{ Value string }
		Errors    []struct{ Path, Message string }
	} `json:"_embedded"`
	Page struct {
		Total  int `json:"totalElements"`
		Pages  int `json:"totalPages"`
		Number int
	}
}

type caller func(method, path, body string) answer

func setup(t *testing.T, o freescoutsim.Options) (simkit.Remote, *simkit.Kit, caller) {
	t.Helper()
	k := freescoutsim.New(o)
	r := simtest.Start(t, k)
	return r, k, func(method, path, body string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, r.Info.Addresses["api"]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-FreeScout-API-Key", r.Info.Credentials["api_key"])
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		a := answer{status: resp.StatusCode, id: resp.Header.Get("Resource-ID"), header: resp.Header}
		if a.html = strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"); !a.html && len(data) > 0 {
			if err := json.Unmarshal(data, &a); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
		}
		return a
	}
}

// person makes a customer and returns the id.
func (call caller) person(t *testing.T, first string, emails ...string) string {
	t.Helper()
	var all []string
	for _, e := range emails {
		all = append(all, fmt.Sprintf(`{"value":%q,"type":"home"}`, e))
	}
	a := call("POST", "/api/customers", fmt.Sprintf(`{"firstName":%q,"emails":[%s]}`, first, strings.Join(all, ",")))
	if a.status != 201 || a.id == "" {
		t.Fatalf("made %+v", a)
	}
	return a.id
}

func (call caller) emails(id string) string {
	var all []string
	for _, e := range call("GET", "/api/customers/"+id, "").Embedded.Emails {
		all = append(all, e.Value)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, k, call := setup(t, freescoutsim.Options{Members: 1})
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code, field        string
	}{
		"nobody":          {"GET", "/api/customers/999", "", 404, "NOT FOUND", ""},
		"change of none":  {"PUT", "/api/customers/999", `{"firstName":"A"}`, 404, "NOT FOUND", ""},
		"fields of none":  {"PUT", "/api/customers/999/customer_fields", `{"customerFields":[]}`, 404, "NOT FOUND", ""},
		"a delete":        {"DELETE", "/api/customers/2", "", 405, "METHOD NOT ALLOWED", ""},
		"no JSON":         {"POST", "/api/customers", `firstName=A`, 400, "BAD REQUEST", ""},
		"no name":         {"POST", "/api/customers", `{"lastName":"Bo"}`, 400, "BAD REQUEST", "firstName"},
		"long name":       {"POST", "/api/customers", `{"firstName":"` + strings.Repeat("a", 41) + `"}`, 400, "BAD REQUEST", "firstName"},
		"no address":      {"POST", "/api/customers", `{"firstName":"A","emails":[{"value":"bo@"}]}`, 400, "BAD REQUEST", "emails"},
		"taken address":   {"POST", "/api/customers", `{"firstName":"A","emails":[{"value":"Robin.1@Example.net"}]}`, 400, "BAD REQUEST", "emails"},
		"no list":         {"PUT", "/api/customers/2/customer_fields", `{}`, 400, "BAD REQUEST", "customerFields"},
		"size of no page": {"GET", "/api/customers?pageSize=0", "", 400, "BAD REQUEST", "pageSize"},
		"unknown order":   {"GET", "/api/customers?sortField=id", "", 400, "BAD REQUEST", "sortField"},
	} {
		a := call(c.method, c.path, c.body)
		field := ""
		if len(a.Embedded.Errors) > 0 {
			field = a.Embedded.Errors[0].Path
		}
		if a.status != c.status || a.Code != c.code || field != c.field {
			t.Errorf("%s: %d %s %q", name, a.status, a.Code, field)
		}
	}
	if a := call("GET", "/api/people", ""); a.status != 404 || !a.html {
		t.Errorf("a path that there is not: %+v", a)
	}
	if n := len(k.Writes(0)); n != 0 {
		t.Errorf("%d refused calls are in the journal", n)
	}
}

// What each trap costs a client that does not know of it.
func TestTraps(t *testing.T) {
	t.Parallel()
	r, _, call := setup(t, freescoutsim.Options{})
	settings := func(v map[string]any) { simtest.Control(t, r, "PATCH", "/settings", v, nil) }

	t.Run("emails of PUT takes the family's address from the other", func(t *testing.T) {
		ans, bo := call.person(t, "Ans", "gezin@example.org"), call.person(t, "Bo", "bo@example.org")
		settings(map[string]any{"talked": []string{"bo@example.org"}})
		if a := call("PUT", "/api/customers/"+bo, `{"emails":["gezin@example.org"]}`); a.status != 204 {
			t.Fatalf("%+v", a)
		}
		if call.emails(ans) != "" || call.emails(bo) != "gezin@example.org" {
			t.Errorf("Ans has %q, Bo %q", call.emails(ans), call.emails(bo))
		}
		found := call("GET", "/api/customers?email=bo@example.org", "").Embedded.Customers
		if len(found) != 1 || found[0]["firstName"] != "" {
			t.Errorf("what was said with Bo's old address is of %v", found)
		}
	})
	t.Run("emails_add takes it as well, and has no effect beside emails", func(t *testing.T) {
		cas, dirk := call.person(t, "Cas", "cas@example.org"), call.person(t, "Dirk", "dirk@example.org")
		call("PUT", "/api/customers/"+dirk, `{"emails_add":["cas@example.org"]}`)
		call("PUT", "/api/customers/"+dirk, `{"emails":["dirk@example.org","cas@example.org"],"emails_add":["d2@example.org"]}`)
		if call.emails(cas) != "" || call.emails(dirk) != "cas@example.org dirk@example.org" {
			t.Errorf("Cas has %q, Dirk %q", call.emails(cas), call.emails(dirk))
		}
	})
	t.Run("a create with a known address may be somebody else's customer", func(t *testing.T) {
		settings(map[string]any{"returns": true})
		defer settings(map[string]any{"returns": false})
		ed := call.person(t, "Ed", "ed@example.org")
		if again := call.person(t, "Fay", "ed@example.org"); again != ed || call("GET", "/api/customers/"+ed, "").First != "Ed" {
			t.Errorf("made %s beside %s", again, ed)
		}
	})
	t.Run("without the CRM module the fields' 404 is no missing customer's", func(t *testing.T) {
		settings(map[string]any{"crm": false})
		defer settings(map[string]any{"crm": true})
		gus := call.person(t, "Gus", "gus@example.org")
		put, get := call("PUT", "/api/customers/"+gus+"/customer_fields", `{"customerFields":[{"id":4,"value":"x"}]}`), call("GET", "/api/customers/"+gus, "")
		if put.status != 404 || !put.html || get.status != 200 || get.Fields != nil {
			t.Errorf("fields %+v, customer %+v", put, get)
		}
		if a := call("OPTIONS", "/api/customers/1/customer_fields", ""); a.status != 404 {
			t.Errorf("OPTIONS: %+v", a)
		}
	})
	t.Run("the id of one that was merged is gone, and so is its address elsewhere", func(t *testing.T) {
		han, ine := call.person(t, "Han", "han@example.org"), call.person(t, "Ine", "ine@example.org")
		simtest.Control(t, r, "POST", "/customers/"+han+"/merge", map[string]any{"into": json.Number(ine)}, nil)
		if a := call("GET", "/api/customers/"+han, ""); a.status != 404 || a.Code != "NOT FOUND" {
			t.Errorf("merged: %+v", a)
		}
		if call.emails(ine) != "han@example.org ine@example.org" {
			t.Errorf("Ine has %q", call.emails(ine))
		}
	})
	t.Run("a customer field that there is not is passed over", func(t *testing.T) {
		jan := call.person(t, "Jan", "jan@example.org")
		if a := call("PUT", "/api/customers/"+jan+"/customer_fields", `{"customerFields":[{"id":44,"value":"x"},{"id":4,"value":"<b>K</b>1"}]}`); a.status != 204 {
			t.Fatalf("%+v", a)
		}
		for _, f := range call("GET", "/api/customers/"+jan, "").Fields {
			if want := map[float64]string{4: "K1"}[f["id"].(float64)]; f["value"] != want {
				t.Errorf("field %v is %v, want %q", f["id"], f["value"], want)
			}
		}
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	r, _, call := setup(t, freescoutsim.Options{Members: 5})
	a := call("GET", "/api/customers?page=2&pageSize=4&sortField=createdAt&sortOrder=asc", "")
	if len(a.Embedded.Customers) != 1 || a.Page.Total != 5 || a.Page.Pages != 2 || a.Page.Number != 2 {
		t.Errorf("page 2: %d customers, %+v", len(a.Embedded.Customers), a.Page)
	}
	if a.Embedded.Customers[0]["customerFields"] != nil {
		t.Error("a listing shows customer fields, which is not known of FreeScout")
	}
	if a := call("GET", "/api/customers?page=3&pageSize=4", ""); len(a.Embedded.Customers) != 0 {
		t.Errorf("past the end: %d", len(a.Embedded.Customers))
	}
	simtest.Control(t, r, "PATCH", "/settings", map[string]any{"in_lists": true}, nil)
	if a := call("GET", "/api/customers?email=ROBIN.1@example.net", ""); len(a.Embedded.Customers) != 1 || a.Embedded.Customers[0]["customerFields"] == nil {
		t.Errorf("by address: %v", a.Embedded.Customers)
	}
	simtest.Control(t, r, "PATCH", "/settings", map[string]any{"per_minute": 1}, nil)
	if a := call("GET", "/api/customers", ""); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("above the limit: %+v", a)
	}
}
