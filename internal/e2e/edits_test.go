package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// entry is where and how an address is held at Laposta.
type entry struct {
	List, ID, Email, State string
	Custom                 object
}

// entries are all entries at Laposta of a relation code.
func (s *set) entries(t testing.TB, code string) []entry {
	t.Helper()
	var out []entry
	for _, l := range s.Laposta.Lists(t) {
		for _, m := range l.Members {
			if text(m.Custom, "relatiecode") == code {
				out = append(out, entry{l.ID, m.ID, m.Email, m.State, m.Custom})
			}
		}
	}
	return out
}

// person is the person of a relation code at Rondo Club.
func (s *set) person(t testing.TB, code string) rondoPerson {
	t.Helper()
	for _, p := range s.Rondo.People(t) {
		if text(p.Fields, "knvb_id") == code {
			return p
		}
	}
	t.Fatal("Rondo Club has no such person")
	return rondoPerson{}
}

// edit changes a member, as another user of Sportlink does.
func (s *set) edit(t testing.TB, code string, change object) {
	t.Helper()
	s.Sportlink.Control(t, http.MethodPatch, "/members/"+code, change, nil)
}

// TestOptOut: who has unsubscribed is never made active again, and is not
// entered on another list, whatever changes about them.
func TestOptOut(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 60, Seed: 41})
	s.Succeed(t, "people")
	plain := s.plainMembers(t)
	states := map[string]string{plain[0]: "unsubscribed", plain[1]: "cleaned"}
	was := map[string]entry{}
	for code, state := range states {
		was[code] = s.entries(t, code)[0]
		s.Laposta.Control(t, http.MethodPatch, "/members/"+was[code].ID, object{"state": state}, nil)
	}
	check := func(when string) {
		t.Helper()
		for code, state := range states {
			// By the address: an entry may have lost its relation code.
			found := 0
			for _, l := range s.Laposta.Lists(t) {
				for _, m := range l.Members {
					if normal(m.Email) != normal(was[code].Email) {
						continue
					}
					found++
					if m.State != state || l.ID != was[code].List {
						t.Errorf("%s: %s has become %s", when, state, m.State)
					}
				}
			}
			if found != 1 {
				t.Errorf("%s: the address that is %s is held %d times", when, state, found)
			}
		}
	}
	s.Succeed(t, "people")
	check("at once")

	for i, code := range plain[:2] {
		s.edit(t, code, object{"Mobile": "061234560" + strconv.Itoa(i), "ClubTeams": "JO11-1", "Infix": "van"})
	}
	s.Succeed(t, "people")
	check("other data")

	// A sister on the same mailbox wants an entry of her own with that address.
	sister := s.member(t, plain[0])
	sister["PublicPersonId"], sister["FirstName"], sister["Mobile"] = "ZZZZ11A", "Zus", ""
	s.Sportlink.Control(t, http.MethodPost, "/members", sister, nil)
	s.Succeed(t, "people")
	check("a sister")
	s.Succeed(t, "people")
	check("a sister, a run later")

	// He leaves, and comes back: the opt-out must not be forgotten.
	s.Sportlink.Control(t, http.MethodDelete, "/members/ZZZZ11A", nil, nil)
	for _, code := range plain[:2] {
		s.edit(t, code, object{"DateOfPassing": "2026-01-01"})
	}
	s.Succeed(t, "people")
	check("no entry is wanted")
	for _, code := range plain[:2] {
		s.edit(t, code, object{"DateOfPassing": nil})
	}
	s.Succeed(t, "people")
	check("an entry is wanted again")
	before := s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)

	// She opts in again at Laposta, where the reader decides.
	again := was[plain[0]]
	s.Laposta.Control(t, http.MethodPatch, "/members/"+again.ID, object{"state": "active"}, nil)
	s.Succeed(t, "scan-laposta")
	s.edit(t, plain[0], object{"Infix": "op"})
	s.Succeed(t, "people")
	found := false
	for _, l := range s.Laposta.Lists(t) {
		for _, m := range l.Members {
			if m.ID == again.ID {
				found = true
				if m.State != "active" || text(m.Custom, "tussenvoegsel") != "op" {
					t.Errorf("who has opted in again is %s, with infix %q", m.State, text(m.Custom, "tussenvoegsel"))
				}
			}
		}
	}
	if !found {
		t.Error("the entry is not there any more")
	}
	s.rowsFree(t)
}

