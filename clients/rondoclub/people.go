package rondoclub

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// wanted are the properties that an answer is asked for. With context=edit
// WordPress refuses a stranger in place of showing an empty list.
func (s *site) wanted() url.Values {
	return url.Values{"_fields": {"id,status," + s.codec.property}, "context": {"edit"}}
}

// get fetches one person.
func (s *site) get(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	const op = "get person"
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	p, err := s.fetch(ctx, op, id)
	if err != nil {
		return connector.Item{}, err
	}
	return s.item(op, p, t)
}

// fetch reads a post. One that is in the trash or not there is Gone, with the
// successor when it was merged into another.
func (s *site) fetch(ctx context.Context, op string, id record.ExternalID) (post, error) {
	var p post
	if _, err := postID(string(id)); err != nil {
		return p, s.fail(op, connector.Gone, "", whyMissing)
	}
	_, err := s.call(ctx, rest.Call{Op: op, Path: "/wp/v2/people/" + string(id), Query: s.wanted(), Into: &p})
	if err != nil {
		return p, s.explain(ctx, op, id, err)
	}
	if p.Status == "trash" {
		return p, s.explain(ctx, op, id, s.fail(op, connector.Gone, "", whyTrashed))
	}
	if strconv.FormatInt(p.ID, 10) != string(id) {
		return p, s.fail(op, connector.Drifted, "", "another record than asked for")
	}
	return p, nil
}

// explain finds out what is behind an error about one record: a merge behind
// Gone, or a record that may not be seen behind Denied.
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
	case connector.Gone:
		var target struct {
			Into mapping.Value `json:"merged_into_person_id"`
		}
		_, err := s.call(ctx, rest.Call{Op: op, Path: "/rondo/v1/people/" + string(id) + "/merge-target", Into: &target})
		switch connector.ClassOf(err) {
		case connector.Gone, connector.Drifted, connector.Rejected:
			return e // a theme without that route, or nothing known of the person
		}
		if err != nil {
			return err // to say Gone now would have a merged person made again
		}
		if _, err := postID(target.Into.Text); err == nil {
			e.Successor, e.Why = record.ExternalID(target.Into.Text), "merged"
		}
	}
	return e
}

// item turns a post into an Item. The error is Drifted and names the field.
func (s *site) item(op string, p post, t terms) (connector.Item, error) {
	fields, err := s.read(p, t)
	item := connector.Item{ID: record.ExternalID(strconv.FormatInt(p.ID, 10)), Fields: fields}
	if err == nil {
		return item, nil
	}
	f, why := fault(err)
	return item, s.fail(op, connector.Drifted, f, why)
}

func (s *site) read(p post, t terms) (record.Fields, error) {
	w, err := s.codec.decode(p)
	if err != nil {
		return nil, err
	}
	return s.codec.fields(w, t)
}

// fault says which field could not be read and why, without its value.
func fault(err error) (record.Field, string) {
	if e, ok := errors.AsType[*mapping.Error](err); ok {
		return e.Field, e.Why
	}
	if errors.Is(err, errDialect) {
		return "", errDialect.Error()
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return canonical[e.Field], "unexpected form"
	}
	return "", "fields in an unexpected form"
}

// accepts tells what the theme would refuse: a person without a first name,
// and values in no form of its own.
func accepts(want record.Fields) error {
	const op = "write person"
	if v, ok := want[person.FirstName]; ok && strings.TrimSpace(v) == "" {
		return &connector.Error{Class: connector.Rejected, System: System, Op: op, Field: person.FirstName, Why: "a person needs a first name"}
	}
	var w wire
	if err := encodeScalars(want, &w); err != nil {
		f, why := fault(err)
		return &connector.Error{Class: connector.Rejected, System: System, Op: op, Field: f, Why: why}
	}
	return nil
}

// create makes a published person. What the answer says of the title is not
// looked at: it is still the one of an empty post (wordpress.md 2.5).
func (s *site) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "create person"
	if strings.TrimSpace(want[person.FirstName]) == "" {
		return connector.Item{}, s.unsent(op, connector.Rejected, person.FirstName, "a person needs a first name")
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	// What is empty anyway is not sent; the names always are.
	filled := maps.Clone(want)
	maps.DeleteFunc(filled, func(f record.Field, v string) bool {
		return v == "" && f != person.FirstName && f != person.LastName
	})
	w, err := s.codec.merge(wire{}, "", filled, t)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.unsent(op, connector.Rejected, f, why)
	}
	body, err := s.codec.encode(w, "publish")
	if err != nil {
		return connector.Item{}, err
	}
	var p post
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: "/wp/v2/people", Query: s.wanted(), JSON: body, Into: &p,
	})
	if err != nil {
		return connector.Item{}, err
	}
	if p.ID == 0 {
		return connector.Item{}, s.fail(op, connector.Drifted, "", "no id in the answer")
	}
	item, err := s.item(op, p, t)
	if err != nil {
		// The person is there: to fail now would have it made again.
		s.host.Log().Warn("created person reads in an unexpected form", "op", op, "id", item.ID)
	}
	return item, nil
}

