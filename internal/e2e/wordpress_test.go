package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/oracle"
	"github.com/touchline-sync/touchline/internal/wordpress"
)

// TestWordPress: with a real WordPress in place of the simulator, in each
// dialect, a first run plans and writes nothing, the plan is applied as it
// stands, the targets hold what they must, and the next run is quiet.
func TestWordPress(t *testing.T) {
	t.Parallel()
	need(t)
	server := wordpress.Start(t)
	for d, check := range map[wordpress.Dialect]func(*testing.T, *set, *wordpress.Site){
		// The oracle computes the later dialect; what the older one holds of it,
		// TestOldTheme says.
		wordpress.Fields: judgeSite, wordpress.ACF: nobodyNameless,
	} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			peopleRun(t, server.Site(t, d), check)
		})
	}
}

func peopleRun(t *testing.T, site *wordpress.Site, check func(*testing.T, *set, *wordpress.Site)) {
	t.Helper()
	s := newSet(t, options{Members: 24, Seed: 8, Env: map[string]string{
		"TOUCHLINE_SYSTEMS_RONDOCLUB_BASE_URL":     site.URL,
		"TOUCHLINE_SYSTEMS_RONDOCLUB_USERNAME":     site.Admin.Username,
		"TOUCHLINE_SYSTEMS_RONDOCLUB_APP_PASSWORD": site.Admin.Password,
	}})
	plan := s.Ask(t, &touchlinev1.RunPipelineRequest{Pipeline: "people", ValidateOnly: true})
	if plan.GetState() != touchlinev1.RunState_RUN_STATE_PLANNED || plan.GetPlanHash() == "" {
		t.Fatalf("no plan was made\n%s", show(plan))
	}
	if people := posts(t, site, "people"); len(people) != 0 {
		t.Fatalf("a plan has made %d people", len(people))
	}
	want(t, s.Apply(t, plan), succeeded, "")
	s.Succeed(t, "people") // the families of whom the first has made
	check(t, s, site)

	people, before := posts(t, site, "people"), s.journal(t)
	if len(people) < 24 {
		t.Errorf("the site has %d people", len(people))
	}
	quiet := s.Succeed(t, "people")
	s.quiet(t, before)
	if n := sum(quiet, write3, writes); n != 0 {
		t.Errorf("the run counts %d changes\n%s", n, show(quiet))
	}
	again := posts(t, site, "people")
	for i, p := range again {
		// WordPress moves the time with every write, also one that changes nothing.
		if i >= len(people) || p["id"] != people[i]["id"] || p["modified_gmt"] != people[i]["modified_gmt"] {
			t.Fatalf("person %v was written to", p["id"])
		}
	}
	if len(again) != len(people) {
		t.Errorf("%d people, and %d before", len(again), len(people))
	}
}

// judgeSite lets the oracle judge both targets.
func judgeSite(t *testing.T, s *set, site *wordpress.Site) {
	t.Helper()
	dump, err := json.Marshal(object{"people": posts(t, site, "people"), "terms": posts(t, site, "relationship_type")})
	if err != nil {
		t.Fatal(err)
	}
	found, err := oracle.Check(s.Sportlink.Dump(t), s.Laposta.Dump(t), dump)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		t.Error(d)
	}
}

// nobodyNameless finds each member under its code, with its name.
func nobodyNameless(t *testing.T, s *set, site *wordpress.Site) {
	t.Helper()
	byCode := map[string]object{}
	for _, p := range posts(t, site, "people") {
		fields, _ := p["acf"].(object)
		if text(fields, "first_name") == "" {
			t.Errorf("person %v has no first name", p["id"])
		}
		byCode[text(fields, "knvb-id")] = fields
	}
	for _, m := range s.Sportlink.Members(t) {
		if got := byCode[text(m, "PublicPersonId")]; got == nil || text(got, "first_name") != text(m, "FirstName") {
			t.Errorf("member %s is not at the site, or under another name", text(m, "PublicPersonId"))
		}
	}
}

// posts reads all that a site has of one kind, by id.
func posts(t testing.TB, site *wordpress.Site, kind string) (out []object) {
	t.Helper()
	for page, pages := 1, 1; page <= pages; page++ {
		url := site.URL + "/wp-json/wp/v2/" + kind + "?context=edit&per_page=100&orderby=id&order=asc&page=" + strconv.Itoa(page)
		if kind == "people" {
			url += "&status=any"
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(site.Admin.Username, site.Admin.Password)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var rows []object
		if err := json.NewDecoder(answer.Body).Decode(&rows); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v", kind, answer.StatusCode, err)
		}
		pages, _ = strconv.Atoi(answer.Header.Get("X-WP-TotalPages"))
		_ = answer.Body.Close() // read to its end
		out = append(out, rows...)
	}
	return out
}
