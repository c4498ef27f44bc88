package e2e

import (
	"net/http"
	"strconv"
	"testing"
)

// holders are the records at Rondo Club with a code, in all states.
func (s *set) holders(t testing.TB, code string) (out []rondoPerson) {
	t.Helper()
	for _, p := range s.Rondo.People(t) {
		if text(p.Fields, "knvb_id") == code {
			out = append(out, p)
		}
	}
	return out
}

// TestPostStates: somebody whom the site hides is kept up to date and stays hidden.
// Somebody in the trash is made again, once, and the trash is left alone. When the
// first record is taken out of it, two hold the code: the one that touchline keeps goes
// on, the other is told and is nobody's.
func TestPostStates(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 60, Seed: 12, Env: map[string]string{"TOUCHLINE_SYNC_ABSENT_GAP": "0s"}})
	s.Succeed(t, "people")
	code := s.plainMembers(t)[0]
	move := func(mobile string) {
		t.Helper()
		s.Sportlink.Control(t, http.MethodPatch, "/members/"+code, object{"Mobile": mobile}, nil)
		s.Succeed(t, "people")
	}
	first := s.person(t, code).ID
	path := "/people/" + strconv.Itoa(first)
	s.Rondo.Control(t, http.MethodPatch, path, object{"status": "draft"}, nil)
	move("0612345605")
	all := s.holders(t, code)
	if len(all) != 1 || all[0].Status != "draft" || text(all[0].Fields, "mobile_1") != "+31612345605" {
		t.Fatalf("with a draft: %v", states(all))
	}

	s.Rondo.Control(t, http.MethodDelete, path, nil, nil)
	for range 2 {
		s.Succeed(t, "people")
	}
	all = s.holders(t, code)
	if len(all) != 2 || all[0].Status != "trash" || all[1].Status != "publish" {
		t.Fatalf("with one in the trash: %v", states(all))
	}
	before := s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)

	s.Rondo.Control(t, http.MethodPost, path+"/restore", nil, nil)
	want(t, s.Run(t, "people"), partial, "RECORDS_QUARANTINED") // told once
	s.quiet(t, before)
	move("0612345670")
	all = s.holders(t, code)
	if len(all) != 2 || text(all[0].Fields, "mobile_1") == "+31612345670" || text(all[1].Fields, "mobile_1") != "+31612345670" {
		t.Fatalf("restored: %v; the one that touchline keeps is to go on, and no other", states(all))
	}
	var duplicates int
	err := s.DB(t).QueryRow(t.Context(), `select count(*) from conflict where why = 'duplicate' and resolved_on is null`).Scan(&duplicates)
	if err != nil || duplicates == 0 {
		t.Errorf("nobody is told that two hold one code: %d, %v", duplicates, err)
	}
}

func states(all []rondoPerson) (out []string) {
	for _, p := range all {
		out = append(out, p.Status)
	}
	return out
}
