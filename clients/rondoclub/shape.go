package rondoclub

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/work"
)

// shape is what a site says of itself by OPTIONS: the dialect that it speaks, and
// which of the keys that we use are there (docs/systems/rondoclub.md, "Two
// dialects"). As a text it is the property and the keys, columns behind a dot.
type shape struct {
	property string // "fields", or "acf" until 2026
	has      map[string]bool
}

// readOnly marks a key that nobody may write.
const readOnly = "=read"

const (
	addresses     = "addresses"
	contactInfo   = "contact_info"
	relationships = "relationships"
	metaTeam      = "meta.team"
	addressLabel  = "address_label"
	oneStreet     = "street" // street, number and addition as one text
	featuredMedia = "featured_media"
)

// columns are those of an address that we use, and state, which goes back as it is.
var columns = []string{
	addressLabel, "street_name", "house_number", "house_number_addition", "postal_code", "city", "state", "country", "country_code",
}

// property is a property of a JSON schema, as far as it is looked at.
type property struct {
	Type       json.RawMessage `json:"type"`
	ReadOnly   bool            `json:"readonly"`
	Properties json.RawMessage `json:"properties"`
	Items      *property       `json:"items"`
}

// inner are the properties within; PHP writes none as a list.
func (p property) inner() map[string]property {
	var out map[string]property
	if json.Unmarshal(p.Properties, &out) != nil {
		return nil
	}
	return out
}

// isText reports whether the type is a text, perhaps among others.
func (p property) isText() bool {
	var one string
	var many []string
	if json.Unmarshal(p.Type, &one) == nil {
		many = []string{one}
	} else if json.Unmarshal(p.Type, &many) != nil {
		return false
	}
	return slices.Contains(many, "string")
}

// shapeOf reads a site's shape from the schema of a person. It is nil where the
// schema shows neither dialect with its keys.
func shapeOf(person map[string]property) *shape {
	s := &shape{has: map[string]bool{}}
	var fields map[string]property
	for _, dialect := range []string{"fields", "acf"} {
		// A property of either name may be a plug-in's.
		if fields = person[dialect].inner(); hasName(fields) {
			s.property = dialect
			break
		}
	}
	note := func(key string, p property) {
		if p.ReadOnly {
			key += readOnly
		}
		s.has[key] = true
	}
	for _, key := range keys {
		for _, theirs := range []string{key, strings.ReplaceAll(key, "_", "-")} {
			if p, ok := fields[theirs]; ok {
				note(theirs, p)
			}
		}
	}
	for _, key := range []string{addresses, contactInfo, relationships, workHistory} {
		if p, ok := fields[key]; ok {
			note(key, p)
			if p.Items != nil && key == addresses {
				for column, p := range p.Items.inner() {
					if slices.Contains(columns, column) || column == oneStreet {
						note(addresses+"."+column, p)
					}
				}
			}
		}
	}
	if p, ok := person["meta"].inner()["team"]; ok && p.isText() {
		note(metaTeam, p)
	}
	if _, ok := person[featuredMedia]; ok {
		s.has[featuredMedia] = true
	}
	if s.property == "" {
		return nil
	}
	return s.columned()
}

// hasName reports whether there is a key for the first name, as in every theme.
func hasName(fields map[string]property) bool {
	_, ours := fields["first_name"]
	_, dashed := fields["first-name"]
	return ours || dashed
}

// columned gives the addresses of the later contract their columns, which its schema
// does not tell. Those of the older one differ, and without being told we would guess.
func (s *shape) columned() *shape {
	_, told := s.column("city")
	if s.property == "fields" && s.has[addresses] && !told {
		for _, c := range columns {
			s.has[addresses+"."+c] = true
		}
	}
	return s
}

// String returns the shape as a text, the same for the same shape.
func (s *shape) String() string {
	all := make([]string, 0, len(s.has))
	for key := range s.has {
		all = append(all, key)
	}
	slices.Sort(all)
	return s.property + ": " + strings.Join(all, " ")
}

// parseShape reads the text of a shape; nil when it is none.
func parseShape(text string) *shape {
	dialect, all, ok := strings.Cut(text, ": ")
	if !ok || dialect != "fields" && dialect != "acf" {
		return nil
	}
	s := &shape{property: dialect, has: map[string]bool{}}
	for key := range strings.FieldsSeq(all) {
		s.has[key] = true
	}
	return s
}

// key returns the key that the site has for one of ours, and whether it has one.
func (s *shape) key(ours string) (theirs string, ok bool) {
	for _, theirs := range []string{ours, strings.ReplaceAll(ours, "_", "-")} {
		if s.has[theirs] || s.has[theirs+readOnly] {
			return theirs, true
		}
	}
	return "", false
}

// column is the same for a column of an address.
func (s *shape) column(ours string) (theirs string, ok bool) {
	return ours, s.has[addresses+"."+ours]
}

// joined reports whether street, number and addition are one text.
func (s *shape) joined() bool {
	_, apart := s.column("street_name")
	_, one := s.column(oneStreet)
	return one && !apart
}

// listed reports whether a field is a row of contact_info.
func (s *shape) listed(f record.Field) bool {
	_, own := s.key(keys[f])
	return contact[f] != "" && !own && s.has[contactInfo]
}

// holds reports whether the site has a place for a field, and whether we may write
// there.
func (s *shape) holds(f record.Field) (reads, writes bool) {
	switch {
	case s.listed(f):
		return true, true
	case f == family.Children:
		return s.has[relationships], s.has[relationships]
	case f == work.Functions, f == work.TeamFunctions:
		return s.has[workHistory], s.has[workHistory]
	case f == person.Teams:
		return s.has[metaTeam], s.has[metaTeam]
	case f == photo.Photo:
		return s.has[featuredMedia], s.has[featuredMedia]
	}
	if a := addressOf(f); a != nil {
		_, ok := s.column(a.columns[f])
		ok = ok || s.joined() && slices.Contains(a.street[:], f)
		if _, labelled := s.column(addressLabel); !a.bare && !labelled {
			ok = false // it could not be told from others
		}
		return ok, ok && s.has[addresses]
	}
	theirs, ok := s.key(keys[f])
	return ok, ok && s.has[theirs]
}

// cut returns those of the fields that the site has, to read or to write.
func (s *shape) cut(fields []record.Field, write bool) []record.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f record.Field) bool {
		reads, writes := s.holds(f)
		return !reads || write && !writes
	})
}

// related are the keys of a relationship: whom, and as what.
func (s *shape) related() (whom, kind string) {
	if s.property == "acf" {
		return "related_person", "relationship_type"
	}
	return "related_person_id", "relationship_type_id"
}
