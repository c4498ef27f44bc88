package runsignup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// failure is an error inside an answer, or inside a row of one.
type failure struct {
	Error json.RawMessage `json:"error"`
	Code  int             `json:"error_code"`
}

// inside finds the error of an answer, whose status is no word on it: an object with an
// error, or a list whose first element is one.
func inside(body []byte) (code int, is bool) {
	body = bytes.TrimSpace(body)
	var f failure
	if bytes.HasPrefix(body, []byte("[")) {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || len(list) == 0 {
			return 0, false
		}
		body = list[0]
	}
	if json.Unmarshal(body, &f) != nil || len(f.Error) == 0 || string(f.Error) == "null" {
		return 0, false
	}
	var told failure
	_ = json.Unmarshal(f.Error, &told) // calls of version 2 tell it in words alone
	return told.Code, true
}

// classes are what the codes mean (page ErrorCodes, docs/systems/runsignup.md, 2026-11).
// All others say that the data is at fault.
var classes = map[int]connector.Class{
	0: connector.Drifted, 1: connector.Drifted, 2: connector.Drifted, 8: connector.Drifted, 10: connector.Drifted,
	4: connector.Transient, 5: connector.Transient, 14: connector.Throttled,
	6: connector.Denied, 7: connector.Denied, 13: connector.Denied,
	15: connector.NotFound, 101: connector.NotFound, 201: connector.NotFound, 301: connector.NotFound,
}

// about are the fields that a code is about.
var about = map[int]record.Field{
	104: participant.FirstName, 105: participant.FirstName, 106: participant.LastName, 107: participant.LastName,
	108: participant.Email, 122: participant.Email, 114: participant.Gender, 115: participant.Bib,
	117: participant.BirthDate, 118: participant.BirthDate, 119: participant.BirthDate, 121: participant.FirstName,
}

// errNotEditable is behind an error of a person who looks after his own data.
var errNotEditable = errors.New("user not editable")

// judge says what an error means. That a race, an event or somebody is not there RunSignup
// says by a code: a 404 without one is of an address at which there is something else.
func judge(status int, body []byte) *connector.Error {
	code, is := inside(body)
	switch {
	case is && (status < 300 || code != 0):
		return meaning(code)
	case status == http.StatusNotFound:
		return &connector.Error{Class: connector.Drifted, Why: "status 404 without a code: is base_url the address of the API?"}
	}
	return nil // else the status says more
}

func meaning(code int) *connector.Error {
	e := &connector.Error{Class: connector.Rejected, Why: fmt.Sprintf("error code %d", code), Field: about[code]}
	if class, known := classes[code]; known {
		e.Class = class
	}
	switch code {
	case 6: // the key is wrong, or a token has ended
		e.Err = rest.ErrNoToken
	case 121:
		e.Err = errNotEditable
	}
	return e
}

// judgeRows is judge for calls about registrations: that their race or event is not
// there is a fault of the settings, and says nothing of any of them.
func judgeRows(status int, body []byte) *connector.Error {
	e := judge(status, body)
	if e != nil && e.Class == connector.NotFound {
		e.Class, e.Why = connector.Drifted, e.Why+": the race or its event is not there"
	}
	return e
}

// judgeUser is judge for calls about one user, whom the key need not be allowed to see.
func judgeUser(status int, body []byte) *connector.Error {
	e := judge(status, body)
	if e != nil && e.Class == connector.Denied && e.Err == nil {
		e.Class, e.Why = connector.Rejected, e.Why+": the key may not see this user"
	}
	return e
}
