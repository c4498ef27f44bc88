package mauticsim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// field is a field of contacts.
type field struct {
	ID        int    `json:"id"`
	Alias     string `json:"alias"`
	Label     string `json:"label"`
	Type      string `json:"type"`
	Group     string `json:"group,omitempty"`
	Unique    bool   `json:"unique"`
	Published bool   `json:"published"`
}

func (f *field) group() string {
	if f.Group == "" {
		return "core"
	}
	return f.Group
}

// installed are the fields that every Mautic has.
func installed() []field {
	var out []field
	for i, name := range strings.Fields(`title:lookup firstname:text lastname:text company:text position:text email:email
		mobile:tel phone:tel points:number fax:tel address1:text address2:text city:text state:region zipcode:text
		country:country preferred_locale:locale timezone:timezone last_active:datetime attribution_date:datetime
		attribution:number website:url`) {
		alias, kind, _ := strings.Cut(name, ":")
		out = append(out, field{ID: i + 1, Alias: alias, Label: label(alias), Type: kind, Unique: alias == "email", Published: true})
	}
	for i, alias := range []string{"facebook", "instagram", "linkedin"} {
		out = append(out, field{ID: 23 + i, Alias: alias, Label: label(alias), Type: "text", Group: "social", Published: true})
	}
	return out
}

func label(alias string) string {
	return strings.ToUpper(alias[:1]) + strings.ReplaceAll(alias[1:], "_", " ")
}

// described is a field as the field's own calls show it. The id is a number in the
// answer of a create, and a text elsewhere.
func (f *field) described(made bool) map[string]any {
	o := map[string]any{
		"isPublished": f.Published, "id": strconv.Itoa(f.ID), "label": f.Label, "alias": f.Alias, "type": f.Type, "group": f.group(),
		"object": "lead", "defaultValue": nil, "isRequired": false, "isPubliclyUpdatable": false, "isUniqueIdentifier": f.Unique,
		"isFixed": f.ID < 44, "isListable": true, "isVisible": true, "isShortVisible": false, "properties": []any{}, "order": f.ID,
	}
	if made {
		o["id"] = f.ID
	}
	return o
}

func (s *sim) listFields(r *http.Request) (int, any, error) {
	var all []any
	search := r.URL.Query().Get("search")
	for f := range s.fields.All() {
		if search == "" || strings.Contains(f.Alias, search) {
			all = append(all, f.described(false))
		}
	}
	total := len(all)
	size := 30
	if t := r.URL.Query().Get("limit"); t != "" {
		size = atoi(t)
	}
	from := min(atoi(r.URL.Query().Get("start")), total)
	page := map[int]any{}
	for i, f := range all[from:min(total, from+size)] {
		page[i] = f
	}
	return http.StatusOK, map[string]any{"total": total, "fields": php(page)}, nil
}

// availableFields are the published fields, by alias.
func (s *sim) availableFields(*http.Request) (int, any, error) {
	out := map[string]any{}
	for f := range s.fields.All() {
		if f.Published {
			out[f.Alias] = map[string]any{"id": f.ID, "label": f.Label, "alias": f.Alias, "type": f.Type, "group": f.group()}
		}
	}
	return http.StatusOK, out, nil
}

func (s *sim) addField(r *http.Request) (int, any, error) {
	var in struct {
		Label  string `json:"label"`
		Alias  string `json:"alias"`
		Type   string `json:"type"`
		Group  string `json:"group"`
		Unique any    `json:"isUniqueIdentifier"`
		Old    any    `json:"isUniqueIdentifer"` // as older versions spell it
	}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Label == "" {
		return 0, nil, &refusal{
			status: http.StatusBadRequest, message: "label: A value is required.", noType: true,
			details: map[string][]string{"label": {"A value is required."}},
		}
	}
	if in.Alias == "" {
		in.Alias = strings.ReplaceAll(strings.ToLower(in.Label), " ", "_")
	}
	if in.Type == "" {
		in.Type = "text"
	}
	ids := []int{43}
	for f := range s.fields.All() {
		ids = append(ids, f.ID)
	}
	f := &field{
		ID: slices.Max(ids) + 1, Alias: in.Alias, Label: in.Label, Type: in.Type, Group: in.Group, Published: true,
		Unique: truthy(in.Unique) || truthy(in.Old),
	}
	if err := s.fields.Insert(r, f); err != nil {
		return 0, nil, refuse(http.StatusBadRequest, "alias: Another custom field is already using this alias.")
	}
	o := f.described(true)
	o["isUniqueIdentifer"] = nil
	return http.StatusCreated, map[string]any{"field": o}, nil
}

