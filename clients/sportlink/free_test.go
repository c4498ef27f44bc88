package sportlink

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// The free field of the helpdesk has a number, or nothing; all else is left as it is known.
func TestFreeFieldOfTheHelpdesk(t *testing.T) {
	t.Parallel()
	a := &account{Account: &website.Account{}, cfg: Config{VOGField: "Remarks8", HelpdeskField: "Remarks3"}}
	for body, want := range map[string]string{
		`{"FreeFields":{"Remarks3":{"Value":" 4711 "}}}`:   "4711",
		`{"FreeFields":{"Remarks3":{"Value":4711}}}`:       "4711",
		`{"FreeFields":{"Remarks3":{"Value":""}}}`:         "",
		`{"FreeFields":{"Remarks3":{"Value":null}}}`:       "",
		`{"FreeFields":{"Remarks3":{"Value":"zie map"}}}`:  "unreadable",
		`{"FreeFields":{"Remarks3":{"Value":"0"}}}`:        "unreadable",
		`{"FreeFields":{"Remarks3":{"Value":"4711 (2)"}}}`: "unreadable",
		`{"FreeFields":{"Remarks3":{"Value":["4711"]}}}`:   "unreadable",
		`{"FreeFields":{"Remarks3":{"Text":"4711"}}}`:      "unreadable",
		`{"FreeFields":{"Remarks3":{}}}`:                   "unreadable",
		`{"FreeFields":{"Remarks1":{"Value":"4711"}}}`:     "unknown",
		`{"Fields":{}}`: "unreadable",
	} {
		r := value.Reading{Fields: record.Fields{}}
		a.readFree(&r, []byte(body))
		got, known := r.Fields[person.HelpdeskID]
		switch {
		case r.Unreadable[person.HelpdeskID] != "":
			got = "unreadable"
		case !known:
			got = "unknown"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
