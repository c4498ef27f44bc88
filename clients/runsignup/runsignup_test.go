package runsignup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
)

const checkPath = "/rest/v2/auth-info/entity-info.json"

func TestContractOfParticipants(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{participant.Gender, participant.Race},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, runsignupsim.Options{Seed: 3})
			const rows = "/rest/race/*/participants"
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: participant.Kind, Place: Participants,
				Want: sample, Doubles: true,
				Change: func(record.Fields) record.Fields { return record.Fields{participant.LastName: "Nieuw-Élim"} },
				Clear:  participant.Email,
				Refused: func() (record.Fields, record.Field) {
					f := sample(9)
					f[participant.BirthDate] = "1892"
					return f, participant.BirthDate
				},
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					user := b.userOf(t, id)
					b.control(t, "PATCH", fmt.Sprintf("/users/%s", user), map[string]any{"last_name": set[participant.LastName]})
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.Check:  {Method: "GET", Path: checkPath},
				connectortest.List:   {Method: "GET", Path: rows},
				connectortest.Get:    {Method: "GET", Path: rows},
				connectortest.Create: {Method: "POST", Path: rows},
				connectortest.Update: {Method: "POST", Path: rows},
				connectortest.Delete: {Method: "POST", Path: "/rest/race/*/delete-participants"},
			})
		},
	})
}

// userOf is whose a registration is.
func (b *bundle) userOf(t *testing.T, id record.ExternalID) string {
	t.Helper()
	item, err := b.place(t, Participants).Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return item.Fields[participant.Person]
}

func TestContractOfUsers(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{eventperson.Gender},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, runsignupsim.Options{Seed: 3})
			want := func(n int) record.Fields {
				return record.Fields{
					eventperson.FirstName: "Zoë", eventperson.LastName: fmt.Sprintf("D'Ünal %d", n), eventperson.Email: fmt.Sprintf("zoe.unal+%d@example.org", n),
					eventperson.BirthDate: []string{"1992-02-29", "1950-01-31"}[n%2], eventperson.Gender: []string{"female", ""}[n%2],
					eventperson.Phone: fmt.Sprintf("+278255501%02d", n), eventperson.City: "Kaapstad-Süd", eventperson.Country: "ZA",
				}
			}
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: eventperson.Kind, Place: Users, Want: want,
				Add: func(t *testing.T, n int) record.ExternalID {
					f := want(n)
					user := b.control(t, "POST", "/users", map[string]any{
						"first_name": f[eventperson.FirstName], "last_name": f[eventperson.LastName], "email": f[eventperson.Email],
						"dob": f[eventperson.BirthDate], "gender": map[string]string{"female": "F"}[f[eventperson.Gender]], "phone": fmt.Sprintf("082-555-01%02d", n),
						"address": map[string]any{"city": f[eventperson.City], "country_code": "ZA"}, "account": true,
					})
					b.registers(t, user, 3001)
					b.registers(t, user, 3002) // one person, twice
					return record.ExternalID(fmt.Sprint(user))
				},
				Change: func(record.Fields) record.Fields { return record.Fields{eventperson.City: "Nieuw-Élim"} },
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					b.control(t, "PATCH", "/users/"+string(id), map[string]any{"address": map[string]any{"city": set[eventperson.City], "country_code": "ZA"}})
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.List: {Method: "GET", Path: "/rest/race/*/participants"},
				connectortest.Get:  {Method: "GET", Path: "/rest/user/*"},
			})
		},
	})
}

// editionsOf links twelve races, of which there is none yet but for a Check.
func editionsOf(t *testing.T) *bundle {
	t.Helper()
	b := setup(t, runsignupsim.Options{Seed: 3}, func(c *Config) {
		c.Races = nil
		for n := range 12 {
			race := int64(1002 + 3*n)
			c.Races = append(c.Races, Race{Event: int64(50 + n), RaceID: race, Day: int64(7000 + n), Bibs: BibsByEMS, Events: []Event{{int64(80 + n), int64(9000 + n)}}})
		}
	})
	if strings.HasSuffix(t.Name(), "/check") {
		for n := range 12 {
			b.sampleRace(t, n, "Été", "10 km", "", "")
		}
	}
	return b
}

