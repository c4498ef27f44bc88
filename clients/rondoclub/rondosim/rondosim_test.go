package rondosim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
)

type object = map[string]any

// site is a started simulator and a client of it.
type site struct {
	t      *testing.T
	kit    *simkit.Kit
	info   simkit.Info
	remote simkit.Remote
	user   string
	pass   string
}

func setup(t *testing.T, o rondosim.Options) *site {
	t.Helper()
	kit := rondosim.New(o)
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	return &site{
		t: t, kit: kit, info: info, remote: simkit.Remote{Info: info},
		user: info.Credentials["username"], pass: info.Credentials["app_password"],
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t *testing.T) object {
	t.Helper()
	var v object
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return v
}

func (a answer) code(t *testing.T) string {
	t.Helper()
	s, _ := a.json(t)["code"].(string)
	return s
}

func (s *site) call(method, path string, body any) answer {
	s.t.Helper()
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			s.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.info.Addresses["api"]+"/wp-json/"+path, &in)
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth(s.user, s.pass)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func (s *site) control(method, path string, in, out any) {
	s.t.Helper()
	if err := s.remote.Call(s.t.Context(), method, path, in, out); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) add(fields object) string {
	s.t.Helper()
	a := s.call("POST", "wp/v2/people", object{"status": "publish", "fields": fields})
	if a.status != http.StatusCreated {
		s.t.Fatalf("create: %d %s", a.status, a.body)
	}
	id, _ := a.json(s.t)["id"].(float64)
	return strings.TrimSuffix(strings.TrimSpace(jsonText(id)), ".0")
}

func jsonText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func (s *site) fields(id string) object {
	s.t.Helper()
	a := s.call("GET", "wp/v2/people/"+id, nil)
	if a.status != http.StatusOK {
		s.t.Fatalf("get %s: %d %s", id, a.status, a.body)
	}
	f, _ := a.json(s.t)["fields"].(object)
	return f
}

func TestStrangersSeeAnEmptyList(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Members: 25, Seed: 3})
	a := s.call("GET", "wp/v2/people?per_page=10&page=3", nil)
	if a.status != 200 || a.header.Get("X-WP-Total") != "25" || a.header.Get("X-WP-TotalPages") != "3" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	if a := s.call("GET", "wp/v2/people?per_page=10&page=4", nil); a.status != 400 || a.code(t) != "rest_post_invalid_page_number" {
		t.Fatalf("page past the end: %d %s", a.status, a.body)
	}
	if a := s.call("GET", "wp/v2/people?per_page=101", nil); a.status != 400 || a.code(t) != "rest_invalid_param" {
		t.Fatalf("per_page 101: %d %s", a.status, a.body)
	}
	s.pass = "wrong"
	for path, want := range map[string]struct {
		status int
		code   string
	}{
		"wp/v2/people":              {200, ""},
		"wp/v2/people?context=edit": {401, "rest_forbidden_context"},
		"wp/v2/people?status=any":   {400, "rest_invalid_param"},
		"wp/v2/users/me":            {401, "rest_not_logged_in"},
		"rondo/v1/version":          {200, ""},
		"rondo/v1/people/find-by-email?email=a@example.org": {401, "rest_forbidden"},
	} {
		a := s.call("GET", path, nil)
		if a.status != want.status || want.code != "" && a.code(t) != want.code {
			t.Errorf("%s: %d %s, want %d %s", path, a.status, a.body, want.status, want.code)
		}
		if path == "wp/v2/people" && (a.body != "[]" || a.header.Get("X-WP-Total") != "0") {
			t.Errorf("list for a stranger: %s", a.body)
		}
	}
	if a := s.call("POST", "wp/v2/people", object{}); a.status != 401 || a.code(t) != "rest_cannot_create" {
		t.Errorf("create by a stranger: %d %s", a.status, a.body)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Team: "text"})
	id := s.add(object{"first_name": "Noor", "last_name": "Zand"})
	cases := map[string]struct {
		body object
		code string
	}{
		"the old property":   {object{"acf": object{"first_name": "A"}}, "removed_acf_payload"},
		"an empty name":      {object{"fields": object{"first_name": ""}}, "rondo_person_name_required"},
		"no name":            {object{"fields": object{"first_name": nil}}, "rondo_person_name_required"},
		"a number as text":   {object{"fields": object{"first_name": 1}}, "rest_invalid_param"},
		"a text as number":   {object{"fields": object{"first_name": "A", "freescout_id": ""}}, "rest_invalid_param"},
		"null for a list":    {object{"fields": object{"first_name": "A", "addresses": nil}}, "rest_invalid_param"},
		"null for a flag":    {object{"fields": object{"first_name": "A", "former_member": nil}}, "rest_invalid_param"},
		"an unknown key":     {object{"fields": object{"first_name": "A", "birth_year": 2001}}, "rondo_invalid_field"},
		"a year of no field": {object{"fields": object{"first_name": "A", "_nikki_2026_total": 12}}, "rondo_invalid_field"},
		"what is only read":  {object{"fields": object{"first_name": "A", "relationships": []object{{"person_name": "B"}}}}, "rondo_invalid_field"},
		"an unknown choice":  {object{"fields": object{"first_name": "A", "gender": "x"}}, "rondo_invalid_field"},
		"no date":            {object{"fields": object{"first_name": "A", "lid_tot": "30-06-2026"}}, "rondo_invalid_field"},
		"an unknown row key": {object{"fields": object{"first_name": "A", "addresses": []object{{"street": "B"}}}}, "rondo_invalid_field"},
		"status trash":       {object{"status": "trash"}, "rest_invalid_param"},
		"a team as number":   {object{"meta": object{"team": 4}}, "rest_invalid_type"},
	}
	if a := s.call("PUT", "wp/v2/people/"+id, object{"fields": object{"last_name": "Zand", "huidig_vrijwilliger": true}}); a.status != 200 {
		t.Fatalf("a write without first_name, with the volunteer flag: %d %s", a.status, a.body)
	}
	if a := s.call("POST", "wp/v2/people", object{"fields": object{"last_name": "Zand"}}); a.code(t) != "rondo_person_name_required" {
		t.Fatalf("a create without a name: %d %s", a.status, a.body)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := s.call("PUT", "wp/v2/people/"+id, c.body)
			if a.status != 400 || a.code(t) != c.code {
				t.Fatalf("%d %s, want %s", a.status, a.body, c.code)
			}
		})
	}
	if f := s.fields(id); f["first_name"] != "Noor" {
		t.Fatalf("a refused request changed the person: %v", f)
	}
	// A create that the theme refuses leaves a post behind.
	before := s.call("GET", "wp/v2/people?_fields=id", nil).header.Get("X-WP-Total")
	s.call("POST", "wp/v2/people", object{"status": "publish", "fields": object{"first_name": "A", "birth_year": 1}})
	after := s.call("GET", "wp/v2/people?_fields=id", nil).header.Get("X-WP-Total")
	if before != "1" || after != "2" {
		t.Fatalf("%s persons before, %s after a refused create", before, after)
	}
}

