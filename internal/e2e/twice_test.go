package e2e

import (
	"strings"
	"testing"
)

// lookedFor is how many persons were looked for at Rondo Club, each by reading its pages
// once more, since its journal was so long: those of a pass that has few to make.
func (s *set) lookedFor(t testing.TB, since int) int {
	t.Helper()
	made := 0
	for _, w := range s.Rondo.WritesAfter(t, since) {
		if w.Op == "create" && w.Collection == "people" {
			made++
		}
	}
	if made > few {
		return 0
	}
	return made
}

// few is up to how many creates of a pass are looked for each (sync/write, fewCreates).
const few = 20

// readAtMost fails the test when a page was read more often so far. Only calls that
// carry records count: not those of a sign-in, nor what a browser loads for a page.
func (s *set) readAtMost(t testing.TB, most int) {
	t.Helper()
	for _, sim := range []*simulator{s.Sportlink, s.Laposta, s.Rondo} {
		times := map[string]int{}
		for _, r := range sim.log(t) {
			if isPage(sim.System, r) {
				times[r.Method+" "+r.Path+"?"+r.Query]++
			}
		}
		if len(times) == 0 {
			t.Errorf("%s was not read", sim.System)
		}
		for page, n := range times {
			if n > most {
				t.Errorf("%s: %s was read %d times", sim.System, page, n)
			}
		}
	}
}

func isPage(system string, r request) bool {
	switch system {
	case "sportlink":
		return r.Path == "/member/search" || strings.HasSuffix(r.Path, "/SearchMembers")
	case "laposta":
		return r.Method == "GET" && strings.HasPrefix(r.Path, "/v2/member")
	default:
		return r.Method == "GET" && strings.HasPrefix(r.Path, "/wp-json/wp/v2/people")
	}
}

// once fails the test when a system has accepted the same twice: a request
// again, an update that changed nothing, a second record of the same.
func (s *set) once(t testing.TB) {
	t.Helper()
	for _, sim := range []*simulator{s.Laposta, s.Rondo} {
		lines := map[int]string{}
		for _, r := range sim.log(t) {
			lines[r.Seq] = r.line()
		}
		requests, records := map[string]int{}, map[string]string{}
		for _, w := range sim.WritesAfter(t, 0) {
			line := lines[w.Request]
			if line == "" {
				t.Fatalf("%s: a change without a request", sim.System)
			}
			if before, ok := requests[line]; ok && before != w.Request {
				t.Errorf("%s accepted requests %d and %d, which are the same", sim.System, before, w.Request)
			}
			requests[line] = w.Request
			switch w.Op {
			case "update":
				if same(w.Before, w.After) {
					t.Errorf("%s: request %d was accepted and changed nothing", sim.System, w.Request)
				}
			case "create":
				key := w.Collection + " " + identity(sim.System, w.After)
				if other, ok := records[key]; ok {
					t.Errorf("%s: %s and %s in %s are the same", sim.System, other, w.ID, w.Collection)
				}
				records[key] = w.ID
			}
		}
		if len(records) == 0 {
			t.Errorf("%s: nothing was created", sim.System)
		}
	}
}

// identity is what makes a new record the same as another: the address on a
// list; of a person all that was said of him.
func identity(system string, created object) string {
	if system == "laposta" {
		return strings.ToLower(text(created, "email"))
	}
	fields, _ := created["fields"].(object)
	return text(object{"fields": fields}, "fields")
}
