package rondoclub

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// Cases is the place of the posts of discipline cases.
const Cases = "discipline-cases"

const casesPath = "/wp/v2/discipline-cases"

// The key of whom a case is about, in either dialect.
const (
	personID  = "person_id"
	personACF = "person"
)

// caseWire is the post of a discipline case (docs/systems/rondoclub.md, "Discipline
// cases"). Fields and ACF are as in post; Terms are the ids of its seasons.
type caseWire struct {
	ID     int64          `json:"id"`
	Status string         `json:"status"`
	Terms  []int64        `json:"seizoen"`
	Fields resource.Named `json:"fields"`
	ACF    resource.Named `json:"acf"`

	season mapping.Value
}

// own are the theme's fields, under the property that the post has.
func (c *caseWire) own() *resource.Named {
	if c.ACF != nil {
		return &c.ACF
	}
	return &c.Fields
}

// caseAt points a mapping row at a field's value.
func caseAt(key string) func(*caseWire) *mapping.Value {
	return func(c *caseWire) *mapping.Value {
		if key == personID && c.ACF != nil {
			return c.own().At(personACF)
		}
		return c.own().At(key)
	}
}

func caseText(f record.Field, key string) mapping.Row[caseWire] {
	return mapping.Text(f, caseAt(key)).As(mapping.Null).FalseIsEmpty()
}

func caseDate(f record.Field, key string) mapping.Row[caseWire] {
	return mapping.Date(f, time.DateOnly, caseAt(key)).As(mapping.Null).FalseIsEmpty()
}

var disciplineCases = mapping.Table[caseWire]{
	mapping.Text(discipline.Dossier, caseAt("dossier_id")),
	mapping.Convert(discipline.Person, nobody, nobody, caseAt(personID)).FalseIsEmpty(),
	caseDate(discipline.MatchDate, "match_date"), caseDate(discipline.ProcessedOn, "processing_date"),
	caseText(discipline.Match, "match_description"), caseText(discipline.Team, "team_name"),
	mapping.Set(discipline.ChargeCodes, ", ", caseAt("charge_codes")).As(mapping.Null).FalseIsEmpty(),
	caseText(discipline.Charge, "charge_description"), caseText(discipline.Sanction, "sanction_description"),
	mapping.Convert(discipline.Fee, cents, euros, caseAt("administrative_fee")).As(mapping.Number).FalseIsEmpty(),
	mapping.Set(discipline.Season, ", ", func(c *caseWire) *mapping.Value { return &c.season }),
	caseText(discipline.Charged, "is_charged"),
}

// nobody takes a reference, of which 0 is none. Before it is sent it may be a key of ours.
func nobody(s string) (string, error) {
	if s == "0" {
		return "", nil
	}
	return s, nil
}

func (s *site) caseSpec() value.Spec {
	return value.Spec{Types: discipline.Types, Options: value.Dutch(s.host.Now())}
}

// caseResource is the discipline cases as the kit takes them. One that is removed lies in
// the trash.
func (s *site) caseResource() *resource.Resource[caseWire] {
	needs := []record.Field{discipline.Dossier, discipline.Person, discipline.MatchDate}
	return &resource.Resource[caseWire]{
		System: System,
		Collection: connector.Collection{
			Kind: discipline.Kind, Place: Cases, View: Cases, Complete: true, Required: needs, Keeps: keepsCharged,
			Refs: map[record.Field]connector.Ref{discipline.Person: {Kind: person.Kind, Required: true}},
		},
		Table: disciplineCases, Reading: s.caseSpec, Sending: s.caseSpec,
		IDKey: "id", Requires: []string{"seizoen"}, Key: discipline.KeyFields, Check: s.openCase,
		Refuses: func(want record.Fields) error {
			return s.complete("write discipline case", want, needs)
		},
		Mine: func(want, have record.Fields) bool { return want[discipline.Dossier] == have[discipline.Dossier] },
		Another: func(p connector.Patch, have record.Fields) bool {
			return p.Key[discipline.Dossier] != have[discipline.Dossier] && p.Key.Over(p.Set)[discipline.Dossier] != have[discipline.Dossier]
		},
		Calls: resource.Calls[caseWire]{
			Page: s.pageOfCases, Get: s.fetchCase, Search: s.searchCases,
			Create: s.createCase, Update: s.updateCase, Delete: s.trashCase,
		},
	}
}

// keepsCharged says that who has charged a fee on at the site is not written over.
func keepsCharged(shown, _ record.Fields) map[record.Field]connector.Kept {
	if by := shown[discipline.Charged]; by == "" || by == discipline.BySportlink {
		return nil
	}
	return map[record.Field]connector.Kept{discipline.Charged: {Why: "the fee has been charged on, or let go, at Rondo Club"}}
}

// offerCases is the collection as a site of a shape has it: the older theme knows only
// whether a fee is charged on, and not by whom.
func (s *site) offerCases(known *shape) connector.Collection {
	c := s.cases.Offer()
	if known != nil && known.property == "acf" {
		c.Reads, c.Writes = lacking(c.Reads, discipline.Charged), lacking(c.Writes, discipline.Charged)
	}
	return c
}

