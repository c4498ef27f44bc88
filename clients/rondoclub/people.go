package rondoclub

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// resource is the persons as the kit takes them.
func (s *site) resource() *resource.Resource[post] {
	return &resource.Resource[post]{
		System: System,
		Collection: connector.Collection{
			Kind: person.Kind, Place: Place, View: "people", Complete: true, Required: []record.Field{person.FirstName},
		},
		Table: people, Reading: s.spec, Sending: func() value.Spec { return delivery },
		IDKey: "id", Key: []record.Field{person.RelationCode}, Check: s.open,
		Refuses: refuses, Mine: matches, Another: another, KeepsEdits: true, Rows: rowsOfWork, Lacks: s.lacks, Holds: holds,
		Calls: resource.Calls[post]{
			Page: func(ctx context.Context, since connector.Cursor) (resource.Rows, error) {
				return s.page(ctx, "list people", peoplePath, s.asked, since)
			},
			Get: s.fetch, Search: s.search, Create: s.create, Update: s.update,
		},
	}
}

// open reads the values of a person as the site's dialect has them.
func (s *site) open(p *post) string {
	known, t := s.known()
	if known == nil {
		return whyDialect
	}
	return known.open(p, t)
}

// lacks are the fields that the site has no place for, and those of an address where
// there is none.
func (s *site) lacks(all record.Fields) []record.Field {
	known, _ := s.known()
	out := homeless(all)
	for _, f := range people.Writes() {
		if known == nil {
			continue
		}
		if _, writes := known.holds(f); !writes {
			out = append(out, f)
		}
	}
	return out
}

// holds makes an empty flag one that is not set: the site knows no other. What has no
// row of ours beside those of others cannot be taken away.
func holds(_ string, item connector.Item, set record.Fields) error {
	maps.DeleteFunc(set, func(f record.Field, v string) bool {
		_, known := item.Fields[f]
		return contact[f] != "" && v == "" && !known && item.Unreadable[f] == ""
	})
	for f := range flags {
		if v, ok := set[f]; ok && v == "" {
			if set[f] = "false"; item.Fields[f] == "false" {
				delete(set, f)
			}
		}
	}
	return nil
}

// refuses says what no theme takes: a person without a first name.
func refuses(want record.Fields) error {
	if v, ok := want[person.FirstName]; ok && strings.TrimSpace(v) == "" {
		return &connector.Error{
			Class: connector.Rejected, System: System, Op: "write person", Field: person.FirstName, Why: "a person needs a first name", Unsent: true,
		}
	}
	return nil
}

// matches compares natural keys.
func matches(want, have record.Fields) bool {
	key := person.Key(want)
	return key != "" && key == person.Key(have)
}

// another compares the relation codes where both are known. Without them the address
// or the name must agree: one of both may have been edited.
func another(p connector.Patch, have record.Fields) bool {
	code, has := person.NormalCode(p.Key[person.RelationCode]), person.NormalCode(have[person.RelationCode])
	if code != "" && has != "" {
		return code != has
	}
	if _, given := p.Set[person.RelationCode]; code != "" && !given {
		return true // somebody took the code away
	}
	address, name := person.NormalAddress(p.Key[person.Email1]), person.NormalName(person.FullName(p.Key))
	return (address != "" || name != "") &&
		(address == "" || address != person.NormalAddress(have[person.Email1])) &&
		(name == "" || name != person.NormalName(person.FullName(have)))
}

// wanted are the properties that an answer is asked for. With context=edit
// WordPress refuses a stranger in place of showing an empty list.
func (s *shape) wanted() url.Values {
	fields := "id,status,meta," + s.property
	if s.has[featuredMedia] {
		fields += "," + featuredMedia
	}
	return url.Values{"_fields": {fields}, "context": {"edit"}}
}

const peoplePath = "/wp/v2/people"

// asked is what a list of persons is asked for, once the site's dialect is known.
func (s *site) asked(ctx context.Context, op string) (url.Values, error) {
	known, _, err := s.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	return known.wanted(), nil
}

// fetch reads one person. One that is in the trash or not there is NotFound, with
// the successor when it was merged into another.
func (s *site) fetch(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	if postID(string(id)) == 0 {
		return nil, s.fail(op, connector.NotFound, "", whyMissing)
	}
	known, _, err := s.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	_, err = s.call(ctx, rest.Call{Op: op, Path: peoplePath + "/" + string(id), Query: known.wanted(), Into: &raw})
	if err != nil {
		return nil, s.explain(ctx, op, id, err)
	}
	var p post
	switch err := json.Unmarshal(raw, &p); {
	case err == nil && p.Status == "trash":
		return nil, s.explain(ctx, op, id, s.fail(op, connector.NotFound, "", whyTrashed))
	case err != nil || p.ID != postID(string(id)):
		return nil, s.fail(op, connector.Drifted, "", "another record than asked for")
	case len(p.Fields) == 0 && len(p.ACF) == 0:
		return nil, s.fail(op, connector.Drifted, "", whyDialect)
	}
	return raw, nil
}