// The later theme replaces a row; what it leaves out is empty.
func TestRowsAreReplaced(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	id := s.add(object{"first_name": "Noor", "addresses": []object{
		{"address_label": "Home", "street_name": "Laan", "city": "Dorp"}, {"address_label": "Work", "city": "Stad"},
	}})
	s.call("PUT", "wp/v2/people/"+id, object{"fields": object{"addresses": []object{{"city": "Elders"}}}})
	list, _ := s.fields(id)["addresses"].([]any)
	if len(list) != 1 {
		t.Fatalf("%d rows, want 1", len(list))
	}
	if r, _ := list[0].(object); r["street_name"] != "" || r["city"] != "Elders" || r["address_label"] != "" {
		t.Fatalf("row %v", r)
	}
}

func TestCreateAnswersWithAnOddTitle(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	a := s.call("POST", "wp/v2/people", object{"status": "publish", "fields": object{"first_name": "Noor", "infix": "van 't", "last_name": "Zand & Zee"}})
	got := a.json(t)
	title, _ := got["title"].(object)
	if title["raw"] != "New Person" || title["rendered"] != "Noor van &#8216;t Zand &#038; Zee" || got["slug"] != "new-person" {
		t.Fatalf("title %v, slug %v", title, got["slug"])
	}
	if b := s.call("POST", "wp/v2/people", object{"fields": object{"first_name": "Stil"}}); b.json(t)["status"] != "draft" {
		t.Fatalf("status %v without one, want draft", b.json(t)["status"])
	}
	if total := s.call("GET", "wp/v2/people", nil).header.Get("X-WP-Total"); total != "1" {
		t.Fatalf("%s in the list, want 1: a draft is in no list", total)
	}
	if total := s.call("GET", "wp/v2/people?status=any", nil).header.Get("X-WP-Total"); total != "2" {
		t.Fatalf("%s with status any, want 2", total)
	}
}