func lacking(fields []record.Field, f record.Field) []record.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(have record.Field) bool { return have == f })
}

// openCase names the seasons of a case. The older theme's flag of who has charged the fee
// is no name.
func (s *site) openCase(c *caseWire) string {
	if c.Fields == nil && c.ACF == nil {
		return whyDialect
	}
	if c.ACF != nil {
		delete(c.ACF, "is_charged")
	}
	var names []string
	for _, id := range c.Terms {
		name := s.seasonNamed(id)
		if name == "" {
			c.season = mapping.Value{Set: true, Wrong: "a season that the site does not name"}
			return ""
		}
		names = append(names, name)
	}
	c.season = mapping.Of(strings.Join(names, ", "))
	return ""
}

// ofCase asks for what touchline reads.
func ofCase(context.Context, string) (url.Values, error) {
	return url.Values{"_fields": {"id,status,seizoen,fields,acf"}, "context": {"edit"}}, nil
}

func (s *site) pageOfCases(ctx context.Context, since connector.Cursor) (resource.Rows, error) {
	const op = "list discipline cases"
	if err := s.readSeasons(ctx, op); err != nil {
		return resource.Rows{}, err
	}
	return s.page(ctx, op, casesPath, ofCase, since)
}

func (s *site) fetchCase(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	if postID(string(id)) == 0 {
		return nil, s.fail(op, connector.NotFound, "", whyMissing)
	}
	return s.oneCase(ctx, rest.Call{Op: op, Path: casesPath + "/" + string(id)})
}

// oneCase makes a call about one case. One in the trash is not there.
func (s *site) oneCase(ctx context.Context, call rest.Call) (json.RawMessage, error) {
	raw, err := s.about(ctx, call, ofCase)
	if err != nil {
		return nil, err
	}
	var c caseWire
	_ = json.Unmarshal(raw, &c) // that it cannot be read is said where it is read
	for _, id := range c.Terms {
		if s.seasonNamed(id) == "" { // somebody has made it since
			return raw, s.readSeasons(ctx, call.Op)
		}
	}
	return raw, nil
}

// searchCases looks for a case by its number. There are few: all are looked at.
func (s *site) searchCases(ctx context.Context, op string, want record.Fields) (found []json.RawMessage, err error) {
	if err := s.readSeasons(ctx, op); err != nil {
		return nil, err
	}
	return s.among(ctx, op, casesPath, ofCase, func(raw json.RawMessage) bool {
		item, _, fault := s.cases.Decode(raw)
		return fault == nil && item.Fields[discipline.Dossier] == want[discipline.Dossier]
	})
}

// caseBody is what is sent of a case.
func (s *site) caseBody(ctx context.Context, op string, set *caseWire) (map[string]any, error) {
	known, _, err := s.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	if who := set.Fields.At(personID); who.Set && postID(who.Text) == 0 {
		e := s.fail(op, connector.Rejected, discipline.Person, "not the id of a person")
		e.Unsent = true
		return nil, e
	}
	fields := maps.Clone(set.Fields)
	if who := fields[personID]; who.Set {
		fields[personID] = &mapping.Value{Set: true, Text: who.Text, Form: mapping.Number}
	}
	if known.property == "acf" {
		delete(set.Fields, "is_charged") // is not sent, and need not be shown
		delete(fields, "is_charged")
		if who := fields[personID]; who != nil {
			fields[personACF] = who
			delete(fields, personID)
		}
	}
	out := map[string]any{known.property: fields}
	if set.season.Set {
		ids := []int64{}
		for name := range strings.SplitSeq(set.season.Text, ", ") {
			if name == "" {
				continue
			}
			id, err := s.seasonCalled(ctx, op, name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		out["seizoen"] = ids
	}
	return out, nil
}

// createCase makes a case. Its title is for the site's own lists, and not kept up to date.
func (s *site) createCase(ctx context.Context, op string, want *caseWire) (json.RawMessage, error) {
	title := []string{want.Fields.At("dossier_id").Text}
	for _, key := range []string{"match_description", "match_date"} {
		if v := want.Fields.At(key); v.Text != "" {
			title = append(title, v.Text)
		}
	}
	body, err := s.caseBody(ctx, op, want)
	if err != nil {
		return nil, err
	}
	body["title"], body["status"] = strings.Join(title, " - "), "publish"
	return s.oneCase(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: casesPath, JSON: body})
}

func (s *site) updateCase(ctx context.Context, op string, id record.ExternalID, c resource.Change[caseWire]) (json.RawMessage, error) {
	body, err := s.caseBody(ctx, op, c.Set)
	if err != nil {
		return nil, err
	}
	return s.oneCase(ctx, rest.Call{Op: op, Method: http.MethodPut, Path: casesPath + "/" + string(id), JSON: body})
}

// trashCase puts a case into the trash; it is never deleted for good.
func (s *site) trashCase(ctx context.Context, op string, id record.ExternalID) error {
	_, err := s.fetchCase(ctx, op, id)
	if err != nil {
		return err
	}
	_, err = s.call(ctx, rest.Call{Op: op, Method: http.MethodDelete, Path: casesPath + "/" + string(id)})
	return err
}
