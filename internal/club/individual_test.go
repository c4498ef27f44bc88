package club_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/step"
)

// 3.2.20, B27, B28: one member now has what the big runs carry, at the site, at the helpdesk,
// in an account and in the timeline, and nothing that the pages do not show is emptied.
// Others wait for the big runs, which find nothing left to do for the one.
func TestB27B28P3220Individual(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, code := range []string{"M1", "M2"} {
		w.does(code)
		w.member(code, "email_1", strings.ToLower(code)+"@example.org")
		w.blocked(code, "false")
		w.account(code)
	}
	w.team("T0000000001", "JO12-1")
	w.cycle("people", "teams", "functions-full", "freescout", "scan-freescout", "people")
	before := w.site().fields
	for _, code := range []string{"M1", "M2"} {
		w.does(code, "Verenigingsbreed|Secretaris|2026-08-01|")
		w.member(code, "email_1", strings.ToLower(code)+"@example.com")
		w.blocked(code, "true")
		w.played(code, "T0000000001|Teamspeler|2024-08-01|")
	}
	if sum, err := w.run("individual", "M1"); err != nil || sum.Failed+sum.Quarantined > 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	const history = "JO12-1|Teamspeler|2024-08-01||true"
	want := func(code, address, customers, roles, blocks string) {
		t.Helper()
		all, _ := w.customers()
		at := w.site().fields[code]
		if at["email_1"] != address || !strings.Contains(all[code].addresses(), customers) || w.roles(code) != roles || w.blocks(code) != blocks {
			t.Errorf("%s: at the site %v, at the helpdesk %v, roles %q, blocks %q", code, at["email_1"], all[code].addresses(), w.roles(code), w.blocks(code))
		}
		if told := strings.Contains(strings.Join(w.site().work[code], " & "), history); told != (blocks != "") {
			t.Errorf("%s: the history is told: %v", code, told)
		}
		for _, kept := range []string{"lid_sinds", "freescout_id", "knvb_id", "first_name", "last_name"} {
			if at[kept] != before[code][kept] {
				t.Errorf("%s: %s was %v and is %v", code, kept, before[code][kept], at[kept])
			}
		}
	}
	want("M1", "m1@example.com", "m1@example.com", "rondo_bestuur rondo_user", "ingesteld")
	want("M2", "m2@example.org", "m2@example.org", "rondo_user", "")
	w.cycle("people", "functions", "freescout", "scan-freescout")
	want("M1", "m1@example.com", "m1@example.com", "rondo_bestuur rondo_user", "ingesteld")
	want("M2", "m2@example.com", "m2@example.com", "rondo_bestuur rondo_user", "ingesteld")
	w.cycle("people")
	if sum := w.cycle("people", "functions-full", "freescout", "scan-freescout"); sum != (step.Counter{}) {
		t.Errorf("once more: %+v", sum)
	}
}
