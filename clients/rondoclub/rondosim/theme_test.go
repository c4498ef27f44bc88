package rondosim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
)

// acf returns the properties of a person of a site that speaks acf.
func (s *site) acf(id string) object {
	s.t.Helper()
	f, _ := s.call("GET", "wp/v2/people/"+id, nil).json(s.t)["acf"].(object)
	return f
}

// schema returns the keys that OPTIONS shows of a property.
func (s *site) schema(property string) object {
	s.t.Helper()
	var out struct {
		Schema struct {
			Properties map[string]struct{ Properties object }
		}
	}
	if err := json.Unmarshal([]byte(s.call("OPTIONS", "wp/v2/people", nil).body), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.Schema.Properties[property].Properties
}

// TestFebruary is 25.2.0 as it was measured (docs/systems/rondoclub.md, "What
// WordPress does").
func TestFebruary(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Theme: rondosim.ACF})
	if a := s.call("GET", "rondo/v1/version", nil); a.json(t)["version"] != "25.2.0" {
		t.Fatalf("version %s", a.body)
	}
	// The later property is passed over: somebody without a name is published.
	a := s.call("POST", "wp/v2/people", object{"status": "publish", "fields": object{"first_name": "Noor"}})
	if title, _ := a.json(t)["title"].(object); a.status != http.StatusCreated || title["rendered"] != "Unnamed Person" || a.json(t)["fields"] != nil {
		t.Fatalf("a create by the later contract: %d %s", a.status, a.body)
	}
	a = s.call("POST", "wp/v2/people", object{"status": "publish", "acf": object{
		"first_name": "Noor", "knvb-id": "RC1", "lid-tot": "20260630", "datum-foto": "morgen", "email_1": "passed@example.org",
		"contact_info": []object{{"contact_type": "email", "contact_value": "Noor@Example.org", "contact_label": "thuis"}, {"contact_type": "anders"}},
		"addresses":    []object{{"address_label": "Home", "street": "Laan 1", "city": "Dorp"}},
	}})
	id := jsonText(a.json(t)["id"])
	f := s.acf(id)
	if f["knvb-id"] != "RC1" || f["lid-tot"] != "20260630" || f["datum-foto"] != "morgen" || f["email_1"] != nil {
		t.Fatalf("fields %v", f)
	}
	if got := jsonText(f["contact_info"]); !strings.Contains(got, `"contact_value":"noor@example.org"`) || !strings.Contains(got, "anders") {
		t.Fatalf("contact %s", got)
	}
	if f["relationships"] != false || f["lid-sinds"] != nil || f["infix"] != "" || f["freescout-id"] != "" {
		t.Fatalf("empty fields %v", f)
	}
	// Rows are merged by index, and none reads as null.
	put := func(fields object) answer { return s.call("PUT", "wp/v2/people/"+id, object{"acf": fields}) }
	put(object{"first_name": "Noor", "addresses": []object{{"city": "Elders"}}})
	if r := jsonText(s.acf(id)["addresses"]); !strings.Contains(r, `"street":"Laan 1"`) || !strings.Contains(r, "Elders") {
		t.Fatalf("rows %s", r)
	}
	put(object{"first_name": "Noor", "addresses": []object{}, "relationships": []object{}})
	if f := s.acf(id); f["addresses"] != nil || f["relationships"] != nil {
		t.Fatalf("rows %v", f)
	}
	put(object{"first_name": "Noor", "relationships": []object{{"related_person": 101, "relationship_type": []int{3}}}})
	if r := jsonText(s.acf(id)["relationships"]); !strings.Contains(r, `"relationship_type":3`) || !strings.Contains(r, `"relationship_slug":"child"`) {
		t.Fatalf("relationships %s", r)
	}
	for name, c := range map[string]struct {
		fields object
		status int
	}{
		"no first name":     {object{"last_name": "Zand"}, 400},
		"an empty one":      {object{"first_name": ""}, 200},
		"a number as text":  {object{"first_name": "A", "infix": 1}, 400},
		"null for a list":   {object{"first_name": "A", "addresses": nil}, 400},
		"a text as number":  {object{"first_name": "A", "freescout-id": ""}, 400},
		"an unknown choice": {object{"first_name": "A", "gender": "x"}, 400},
		"an unknown key":    {object{"first_name": "A", "knvb_id": "RC2"}, 200},
	} {
		if a := put(c.fields); a.status != c.status || c.status == 400 && a.code(t) != "rest_invalid_param" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.call("GET", "rondo/v1/people/"+id+"/merge-target", nil); a.code(t) != "rest_no_route" {
		t.Errorf("merge target: %s", a.body)
	}
	if a := s.call("GET", "rondo/v1/people/find-by-email?email=noor@example.org", nil); jsonText(a.json(t)["id"]) != id {
		t.Errorf("found %s", a.body)
	}
}