func (s *site) unsent(op string, class connector.Class, f record.Field, why string) *connector.Error {
	e := s.fail(op, class, f, why)
	e.Unsent = true
	return e
}

// update reads the person, checks who it is, and writes what differs. The
// state of the post is never sent: that would take it out of the trash.
func (s *site) update(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	const op = "update person"
	if err := accepts(patch.Set); err != nil {
		return connector.Item{}, err
	}
	t, err := s.terms(ctx, op)
	if err != nil {
		return connector.Item{}, err
	}
	p, err := s.fetch(ctx, op, id)
	if err != nil {
		return connector.Item{}, err
	}
	now, err := s.codec.decode(p)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Drifted, f, why)
	}
	// A field that cannot be read is absent here, and only missed when written.
	current, _ := s.codec.fields(now, t)
	if !now.FirstName.Set || !now.LastName.Set {
		return connector.Item{}, s.fail(op, connector.Drifted, "", "a person without the keys of its names")
	}
	if why := stale(current, patch); why != "" {
		return connector.Item{}, s.fail(op, connector.Stale, "", why)
	}
	next, err := s.codec.merge(now, string(id), patch.Set, t)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Rejected, f, why)
	}
	want, _ := s.codec.fields(next, t)
	changed := differing(patch.Set.Names(), current, want)
	if len(changed) == 0 {
		return connector.Item{ID: id, Fields: current}, nil
	}
	return s.put(ctx, op, id, next, current, want, changed, t)
}

// put makes the one write of an update and looks in the answer for what was
// stored.
func (s *site) put(ctx context.Context, op string, id record.ExternalID, next wire, current, want record.Fields, changed []record.Field, t terms) (connector.Item, error) {
	w, err := payload(next, want, changed)
	if err != nil {
		f, why := fault(err)
		return connector.Item{}, s.fail(op, connector.Rejected, f, why)
	}
	body, err := s.codec.encode(w, "")
	if err != nil {
		return connector.Item{}, err
	}
	var p post
	_, err = s.call(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: "/wp/v2/people/" + string(id), Query: s.wanted(), JSON: body, Into: &p,
	})
	if err != nil {
		return connector.Item{}, s.explain(ctx, op, id, err)
	}
	item, err := s.item(op, p, t)
	if err != nil {
		return item, err
	}
	// A value that the site keeps in a form of its own is stored; one that
	// stands there as before was passed over with 200 (decisions.md 28).
	refused := slices.DeleteFunc(slices.Clone(changed), func(f record.Field) bool {
		got, ok := item.Fields[f]
		return ok && (got != current[f] || tidy(got) == tidy(want[f]))
	})
	if len(refused) > 0 {
		e := s.fail(op, connector.Rejected, refused[0], "accepted but not stored")
		e.Done = item.Fields.Only(slices.DeleteFunc(changed, func(f record.Field) bool { return slices.Contains(refused, f) }))
		return item, e
	}
	return item, nil
}

// differing returns those of the named fields that the site would hold
// otherwise after the write.
func differing(names []record.Field, current, want record.Fields) []record.Field {
	return slices.DeleteFunc(names, func(f record.Field) bool {
		now, known := current[f]
		next, ok := want[f]
		return !ok || known && now == next
	})
}

// stale tells why a record is not the one that a patch believed, or "".
func stale(current record.Fields, patch connector.Patch) string {
	if !sameIdentity(current, patch) {
		return "another person"
	}
	for _, f := range patch.Set.Names() {
		was, believed := patch.Was[f]
		now, known := current[f]
		if believed && known && now != was && now != patch.Set[f] {
			return "changed meanwhile: " + string(f)
		}
	}
	return ""
}

// sameIdentity compares the relation codes where both are known. Without them
// the e-mail or the name must agree, since one of both may have been edited.
func sameIdentity(current record.Fields, patch connector.Patch) bool {
	code, has := patch.Key[person.RelationCode], current[person.RelationCode]
	if code != "" && has != "" {
		return code == has
	}
	if _, given := patch.Set[person.RelationCode]; code != "" && !given {
		return false // somebody took the code away
	}
	compared := false
	if mail := fold(patch.Key[person.Email1]); mail != "" {
		if mail == fold(current[person.Email1]) {
			return true
		}
		compared = true
	}
	if name := fullName(patch.Key); name != "" {
		if name == fullName(current) {
			return true
		}
		compared = true
	}
	return !compared
}

func fullName(f record.Fields) string {
	return fold(f[person.FirstName] + " " + f[person.Infix] + " " + f[person.LastName])
}

func fold(s string) string { return strings.ToLower(tidy(s)) }

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
