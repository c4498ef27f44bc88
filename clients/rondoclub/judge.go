package rondoclub

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// refusal is WordPress' form of an error.
type refusal struct {
	Code string `json:"code"`
	Data struct {
		Params map[string]json.RawMessage `json:"params"`
		Field  string                     `json:"field"`  // rondo_invalid_field
		Detail string                     `json:"detail"` // rondo_invalid_field
	} `json:"data"`
}

var codePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{2,60}$`)

// Why texts that callers tell apart.
const (
	whyTrashed  = "trashed"
	whyMissing  = "not there"
	whyPastEnd  = "page past the end"
	whyNotBlock = "answer is not in WordPress' form"
)

// judge says what an error of WordPress means (docs/systems/rondoclub.md,
// "Connection", 2026-11). No part of its message goes on but its code and our
// field.
func judge(status int, body []byte) *connector.Error {
	var r refusal
	if json.Unmarshal(body, &r) != nil || !codePattern.MatchString(r.Code) {
		switch {
		case status >= 500, status == http.StatusUnauthorized, status == http.StatusTooManyRequests:
			return nil
		}
		return &connector.Error{Class: connector.Drifted, Why: whyNotBlock}
	}
	e := &connector.Error{Why: r.Code}
	switch r.Code {
	case "rest_no_route", "removed_acf_payload", "rest_invalid_json":
		e.Class = connector.Drifted
	case "rest_post_invalid_page_number":
		e.Class, e.Why = connector.Rejected, whyPastEnd
	case "rest_post_invalid_id":
		e.Class, e.Why = connector.NotFound, whyMissing
	case "rest_already_trashed":
		e.Class, e.Why = connector.NotFound, whyTrashed
	case "rest_forbidden":
		// With 404 it is what the theme says of a person in the trash.
		e.Class = connector.Denied
		if status == http.StatusNotFound || status == http.StatusGone {
			e.Class, e.Why = connector.NotFound, whyTrashed
		}
	case "rondo_person_merge_target_not_found":
		e.Class = connector.NotFound
	case "rondo_person_name_required", "rondo_company_only_contact_required":
		e.Class, e.Field = connector.Rejected, person.FirstName
	case "rest_invalid_param", "rest_invalid_type", "rest_missing_callback_param", "rondo_invalid_field":
		e.Class = connector.Rejected
		var drifted bool
		if e.Field, drifted, e.Err = r.field(); drifted {
			e.Class = connector.Drifted
		}
	}
	return e
}

var (
	inBrackets = regexp.MustCompile(`(?:fields|acf)\[([a-z0-9_-]+)\](?:\[(\d+)\]\[([a-z0-9_-]+)\])?`)
	withDots   = regexp.MustCompile(`^fields\.([a-z0-9_]+)(?:\.(\d+)\.([a-z0-9_]+))?`)
	atStart    = regexp.MustCompile(`^([a-z0-9_-]+) is (?:a required|not a valid) property`)
)

// inRow is behind the refusal of a key that was sent, or of a column of one of its rows.
type inRow struct {
	list, column string
	at           int // -1 where no row is named
}

func (i inRow) Error() string {
	if i.at < 0 {
		return "key " + i.list
	}
	return "row " + strconv.Itoa(i.at+1) + " of those that were sent"
}

// ofItsRow gives a refusal of a row that was sent, of what is set, the field that stands in
// it: several rows have the same columns, and those of some lists are many fields.
func (s *shape) ofItsRow(err error, sent map[string]any, set *post) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	i, ok := errors.AsType[inRow](e)
	if !ok {
		return err
	}
	list, _ := sent[i.list].([]row)
	var r row
	if i.at >= 0 && i.at < len(list) {
		r = list[i.at]
	}
	switch i.list {
	case workHistory:
		e.Field = s.refusedWork(r, set)
	case contactInfo:
		e.Field = s.refusedContact(list, i.at, set)
	case addresses:
		return ofItsAddress(e, r, i.column)
	}
	return e
}

// ofItsAddress gives a refusal of a column the field that stands in its row.
func ofItsAddress(e *connector.Error, r row, name string) error {
	for _, a := range ourAddresses {
		if r == nil || addressOf(e.Field) == nil || !strings.EqualFold(labelOf(r), a.label) {
			continue
		}
		if name == oneStreet {
			e.Field = a.street[0]
		}
		for f, column := range a.columns {
			if column == name {
				e.Field = f
			}
		}
	}
	return e
}

// field finds the field at fault, and with it, where a list was sent, the row. Drifted says
// that the theme does not know the key, or lets nobody write it: no other value would help.
func (r refusal) field() (f record.Field, drifted bool, in error) {
	texts := []string{r.Data.Field}
	for _, raw := range r.Data.Params {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			texts = append(texts, s)
			drifted = drifted || strings.Contains(s, "not a valid property")
		}
	}
	drifted = drifted || strings.Contains(r.Data.Detail, "unresolved") || strings.Contains(r.Data.Detail, "is read-only")
	for _, s := range texts {
		for _, pattern := range []*regexp.Regexp{inBrackets, withDots, atStart} {
			m := pattern.FindStringSubmatch(s)
			if m == nil {
				continue
			}
			if m[1] == workHistory || m[1] == contactInfo {
				return "", drifted, rowOf(m) // ofItsRow knows
			}
			for i := len(m) - 1; i > 0; i-- {
				if f, ok := canonical[m[i]]; ok {
					return f, drifted, rowOf(m)
				}
			}
		}
	}
	return "", drifted, nil
}

// rowOf is the key that a refusal names, and the row in it where it names one.
func rowOf(m []string) error {
	if len(m) < 4 || m[2] == "" {
		return inRow{list: m[1], at: -1}
	}
	at, _ := strconv.Atoi(m[2]) // one that is too large is beyond all rows
	return inRow{m[1], m[3], at}
}

// canonical names our field by the theme's key.
var canonical = func() map[string]record.Field {
	out := map[string]record.Field{relationships: family.Children, oneStreet: person.Street}
	for f, key := range keys {
		out[key], out[strings.ReplaceAll(key, "_", "-")] = f, f
	}
	for f, key := range home {
		out[key] = f
	}
	return out
}()

// storedFirst reports whether a refusal came after WordPress had stored the post
// (docs/systems/rondoclub.md, "WordPress itself").
func storedFirst(e *connector.Error) bool {
	return strings.HasPrefix(e.Why, "rondo_invalid_field") || strings.HasPrefix(e.Why, "rest_invalid_type")
}

func asError(err error) (*connector.Error, bool) { return errors.AsType[*connector.Error](err) }
