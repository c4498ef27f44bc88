package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// duty is a function in the Sportlink simulator, pages what a member's own pages show.
type duty struct {
	Committee string `json:"committee"`
	Role      string `json:"role"`
	Start     string `json:"start"`
	End       string `json:"end"`
	Status    string `json:"status"`
}

type pages struct {
	Duties []duty            `json:"duties"`
	Free   map[string]string `json:"free"`
	Block  string            `json:"block"`
	// Invoice is where invoices go, if not to the member's own address.
	Invoice map[string]string `json:"invoice,omitempty"`
}

func (s *set) pages(t testing.TB) map[string]pages {
	t.Helper()
	var out map[string]pages
	s.Sportlink.Control(t, http.MethodGet, "/pages", nil, &out)
	return out
}

// row is how a function stands in the work of somebody.
func (d duty) row() string {
	committee := d.Committee
	if committee == "" {
		committee = "Verenigingsbreed"
	}
	start, _, _ := strings.Cut(d.Start, "T")
	return fmt.Sprintf("%s, %s, %s-%s, %v", committee, d.Role, start, d.End, d.Status != "INACTIVE")
}

// works has by relation code what stands in the work of each person at Rondo Club, sorted.
func (s *set) works(t testing.TB) map[string][]string {
	t.Helper()
	var dump struct {
		Groups []struct {
			ID     int
			Name   string
			Type   string
			Fields object
		}
	}
	if err := json.Unmarshal(s.Rondo.Dump(t), &dump); err != nil {
		t.Fatal(err)
	}
	names, twice := map[int]string{}, map[string]int{}
	for _, g := range dump.Groups {
		names[g.ID] = g.Name
		called := fmt.Sprint(g.Type, " ", g.Name, " ", g.Fields["publicteamid"])
		if twice[called]++; twice[called] > 1 {
			t.Errorf("two are called %s", called)
		}
	}
	out := map[string][]string{}
	for _, p := range s.Rondo.People(t) {
		rows, _ := p.Fields["work_history"].([]any)
		for _, r := range rows {
			row, _ := r.(object)
			id, _ := row["team_id"].(float64)
			code := text(p.Fields, "knvb_id")
			out[code] = append(out[code], fmt.Sprintf("%s, %s, %s-%s, %v", names[int(id)], text(row, "job_title"), text(row, "start_date"), text(row, "end_date"), row["is_current"]))
			slices.Sort(out[code])
		}
	}
	return out
}

// wantWorks fails the test unless everybody's work is what their pages show.
func (s *set) wantWorks(t testing.TB) {
	t.Helper()
	want := map[string][]string{}
	for id, p := range s.pages(t) {
		for _, d := range p.Duties {
			if d.Role != "" {
				want[id] = append(want[id], d.row())
				slices.Sort(want[id])
			}
		}
	}
	if is := s.works(t); !maps.EqualFunc(is, want, slices.Equal[[]string]) {
		for id := range want {
			if !slices.Equal(is[id], want[id]) {
				t.Errorf("the work of a member is\n  %s\nwant\n  %s", strings.Join(is[id], "\n  "), strings.Join(want[id], "\n  "))
			}
		}
		t.Errorf("%d people have work, want %d", len(is), len(want))
	}
}

// wantInvoices looks whether the people at Rondo Club have an address for invoices who have one
// of their own at Sportlink, and nobody else.
func (s *set) wantInvoices(t testing.TB) {
	t.Helper()
	var want, is []string
	for id, p := range s.pages(t) {
		if p.Invoice != nil {
			want = append(want, id+" "+p.Invoice["city"])
		}
	}
	for _, p := range s.Rondo.People(t) {
		rows, _ := p.Fields["addresses"].([]any)
		for _, r := range rows {
			if row, _ := r.(map[string]any); row["address_label"] == "Factuur" {
				is = append(is, fmt.Sprint(text(p.Fields, "knvb_id"), " ", row["city"]))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(is)
	if len(want) < 2 || !slices.Equal(is, want) {
		t.Errorf("the addresses for invoices are %v, want %v", is, want)
	}
}

// oneCall fails the test when Rondo Club has accepted more than one call about one record
// since, or has changed a commissie or team that was there. One call may be several lines of
// the journal: a post is made, and then its fields are saved.
func (s *set) oneCall(t testing.TB, when string, since journal) {
	t.Helper()
	calls := map[string]int{}
	for _, w := range s.Rondo.WritesAfter(t, since.rondo) {
		record := w.Collection + " " + w.ID
		call, known := calls[record]
		switch {
		case known && call != w.Request:
			t.Errorf("%s: %s is written by two calls", when, record)
		case !known && w.Collection == "groups" && w.Op != "create":
			t.Errorf("%s: %s is one that was there", when, record)
		}
		calls[record] = w.Request
	}
}

// saysSo does as somebody who is asked whether it is so that a field has changed in many
// records at once, and finds that it is.
func (s *set) saysSo(t testing.TB, field string) {
	t.Helper()
	found, err := s.Records.ListFindings(t.Context(), &touchlinev1.ListFindingsRequest{})
	if err != nil || len(found.GetFindings()) != 1 || !slices.Equal(found.GetFindings()[0].GetFields(), []string{field}) {
		t.Fatalf("what is asked is %v, %v", found.GetFindings(), err)
	}
	_, err = s.Records.AcceptChange(t.Context(), &touchlinev1.AcceptChangeRequest{Finding: found.GetFindings()[0].GetId(), Reason: "a first load"})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFunctions: what the own pages of members show reaches Rondo Club through a real
// browser, with one write a person, and the second time nothing is written. Who became a
// volunteer by it is told the mailing lists.
func TestFunctions(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_PAGE": "5s",
		"TOUCHLINE_SYSTEMS_SPORTLINK_WITH_INVOICE": "true",
	}})
	s.Succeed(t, "people")
	before := s.journal(t)
	s.approved(t, "functions-full", "FIRST_SYNC") // a commissie that people have made
	s.wantWorks(t)
	s.wantInvoices(t)
	s.oneCall(t, "the functions", before)
	blocked, certified := 0, 0
	for _, p := range s.Rondo.People(t) {
		if p.Fields["financiele_blokkade"] == true {
			blocked++
		}
		if text(p.Fields, "datum_vog") != "" {
			certified++
		}
	}
	if blocked != 1 || certified < 3 {
		t.Errorf("%d are blocked and %d have a certificate", blocked, certified)
	}

	s.approved(t, "people", "TOO_MANY_CHANGED") // a third are volunteers by now, of whom the mailing lists are told
	before = s.journal(t)
	db := s.DB(t)
	rows := rowsOf(t, db)
	for _, pipeline := range []string{"functions-full", "functions", "people", "functions-full"} {
		s.Succeed(t, pipeline)
		s.quiet(t, before)
		wantRows(t, pipeline, db, rows)
		rows = rowsOf(t, db)
	}
	s.judge(t)
}
