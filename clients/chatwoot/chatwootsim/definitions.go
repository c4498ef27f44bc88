package chatwootsim

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// definition is one of a custom attribute. Model 0 is conversations, 1 contacts.
type definition struct {
	ID          int       `json:"id"`
	Name        string    `json:"attribute_display_name"`
	Type        int       `json:"attribute_display_type"`
	Description string    `json:"attribute_description"`
	Key         string    `json:"attribute_key"`
	Model       int       `json:"attribute_model"`
	Created     time.Time `json:"created_at"`
}

type label struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	Color string `json:"color"`
}

// The words by which answers name what requests give as numbers.
var (
	displayTypes = []string{"text", "number", "currency", "percent", "link", "date", "list", "checkbox"}
	models       = []string{"conversation_attribute", "contact_attribute"}
)

func definitionObject(d *definition) map[string]any {
	at := d.Created.UTC().Format(time.RFC3339)
	return map[string]any{
		"id": d.ID, "attribute_display_name": d.Name, "attribute_display_type": displayTypes[d.Type], "attribute_description": d.Description,
		"attribute_key": d.Key, "attribute_model": models[d.Model], "created_at": at, "updated_at": at,
	}
}

func (s *sim) listDefinitions(r *http.Request) (any, *refusal) {
	model, err := strconv.Atoi(r.URL.Query().Get("attribute_model"))
	out := []any{}
	for _, d := range s.Definitions {
		if err != nil || d.Model == model {
			out = append(out, definitionObject(d))
		}
	}
	return out, nil
}

func (s *sim) createDefinition(r *http.Request) (any, *refusal) {
	var d definition
	if no := read(r, &d); no != nil {
		return nil, no
	}
	switch {
	case s.Settings.Agent:
		return nil, notAuthorized
	case d.Key == "":
		return nil, invalid("Attribute key can't be blank", "attribute_key")
	case d.Name == "":
		return nil, invalid("Attribute display name can't be blank", "attribute_display_name")
	case d.Type < 0 || d.Type >= len(displayTypes) || d.Model < 0 || d.Model >= len(models):
		return nil, failed(http.StatusUnprocessableEntity, "not a valid attribute type or model")
	case slices.ContainsFunc(s.Definitions, func(o *definition) bool { return o.Key == d.Key && o.Model == d.Model }):
		return nil, invalid("Attribute key has already been taken", "attribute_key")
	case slices.Contains(standard, d.Key):
		return nil, invalid("Attribute key is one of the standard ones", "attribute_key")
	}
	d.ID, d.Created = s.next("definitions"), s.Now()
	s.Definitions = append(s.Definitions, &d)
	s.Accepted(simkit.Change{By: r, Op: "create", Collection: "custom_attribute_definitions", ID: strconv.Itoa(d.ID), After: d})
	return definitionObject(&d), nil
}

func (s *sim) listLabels(*http.Request) (any, *refusal) {
	out := []any{}
	for _, l := range s.Labels {
		out = append(out, labelObject(l))
	}
	return map[string]any{"payload": out}, nil
}

func labelObject(l *label) map[string]any {
	return map[string]any{"id": l.ID, "title": l.Title, "description": "", "color": l.Color, "show_on_sidebar": true}
}

func (s *sim) createLabel(r *http.Request) (any, *refusal) {
	var l label
	if no := read(r, &l); no != nil {
		return nil, no
	}
	if l.Title == "" || slices.ContainsFunc(s.Labels, func(o *label) bool { return o.Title == l.Title }) {
		return nil, invalid("Title is blank or has already been taken", "title")
	}
	l.ID = s.next("labels")
	s.Labels = append(s.Labels, &l)
	s.Accepted(simkit.Change{By: r, Op: "create", Collection: "labels", ID: strconv.Itoa(l.ID), After: l})
	return labelObject(&l), nil
}

func (s *sim) contactLabels(r *http.Request) (any, *refusal) {
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	return map[string]any{"payload": append([]string{}, c.Labels...)}, nil
}

// setContactLabels replaces the whole list.
func (s *sim) setContactLabels(r *http.Request) (any, *refusal) {
	var in struct {
		Labels []string `json:"labels"`
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	next := copyOf(c)
	next.Labels = in.Labels
	s.replace(c, next)
	s.accepted(r, "update", c, next)
	return map[string]any{"payload": append([]string{}, in.Labels...)}, nil
}