func TestAskedWhatItSpeaks(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Team: "number"})
	if k := s.schema("fields"); k["email_1"] == nil || k["knvb_id"] == nil || k["contact_info"] != nil || s.schema("acf") != nil {
		t.Fatalf("keys %v", k)
	}
	if got := jsonText(s.schema("meta")["team"]); got != `{"type":"integer"}` {
		t.Fatalf("team %s", got)
	}
	s.control("PATCH", "/site", object{"theme": "acf-newer", "without": []string{"infix"}}, nil)
	k := s.schema("acf")
	if k["email_1"] == nil || k["knvb-id"] == nil || k["infix"] != nil || s.schema("fields") != nil {
		t.Fatalf("keys %v", k)
	}
	if got := jsonText(k["addresses"]); !strings.Contains(got, `"street_name"`) {
		t.Fatalf("columns %s", got)
	}
	// This one looks at names, but only at those under acf.
	for property, status := range map[string]int{"acf": 400, "fields": 201} {
		if a := s.call("POST", "wp/v2/people", object{property: object{"first_name": ""}}); a.status != status {
			t.Errorf("a create without a name under %s: %d %s", property, a.status, a.body)
		}
	}
}

func TestAnAccountWithoutRights(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Members: 2, Seed: 3})
	for role, c := range map[string]struct {
		list, any, get, put, post int
		manages                   any
	}{
		"administrator": {200, 200, 200, 200, 201, true},
		"editor":        {200, 200, 403, 403, 201, nil},
		"subscriber":    {403, 400, 403, 403, 403, nil},
	} {
		s.control("PATCH", "/site", object{"role": role}, nil)
		list := s.call("GET", "wp/v2/people?context=edit", nil)
		if list.status != c.list || role == "editor" && list.body != "[]" {
			t.Errorf("%s: list %d %s", role, list.status, list.body)
		}
		named := object{"fields": object{"first_name": "Noor"}}
		got := [4]int{
			s.call("GET", "wp/v2/people?status=any", nil).status, s.call("GET", "wp/v2/people/101?context=edit", nil).status,
			s.call("PUT", "wp/v2/people/101", named).status, s.call("POST", "wp/v2/people", named).status,
		}
		if want := [4]int{c.any, c.get, c.put, c.post}; got != want {
			t.Errorf("%s: %v, want %v", role, got, want)
		}
		me, _ := s.call("GET", "wp/v2/users/me?context=edit", nil).json(t)["capabilities"].(object)
		if me["manage_options"] != c.manages {
			t.Errorf("%s: %v", role, me)
		}
		if me := s.call("GET", "wp/v2/users/me", nil).json(t); me["capabilities"] != nil {
			t.Errorf("%s: capabilities without the context", role)
		}
	}
}

// A body that does not say what it is counts as none.
func TestBodyWithoutAType(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.info.Addresses["api"]+"/wp-json/wp/v2/people", strings.NewReader(`{"fields":{"first_name":"Noor"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.user, s.pass)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated || len(s.kit.Writes(0)) != 1 || strings.Contains(jsonText(s.kit.Writes(0)), "Noor") {
		t.Fatalf("%d, %s", resp.StatusCode, jsonText(s.kit.Writes(0)))
	}
}
