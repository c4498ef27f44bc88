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

// definitionKey is a key among those of a model.
func definitionKey(model int, key string) string { return strconv.Itoa(model) + " " + key }

func (s *sim) definitionRules() simkit.Rules[definition] {
	return simkit.Rules[definition]{
		Kit: s.Kit, Collection: "custom_attribute_definitions",
		ID:       func(d *definition) string { return number(d.ID) },
		Identify: func(d *definition) { d.ID = next(&s.ids.Definitions) },
		Unique:   map[string]func(*definition) string{"attribute_key": func(d *definition) string { return definitionKey(d.Model, d.Key) }},
		Stamp:    func(d *definition, now time.Time, _ bool) { d.Created = now },
		Check: func(d *definition) error {
			switch {
			case d.Key == "":
				return invalid("Attribute key can't be blank", "attribute_key")
			case d.Name == "":
				return invalid("Attribute display name can't be blank", "attribute_display_name")
			case d.Type < 0 || d.Type >= len(displayTypes) || d.Model < 0 || d.Model >= len(models):
				return failed(http.StatusUnprocessableEntity, "not a valid attribute type or model")
			case slices.Contains(standard, d.Key):
				return invalid("Attribute key is one of the standard ones", "attribute_key")
			}
			return nil
		},
	}
}

func (s *sim) labelRules() simkit.Rules[label] {
	return simkit.Rules[label]{
		Kit: s.Kit, Collection: "labels",
		ID:       func(l *label) string { return number(l.ID) },
		Identify: func(l *label) { l.ID = next(&s.ids.Labels) },
		Unique:   map[string]func(*label) string{"title": func(l *label) string { return l.Title }},
		Check: func(l *label) error {
			if l.Title == "" {
				return invalid("Title can't be blank", "title")
			}
			return nil
		},
	}
}

func definitionObject(d *definition) map[string]any {
	at := d.Created.UTC().Format(time.RFC3339)
	return map[string]any{
		"id": d.ID, "attribute_display_name": d.Name, "attribute_display_type": displayTypes[d.Type], "attribute_description": d.Description,
		"attribute_key": d.Key, "attribute_model": models[d.Model], "created_at": at, "updated_at": at,
	}
}

func (s *sim) listDefinitions(r *http.Request) (any, error) {
	model, err := strconv.Atoi(r.URL.Query().Get("attribute_model"))
	rows := s.definitions.Select(func(d *definition) bool { return err != nil || d.Model == model })
	return simkit.Objects(rows, definitionObject), nil
}

func (s *sim) createDefinition(r *http.Request, d definition) (any, error) {
	d.ID = 0 // which is not the client's to give
	if err := s.definitions.Insert(r, &d); err != nil {
		return nil, err
	}
	return definitionObject(&d), nil
}

func (s *sim) listLabels(*http.Request) (any, error) {
	return map[string]any{"payload": simkit.Objects(s.labels.Select(nil), labelObject)}, nil
}

func labelObject(l *label) map[string]any {
	return map[string]any{"id": l.ID, "title": l.Title, "description": "", "color": l.Color, "show_on_sidebar": true}
}

func (s *sim) createLabel(r *http.Request, l label) (any, error) {
	l.ID = 0
	if err := s.labels.Insert(r, &l); err != nil {
		return nil, err
	}
	return labelObject(&l), nil
}

func (s *sim) contactLabels(r *http.Request) (any, error) { return labelsOf(s.theContact(r)) }

func labelsOf(c *contact, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": append([]string{}, c.Labels...)}, nil
}

// setContactLabels replaces the whole list.
func (s *sim) setContactLabels(r *http.Request, in labelling) (any, error) {
	return labelsOf(s.contacts.Update(r, r.PathValue("id"), func(c *contact) error { c.Labels = in.Labels; return nil }))
}