// sampleRace is race number n with its one event.
func (b *bundle) sampleRace(t *testing.T, n int, name, part, state, distance string) Race {
	t.Helper()
	link := b.cfg.Races[n]
	b.control(t, "POST", "/races", map[string]any{
		"race_id": link.RaceID, "name": name, "timezone": "America/New_York", "url_string": fmt.Sprintf("R%d", n), "contact_email": "race@example.org",
		"address": map[string]any{"street": "300 Mill St.", "city": "Moorestown-Süd", "state": state, "zipcode": "08057", "country_code": "US"},
		"events":  []any{map[string]any{"event_id": link.Events[0].EventID, "race_event_days_id": link.Day, "name": part, "start_time": "2028-02-29 08:30", "event_type": "running_race", "distance": distance}},
	})
	return link
}

func TestContractOfRaces(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{event.Zone, event.Start, event.End, event.Country},
		Open: func(t *testing.T) *connectortest.Bench {
			b := editionsOf(t)
			want := func(n int) record.Fields {
				f := record.Fields{
					event.ID: fmt.Sprint(50 + n), event.Name: fmt.Sprintf("Coureurs d'Été %d", n), event.Zone: "America/New_York",
					event.Start: "2028-02-29T13:30:00Z", event.End: "2028-02-29T13:30:00Z",
					event.Address: "300 Mill St.", event.City: "Moorestown-Süd", event.Province: []string{"NJ", ""}[n%2], event.PostalCode: "08057", event.Country: "US",
				}
				return f
			}
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: event.Kind, Place: Races, Want: want,
				Key: func(f record.Fields) record.Fields { return f.Only(event.KeyFields) },
				Add: func(t *testing.T, n int) record.ExternalID {
					return record.ExternalID(b.sampleRace(t, n, want(n)[event.Name], "10 km", want(n)[event.Province], "").key())
				},
				Change: func(record.Fields) record.Fields { return record.Fields{event.City: "Nieuw-Élim"} },
				Clear:  event.Address,
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					number, _, _ := strings.Cut(string(id), "-")
					b.control(t, "PATCH", "/races/"+number, map[string]any{"address": map[string]any{"city": set[event.City], "state": "NJ", "country_code": "US"}})
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.List:   {Method: "GET", Path: "/rest/race/*"},
				connectortest.Get:    {Method: "GET", Path: "/rest/race/*"},
				connectortest.Update: {Method: "POST", Path: "/rest/race"},
			})
		},
	})
}

func TestContractOfEvents(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{race.Start, race.Distance, race.Event},
		Open: func(t *testing.T) *connectortest.Bench {
			b := editionsOf(t)
			want := func(n int) record.Fields {
				return record.Fields{
					race.ID: fmt.Sprint(80 + n), race.Event: b.cfg.Races[n].key(), race.Name: fmt.Sprintf("L'Été %d", n),
					race.Start: "2028-02-29T13:30:00Z", race.Distance: []string{"10000", ""}[n%2],
				}
			}
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: race.Kind, Place: Events, Want: want,
				Key: func(f record.Fields) record.Fields { return f.Only(race.KeyFields) },
				Add: func(t *testing.T, n int) record.ExternalID {
					link := b.sampleRace(t, n, "Été", want(n)[race.Name], "NJ", []string{"10K", ""}[n%2])
					return record.ExternalID(fmt.Sprint(link.Events[0].EventID))
				},
				Change: func(record.Fields) record.Fields { return record.Fields{race.Start: "2028-03-01T14:00:00Z"} },
				Edit: func(t *testing.T, id record.ExternalID, _ record.Fields) {
					for _, link := range b.cfg.Races {
						if fmt.Sprint(link.Events[0].EventID) == string(id) {
							b.control(t, "PATCH", fmt.Sprintf("/races/%d", link.RaceID), map[string]any{"events": []any{map[string]any{
								"event_id": link.Events[0].EventID, "race_event_days_id": link.Day, "name": "L'Été", "start_time": "2028-03-01 09:00", "event_type": "running_race",
							}}})
						}
					}
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.List:   {Method: "GET", Path: "/rest/race/*"},
				connectortest.Get:    {Method: "GET", Path: "/rest/race/*"},
				connectortest.Update: {Method: "POST", Path: "/rest/race"},
			})
		},
	})
}