func TestTrash(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	id := s.add(object{"first_name": "Noor"})
	steps := []struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		{"DELETE", id, nil, 404, "rest_forbidden"}, // though it worked
		{"DELETE", id, nil, 410, "rest_already_trashed"},
		{"GET", id, nil, 404, "rest_forbidden"},
		{"PUT", id, object{"fields": object{"first_name": "Stil"}}, 404, "rest_forbidden"}, // though stored
		{"PUT", id, object{"status": "publish"}, 200, ""},
		{"GET", id, nil, 200, ""},
		{"DELETE", id, nil, 404, "rest_forbidden"},
		{"DELETE", id + "?force=true", nil, 500, ""}, // though gone
		{"GET", id, nil, 404, "rest_post_invalid_id"},
	}
	for i, c := range steps {
		a := s.call(c.method, "wp/v2/people/"+c.path, c.body)
		if a.status != c.status || c.code != "" && a.code(t) != c.code {
			t.Fatalf("step %d: %d %s", i, a.status, a.body)
		}
		if i == 5 && a.json(t)["fields"].(object)["first_name"] != "Stil" {
			t.Fatalf("a PUT to the trash was not stored: %s", a.body)
		}
	}
}

func TestRelationships(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	a, b := s.add(object{"first_name": "Kind"}), s.add(object{"first_name": "Zus"})
	since := len(s.kit.Writes(0))
	parent := s.add(object{"first_name": "Ouder", "relationships": []object{
		{"related_person_id": json.Number(a), "relationship_type_id": 3},
		{"related_person_id": json.Number(b), "relationship_type_id": 3},
		{"related_person_id": json.Number(b), "relationship_type_id": 3},
	}})
	if n := len(s.relations(parent)); n != 2 {
		t.Fatalf("%d rows of the parent, want 2", n)
	}
	if got := s.relations(a); got[parent] != "parent" || got[b] != "sibling" {
		t.Fatalf("rows of a child: %v", got)
	}
	writes := s.kit.Writes(since)
	if len(writes) != 1 || !strings.Contains(jsonText(writes[0].After), `"also":[`+a+`,`+b+`]`) {
		t.Fatalf("journal %s", jsonText(writes))
	}
	s.call("PUT", "wp/v2/people/"+parent, object{"fields": object{"first_name": "Ouder", "relationships": []object{}}})
	if got := s.relations(a); got[parent] != "" || got[b] != "sibling" {
		t.Fatalf("rows of a child after its parent let go: %v", got)
	}
}

// relations returns the slug by related person.
func (s *site) relations(id string) map[string]string {
	out := map[string]string{}
	list, _ := s.fields(id)["relationships"].([]any)
	for _, item := range list {
		r, _ := item.(object)
		slug, _ := r["relationship_slug"].(string)
		out[jsonText(r["related_person_id"])] = slug
	}
	return out
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	id := s.add(object{"first_name": "Noor", "email_1": "Noor@example.org"})
	since := len(s.kit.Writes(0))
	s.control("PATCH", "/people/"+id, object{"fields": object{"last_name": "Zand"}}, nil)
	s.control("POST", "/people/"+id+"/work", object{"entity_type": "team", "job_title": "Speler"}, nil)
	if s.fields(id)["huidig_vrijwilliger"] != false {
		t.Fatal("a player is a volunteer")
	}
	s.control("POST", "/people/"+id+"/work", object{"entity_type": "commissie"}, nil)
	if f := s.fields(id); f["huidig_vrijwilliger"] != true || f["last_name"] != "Zand" {
		t.Fatalf("after work in a commissie: %v", f)
	}
	other := s.add(object{"first_name": "Ander"})
	s.control("POST", "/people/"+id+"/merge", object{"into": json.Number(other)}, nil)
	if a := s.call("GET", "wp/v2/people/"+id, nil); a.status != 404 || a.code(t) != "rest_forbidden" {
		t.Fatalf("a merged person lies in the trash: %s", a.body)
	}
	if a := s.call("GET", "rondo/v1/people/"+other+"/merge-target", nil); a.status != 404 || a.code(t) != "rondo_person_merge_target_not_found" {
		t.Fatalf("merge target of one who was not merged: %s", a.body)
	}
	if a := s.call("GET", "rondo/v1/people/"+id+"/merge-target", nil); jsonText(a.json(t)["merged_into_person_id"]) != other {
		t.Fatalf("merge target: %s", a.body)
	}
	if n := len(s.kit.Writes(since)); n != 1 {
		t.Fatalf("%d lines in the journal, want the one create: control calls are not in it", n)
	}
}

