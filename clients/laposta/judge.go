package laposta

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// The codes of an error body that mean more than "this value is refused"
// (docs/systems/laposta.md, "Errors", 2026-04).
const (
	codeMalformed = "202" // a malformed id, too
	codeUnknown   = "203" // an unknown id comes as 400 with this, never as 404
	codeExists    = "204"
)

// existsError is why an address is refused that is on the list already.
type existsError struct{ memberID string }

func (*existsError) Error() string { return "the address is on the list already" }

// exists returns the id of the entry that holds the address already.
func exists(err error) (id record.ExternalID, ok bool) {
	e, ok := errors.AsType[*existsError](err)
	if !ok {
		return "", false
	}
	return record.ExternalID(e.memberID), true
}

const (
	bulkReason     = "bulk not permitted"
	optedOutReason = "opted out"
	notConfirmed   = "not confirmed yet"
	unknownState   = "its state cannot be read"
)

// judgeEntry is judge for a call that names an entry: that one is not there where its id
// is unknown. No parameter need be named. Of a call without an id, such as a create, the
// same codes are about a value, such as an unknown option.
func judgeEntry(status int, body []byte) *connector.Error {
	e := judge(status, body)
	if p := problemOf(body); status == http.StatusBadRequest && (p.Error.Parameter == "member_id" || p.Error.Parameter == "") {
		switch p.Error.Code.Text {
		case codeUnknown, codeMalformed:
			e.Class, e.Field = connector.NotFound, ""
		}
	}
	return e
}

func problemOf(body []byte) (p problem) {
	if json.Unmarshal(body, &p) != nil {
		return problem{}
	}
	return p
}

// judge says what Laposta's error bodies mean.
func judge(status int, body []byte) *connector.Error {
	p := problemOf(body)
	e := &connector.Error{Why: why(status, p)}
	switch {
	case status == http.StatusUnauthorized && strings.Contains(strings.ToLower(p.Error.Message), "bulk"):
		// "Not permitted to issue bulk requests (1)" until support turns it on.
		e.Class, e.Why, e.Unsent = connector.Waiting, bulkReason, true
	case status == http.StatusNotFound:
		e.Class = connector.Drifted // means a wrong path only
	case status == http.StatusBadRequest:
		badRequest(e, p)
	default:
		return nil
	}
	return e
}

func badRequest(e *connector.Error, p problem) {
	about := p.Error.Parameter
	switch code := p.Error.Code.Text; {
	case code == codeExists:
		e.Class, e.Field, e.Err = connector.Rejected, subscriber.Email, &existsError{p.Error.MemberID}
	case about == "list_id":
		e.Class = connector.Drifted // the list in the settings is not there
	case p.Error.Type == "invalid_request":
		e.Class = connector.Drifted // the call itself, not a value, is wrong
	default:
		e.Class, e.Field = connector.Rejected, fieldOf(about)
	}
}

// fieldOf is the canonical field that a parameter names, if one is.
func fieldOf(parameter string) record.Field {
	name := strings.TrimSuffix(strings.TrimPrefix(parameter, "custom_fields["), "]")
	switch name {
	case "email":
		return subscriber.Email
	case "state":
		return subscriber.State
	}
	return columns[name].Field
}

var plainName = regexp.MustCompile(`^[a-z0-9_\[\]]{1,64}$`)

// why keeps status, type, code and parameter, and never the message: it may
// repeat a value.
func why(status int, p problem) string {
	parts := []string{fmt.Sprintf("status %d", status)}
	for _, part := range [][2]string{{"type", p.Error.Type}, {"code", p.Error.Code.Text}, {"parameter", p.Error.Parameter}} {
		if plainName.MatchString(part[1]) {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	return strings.Join(parts, ", ")
}
