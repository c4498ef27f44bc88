package e2e

import (
	"net/http"
	"slices"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestLeavers: who has left is marked and leaves the lists; who merely was not
// seen is not. Each case is run twice with the same answer, since two full listings
// make a leaver, and both halves are in this one test, so that neither can
// pass alone.
func TestLeavers(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 100, Seed: 11, Env: map[string]string{
		"TOUCHLINE_SYNC_ABSENT_GAP":                    "0s",
		"TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_SIGN_IN": "3s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_MARKER": "3s",
	}})
	s.Succeed(t, "people")
	ids := s.plainMembers(t)
	leavers, missing, broken := ids[:3], ids[3:6], ids[6]
	before := s.journal(t)

	// nobody is marked when the world looks like that, twice.
	nobody := func(name, path, fault, body string, check func(t *testing.T, run *touchlinev1.Run)) {
		t.Run(name, func(t *testing.T) {
			id := s.Sportlink.Notified(t, path, fault, body)
			for range 2 {
				check(t, s.Run(t, "people"))
			}
			s.Sportlink.Unfault(t, id)
			s.quiet(t, before)
			if former := s.formers(t); len(former) > 0 {
				t.Errorf("%d are marked as former", len(former))
			}
		})
	}
	ends := func(outcomes ...touchlinev1.RunOutcome) func(*testing.T, *touchlinev1.Run) {
		return func(t *testing.T, run *touchlinev1.Run) {
			t.Helper()
			if !slices.Contains(outcomes, run.GetOutcome()) || run.GetReason() == "" {
				t.Errorf("the run ended %s\n%s", short(run), show(run))
			}
			t.Logf("%s %s: %s", short(run), run.GetReason(), run.GetDetail())
		}
	}
	const search = "*/SearchMembers"

	t.Run("three missing once", func(t *testing.T) {
		var faults []int
		for _, id := range missing {
			faults = append(faults, s.Sportlink.Notified(t, search, "absent", id))
		}
		want(t, s.Run(t, "people"), succeeded, "")
		for _, id := range faults {
			s.Sportlink.Unfault(t, id)
		}
		want(t, s.Run(t, "people"), succeeded, "") // there again: they start anew
		s.quiet(t, before)
	})
	nobody("half of them", search, "truncated", "50", ends(guardStopped, drifted, partial))
	nobody("none", search, "empty-members", "", ends(guardStopped, drifted, partial))
	first := true
	fault := func(t *testing.T, run *touchlinev1.Run) {
		t.Helper()
		if first {
			want(t, run, partial, "RECORDS_QUARANTINED")
		} else {
			want(t, run, succeeded, "") // it was so before
		}
		if first && sum(run, read1, faults) != 1 {
			t.Errorf("the run does not count the fault\n%s", show(run))
		}
		first = !first
	}
	nobody("a code that nobody knows", search, "unknown-gender", broken, func(t *testing.T, run *touchlinev1.Run) {
		t.Helper()
		want(t, run, succeeded, "") // it concerns the field alone
	})
	want(t, s.Run(t, "people"), succeeded, "") // readable again
	nobody("no first name", search, "no-first-name", broken, fault)
	want(t, s.Run(t, "people"), succeeded, "")
	nobody("no id", search, "no-id", broken, func(t *testing.T, run *touchlinev1.Run) {
		t.Helper()
		want(t, run, partial, "LISTING_UNCERTAIN")
	})
	want(t, s.Run(t, "people"), succeeded, "")
	s.quiet(t, before)

	t.Run("three real leavers", func(t *testing.T) {
		for _, id := range leavers {
			s.Sportlink.Control(t, http.MethodDelete, "/members/"+id, nil, nil)
		}
		want(t, s.Run(t, "people"), succeeded, "")
		s.quiet(t, before) // one full listing is not enough
		want(t, s.Run(t, "people"), succeeded, "")
		got := s.formers(t)
		slices.Sort(leavers)
		if !slices.Equal(got, leavers) {
			t.Errorf("%d are marked as former, want the 3 leavers", len(got))
		}
		for _, id := range leavers {
			if s.listed(t, id) {
				t.Error("a leaver is still on a list")
			}
		}
		for _, id := range append(missing, broken) {
			if !s.listed(t, id) {
				t.Error("somebody who was only missing is on no list")
			}
		}
		s.judge(t)
	})
	before = s.journal(t)
	leavers = nil

	// Last, since after two refusals the program leaves the account alone.
	t.Run("a sign-in page for ever", func(t *testing.T) {
		marked := s.formers(t)
		s.Sportlink.Control(t, http.MethodPost, "/sessions/expire", nil, nil)
		id := s.Sportlink.Notified(t, "*/authenticate", "sign-in-forever", "")
		for range 2 {
			run := s.Run(t, "people")
			want(t, run, needsAuth, "")
		}
		s.Sportlink.Unfault(t, id)
		s.quiet(t, before)
		if got := s.formers(t); !slices.Equal(got, marked) {
			t.Errorf("%d are marked as former, want %d", len(got), len(marked))
		}
	})
	s.rowsFree(t)
}

// plainMembers are the codes of members about whom nothing is special: readable,
// alive, on exactly one list, alone on their mailbox, and nobody's parent.
func (s *set) plainMembers(t testing.TB) []string {
	t.Helper()
	boxes, entries := map[string]int{}, map[string]int{}
	members := s.Sportlink.Members(t)
	for _, m := range members {
		for _, f := range []string{"Email", "EmailAlternative", "EmailAddressParent1", "EmailAddressParent2"} {
			boxes[normal(text(m, f))]++
		}
	}
	for _, l := range s.Laposta.Lists(t) {
		for _, m := range l.Members {
			entries[text(m.Custom, "relatiecode")]++
		}
	}
	var out []string
	for _, m := range members {
		id := text(m, "PublicPersonId")
		if entries[id] == 1 && boxes[normal(text(m, "Email"))] == 1 && text(m, "DateOfPassing") == "" &&
			text(m, "GenderCode") != "" && text(m, "EmailAddressParent1") == "" && text(m, "EmailAlternative") == "" {
			out = append(out, id)
		}
	}
	if len(out) < 7 {
		t.Fatalf("only %d members are plain", len(out))
	}
	return out
}

// formers are the codes of the former members at Rondo Club, sorted.
func (s *set) formers(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, p := range s.Rondo.People(t) {
		if p.Fields["former_member"] == true {
			out = append(out, text(p.Fields, "knvb_id"))
		}
	}
	slices.Sort(out)
	return out
}

// listed reports whether a relation code is on any list.
func (s *set) listed(t testing.TB, code string) bool {
	t.Helper()
	for _, l := range s.Laposta.Lists(t) {
		for _, m := range l.Members {
			if text(m.Custom, "relatiecode") == code {
				return true
			}
		}
	}
	return false
}
