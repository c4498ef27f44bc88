package runsignupsim

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// asked is what a call about registrations asks for.
type asked struct {
	events     []int
	after      int
	since      time.Time
	size, page int
	sorted     bool
}

func (s *sim) asked(q url.Values, in *race) (a asked, err error) {
	for id := range strings.SplitSeq(q.Get("event_id"), ",") {
		n, err := strconv.Atoi(id)
		if err != nil || in.event(n) == nil {
			return a, refuse(301)
		}
		a.events = append(a.events, n)
	}
	var since int
	for name, into := range map[string]*int{"after_registration_id": &a.after, "modified_after_timestamp": &since} {
		if *into, err = simkit.Whole(q, name, 0, 0, 1<<50); err != nil {
			return a, refuse(3)
		}
	}
	if since > 0 {
		a.since = time.Unix(int64(since), 0)
	}
	if a.size, err = simkit.Whole(q, "results_per_page", 50, 1, 2500); err == nil {
		a.page, err = simkit.Whole(q, "page", 1, 1, 1_000_000)
	}
	a.sorted = q.Get("sort") == "registration_id ASC"
	if err != nil || !a.sorted && q.Has("sort") {
		return a, refuse(3)
	}
	return a, nil
}

// found are the registrations of an event that are asked for. Who does not sort them
// gets them in an order of names, in which no id is larger than the one before.
func (s *sim) found(a asked, event int, gone bool) []*registration {
	rows := s.registrations.Select(func(r *registration) bool {
		return slices.Contains(r.Events, event) && (r.Reason != "") == gone && r.ID > a.after &&
			!r.Modified.Truncate(time.Second).Before(a.since) // on or after
	})
	slices.SortStableFunc(rows, func(x, y *registration) int {
		if a.sorted {
			return cmp.Compare(x.ID, y.ID)
		}
		return cmp.Compare(s.of(x).Last, s.of(y).Last)
	})
	rows, _ = simkit.Window(rows, (a.page-1)*a.size, a.size)
	return rows
}

func (s *sim) of(r *registration) *user { return s.users.Get(strconv.Itoa(r.User)) }

func (s *sim) participants(r *http.Request, in *race) (int, any, error) {
	a, err := s.asked(r.URL.Query(), in)
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, event := range a.events {
		// The inner list is always empty: an old fault that is documented.
		of := map[string]any{"event": map[string]any{"event_id": event, "participants": []any{}}}
		if rows := s.found(a, event, false); len(rows) > 0 {
			of["participants"] = simkit.Objects(rows, func(r *registration) any { return s.active(r, event) })
		}
		out = append(out, of)
	}
	return http.StatusOK, out, nil
}

func (s *sim) removed(r *http.Request, in *race) (int, any, error) {
	a, err := s.asked(r.URL.Query(), in)
	if err != nil {
		return 0, nil, err
	}
	out := []any{}
	for _, event := range a.events {
		rows := simkit.Objects(s.found(a, event, true), func(r *registration) any { return s.inactive(r) })
		out = append(out, map[string]any{"event": map[string]any{"event_id": event, "participants": rows}})
	}
	return http.StatusOK, out, nil
}

func (u *user) shown() map[string]any {
	return map[string]any{
		"user_id": u.ID, "first_name": u.First, "middle_name": orNull(u.Middle), "last_name": u.Last, "email": orNull(u.Email),
		"dob": orNull(u.Birth), "gender": orNull(u.Gender), "phone": orNull(u.Phone), "profile_image_url": nil, "address": u.Address.shown(),
	}
}

func (s *sim) active(r *registration, event int) any {
	u := s.of(r).shown()
	row := map[string]any{
		"registration_id": r.ID, "event_id": event, "rsu_transaction_id": nil, "bib_num": bib(r.Bib), "chip_num": orNull(r.Chip), "age": nil,
		"registration_date": r.Registered.In(eastern).Format(shownTime), "last_modified": r.Modified.Unix(), "imported": flag(r.Imported),
		"team_id": nil, "team_name": orNull(r.TeamName), "amount_paid": fmt.Sprintf("$%d.%02d", r.Paid/100, r.Paid%100), "giveaway": nil, "user": u,
	}
	if r.Team != 0 {
		row["team_id"] = r.Team
	}
	if s.settings.Blind {
		delete(row, "last_modified")
		delete(u, "user_id")
	}
	return row
}

// bib is a number where it can be one.
func bib(b string) any {
	if n, err := strconv.Atoi(b); err == nil && strconv.Itoa(n) == b {
		return n
	}
	return orNull(b)
}

func (s *sim) inactive(r *registration) any {
	row := map[string]any{
		"user": s.of(r).shown(), "registration_id": r.ID, "age": nil, "imported": flag(r.Imported),
		"registration_date": r.Registered.In(eastern).Format(time.DateTime), "last_modified": r.Modified.In(eastern).Format(time.DateTime),
		"last_modified_ts": r.Modified.Unix(), "removed_reason": r.Reason, "new_registration_id": nil,
	}
	if r.Next != 0 {
		row["new_registration_id"] = r.Next
	}
	return row
}

