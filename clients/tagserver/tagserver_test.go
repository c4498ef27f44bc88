package tagserver

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/tagserver/tagserversim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
	"github.com/touchline-sync/touchline/sync/record/tag"
	"github.com/touchline-sync/touchline/sync/value"
)

// bundle is a simulator and a connector on it.
type bundle struct {
	simkit.Remote
	sim   *simkit.Kit
	cfg   Config
	host  *connectortest.Host
	watch *openapitest.Watch
	conn  connector.Connector
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{sim: tagserversim.New(tagserversim.Options{}), host: connectortest.NewHost(t)}
	b.Remote = simtest.Start(t, b.sim)
	b.host.Follow(b.sim.Now)
	b.cfg = Config{Username: b.Info.Credentials["username"], Password: connector.Secret(b.Info.Credentials["password"]), Page: 2}
	b.cfg.BaseURL = b.Info.Addresses["api"]
	b.watch = described.Watch(t, http.DefaultTransport)
	b.conn = b.open(t)
	return b
}

// open opens the connector. All that it sends is held against the description.
func (b *bundle) open(t *testing.T) connector.Connector {
	t.Helper()
	if err := b.cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	c, err := b.cfg.open(b.host, b.watch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// enter puts a record into a table, as somebody at the server would.
func (b *bundle) enter(t *testing.T, table string, columns map[string]any) string {
	t.Helper()
	var made struct{ ID int64 }
	simtest.Control(t, b.Remote, http.MethodPost, "/"+table, columns, &made)
	return strconv.FormatInt(made.ID, 10)
}

// edit changes a record, as somebody at the server would.
func (b *bundle) edit(t *testing.T, k *kind, at record.ExternalID, set record.Fields) {
	t.Helper()
	r := &row{}
	if err := k.table().Encode(set, r, value.Spec{Types: k.types}); err != nil {
		t.Fatal(err)
	}
	simtest.Control(t, b.Remote, http.MethodPatch, "/"+k.path+"/"+string(at), r, nil)
}

// parents are records of all tables that others refer to, by kind.
type parents map[record.Kind]string

func (b *bundle) parents(t *testing.T, upTo record.Kind) parents {
	t.Helper()
	p := parents{}
	for _, make := range []struct {
		kind  record.Kind
		table string
		of    func() map[string]any
	}{
		{organisation.Kind, "organisations", func() map[string]any { return map[string]any{"emsId": 1, "name": "Ünal Sport"} }},
		{eventperson.Kind, "people", func() map[string]any { return map[string]any{"emsId": 1, "lastName": "Mokoena"} }},
		{event.Kind, "events", func() map[string]any {
			return map[string]any{
				"emsId": 1, "name": "Duinloop", "startDateTime": "2026-05-09T04:00:00Z", "endDateTime": "2026-05-09T16:00:00Z",
				"timezone": "Europe/Amsterdam", "organisation": p.number(organisation.Kind),
			}
		}},
		{race.Kind, "races", func() map[string]any {
			return map[string]any{"emsId": 1, "active": true, "event": p.number(event.Kind)}
		}},
		{startgroup.Kind, "start-groups", func() map[string]any {
			return map[string]any{"emsId": 1, "startTime": "2026-05-09T06:00:00Z", "race": p.number(race.Kind)}
		}},
		{participant.Kind, "event-participants", func() map[string]any {
			return map[string]any{
				"emsId": 1, "lastName": "Mokoena", "paid": true, "active": true, "event": p.number(event.Kind), "person": p.number(eventperson.Kind),
			}
		}},
	} {
		if make.kind == upTo {
			break
		}
		p[make.kind] = b.enter(t, make.table, make.of())
	}
	return p
}

func (p parents) number(kind record.Kind) int64 {
	n, _ := strconv.ParseInt(p[kind], 10, 64)
	return n
}

// sample is record number n of a kind, with all its fields.
func (p parents) sample(kind record.Kind, n int) record.Fields {
	f := record.Fields{id: fmt.Sprint(1000 + n)}
	own := map[record.Kind]record.Fields{
		organisation.Kind: {organisation.Name: fmt.Sprintf("'t Ünal Atletiek %d", n), organisation.Parent: ""},
		eventperson.Kind: {
			eventperson.FirstName: "Zoë", eventperson.LastName: fmt.Sprintf("van 't Hof-Ünal %d", n), eventperson.Gender: "female",
			eventperson.BirthDate: []string{"2012-02-29", ""}[n%2],
		},
		event.Kind: {
			event.Name: fmt.Sprintf("'s-Gravenduin Zoë %d", n), event.Start: "2026-05-09T04:00:00Z", event.End: "2026-05-09T16:00:00Z",
			event.Zone: "Europe/Amsterdam", event.Organisation: p[organisation.Kind],
		},
		race.Kind: {
			race.Name: fmt.Sprintf("'t Halve van Ünal %d", n), race.Start: []string{"2026-05-09T06:30:00Z", ""}[n%2], race.Distance: "21097",
			race.Status: "planned", race.Active: "true", race.Event: p[event.Kind],
		},
		startgroup.Kind: {
			startgroup.Name: fmt.Sprintf("'t Vak Ü%d", n), startgroup.Seq: []string{fmt.Sprint(n + 1), ""}[n%2], startgroup.Start: "2026-05-09T06:30:00Z",
			startgroup.Race: p[race.Kind],
		},
		participant.Kind: {
			participant.Bib: fmt.Sprint(11800 + n), participant.FirstName: "Thandi", participant.LastName: fmt.Sprintf("M'Mokoena-Ünal %d", n),
			participant.Gender: "female", participant.BirthDate: "1992-02-29", participant.Category: []string{"Elite Women", ""}[n%2],
			participant.Paid: "true", participant.Active: "true",
			participant.Event: p[event.Kind], participant.Person: p[eventperson.Kind], participant.Race: p[race.Kind],
		},
		startgroupparticipant.Kind: {
			startgroupparticipant.Seq: []string{fmt.Sprint(n), ""}[n%2], startgroupparticipant.StartGroup: p[startgroup.Kind], startgroupparticipant.Participant: p[participant.Kind],
		},
		tag.Kind: {
			tag.Number: fmt.Sprintf("T%05d", n), tag.Barcode: fmt.Sprintf("87123450%04d", n), tag.UUID: fmt.Sprintf("6f1c2b7e-0000-4000-8000-%012d", n),
			tag.EPC: fmt.Sprintf("E200341201%06d", n), tag.Bib: fmt.Sprint(11800 + n), tag.Person: p[eventperson.Kind], tag.Event: p[event.Kind],
			tag.ValidFrom: "2026-05-01T00:00:00Z", tag.ValidTo: "",
		},
	}[kind]
	return f.Over(own)
}

// benches says what the suite changes in a kind, what it empties and what is refused.
var benches = map[record.Kind]struct {
	change record.Fields
	clear  record.Field
	refuse record.Field
}{
	organisation.Kind:          {change: record.Fields{organisation.Name: "Nieuw-Ünal"}, refuse: organisation.Name},
	eventperson.Kind:           {change: record.Fields{eventperson.FirstName: "Zoé"}, clear: eventperson.BirthDate, refuse: eventperson.LastName},
	event.Kind:                 {change: record.Fields{event.Zone: "Africa/Johannesburg"}, refuse: event.Start},
	race.Kind:                  {change: record.Fields{race.Status: "ready"}, clear: race.Distance, refuse: race.Active},
	startgroup.Kind:            {change: record.Fields{startgroup.Start: "2026-05-09T06:40:00Z"}, clear: startgroup.Seq, refuse: startgroup.Race},
	participant.Kind:           {change: record.Fields{participant.Category: "Masters"}, clear: participant.Bib, refuse: participant.LastName},
	startgroupparticipant.Kind: {change: record.Fields{startgroupparticipant.Seq: "77"}, clear: startgroupparticipant.Seq, refuse: startgroupparticipant.Participant},
	tag.Kind:                   {change: record.Fields{tag.ValidTo: "2026-05-10T00:00:00Z"}, clear: tag.EPC, refuse: tag.Person},
}

func TestContract(t *testing.T) {
	t.Parallel()
	for i := range kinds {
		k := &kinds[i]
		t.Run(k.path, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench { return bench(t, k) }})
		})
	}
}

