package tagserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// row is a record on the wire, whichever its kind: PUT writes the whole record, and what
// it leaves out becomes null (docs/systems/tagserver.md, "Writing").
type row = resource.Whole

// problem is the body of an error (RFC 7807, as JHipster writes it). Nothing of it is
// quoted but what is in a closed list: a sentence may repeat a value.
type problem struct {
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Fields  []struct {
		Field string `json:"field"`
	} `json:"fieldErrors"`
}

// The ways in which a record is refused that the error alone does not tell.
var (
	// errClash: another record has what only one may, or one that is referred to is not
	// there, or refers to this one. The generated server answers 500 to all of them.
	errClash = errors.New("refused by the database")
	// errColumn: a column is at fault, which the error names.
	errColumn = errors.New("a column is refused")
)

// invalid is why a column is refused; the kind says which field that is.
type invalid struct{ column string }

func (*invalid) Error() string { return errColumn.Error() }

// judge says what an error means (docs/systems/tagserver.md, "Errors"). Nil leaves it
// to the table that all systems share.
func judge(status int, body []byte) *connector.Error {
	var p problem
	if json.Unmarshal(body, &p) != nil {
		p = problem{} // a page of something before the server
	}
	switch {
	case status == http.StatusNotFound && p.Message != "error.http.404" && (p.Status != status || p.Title == ""), status == http.StatusGone:
		// A gateway before the server answers so while the record is there.
		return &connector.Error{Class: connector.Drifted, Why: fmt.Sprintf("status %d that is not the server's own: base_url may be wrong", status)}
	case status == http.StatusBadRequest && p.Message == "error.idnotfound":
		return &connector.Error{Class: connector.NotFound}
	case status == http.StatusConflict && p.Message == "error.concurrencyFailure":
		return &connector.Error{Class: connector.Transient, Why: "somebody else has written it at the same time"}
	case status == http.StatusConflict, status == http.StatusBadRequest && p.Message == "error.emsidexists":
		return &connector.Error{Class: connector.Rejected, Err: errClash}
	case status == http.StatusInternalServerError && p.Message == "error.http.500":
		return &connector.Error{Class: connector.Transient, Err: errClash}
	case status == http.StatusBadRequest && len(p.Fields) > 0:
		return &connector.Error{Class: connector.Rejected, Why: "not accepted", Err: &invalid{p.Fields[0].Field}}
	case status == http.StatusBadRequest && (p.Message == "error.idexists" || p.Message == "error.idnull" || p.Message == "error.idinvalid"):
		return &connector.Error{Class: connector.Drifted, Why: "the id is not where the server expects it"}
	}
	return nil
}

// noPath is judge for a call that names no record: one that is not found is a wrong
// address.
func noPath(status int, body []byte) *connector.Error {
	if status == http.StatusNotFound {
		return &connector.Error{Class: connector.Drifted, Why: "there is no such path: base_url may be wrong"}
	}
	return judge(status, body)
}

// existsError says that a record is there already.
type existsError struct{ id record.ExternalID }

func (*existsError) Error() string { return "it is there already" }

// exists finds in the error of a create that the record is there already.
func exists(err error) (record.ExternalID, bool) {
	e, ok := errors.AsType[*existsError](err)
	if !ok {
		return "", false
	}
	return e.id, true
}
