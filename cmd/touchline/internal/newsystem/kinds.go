package newsystem

import "fmt"

// kind is what a kind of record brings: where its policy and pipelines are, and the
// fields that a new system maps. They are few, and difficult enough for the suite.
type kind struct {
	Kind    string
	Family  string
	Package string // of its fields, in sync/record
	// Key and Unique are the constants of the natural key's field and of another one
	// that only one person may have at the system; "" for none. Clear is one that may
	// be emptied.
	Key, Unique, Clear string
	Fields             []field
	// PolicyFile and PolicyFunc have its policy; Target is the line in it.
	PolicyFile, PolicyFunc string
	target                 string
}

// field is one row of the mapping.
type field struct {
	Const  string // in the package of the kind
	Go     string // of the struct on the wire
	Wire   string
	Field  string // what it holds, for the page
	Sample string // Go, with n
	date   bool
}

// Row is the field's line in the table of mappings.
func (f field) Row(pkg string) string {
	at := fmt.Sprintf("func(c *contact) *mapping.Value { return &c.%s }),", f.Go)
	if f.date {
		return fmt.Sprintf("mapping.Date(%s.%s, time.DateOnly, %s", pkg, f.Const, at)
	}
	return fmt.Sprintf("mapping.Text(%s.%s, %s", pkg, f.Const, at)
}

var kinds = []kind{
	{
		Kind: "event.person", Family: "event", Package: "eventperson", Key: "ID", Unique: "Email", Clear: "Phone",
		PolicyFile: "event_person.go", PolicyFunc: "EventPerson", target: `TargetAt(%q, "people"),`,
		Fields: []field{
			{Const: "ID", Go: "ExternalID", Wire: "external_id", Field: "the id in EMS", Sample: `fmt.Sprint(1000 + n)`},
			{Const: "FirstName", Go: "FirstName", Wire: "first_name", Field: "the first name", Sample: `"Zoë"`},
			{Const: "LastName", Go: "LastName", Wire: "last_name", Field: "the last name", Sample: `fmt.Sprintf("van 't Hof-Ünal %d", n)`},
			{Const: "Email", Go: "Email", Wire: "email", Field: "the e-mail address", Sample: `fmt.Sprintf("zoe.%d@voorbeeld.example.org", n)`},
			{Const: "Phone", Go: "Phone", Wire: "phone", Field: "a phone number, E.164", Sample: `[]string{fmt.Sprintf("+3161234%04d", n), ""}[n%2]`},
			{Const: "BirthDate", Go: "BirthDate", Wire: "birth_date", Field: "the date of birth, `2006-01-02`", Sample: `"2012-02-29"`, date: true},
			{Const: "City", Go: "City", Wire: "city", Field: "the town", Sample: `"'s-Gravenveld"`},
		},
	},
	{
		// A club's children share their parents' addresses: none is one person's alone.
		// Parents who are no member have no code, and so no key here.
		Kind: "club.person", Family: "club", Package: "person", Key: "RelationCode", Clear: "Mobile1",
		PolicyFile: "club_person.go", PolicyFunc: "ClubPerson",
		target: `{System: %q, Place: func(f record.Fields) (place, why string) {
			if isMember(f) {
				return "people", ""
			}
			return "", "no member"
		}},`,
		Fields: []field{
			{Const: "RelationCode", Go: "ExternalID", Wire: "external_id", Field: "the relation code", Sample: `fmt.Sprintf("ZZ%05dX", n)`},
			{Const: "FirstName", Go: "FirstName", Wire: "first_name", Field: "the first name", Sample: `"Zoë"`},
			{Const: "Infix", Go: "Infix", Wire: "infix", Field: "the infix", Sample: `"van 't"`},
			{Const: "LastName", Go: "LastName", Wire: "last_name", Field: "the last name", Sample: `fmt.Sprintf("Hof-Ünal %d", n)`},
			{Const: "Email1", Go: "Email", Wire: "email", Field: "the e-mail address", Sample: `"ouders@voorbeeld.example.org"`},
			{Const: "Mobile1", Go: "Phone", Wire: "phone", Field: "a phone number, E.164", Sample: `[]string{fmt.Sprintf("+3161234%04d", n), ""}[n%2]`},
			{Const: "BirthDate", Go: "BirthDate", Wire: "birth_date", Field: "the date of birth, `2006-01-02`", Sample: `"2012-02-29"`, date: true},
			{Const: "City", Go: "City", Wire: "city", Field: "the town", Sample: `"'s-Gravenveld"`},
		},
	},
}

// Kinds are the kinds that a system can be made for; the first is the default.
func Kinds() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.Kind
	}
	return out
}
