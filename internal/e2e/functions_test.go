package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
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
}

func (s *set) pages(t testing.TB) map[string]pages {
	t.Helper()
	var out map[string]pages
	s.Sportlink.Control(t, http.MethodGet, "/pages", nil, &out)
	return out
}

func (s *set) editPages(t testing.TB, id string, p pages) {
	t.Helper()
	s.Sportlink.Control(t, http.MethodPut, "/members/"+id+"/pages", p, nil)
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
			ID   int
			Name string
		}
	}
	if err := json.Unmarshal(s.Rondo.Dump(t), &dump); err != nil {
		t.Fatal(err)
	}
	names, twice := map[int]string{}, map[string]int{}
	for _, g := range dump.Groups {
		names[g.ID] = g.Name
		if twice[g.Name]++; twice[g.Name] > 1 {
			t.Errorf("two commissies are called %s", g.Name)
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

// wantWorks fails the test unless everybody's work is what their pages show, besides more.
func (s *set) wantWorks(t testing.TB, when string, more map[string][]string) {
	t.Helper()
	want := maps.Clone(more)
	if want == nil {
		want = map[string][]string{}
	}
	for id, p := range s.pages(t) {
		for _, d := range p.Duties {
			if d.Role != "" {
				want[id] = append(slices.Clone(want[id]), d.row())
				slices.Sort(want[id])
			}
		}
	}
	if is := s.works(t); !maps.EqualFunc(is, want, slices.Equal[[]string]) {
		for id := range want {
			if !slices.Equal(is[id], want[id]) {
				t.Errorf("%s: the work of a member is\n  %s\nwant\n  %s", when, strings.Join(is[id], "\n  "), strings.Join(want[id], "\n  "))
			}
		}
		t.Errorf("%s: %d people have work, want %d", when, len(is), len(want))
	}
}

// TestFunctions: functions and committees reach Rondo Club, several roles each; the second
// time nothing is written; rows and commissies of people stay; a visit of some members adds
// and ends nothing, a reading of all ends what is not shown any more; a session that is lost
// and a tab that does not load cost no work of anybody.
func TestFunctions(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 24, Seed: 5, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP": "0s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_PAGE": "5s",
	}})
	s.Succeed(t, "people")
	stopped := s.Run(t, "functions-full")
	want(t, stopped, guardStopped, "FIRST_SYNC") // a commissie that people have made
	before := s.journal(t)
	want(t, s.Apply(t, stopped), succeeded, "")
	s.wantWorks(t, "first", nil)
	for _, w := range s.Rondo.WritesAfter(t, before.rondo) {
		if w.Collection == "groups" && w.Op != "create" {
			t.Errorf("a commissie: %s", w.Op)
		}
	}
	perPerson := map[string]int{}
	for _, w := range s.Rondo.WritesAfter(t, before.rondo) {
		if perPerson[w.Collection+w.ID]++; perPerson[w.Collection+w.ID] > 1 {
			t.Errorf("%s %s is written more than once", w.Collection, w.ID)
		}
	}
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

	s.Succeed(t, "people") // who is a volunteer by now is told the mailing lists
	before = s.journal(t)
	for _, pipeline := range []string{"functions-full", "functions", "people"} {
		s.Succeed(t, pipeline)
		s.quiet(t, before)
	}
	s.judge(t)

	// What people have entered stays, beside what is ours.
	var someone, last string
	all := s.pages(t)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if len(all[id].Duties) > 1 && all[id].Duties[1].Role != "" {
			someone = id
		} else if len(all[id].Duties) == 1 {
			last = id
		}
	}
	for _, p := range s.Rondo.People(t) {
		if text(p.Fields, "knvb_id") == someone {
			s.Rondo.Control(t, http.MethodPost, fmt.Sprintf("/people/%d/work", p.ID), object{"entity_type": "team", "job_title": "Trainer"}, nil)
		}
	}
	s.Rondo.Control(t, http.MethodPost, "/commissies", object{"name": "Bar"}, nil)
	theirs := map[string][]string{someone: {slices.DeleteFunc(s.works(t)[someone], func(r string) bool { return !strings.Contains(r, "Trainer") })[0]}}
	s.wantWorks(t, "beside theirs", theirs)

	// One begins, and one is not shown any more: a visit of those two adds alone.
	was, gone := all[someone], all[last].Duties[0]
	was.Duties = append(slices.Clone(was.Duties), duty{"Kantine", "Penningmeester", "2026-11-01", "", "ACTIVE"})
	s.editPages(t, someone, was)
	s.editPages(t, last, pages{Free: all[last].Free, Block: all[last].Block})
	before = s.journal(t)
	s.Succeed(t, "functions")
	theirs[last] = []string{gone.row()}
	s.wantWorks(t, "after a visit", theirs)
	if w := s.Rondo.WritesAfter(t, before.rondo); len(w) != 1 {
		t.Errorf("%d writes for one function:%s", len(w), describe(w))
	}
	s.Succeed(t, "functions-full")
	gone.Status = "INACTIVE"
	theirs[last] = []string{gone.row()}
	s.wantWorks(t, "after all were read", theirs)

	// A tab that does not load for somebody, and a session that is lost at another.
	before = s.journal(t)
	s.Sportlink.Notified(t, "/member/member-details/"+someone+"/functions", "tab-never-loads", "")
	s.Sportlink.Control(t, http.MethodPost, "/faults", object{
		"match": object{"path": "/member/member-details/" + last + "/functions"}, "times": 1, "do": object{"kind": "named", "name": "expire"},
	}, nil)
	s.freshCode(t)
	s.Run(t, "functions-full")
	s.quiet(t, before)
	s.wantWorks(t, "after troubles", theirs)
	s.Sportlink.Notified(t, "*/functions", "tab-renamed", "")
	want(t, s.Run(t, "functions-full"), drifted, "PAGE_CHANGED")
	s.quiet(t, before)
}
