package sportlinksim

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// filters is the body of SearchMembers (docs/systems/sportlink.md, "The search
// for members", 2026-04). FetchUnionTeams and its place are our choice [S].
type filters struct {
	Filters struct {
		FetchUnionTeams bool
		InputExtended   struct {
			TypeOfMember, MemberStatus multiselect
		}
		InputSimple struct {
			SearchValue struct {
				Type    string
				Options []struct{ Name, Type, Value string }
			}
		}
	}
}

type multiselect struct {
	Type    string
	Options []struct {
		Id         string //nolint:revive // the site's name
		IsSelected bool
	}
}

func (m multiselect) selected() (out []string) {
	for _, o := range m.Options {
		if o.IsSelected {
			out = append(out, o.Id)
		}
	}
	return out
}

// searchMembers answers a search: all members that the filters let through, in
// the order of the administration, in one piece.
func (s *Sim) searchMembers(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		refuse(w, http.StatusUnsupportedMediaType, "Content-Type")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var f filters
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || len(f.Filters.InputSimple.SearchValue.Options) != 1 ||
		f.Filters.InputSimple.SearchValue.Options[0].Name != "SEARCHVALUE" ||
		len(f.Filters.InputExtended.MemberStatus.Options) != 3 {
		refuse(w, http.StatusBadRequest, "Ongeldig filter")
		return
	}
	value := strings.ToLower(strings.TrimSpace(f.Filters.InputSimple.SearchValue.Options[0].Value))
	if value == "" && s.Fault(r, "empty-search-500") {
		refuse(w, http.StatusInternalServerError, "Er is een fout opgetreden")
		return
	}
	behind, _ := s.FaultDo(r, "index-behind")
	status := f.Filters.InputExtended.MemberStatus.selected()
	types := f.Filters.InputExtended.TypeOfMember.selected()
	s.Lock()
	now := s.Now()
	found := []map[string]any{}
	for _, m := range s.members {
		if m.PublicPersonID == behind.Body && slices.Contains(status, invent.Inactive) {
			m.MemberStatus = invent.Inactive // they have come back, and this list does not know it yet
		}
		if !slices.Contains(status, m.MemberStatus) ||
			!slices.Contains(types, m.TypeOfMember) || !matches(m, value) {
			continue
		}
		found = append(found, wire(m, f.Filters.FetchUnionTeams, now.Year()))
	}
	s.Unlock()
	s.sendMembers(w, r, found)
}

func matches(m invent.Member, value string) bool {
	return value == "" || value != "*" &&
		strings.Contains(strings.ToLower(m.FullName()+" "+m.PublicPersonID), value)
}