// explain finds out what is behind an error about one record: a merge behind
// NotFound, or a record that may not be seen behind Denied.
func (s *site) explain(ctx context.Context, op string, id record.ExternalID, err error) error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err
	}
	switch e.Class {
	case connector.Denied:
		if err := s.signedIn(ctx, op); err != nil {
			return err
		}
		return s.fail(op, connector.Rejected, "", "this record is not open to the account")
	case connector.NotFound:
		var target struct {
			Into mapping.Value `json:"merged_into_person_id"`
		}
		_, err := s.call(ctx, rest.Call{Op: op, Path: "/rondo/v1/people/" + string(id) + "/merge-target", Into: &target})
		switch connector.ClassOf(err) {
		case connector.NotFound, connector.Drifted, connector.Rejected:
			return e // a theme without that route, or one who was merged into nobody
		}
		if err != nil {
			return err // to say NotFound now would have a merged person made again
		}
		if postID(target.Into.Text) > 0 {
			e.Successor, e.Why = record.ExternalID(target.Into.Text), "merged"
		}
	}
	return e
}

// create makes a published person. What the answer says of the title is that of an
// empty post (docs/systems/rondoclub.md, measured 5). What is empty is not sent.
func (s *site) create(ctx context.Context, op string, want *post) (json.RawMessage, error) {
	maps.DeleteFunc(want.values, func(f record.Field, v *mapping.Value) bool {
		return v.Text == "" && f != person.LastName
	})
	if want.values[person.FirstName] == nil {
		return nil, s.refuse(op, &mapping.Error{Field: person.FirstName, Why: "a person needs a first name"})
	}
	known, t, err := s.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	body, err := known.body(want, &post{}, t)
	if err != nil {
		return nil, s.refuse(op, err)
	}
	body["status"] = "publish"
	var raw json.RawMessage
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: peoplePath, Query: known.wanted(), JSON: body, Into: &raw,
	})
	err = known.ofItsRow(err, sentIn(body, known), want)
	if e, ok := asError(err); ok && storedFirst(e) {
		e.Why += `; the site has kept a person without a name, "New Person": delete it there`
	}
	return raw, err
}

// update writes what differs, and the names with it: an older theme takes no write
// without the first one, and both were once emptied by one (docs/systems/rondoclub.md,
// "Fields of a person"). One that cannot be read goes back as it stands. The state
// of the post is never sent: that would take it out of the trash.
func (s *site) update(ctx context.Context, op string, id record.ExternalID, c resource.Change[post]) (json.RawMessage, error) {
	known, t, err := s.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	body, err := known.body(c.Set, c.Now, t)
	if err != nil {
		return nil, s.refuse(op, err)
	}
	fields := sentIn(body, known)
	for _, f := range []record.Field{person.FirstName, person.LastName} {
		theirs, _ := known.key(keys[f])
		name := row(c.Now.theirs).value(theirs)
		if _, there := c.Now.theirs[theirs]; !there || name.Wrong != "" {
			return nil, s.fail(op, connector.Drifted, "", "a person without the keys of its names")
		}
		if _, changed := fields[theirs]; !changed {
			fields[theirs] = name.Text
		}
	}
	apart := time.Duration(0)
	if c.Set.sets(figures()) {
		apart = s.cfg.ContributionDelay
	}
	var raw json.RawMessage
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: peoplePath + "/" + string(id), Query: known.wanted(), JSON: body, Into: &raw, Apart: apart,
	})
	if err != nil {
		return nil, s.explain(ctx, op, id, known.ofItsRow(err, fields, c.Set))
	}
	return raw, nil
}

// sentIn are the theme's fields in a body.
func sentIn(body map[string]any, known *shape) map[string]any {
	fields, _ := body[known.property].(map[string]any)
	return fields
}

// refuse is the error of what the connector cannot put on the wire.
func (s *site) refuse(op string, err error) error {
	e := s.fail(op, connector.Rejected, "", "fields in an unexpected form")
	if fault, ok := errors.AsType[*mapping.Error](err); ok {
		e.Field, e.Why = fault.Field, fault.Why
	}
	e.Unsent = true
	return e
}