func TestDumpAndLoad(t *testing.T) {
	t.Parallel()
	one, two := setup(t, rondosim.Options{Members: 30, Seed: 5}), setup(t, rondosim.Options{})
	var dump, again json.RawMessage
	one.control("GET", "/dump", nil, &dump)
	two.control("POST", "/load", dump, nil)
	two.control("GET", "/dump", nil, &again)
	if !bytes.Equal(dump, again) {
		t.Fatal("a dump that was loaded dumps differently")
	}
	id := two.add(object{"first_name": "Na", "relationships": []object{{"related_person_id": 101, "relationship_type_id": 3}}})
	if got := two.relations("101"); got[id] != "parent" {
		t.Fatalf("relationships after a load: %v", got)
	}
	if a := two.call("GET", "nothing/here", nil); a.status != 404 || a.code(t) != "rest_no_route" {
		t.Fatalf("unknown route: %s", a.body)
	}
}

func TestListsAndFilters(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{})
	first, second := s.add(object{"first_name": "Anna", "email_1": "a@example.org"}), s.add(object{"first_name": "Bram", "email_2": "A@Example.org"})
	s.control("POST", "/people/"+second+"/work", object{}, nil)
	ids := func(path string) string {
		t.Helper()
		a := s.call("GET", path, nil)
		var list []object
		if err := json.Unmarshal([]byte(a.body), &list); err != nil {
			t.Fatalf("%s: %s", path, a.body)
		}
		var out []string
		for _, p := range list {
			if len(p) != 1 {
				t.Errorf("%s: %v has more than was asked for", path, p)
			}
			out = append(out, jsonText(p["id"]))
		}
		return strings.Join(out, ",")
	}
	for path, want := range map[string]string{
		"?_fields=id&orderby=id&order=asc":     first + "," + second,
		"?_fields=id&orderby=id":               second + "," + first,
		"?_fields=id&orderby=title&order=desc": second + "," + first,
		"?_fields=id&search=ann":               first,
		"?_fields=id&status=draft":             "",
	} {
		if got := ids("wp/v2/people" + path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if a := s.call("GET", "wp/v2/people?orderby=knvb_id", nil); a.status != 400 || a.code(t) != "rest_invalid_param" {
		t.Errorf("unknown order: %s", a.body)
	}
	nested := s.call("GET", "wp/v2/people/"+first+"?_fields=id,fields.email_1", nil).json(t)
	if jsonText(nested["fields"]) != `{"email_1":"a@example.org"}` {
		t.Errorf("dotted _fields: %v", nested)
	}
	filtered := s.call("GET", "rondo/v1/people/filtered?huidig_vrijwilliger=1&per_page=100", nil).json(t)
	if people, _ := filtered["people"].([]any); filtered["total"] != float64(1) || len(people) != 1 {
		t.Errorf("volunteers: %v", filtered)
	}
	s.control("DELETE", "/people/"+first, nil, nil)
	want := `[{"id":` + second + `,"status":"publish"},{"id":` + first + `,"status":"trash"}]`
	if a := s.call("GET", "rondo/v1/people/find-by-email?email=a@example.org", nil).json(t); jsonText(a["matches"]) != want {
		t.Errorf("matches %v, want %s", a["matches"], want)
	}
	if a := s.call("GET", "rondo/v1/people/find-by-email?email=none", nil); a.status != 400 {
		t.Errorf("no address: %d", a.status)
	}
	// The trash shows in a list what the theme's refusal makes of it.
	if a := s.call("GET", "wp/v2/people?status=trash", nil); !strings.Contains(a.body, `"error_data"`) || strings.Contains(a.body, "Anna") {
		t.Errorf("trash: %s", a.body)
	}
	s.control("POST", "/people/"+first+"/restore", nil, nil)
	if s.fields(first)["first_name"] != "Anna" {
		t.Error("not restored")
	}
	before := s.call("GET", "wp/v2/people/"+first, nil).json(t)["modified_gmt"]
	s.control("POST", "/clock", object{"offset": "1h"}, nil)
	s.call("PUT", "wp/v2/people/"+first, object{"fields": object{"first_name": "Anna"}})
	if after := s.call("GET", "wp/v2/people/"+first, nil).json(t)["modified_gmt"]; after == before {
		t.Error("a PUT that changes nothing moves modified_gmt all the same")
	}
	writes := s.kit.Writes(0)
	if last := writes[len(writes)-1]; last.Op != "update" || jsonText(last.Before) != jsonText(last.After) {
		t.Errorf("a PUT that changes nothing stands in the journal, alike before and after: %s", jsonText(last))
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Members: 3, Seed: 1})
	dump := func() string {
		var raw json.RawMessage
		s.control("GET", "/dump", nil, &raw)
		return string(raw)
	}
	start := dump()
	s.add(object{"first_name": "Anna"})
	s.control("POST", "/clock", object{"offset": "1h"}, nil)
	s.control("PATCH", "/site", object{"theme": "acf", "role": "editor"}, nil)
	s.control("POST", "/reset", nil, nil)
	if dump() != start {
		t.Fatalf("after a reset %s, want %s", dump(), start)
	}
	if total := s.call("GET", "wp/v2/people", nil).header.Get("X-WP-Total"); total != "3" {
		t.Fatalf("%s persons after a reset", total)
	}
}

