package pipelines_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
)

// A run of all has each pipeline of its family once, in the seed's order, but for those
// that are named here; what needs another comes after it.
func TestAll(t *testing.T) {
	t.Parallel()
	left := map[string][]string{
		"all":       {"individual", "orphans"}, // for records that are named; always waits for a person
		"all-event": {"orphans-event"},
	}
	begins := map[string]string{
		"all":       "people nikki functions functions-full teams player-history former-members freescout scan-freescout conversations",
		"all-event": "watch-mailchimp inbound-chatwoot inbound-runsignup outbound-",
	}
	for _, f := range pipelines.Families() {
		i := slices.IndexFunc(f.Pipelines, func(p jobs.Pipeline) bool { return len(p.Children) > 0 })
		all := f.Pipelines[i]
		if got := strings.Join(all.Children, " "); !strings.HasPrefix(got, begins[all.Name]) || begins[all.Name] == "" {
			t.Errorf("%s runs %s", all.Name, got)
		}
		for _, p := range f.Pipelines {
			n := 0
			for _, child := range all.Children {
				if child == p.Name {
					n++
				}
			}
			if n != 1 && p.Name != all.Name && !slices.Contains(left[all.Name], p.Name) {
				t.Errorf("%s runs %s %d times", all.Name, p.Name, n)
			}
			for _, need := range p.Needs {
				if at := slices.Index(all.Children, need); at < 0 || at > slices.Index(all.Children, p.Name) {
					t.Errorf("%s needs %s, which does not come before it", p.Name, need)
				}
			}
		}
		if slices.ContainsFunc(f.Schedules, func(s jobs.Schedule) bool { return s.Pipeline == all.Name }) {
			t.Errorf("%s has a schedule", all.Name)
		}
	}
}
