package policy_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestSelections: who is worth a visit, at both sides of each edge?
func TestSelections(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 7, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name        string
		of          record.Fields
		lately, vog bool
	}{
		{"nothing is known", record.Fields{}, true, false},
		{"changed two days ago", record.Fields{person.ChangedOn: "2026-11-28"}, true, false},
		{"changed three days ago", record.Fields{person.ChangedOn: "2026-11-27"}, false, false},
		{"a photo of today", record.Fields{person.ChangedOn: "2024-01-01", person.PhotoDate: "2026-11-30"}, true, false},
		{"a volunteer without one", record.Fields{person.ChangedOn: "2024-01-01", person.Volunteer: "true"}, false, true},
		{"a volunteer with an old one", record.Fields{person.ChangedOn: "2024-01-01", person.Volunteer: "true", person.VOGDate: "2023-11-29"}, false, true},
		{"a volunteer with one of three years ago", record.Fields{person.ChangedOn: "2024-01-01", person.Volunteer: "true", person.VOGDate: "2023-11-30"}, false, false},
		{"no volunteer", record.Fields{person.ChangedOn: "2024-01-01", person.Volunteer: "false"}, false, false},
	} {
		all := policy.ClubPerson().Selections
		for name, want := range map[string]bool{policy.ChangedLately: c.lately, policy.WithoutVOG: c.vog, policy.Recent: c.lately || c.vog} {
			if got := all[name](c.of, at); got != want {
				t.Errorf("%s: %s is %v", c.name, name, got)
			}
		}
	}
}
