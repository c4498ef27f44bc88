package tagserversim

// column is one of a table's, as an entity of JHipster has it.
type column struct {
	name  string
	class string   // one of the classes below
	max   int      // letters of a text
	null  bool     // it may be null
	of    string   // the table that a reference is to
	codes []string // of an enum
}

// The classes of columns.
const (
	text      = "text"
	long      = "long" // int64
	integer   = "integer"
	instant   = "instant"
	day       = "date"
	boolean   = "boolean"
	enum      = "enum"
	uuid      = "uuid"
	reference = "reference" // {"id": n}
	foreign   = "foreign"   // n
)

// schema is one table: an entity, and its path below /api.
type schema struct {
	path, entity string
	columns      []column
	// rule says that a row may not stand beside another one.
	rule func(s *settings, mine, other *row) bool
}

var sexes = []string{"UNKNOWN", "MALE", "FEMALE"}

// schemas are the tables (docs/systems/tagserver.md, "Records").
var schemas = []schema{
	{path: "organisations", entity: "organisation", columns: []column{
		{name: "emsId", class: long}, {name: "name", class: text, max: 50}, {name: "parentId", class: foreign, of: "organisations", null: true},
	}},
	{path: "people", entity: "person", columns: []column{
		{name: "emsId", class: long},
		{name: "firstName", class: text, max: 50, null: true},
		{name: "lastName", class: text, max: 50},
		{name: "gender", class: enum, codes: sexes, null: true},
		{name: "dateOfBirth", class: day, null: true},
		{name: "nationality", class: text, max: 2, null: true},
	}},
	{path: "events", entity: "event", columns: []column{
		{name: "emsId", class: long},
		{name: "name", class: text, max: 100},
		{name: "startDateTime", class: instant},
		{name: "endDateTime", class: instant},
		{name: "timezone", class: text, max: 50},
		{name: "organisation", class: reference, of: "organisations"},
	}},
	{path: "races", entity: "race", columns: []column{
		{name: "emsId", class: long},
		{name: "name", class: text, max: 100, null: true},
		{name: "startTime", class: instant, null: true},
		{name: "distanceMeters", class: integer, null: true},
		{name: "status", class: enum, codes: []string{"PLANNED", "STAGING", "READY", "COMPLETED", "CANCELLED"}, null: true},
		{name: "active", class: boolean},
		{name: "event", class: reference, of: "events"},
	}},
	{path: "start-groups", entity: "startGroup", columns: []column{
		{name: "emsId", class: long},
		{name: "name", class: text, max: 50, null: true},
		{name: "seq", class: integer, null: true},
		{name: "startTime", class: instant},
		{name: "race", class: reference, of: "races"},
	}},
	{path: "event-participants", entity: "eventParticipant", columns: []column{
		{name: "emsId", class: long},
		{name: "bib", class: text, max: 10, null: true},
		{name: "firstName", class: text, max: 50, null: true},
		{name: "lastName", class: text, max: 50},
		{name: "gender", class: enum, codes: sexes, null: true},
		{name: "dateOfBirth", class: day, null: true},
		{name: "category", class: text, max: 50, null: true},
		{name: "paid", class: boolean},
		{name: "active", class: boolean},
		{name: "event", class: reference, of: "events"},
		{name: "person", class: reference, of: "people"},
		{name: "race", class: reference, of: "races", null: true},
	}, rule: bibs},
	{path: "start-group-participants", entity: "startGroupParticipant", columns: []column{
		{name: "emsId", class: long},
		{name: "seq", class: integer, null: true},
		{name: "startGroup", class: reference, of: "start-groups"},
		{name: "eventParticipant", class: reference, of: "event-participants"},
	}},
	{path: "tags", entity: "tag", columns: []column{
		{name: "emsId", class: long},
		{name: "number", class: text, max: 10, null: true},
		{name: "barcode", class: text, max: 20, null: true},
		{name: "uuid", class: uuid, null: true},
		{name: "epc", class: text, max: 64, null: true},
		{name: "bib", class: text, max: 10, null: true},
		{name: "person", class: reference, of: "people"},
		{name: "event", class: reference, of: "events", null: true},
		{name: "validFrom", class: instant},
		{name: "validTo", class: instant, null: true},
	}, rule: openTags},
}

// bibs: a bib is one person's in an event, or one participant's. Who has withdrawn
// wears none.
func bibs(s *settings, mine, other *row) bool {
	alike := mine.at("bib") != nil && mine.at("bib") == other.at("bib") && mine.at("event") == other.at("event") &&
		mine.at("active") == true && other.at("active") == true
	return alike && (s.Bibs == "participant" || mine.at("person") != other.at("person"))
}

// openTags: a tag is open for one wearer at a time, in an event or for all events.
func openTags(_ *settings, mine, other *row) bool {
	return mine.at("epc") != nil && mine.at("epc") == other.at("epc") && mine.at("event") == other.at("event") &&
		mine.at("validTo") == nil && other.at("validTo") == nil
}
