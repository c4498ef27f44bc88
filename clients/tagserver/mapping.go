package tagserver

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/organisation"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
	"github.com/touchline-sync/touchline/sync/record/startgroup"
	"github.com/touchline-sync/touchline/sync/record/startgroupparticipant"
	"github.com/touchline-sync/touchline/sync/record/tag"
)

// kind is one of the eight kinds of record.
type kind struct {
	record.Kind
	path    string // below /api, and the name of the place
	types   record.Types
	columns []column
	clash   *clash // what else only one record may have; nil: nothing
}

// emsID is the column that all kinds have: whose record it is. Each kind's id with us
// has the same name.
const (
	emsID = "emsId"
	id    = organisation.ID
)

// kinds are the records of TagServer (docs/systems/tagserver.md, "Records").
var kinds = []kind{
	{Kind: organisation.Kind, path: "organisations", types: organisation.Types, columns: []column{
		number(id, emsID).must(), text(organisation.Name, "name", 50).must(),
		number(organisation.Parent, "parentId").to(organisation.Kind).loose(),
	}},
	{Kind: eventperson.Kind, path: "people", types: eventperson.Types, columns: []column{
		number(id, emsID).must(), text(eventperson.FirstName, "firstName", 50), text(eventperson.LastName, "lastName", 50).must(),
		code(eventperson.Gender, "gender"), text(eventperson.BirthDate, "dateOfBirth", 10),
	}},
	{Kind: event.Kind, path: "events", types: event.Types, columns: []column{
		number(id, emsID).must(), text(event.Name, "name", 100).must(),
		text(event.Start, "startDateTime", 0).must(), text(event.End, "endDateTime", 0).must(), text(event.Zone, "timezone", 50).must(),
		ref(event.Organisation, "organisation", organisation.Kind).must(),
	}},
	{Kind: race.Kind, path: "races", types: race.Types, columns: []column{
		number(id, emsID).must(), text(race.Name, "name", 100), text(race.Start, "startTime", 0), number(race.Distance, "distanceMeters"),
		code(race.Status, "status"), flag(race.Active, "active").must(), ref(race.Event, "event", event.Kind).must(),
	}},
	{Kind: startgroup.Kind, path: "start-groups", types: startgroup.Types, columns: []column{
		number(id, emsID).must(), text(startgroup.Name, "name", 50), number(startgroup.Seq, "seq"),
		text(startgroup.Start, "startTime", 0).must(), ref(startgroup.Race, "race", race.Kind).must(),
	}},
	{Kind: participant.Kind, path: "event-participants", types: participant.Types, columns: []column{
		number(id, emsID).must(), text(participant.Bib, "bib", 10),
		text(participant.FirstName, "firstName", 50), text(participant.LastName, "lastName", 50).must(),
		code(participant.Gender, "gender"), text(participant.BirthDate, "dateOfBirth", 10), text(participant.Category, "category", 50),
		flag(participant.Paid, "paid").must(), flag(participant.Active, "active").must(),
		ref(participant.Event, "event", event.Kind).must(), ref(participant.Person, "person", eventperson.Kind).must(),
		ref(participant.Race, "race", race.Kind).loose(),
	}, clash: &bibOfEvent},
	{Kind: startgroupparticipant.Kind, path: "start-group-participants", types: startgroupparticipant.Types, columns: []column{
		number(id, emsID).must(), number(startgroupparticipant.Seq, "seq"),
		ref(startgroupparticipant.StartGroup, "startGroup", startgroup.Kind).must(),
		ref(startgroupparticipant.Participant, "eventParticipant", participant.Kind).must(),
	}},
	{Kind: tag.Kind, path: "tags", types: tag.Types, columns: []column{
		number(id, emsID).must(), text(tag.Number, "number", 10), text(tag.Barcode, "barcode", 20), lower(tag.UUID, "uuid"),
		text(tag.EPC, "epc", 64), text(tag.Bib, "bib", 10), ref(tag.Person, "person", eventperson.Kind).must(),
		ref(tag.Event, "event", event.Kind), text(tag.ValidFrom, "validFrom", 0).must(), text(tag.ValidTo, "validTo", 0),
	}, clash: &openTag},
}

