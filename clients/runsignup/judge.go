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

// behind are the errors of codes that more is done about: a token has ended, or the key is
// wrong; a person looks after their own data.
var (
	behind         = map[int]error{6: rest.ErrNoToken, 121: errNotEditable}
	errNotEditable = errors.New("user not editable")
)

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
	class, known := classes[code]
	if !known {
		class = connector.Rejected
	}
	return &connector.Error{Class: class, Why: fmt.Sprintf("error code %d", code), Field: about[code], Err: behind[code]}
}

// Judges of calls of which one class of errors says something else: that a race or its
// event is not there is a fault of the settings, and says nothing of a registration, and a
// key need not be allowed to see a user.
var (
	judgeRows = judgeAs(connector.NotFound, connector.Drifted, "the race or its event is not there")
	judgeUser = judgeAs(connector.Denied, connector.Rejected, "the key may not see this user")
)

func judgeAs(from, to connector.Class, why string) rest.Judge {
	return func(status int, body []byte) *connector.Error {
		e := judge(status, body)
		if e != nil && e.Class == from && e.Err == nil {
			e.Class, e.Why = to, e.Why+": "+why
		}
		return e
	}
}