// sendMembers applies the faults in the data, and answers.
func (s *Sim) sendMembers(w http.ResponseWriter, r *http.Request, found []map[string]any) {
	var all any
	keep := func(percent int) { found = found[:len(found)*percent/100] }
	victim := func(do string, change func(map[string]any)) {
		for i, m := range found {
			if do == "" && i == len(found)/2 || do != "" && m["PublicPersonId"] == do {
				change(m)
			}
		}
	}
	if s.Fault(r, "empty-members") {
		found = found[:0]
	}
	if do, ok := s.FaultDo(r, "truncated"); ok {
		percent, err := strconv.Atoi(do.Body)
		if err != nil {
			percent = 60
		}
		keep(percent)
	}
	if s.Fault(r, "duplicate-ids") {
		found = append(found, found[:min(3, len(found))]...)
	}
	if s.Fault(r, "reversed") {
		slices.Reverse(found)
	}
	if s.Fault(r, "extra-fields") {
		for _, m := range found {
			m["SomethingNew"] = map[string]any{"Nested": []int{1, 2}}
		}
	}
	if s.Fault(r, "nulls") {
		for i, m := range found {
			found[i] = map[string]any{"PublicPersonId": m["PublicPersonId"], "FirstName": m["FirstName"]}
			for k := range m {
				if found[i][k] == nil {
					found[i][k] = nil
				}
			}
		}
	}
	if s.Fault(r, "wrong-types") {
		for _, m := range found {
			m["PublicPersonId"], m["DateOfBirth"] = 4711, []string{"x"}
		}
	}
	if do, ok := s.FaultDo(r, "unknown-gender"); ok {
		victim(do.Body, func(m map[string]any) { m["GenderCode"] = "Q7" })
	}
	if do, ok := s.FaultDo(r, "no-first-name"); ok {
		victim(do.Body, func(m map[string]any) { m["FirstName"] = "" })
	}
	if do, ok := s.FaultDo(r, "no-id"); ok {
		victim(do.Body, func(m map[string]any) { m["PublicPersonId"] = nil })
	}
	if do, ok := s.FaultDo(r, "absent"); ok {
		found = slices.DeleteFunc(found, func(m map[string]any) bool { return m["PublicPersonId"] == do.Body })
	}
	all = found
	if s.Fault(r, "members-object") {
		all = map[string]any{"0": found}
	}
	if s.Fault(r, "members-null") {
		all = nil
	}
	out := map[string]any{"Members": all}
	if s.Fault(r, "members-missing") {
		delete(out, "Members")
	}
	if s.Fault(r, "error-200") {
		out = map[string]any{"Error": 500, "Message": "Er is een fout opgetreden"}
	}
	switch {
	case s.Fault(r, "invalid-json"):
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = w.Write([]byte(`{"Members":[{"PublicPersonId":"AAAA`))
	case s.Fault(r, "no-content"):
		w.WriteHeader(http.StatusNoContent)
	case s.Fault(r, "never-ending"):
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = w.Write([]byte(`{"Members":[`))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		answer(w, http.StatusOK, out)
	}
}

// wire is a member as the search answers it: text or null, the number of the
// house now and then a number, and what the page shows beside it.
func wire(m invent.Member, unionTeams bool, year int) map[string]any {
	out := map[string]any{}
	maps.Copy(out, map[string]any{
		"FullName": m.FullName(), "Initials": initials(m), "NickName": nil, "Tooltip": "",
		"Age":                     age(m.DateOfBirth, year),
		"MemberStatusDescription": describe[m.MemberStatus],
		"NationalityDescription":  "", "PlaceOfBirth": nil, "PrivacyLevelDescription": nil,
		"ContactThroughParents": m.EmailAddressParent1 != "", "ClubGameActivities": nil,
		"RelationStart": text(m.MemberSince), "ImportedPersonId": nil, "Remarks": nil,
	})
	for name, v := range values(m) {
		out[name] = text(v)
	}
	out["ClubTeams"] = m.ClubTeams
	out["UnionTeams"] = ""
	if unionTeams {
		out["UnionTeams"] = m.UnionTeams
	}
	out["RelationEnd"] = m.RelationEnd
	if n, err := strconv.Atoi(m.AddressNumber); err == nil && n%2 == 0 {
		out["AddressNumber"] = n
	}
	return out
}

var describe = map[string]string{
	invent.Active: "Actief", invent.Leaving: "Af te voeren", invent.Inactive: "Inactief",
}

// text is null for what is not filled in.
func text(v string) any {
	if v == "" {
		return nil
	}
	return v
}

func initials(m invent.Member) string {
	for _, r := range m.FirstName {
		return string(r) + "."
	}
	return ""
}

func age(born string, year int) any {
	if y, err := strconv.Atoi(born[:min(4, len(born))]); err == nil {
		return year - y
	}
	return nil
}

// values takes a member apart by the names of the JSON fields.
func values(m invent.Member) map[string]string {
	out := map[string]string{}
	data, err := json.Marshal(m)
	if err == nil {
		_ = json.Unmarshal(data, &out) // all fields are text
	}
	return out
}
