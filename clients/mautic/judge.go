package mautic

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
)

// problem is one error. Its message is never quoted: it repeats values.
type problem struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Type    string          `json:"type"`
	Details json.RawMessage `json:"details"` // by alias, what is wrong with a field; or a list
}

// taken is behind the refusal of values that another contact has, by their aliases.
type taken map[string]json.RawMessage

func (taken) Error() string { return "another contact has the value" }

// judge says what Mautic's errors mean (docs/systems/mautic.md, "Errors").
func judge(status int, body []byte) *connector.Error {
	var told struct {
		Errors []problem `json:"errors"`
		Error  *problem  `json:"error"` // of some paths in place of a list; of OAuth2 a word
	}
	_ = json.Unmarshal(body, &told)
	switch {
	case len(told.Errors) > 0:
		return told.Errors[0].judge("", status)
	case told.Error != nil && (told.Error.Message != "" || status != http.StatusNotFound): // a word is no record's
		return told.Error.judge("", status)
	case status == http.StatusNotFound:
		return &connector.Error{Class: connector.Drifted, Why: noPath}
	}
	return nil
}

// word is how the type of an error and the alias of a field look.
var word = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// judge says what an error means that came with a status, in one operation.
func (p problem) judge(op string, status int) *connector.Error {
	e := &connector.Error{System: System, Op: op, Why: fmt.Sprintf("status %d", status)}
	if word.MatchString(p.Type) {
		e.Why += ", " + p.Type
	}
	switch {
	case status == http.StatusForbidden:
		e.Class, e.Why = connector.Denied, e.Why+": the user lacks a right, or the API or its Basic is switched off in Mautic's settings"
	case status == http.StatusNotFound && strings.HasPrefix(p.Message, "Requested URL"):
		e.Class, e.Why = connector.Drifted, noPath
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		p.refuse(e, status)
	case status == http.StatusInternalServerError && strings.Contains(p.Message, "entities are supported at a time"):
		e.Class, e.Why = connector.Drifted, e.Why+": Mautic takes fewer contacts in a call than are sent"
	case status == http.StatusNotFound:
		e.Class = connector.NotFound
	case status == http.StatusUnauthorized:
		e.Class = connector.Denied
	case status == http.StatusTooManyRequests:
		e.Class = connector.Throttled
	case status >= http.StatusInternalServerError, status == http.StatusConflict: // a user has it open
		e.Class = connector.Transient
	default:
		e.Class = connector.Drifted
	}
	return e
}

// refuse names the fields of refused values. Only 422 says that another contact has one.
func (p problem) refuse(e *connector.Error, status int) {
	e.Class, e.Unsent = connector.Rejected, true
	var fields taken
	_ = json.Unmarshal(p.Details, &fields) // a list names none
	for _, alias := range slices.Sorted(maps.Keys(fields)) {
		if word.MatchString(alias) {
			e.Why += ", field " + alias
		}
		e.Field = cmp.Or(e.Field, columns[alias].Field)
	}
	if status == http.StatusUnprocessableEntity {
		e.Err = fields
	}
}
