package simkit_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// What is deleted may be kept, and what else somebody does to a row is a call of its
// own; neither is in the journal.
func TestActs(t *testing.T) {
	t.Parallel()
	l, r := newLending(t)
	edits := simkit.EditsOf("/shelf", l.loans)
	edits.Delete = func(r *http.Request, t *simkit.Table[loan], row *loan) error {
		if r.URL.Query().Has("force") {
			_, err := t.Delete(nil, row.ID)
			return err
		}
		_, err := t.Update(nil, row.ID, func(r *loan) error { r.Desk = "returned"; return nil })
		return err
	}
	edits.Serve(l.Kit)
	edits.Act(l.Kit, "POST /shelf/{id}/books", func(_ *simkit.Table[loan], row *loan, body []byte) error {
		return json.Unmarshal(body, &row.Books)
	})
	var row loan
	simtest.Control(t, r, "POST", "/shelf/1/books", []string{"a", "b"}, &row)
	if strings.Join(row.Books, " ") != "a b" || len(l.loans.Get("1").Books) != 2 {
		t.Errorf("lent %+v", row)
	}
	for path, body := range map[string]any{"/shelf/1/books": "a", "/shelf/9/books": []string{"a"}} {
		if r.Call(t.Context(), "POST", path, body, nil) == nil || len(l.loans.Get("1").Books) != 2 {
			t.Errorf("POST %s %v was taken", path, body)
		}
	}
	simtest.Control(t, r, "DELETE", "/shelf/1", nil, nil)
	if got := l.loans.Get("1"); got == nil || got.Desk != "returned" {
		t.Errorf("deleted %+v", got)
	}
	simtest.Control(t, r, "DELETE", "/shelf/1?force", nil, nil)
	if l.loans.Len() != 2 || len(l.Writes(0)) != 0 {
		t.Errorf("%d rows, and the journal shows %+v", l.loans.Len(), l.Writes(0))
	}
}

// A journal may say of a row what its system says.
func TestTold(t *testing.T) {
	t.Parallel()
	k := simkit.New("lending", nil)
	loans := simkit.NewTable(simkit.Rules[loan]{
		Kit: k, Collection: "loans",
		ID: func(r *loan) string { return r.ID },
		Tell: func(r *loan, after bool) any {
			if after {
				return "after " + r.Reader
			}
			return "before " + r.Reader
		},
	})
	loans.Fill(&loan{ID: "1", Reader: "bo"})
	by := &http.Request{}
	if _, err := loans.Update(by, "1", func(r *loan) error { r.Reader = "ali"; return nil }); err != nil {
		t.Error(err)
	}
	if _, err := loans.Delete(by, "1"); err != nil {
		t.Error(err)
	}
	w := k.Writes(0)
	if len(w) != 2 || w[0].Before != "before bo" || w[0].After != "after ali" || w[1].Before != "before ali" || w[1].After != nil {
		t.Errorf("the journal shows %+v", w)
	}
}