func bench(t *testing.T, k *kind) *connectortest.Bench {
	t.Helper()
	b := setup(t)
	p, with := b.parents(t, k.Kind), benches[k.Kind]
	bench := &connectortest.Bench{
		Connector: b.conn, Host: b.host, Kind: k.Kind, Place: k.path,
		Want:   func(n int) record.Fields { return p.sample(k.Kind, n) },
		Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{id}) },
		Change: func(record.Fields) record.Fields { return with.change },
		Clear:  with.clear,
		Refused: func() (record.Fields, record.Field) {
			f := p.sample(k.Kind, 9)
			f[with.refuse] = ""
			return f, with.refuse
		},
		Edit: func(t *testing.T, at record.ExternalID, set record.Fields) {
			b.edit(t, k, at, set)
		},
		Reopen: b.open,
	}
	if k.clash != nil && k.clash.field != "" {
		bench.Rival = func(want record.Fields) (record.Fields, record.Field) {
			f := p.sample(k.Kind, 4)
			f[k.clash.field], f[participant.Person] = want[k.clash.field], b.enter(t, "people", map[string]any{"emsId": 2, "lastName": "Ander"})
			return f, k.clash.field
		}
	}
	at := "/api/" + k.path
	return simtest.Wire(b.sim, b.Remote, bench, map[connectortest.Op]simkit.Match{
		connectortest.Check:  {Method: http.MethodGet, Path: "/api/authenticate"},
		connectortest.List:   {Method: http.MethodGet, Path: at},
		connectortest.Get:    {Method: http.MethodGet, Path: at + "/*"},
		connectortest.Create: {Method: http.MethodPost, Path: at},
		connectortest.Update: {Method: http.MethodPut, Path: at + "/*"},
		connectortest.Delete: {Method: http.MethodDelete, Path: at + "/*"},
	})
}
