package rondoclub_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
)

// dossier is case n of a person.
func dossier(person string, n int) record.Fields {
	f := record.Fields{
		discipline.Dossier: fmt.Sprintf("D-%06d", n), discipline.Person: person, discipline.MatchDate: "2024-02-29",
		discipline.ProcessedOn: "2024-03-12", discipline.Match: fmt.Sprintf("Voorbeeld %d - Proefdorp 'é'", n), discipline.Team: "JO13-1",
		discipline.ChargeCodes: "1.01\n2.03", discipline.Charge: "Onbehoorlijk gedrag & protest", discipline.Sanction: "Berisping",
		discipline.Fee: "1550", discipline.Season: "2023-2024",
	}
	if n%4 == 3 {
		f[discipline.ProcessedOn], f[discipline.ChargeCodes], f[discipline.Fee], f[discipline.Sanction] = "", "", "", ""
	}
	return f
}

func (b *bundle) caseCollection() *connector.Collection {
	b.t.Helper()
	return connector.Collections(b.cut().Collections()).Of(rondoclub.Cases, discipline.Kind)
}

func TestCasesContract(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Subject{
				Public: []record.Field{discipline.Season, discipline.ChargeCodes, discipline.Team, discipline.Sanction, discipline.Charged},
				Open: func(t *testing.T) *connectortest.Bench {
					t.Helper()
					b := setup(t, rondosim.Options{Theme: theme})
					who := b.somebody()
					return b.anonymous(simtest.Wire(b.kit, b.remote, &connectortest.Bench{
						Connector: b.cut(), Host: b.host, Kind: discipline.Kind, Place: rondoclub.Cases,
						Want: func(n int) record.Fields {
							f := dossier(who, n)
							if theme == rondosim.Fields {
								f[discipline.Charged] = map[bool]string{true: discipline.BySportlink}[n%4 != 3]
							}
							return f
						},
						Key:     func(want record.Fields) record.Fields { return want.Only(discipline.KeyFields) },
						Change:  func(record.Fields) record.Fields { return record.Fields{discipline.Sanction: "Vrijspraak"} },
						Clear:   discipline.Fee,
						Doubles: true,
						Refused: func() (record.Fields, record.Field) {
							f := dossier(who, 11)
							f[discipline.MatchDate] = ""
							return f, discipline.MatchDate
						},
						Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
							t.Helper()
							b.control("PATCH", "/cases/"+string(id), object{"fields": object{"sanction_description": set[discipline.Sanction]}}, nil)
						},
						Reopen: func(*testing.T) connector.Connector { b.open(); return b.cut() },
					}, map[connectortest.Op]simkit.Match{
						connectortest.Check:  {Path: "*/users/me"},
						connectortest.List:   {Method: "GET", Path: "*/discipline-cases"},
						connectortest.Get:    {Method: "GET", Path: "*/wp/v2/discipline-cases/*"},
						connectortest.Create: {Method: "POST", Path: "*/discipline-cases"},
						connectortest.Update: {Method: "PUT", Path: "*/discipline-cases/*"},
					}))
				},
			})
		})
	}
}

// A case that is removed lies in the trash and is not there any more: one that comes back is
// made anew beside it. Its season is made once.
func TestCasesAndTheTrash(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	c, who := b.caseCollection(), b.somebody()
	first, err := c.Create(b.ctx(), dossier(who, 1))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is quiet
		if err := c.Delete(b.ctx(), first.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Get(b.ctx(), first.ID)
	b.class(err, connector.NotFound)
	_, err = c.Find(b.ctx(), dossier(who, 1))
	b.class(err, connector.NotFound)
	again, err := c.Create(b.ctx(), dossier(who, 1))
	if err != nil || again.ID == first.ID {
		t.Fatalf("%v, %v", again.ID, err)
	}
	var dump struct {
		Cases []struct {
			ID     int64
			Status string
		}
		Seasons []struct{ Slug string }
	}
	b.control("GET", "/dump", nil, &dump)
	if len(dump.Cases) != 2 || dump.Cases[0].Status != "trash" || len(dump.Seasons) != 1 || dump.Seasons[0].Slug != "2023-2024" {
		t.Errorf("%+v", dump)
	}
}

// e6e9c31: who has charged a fee on at the site is read, and not written over.
func TestChargedStays(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	c := b.caseCollection()
	for by, keeps := range map[string]bool{"": false, "sportlink": false, "rondo": true, "exception": true} {
		if kept := c.Kept(record.Fields{discipline.Charged: by}, nil); (len(kept) > 0) != keeps {
			t.Errorf("charged by %q is kept: %v", by, kept)
		}
	}
	made, err := c.Create(b.ctx(), dossier(b.somebody(), 1))
	if err != nil {
		t.Fatal(err)
	}
	b.control("PATCH", "/cases/"+string(made.ID), object{"fields": object{"is_charged": "rondo"}}, nil)
	if item, err := c.Get(b.ctx(), made.ID); err != nil || item.Fields[discipline.Charged] != discipline.ByRondo {
		t.Errorf("%q, %v", item.Fields[discipline.Charged], err)
	}
	old := setup(t, rondosim.Options{Theme: rondosim.ACF})
	if c := old.caseCollection(); c.Shows([]record.Field{discipline.Charged}) {
		t.Error("an older theme is asked who has charged a fee on")
	}
}
