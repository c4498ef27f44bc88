package chatwoot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// attributes are the names by which a refusal tells what it is about.
var attributes = map[string]record.Field{
	"email":        eventperson.Email,
	"phone_number": eventperson.Phone,
	"identifier":   eventperson.ID,
	"name":         eventperson.FirstName,
}

// judge says what ChatWoot's refusals mean (docs/systems/chatwoot.md, "Limits
// and errors", 2026-11). What the official description says of them is not what
// the server sends. A path that is not there is a wrong account, or another
// API.
func (a *account) judge(status int, body []byte) *connector.Error {
	e := &connector.Error{Why: fmt.Sprintf("status %d", status)}
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		// A proxy's own page, with whatever status: not ChatWoot's word.
		e.Class, e.Why = connector.Transient, e.Why+" with a page in place of JSON"
	case status == http.StatusTooManyRequests && strings.EqualFold(strings.TrimSpace(string(body)), "retry later"):
		// Requests are counted by the minute, and no time is named.
		now := a.host.Now()
		e.Class, e.After = connector.Throttled, now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	case status == http.StatusUnauthorized:
		unauthorized(e, body)
	case status == http.StatusNotFound:
		e.Class = connector.Drifted
	case status == http.StatusUnprocessableEntity:
		refused(e, body)
	case status == http.StatusBadRequest:
		e.Class = connector.Drifted // the call itself is wrong
	default:
		return nil
	}
	return e
}

// judgeRecord is judge for calls that name a record: it may be gone. ChatWoot says so
// with an error in JSON; anything else is of what stands before it.
func (a *account) judgeRecord(status int, body []byte) *connector.Error {
	e := a.judge(status, body)
	var said struct {
		Error string `json:"error"`
	}
	if e != nil && status == http.StatusNotFound && json.Unmarshal(body, &said) == nil && said.Error != "" {
		e.Class = connector.NotFound
	}
	return e
}

// refused takes the attributes of a refusal. The message may repeat a value,
// and is in the account's language: it is not looked at.
func refused(e *connector.Error, body []byte) {
	var p struct {
		Attributes []string `json:"attributes"`
	}
	_ = json.Unmarshal(body, &p)
	e.Class = connector.Rejected
	var known []string
	for _, name := range p.Attributes {
		f, ok := attributes[name]
		if !ok {
			continue
		}
		if known = append(known, name); e.Field == "" {
			e.Field = f
		}
	}
	if len(known) > 0 {
		slices.Sort(known)
		e.Why += ", " + strings.Join(known, ", ")
	}
}