// column ties a field to one on the wire. What it has besides its row is asked for by
// the kit, or looked at before a call.
type column struct {
	row    mapping.Row[row]
	field  record.Field
	name   string
	max    int         // letters; 0: no limit of the server's
	needed bool        // no record can be without it
	of     record.Kind // what it refers to
	object bool        // a reference, which stands there as {"id": n}
	frees  bool        // what refers stays without it when it is deleted
}

func (c column) must() column { c.needed = true; return c }

func (c column) loose() column { c.frees = true; return c }

func (c column) to(of record.Kind) column { c.of = of; return c }

func newColumn(f record.Field, name string, decode, encode func(string) (string, error), form mapping.Form) column {
	at := func(r *row) *mapping.Value { return r.At(name) }
	return column{field: f, name: name, row: mapping.Convert(f, decode, encode, at).As(form)}
}

// text is a text, a date or an instant; what is empty is null.
func text(f record.Field, name string, most int) column {
	return column{field: f, name: name, max: most, row: mapping.Text(f, func(r *row) *mapping.Value { return r.At(name) }).As(mapping.Null)}
}

// lower is a text in small letters, as Java writes a UUID.
func lower(f record.Field, name string) column {
	small := func(s string) (string, error) { return strings.ToLower(s), nil }
	return newColumn(f, name, small, small, mapping.Null)
}

// code is a word of a list, which stands there in capitals. UNKNOWN is none.
func code(f record.Field, name string) column {
	return newColumn(f, name,
		func(s string) (string, error) {
			if s == "UNKNOWN" {
				return "", nil
			}
			return strings.ToLower(s), nil
		},
		func(s string) (string, error) { return strings.ToUpper(s), nil }, mapping.Null)
}

func flag(f record.Field, name string) column {
	return column{field: f, name: name, row: mapping.Flag(f, func(r *row) *mapping.Value { return r.At(name) })}
}

// number is a whole number, such as an id.
func number(f record.Field, name string) column {
	return newColumn(f, name, whole, whole, mapping.Number)
}

func whole(s string) (string, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err != nil || strconv.FormatInt(n, 10) != s {
		return "", fmt.Errorf("not a whole number")
	}
	return s, nil
}

// ref refers to one record of another kind.
func ref(f record.Field, name string, of record.Kind) column {
	c := newColumn(f, name, whole, whole, mapping.Object).to(of)
	c.object = true
	return c
}

func (k *kind) table() mapping.Table[row] {
	var t mapping.Table[row]
	for _, c := range k.columns {
		t = append(t, c.row)
	}
	return t
}

// required are the fields without which there is no record.
func (k *kind) required() (out []record.Field) {
	for _, c := range k.columns {
		if c.needed {
			out = append(out, c.field)
		}
	}
	return out
}

// refs are what the columns refer to. Those of the same kind may go in a circle: each is
// made without, and told of the other when that is there.
func (k *kind) refs() map[record.Field]connector.Ref {
	out := map[record.Field]connector.Ref{}
	for _, c := range k.columns {
		if c.of != "" {
			out[c.field] = connector.Ref{Kind: c.of, Required: c.of != k.Kind, LetsGo: c.frees}
		}
	}
	return out
}

// fieldOf is the field that a column of the wire holds; "" for one that is not ours.
func (k *kind) fieldOf(name string) record.Field {
	for _, c := range k.columns {
		if c.name == name {
			return c.field
		}
	}
	return ""
}

// refuses says what TagServer cannot hold, without a call. Longer texts than its
// columns take would be an answer of 400 for the whole record.
func (k *kind) refuses(want record.Fields) error {
	for _, c := range k.columns {
		v, known := want[c.field]
		switch {
		case c.needed && known && v == "":
			return wrong(connector.Rejected, "accept", "TagServer takes no record without it", c.field)
		case c.max > 0 && len([]rune(v)) > c.max:
			return wrong(connector.Rejected, "accept", fmt.Sprintf("longer than the %d letters of TagServer's column", c.max), c.field)
		}
	}
	return nil
}
