package rondoclub

import (
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// The row that a refusal counts says which of two addresses it is about; one that is nobody's of
// ours, or that was not sent, leaves the field that has its column.
func TestRefusalInARow(t *testing.T) {
	t.Parallel()
	sent := map[string]any{addresses: []row{
		{addressLabel: quoted("Work")}, {addressLabel: quoted("Home")}, {addressLabel: quoted("factuur")},
	}}
	for params, want := range map[string]record.Field{
		`"fields[addresses][1][city] is too long."`:                      person.City,
		`"fields[addresses][2][city] is too long."`:                      person.InvoiceCity,
		`"acf[addresses][2][street] is too long."`:                       person.InvoiceStreet,
		`"fields[addresses][2][country_code] is too long."`:              person.CountryCode,
		`"fields[addresses][99999999999999999999][city] is not a text."`: person.City,
		`"fields[addresses] is not a list."`:                             "",
		`"fields[first_name] is too long."`:                              person.FirstName,
	} {
		e := judge(400, []byte(`{"code":"rest_invalid_param","data":{"params":{"fields":`+params+`}}}`))
		if got, ok := asError(ofItsRow(e, sent)); !ok || got.Field != want {
			t.Errorf("%s is about %q, want %q", params, e.Field, want)
		}
	}
	if other := errors.New("other"); !errors.Is(ofItsRow(other, sent), other) {
		t.Error("another error is another one afterwards")
	}
}