// What the control calls refuse leaves the site as it was.
func TestControlRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t, rondosim.Options{Members: 2, Seed: 1})
	var start, after json.RawMessage
	s.control("GET", "/dump", nil, &start)
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"PATCH", "/site", object{"theme": "acf-newest"}},
		{"PATCH", "/site", object{"role": "king"}},
		{"PATCH", "/site", object{"themes": "acf"}},
		{"PATCH", "/people/101", object{"fields": object{"birth_year": 2001}}},
		{"PATCH", "/people/101", object{"field": object{}}},
		{"PATCH", "/people/999", object{}},
		{"DELETE", "/people/999", nil},
		{"POST", "/people/999/restore", nil},
		{"POST", "/people/101/merge", object{"into": 101}},
		{"POST", "/people/101/merge", object{"into": 999}},
		{"POST", "/people/101/work", object{"entity_type": "bestuur"}},
		{"POST", "/load", object{"site": object{"theme": "acf-newest"}}},
		{"POST", "/load", object{"people": []object{{"id": 1, "fields": object{"addresses": "Laan 1"}}}}},
		{"POST", "/load", object{"people": []object{{"id": 1, "fields": object{"contact_info": []any{"Laan 1"}}}}}},
	} {
		if err := s.remote.Call(t.Context(), c.method, c.path, c.body, nil); err == nil {
			t.Errorf("%s %s %v was taken", c.method, c.path, c.body)
		}
		if s.control("GET", "/dump", nil, &after); !bytes.Equal(start, after) {
			t.Fatalf("%s %s %v has changed the site", c.method, c.path, c.body)
		}
	}
	// A dump made by hand may leave out what can be made, and no id is given twice.
	s.control("POST", "/load", object{"people": []object{{"id": 102, "status": "publish", "fields": object{"first_name": "Noor"}}}}, nil)
	if f := s.fields("102"); f["first_name"] != "Noor" || f["infix"] != "" || f["former_member"] != false || jsonText(f["addresses"]) != "[]" {
		t.Errorf("%v", f)
	}
	if one, two := s.add(object{"first_name": "Bo"}), s.add(object{"first_name": "Ali"}); one != "101" || two != "103" {
		t.Errorf("ids %s and %s", one, two)
	}
}