// member is a member as Sportlink shows it.
func (s *set) member(t testing.TB, code string) object {
	t.Helper()
	for _, m := range s.Sportlink.Members(t) {
		if text(m, "PublicPersonId") == code {
			return m
		}
	}
	t.Fatal("Sportlink has no such member")
	return nil
}

// TestRondoEdit: an address that is edited at Rondo Club stays and reaches the
// mailing list; when both sides changed it, Sportlink's is taken, and the
// conflict keeps the other.
func TestRondoEdit(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 60, Seed: 51})
	s.Succeed(t, "people")
	s.Succeed(t, "people")
	plain := s.plainMembers(t)
	one, both := plain[0], plain[1]

	const theirs = "edited.there@example.org"
	s.Rondo.Control(t, http.MethodPatch, "/people/"+strconv.Itoa(s.person(t, one).ID), object{"fields": object{"email_1": theirs}}, nil)
	for range 2 {
		s.Succeed(t, "people")
		if got := text(s.person(t, one).Fields, "email_1"); got != theirs {
			t.Error("the edit is lost at Rondo Club")
		}
		if e := s.entries(t, one); len(e) != 1 || e[0].Email != theirs || e[0].State != "active" {
			t.Errorf("the mailing list does not have the edited address: %d entries", len(e))
		}
	}
	before := s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)

	// Later Sportlink, which was never told, changes it: its value is taken, and
	// that the other one is gone is told.
	s.edit(t, one, object{"Email": "newer@example.org"})
	if run := s.Succeed(t, "people"); conflictsOf(run) != 1 {
		t.Errorf("the edit was overruled without a word\n%s", show(run))
	}
	if got := text(s.person(t, one).Fields, "email_1"); got != "newer@example.org" {
		t.Error("Sportlink's later change does not reach Rondo Club")
	}

	const ours, lost = "both.ours@example.org", "both.theirs@example.org"
	s.edit(t, both, object{"Email": ours})
	s.Rondo.Control(t, http.MethodPatch, "/people/"+strconv.Itoa(s.person(t, both).ID), object{"fields": object{"email_1": lost}}, nil)
	run := s.Succeed(t, "people")
	if n := conflictsOf(run); n != 1 {
		t.Errorf("the run counts %d conflicts, want 1\n%s", n, show(run))
	}
	if got := text(s.person(t, both).Fields, "email_1"); got != ours {
		t.Error("of two changes at once, Sportlink's is not at Rondo Club")
	}
	res, err := s.Conflicts.ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{})
	if err != nil || len(res.GetConflicts()) != 2 { // the newest first
		t.Fatalf("%d conflicts are listed, want 2 (%v)", len(res.GetConflicts()), err)
	}
	conflict := res.GetConflicts()[0]
	if conflict.GetField() != "email_1" || conflict.GetHubValue() != ours || conflict.GetRemoteValue() != lost ||
		conflict.GetSystem() != "rondoclub" || conflict.GetWonBy() != "sportlink" {
		t.Errorf("the conflict does not keep both values: %s of %s, won by %s", conflict.GetField(), conflict.GetSystem(), conflict.GetWonBy())
	}
	before = s.journal(t)
	if run := s.Succeed(t, "people"); conflictsOf(run) != 0 {
		t.Error("the conflict is reported again")
	}
	s.quiet(t, before)

	// Somebody overrules it: the other value goes everywhere, and stays.
	_, err = s.Conflicts.ResolveConflict(t.Context(), &touchlinev1.ResolveConflictRequest{
		Id: conflict.GetId(), Etag: conflict.GetEtag(), Take: touchlinev1.Take_TAKE_REMOTE, Reason: "it is the newer one",
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.Succeed(t, "people")
		if got := text(s.person(t, both).Fields, "email_1"); got != lost {
			t.Error("the value that was chosen is not at Rondo Club")
		}
		if e := s.entries(t, both); len(e) != 1 || e[0].Email != lost {
			t.Error("the value that was chosen is not on the mailing list")
		}
	}
	if strings.Contains(s.Serve.Log.After(0), lost) {
		t.Error("the log of the server has the address")
	}
}
