package tagserver

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// row is a record on the wire, whichever its kind: its values by name, of a reference
// the id of what it refers to.
type row struct {
	resource.Named
	came map[string]json.RawMessage // as it came, also what is not mapped
}

// UnmarshalJSON reads a record and keeps it as it came.
func (r *row) UnmarshalJSON(b []byte) error {
	*r = row{Named: resource.Named{}}
	if err := json.Unmarshal(b, &r.came); err != nil {
		return err
	}
	for name, raw := range r.came {
		var of struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(raw, &of) == nil && of.ID != nil {
			raw = of.ID
		}
		v := r.At(name)
		if err := v.UnmarshalJSON(raw); err != nil {
			return err
		}
	}
	return nil
}

// text is a value as it stands on the wire.
func (r *row) text(name string) string {
	if v := r.Named[name]; v != nil {
		return v.Text
	}
	return ""
}

// over returns the record with all that set has in place of its own. PUT writes the
// whole record: what it leaves out becomes null (docs/systems/tagserver.md, "Writing").
func (r *row) over(set *row) *row {
	next := &row{Named: maps.Clone(r.Named), came: r.came}
	for name, v := range set.Named {
		if v.Set {
			next.Named[name] = v
		}
	}
	return next
}

// body is what is sent of a record: the columns of its kind, and the rest as it came.
func (k *kind) body(r *row) map[string]any {
	out := map[string]any{}
	for name, raw := range r.came {
		out[name] = raw
	}
	for _, c := range k.columns {
		v := r.Named[c.name]
		switch {
		case v == nil || !v.Set || v.Wrong != "":
		case !c.object:
			out[c.name] = v
		case v.Text == "":
			out[c.name] = nil
		default:
			out[c.name] = map[string]any{"id": mapping.Value{Set: true, Text: v.Text, Form: mapping.Number}}
		}
	}
	return out
}

// problem is the body of an error (RFC 7807, as JHipster writes it). Nothing of it is
// quoted but what is in a closed list: a sentence may repeat a value.
type problem struct {
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