// segment is a list of contacts.
type segment struct {
	ID       int          `json:"id"`
	Name     string       `json:"name"`
	Alias    string       `json:"alias"`
	Contacts map[int]bool `json:"contacts"`
}

func (g *segment) copy() segment {
	next := *g
	next.Contacts = maps.Clone(g.Contacts)
	return next
}

func (s *sim) segmentObject(g *segment) map[string]any {
	at := instant(s.Now())
	return map[string]any{
		"isPublished": true, "dateAdded": at, "dateModified": nil, "createdBy": 1, "createdByUser": "A B", "modifiedBy": nil, "modifiedByUser": nil,
		"id": g.ID, "name": g.Name, "publicName": g.Name, "alias": g.Alias, "description": nil, "category": nil, "filters": []any{},
		"isGlobal": true, "isPreferenceCenter": false,
	}
}

func (s *sim) listSegments(*http.Request) (int, any, error) {
	all := map[int]any{}
	for g := range s.segments.All() {
		all[g.ID] = s.segmentObject(g)
	}
	return http.StatusOK, map[string]any{"total": len(all), "lists": php(all)}, nil
}

func (s *sim) addSegment(r *http.Request) (int, any, error) {
	var in struct {
		Name  string `json:"name"`
		Alias string `json:"alias"`
	}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	if in.Name == "" {
		return 0, nil, &refusal{
			status: http.StatusBadRequest, message: "name: A name is required.", noType: true,
			details: map[string][]string{"name": {"A name is required."}},
		}
	}
	g := &segment{ID: s.segments.Len() + 1, Name: in.Name, Alias: in.Alias, Contacts: map[int]bool{}}
	if g.Alias == "" {
		g.Alias = strings.ReplaceAll(strings.ToLower(in.Name), " ", "-")
	}
	if err := s.segments.Insert(r, g); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, map[string]any{"list": s.segmentObject(g)}, nil
}

// member puts a contact into a segment, or takes it out. It is quiet about one that is
// there, or gone, already.
func (s *sim) member(r *http.Request, in bool) (int, any, error) {
	c := s.at(r.PathValue("id"))
	g := s.segments.Get(r.PathValue("sid"))
	if c == nil || g == nil {
		return 0, nil, notFound()
	}
	if g.Contacts[c.ID] != in {
		_, err := s.segments.Update(r, r.PathValue("sid"), func(g *segment) error {
			g.Contacts[c.ID] = in
			return nil
		})
		if err != nil {
			return 0, nil, err
		}
	}
	return http.StatusOK, map[string]any{"success": 1}, nil
}

func (s *sim) intoSegment(r *http.Request) (int, any, error) { return s.member(r, true) }

func (s *sim) outOfSegment(r *http.Request) (int, any, error) { return s.member(r, false) }

func (s *sim) manyIntoSegment(r *http.Request) (int, any, error) {
	var in struct {
		IDs []int `json:"ids"`
	}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	details := map[int]any{}
	for _, id := range in.IDs {
		r.SetPathValue("id", strconv.Itoa(id))
		_, _, err := s.member(r, true)
		details[id] = map[string]bool{"success": err == nil}
	}
	return http.StatusOK, map[string]any{"success": 1, "details": php(details)}, nil
}

func (s *sim) segmentsOf(r *http.Request) (int, any, error) {
	c := s.at(r.PathValue("id"))
	if c == nil {
		return 0, nil, notFound()
	}
	all := map[int]any{}
	for g := range s.segments.All() {
		if g.Contacts[c.ID] {
			all[g.ID] = map[string]any{"id": g.ID, "name": g.Name, "alias": g.Alias, "dateAdded": instant(s.Now()), "manuallyAdded": true, "manuallyRemoved": false}
		}
	}
	return http.StatusOK, map[string]any{"total": len(all), "lists": php(all)}, nil
}