func (s *sim) getUser(r *http.Request) (int, any, error) {
	u := s.users.Get(r.PathValue("user"))
	if u == nil {
		return 0, nil, refuse(101)
	}
	return http.StatusOK, u.shown(), nil
}

// entry is what a client may send of a registration: absent stays, null is emptied.
type entry map[string]json.RawMessage

var entryKeys = []string{"registration_id", "first_name", "last_name", "email", "dob", "gender", "phone", "address", "bib_num", "chip_num", "team_id", "middle_name"}

// write adds or edits registrations, each by itself. What the answer looks like is
// not known; see docs/systems/runsignup.md.
func (s *sim) write(r *http.Request, in *race) (int, any, error) {
	var body struct {
		Participants []entry `json:"participants"`
	}
	form, err := request(r, &body)
	if err != nil {
		return 0, nil, err
	}
	event, err := strconv.Atoi(form.Get("event_id"))
	if err != nil || in.event(event) == nil {
		return 0, nil, refuse(301)
	}
	if len(body.Participants) == 0 {
		return 0, nil, refuse(11)
	}
	rows := []any{}
	for _, e := range body.Participants {
		id, err := s.put(r, in, event, e)
		if no, own := errors.AsType[*refusal](err); own {
			rows = append(rows, no.body())
			continue
		}
		if err != nil {
			return 0, nil, err
		}
		rows = append(rows, map[string]any{"registration_id": id})
	}
	return http.StatusOK, map[string]any{"participants": rows}, nil
}

// value reads a text or a number of an entry; null is empty.
func (e entry) value(name string, into *string) bool {
	raw, sent := e[name]
	if !sent {
		return false
	}
	*into = string(raw)
	if text := ""; json.Unmarshal(raw, &text) == nil {
		*into = text // null is empty
	}
	return true
}

func (e entry) into(u *user) (personal bool) {
	for name, at := range map[string]*string{
		"first_name": &u.First, "last_name": &u.Last, "middle_name": &u.Middle, "email": &u.Email, "dob": &u.Birth, "gender": &u.Gender, "phone": &u.Phone,
	} {
		personal = e.value(name, at) || personal
	}
	if u.Birth == "XXXX-XX-XX" {
		u.Birth = ""
	}
	if raw, sent := e["address"]; sent {
		u.Address, personal = nil, true
		_ = json.Unmarshal(raw, &u.Address)
	}
	return personal
}

func (s *sim) put(by *http.Request, in *race, event int, e entry) (int, error) {
	if slices.ContainsFunc(slices.Collect(maps.Keys(e)), func(k string) bool { return !slices.Contains(entryKeys, k) }) {
		return 0, refuse(11)
	}
	var id string
	if e.value("registration_id", &id); id == "" || id == "0" {
		return s.add(by, in, event, e)
	}
	r := s.registrations.Get(id)
	if r == nil || r.Race != in.ID || !slices.Contains(r.Events, event) {
		return 0, refuse(15)
	}
	next := *s.of(r)
	before := next
	if e.into(&next) && before.Account {
		if next.Email = before.Email; in.SafeSync && next != before {
			return 0, refuse(121)
		}
	}
	if next != before {
		if err := checkUser(&next); err != nil {
			return 0, err
		}
	}
	_, err := s.registrations.Update(by, id, func(to *registration) error {
		if to.Reason == "" { // of one that is inactive they are dropped
			e.value("bib_num", &to.Bib)
			e.value("chip_num", &to.Chip)
		}
		return nil
	})
	if err == nil && next != before {
		_, err = s.users.Update(nil, strconv.Itoa(next.ID), func(u *user) error { *u = next; return nil })
	}
	return r.ID, err
}

// add makes an imported registration, also a second one of the same person.
func (s *sim) add(by *http.Request, in *race, event int, e entry) (int, error) {
	u, r := &user{}, &registration{Race: in.ID, Events: []int{event}, Imported: true}
	e.into(u)
	e.value("bib_num", &r.Bib)
	e.value("chip_num", &r.Chip)
	if r.Bib != "" && !bibForm.MatchString(r.Bib) {
		return 0, refuse(115)
	}
	if err := s.users.Insert(nil, u); err != nil {
		return 0, err
	}
	r.User = u.ID
	err := s.registrations.Insert(by, r)
	return r.ID, err
}

// remove deletes imported registrations for good, 250 at most.
func (s *sim) remove(r *http.Request, in *race) (int, any, error) {
	var body struct {
		Registrations []struct {
			ID int `json:"registration_id"`
		} `json:"registrations"`
	}
	form, err := request(r, &body)
	if err != nil || len(body.Registrations) == 0 || len(body.Registrations) > 250 {
		return 0, nil, refuse(11)
	}
	gone := []any{}
	for _, one := range body.Registrations {
		row := s.registrations.Get(strconv.Itoa(one.ID))
		if row == nil || row.Race != in.ID || !row.Imported && form.Get("allow_non_imports") != "T" {
			continue
		}
		if _, err := s.registrations.Delete(r, strconv.Itoa(one.ID)); err != nil {
			return 0, nil, err
		}
		gone = append(gone, map[string]any{"registration_id": one.ID})
	}
	return http.StatusOK, map[string]any{"participants": gone}, nil
}
