package eventoracle

import (
	"cmp"
	"strings"
)

// table is a place at TagServer, and the table of EMS that it is made from.
type table struct {
	name, path string
	// entered is the column with a person who must be entered, or have been; blank: none.
	entered string
	// columns of EMS and of TagServer, by class.
	texts, codes, numbers, flags, times map[string]string
	refs                                map[string]reference
}

// reference is a column that refers to a record of a place.
type reference struct{ column, path string }

// tables are all eight (docs/systems/tagserver.md, "Records").
var tables = []table{
	{name: "organisation", path: "organisations", texts: map[string]string{"name": "name"}, refs: map[string]reference{"parent_id": {"parentId", "organisations"}}},
	{
		name: "person", path: "people", entered: "id", texts: map[string]string{"first_name": "firstName", "last_name": "lastName", "date_of_birth": "dateOfBirth"},
		codes: map[string]string{"gender": "gender"},
	},
	{
		name: "event", path: "events", texts: map[string]string{"name": "name", "timezone": "timezone"},
		times: map[string]string{"start_date_time": "startDateTime", "end_date_time": "endDateTime"},
		refs:  map[string]reference{"organisation_id": {"organisation", "organisations"}},
	},
	{
		name: "race", path: "races", texts: map[string]string{"name": "name"}, codes: map[string]string{"status": "status"},
		numbers: map[string]string{"distance_meters": "distanceMeters"}, flags: map[string]string{"active": "active"},
		times: map[string]string{"start_time": "startTime"}, refs: map[string]reference{"event_id": {"event", "events"}},
	},
	{
		name: "start_group", path: "start-groups", texts: map[string]string{"name": "name"}, numbers: map[string]string{"seq": "seq"},
		times: map[string]string{"start_time": "startTime"}, refs: map[string]reference{"race_id": {"race", "races"}},
	},
	{
		name: "event_participant", path: "event-participants",
		texts: map[string]string{
			"first_name": "firstName", "last_name": "lastName", "date_of_birth": "dateOfBirth", "category_name": "category", "held_bib": "bib",
		},
		codes: map[string]string{"gender": "gender"}, flags: map[string]string{"paid": "paid", "active": "active"},
		refs: map[string]reference{"event_id": {"event", "events"}, "person_id": {"person", "people"}, "race_id": {"race", "races"}},
	},
	{
		name: "start_group_participant", path: "start-group-participants", numbers: map[string]string{"seq": "seq"},
		refs: map[string]reference{"start_group_id": {"startGroup", "start-groups"}, "event_participant_id": {"eventParticipant", "event-participants"}},
	},
	{
		name: "bib_tag_mapping", path: "tags", entered: "person_id",
		texts: map[string]string{"number": "number", "barcode": "barcode", "uuid": "uuid", "epc": "epc", "bib": "bib"},
		times: map[string]string{"valid_from": "validFrom", "valid_to": "validTo"},
		refs:  map[string]reference{"person_id": {"person", "people"}, "event_id": {"event", "events"}},
	},
}

// tagServer compares all eight tables, row by row.
func (c *comparison) tagServer(w World) error {
	var dump map[string]any
	if err := read("TagServer", w.TagServer, &dump); err != nil {
		return err
	}
	numbers := map[string]map[string]string{} // by place: of EMS, by those of TagServer
	for _, t := range tables {
		numbers[t.path] = map[string]string{}
		for _, r := range rows(dump[t.path]) {
			numbers[t.path][r.text("id")] = r.text("emsId")
		}
	}
	over := map[string]bool{}
	for _, r := range c.ems.tables["race"] {
		over[r.text("id")] = r.text("status") == "COMPLETED"
	}
	scope := c.scope(w.Now)
	for _, t := range tables {
		there := map[string][]row{}
		for _, r := range rows(dump[t.path]) {
			there[r.text("emsId")] = append(there[r.text("emsId")], r)
		}
		for _, r := range c.wanted(t.name) {
			a := c.at("tagserver", t.path, r.text("id"))
			found := there[a.id]
			delete(there, a.id)
			if must, may := scope.of(t, r); !must && (len(found) == 0 || !may) {
				if len(found) > 0 {
					a.is(Extra)
				}
				continue
			}
			if have, ok := one(a, found); ok {
				want, shown := t.both(r, have, numbers)
				if over[r.text("race_id")] {
					delete(want, "held_bib")
				}
				a.same(want, shown)
			}
		}
		for id := range there {
			c.at("tagserver", t.path, id).is(Extra)
		}
	}
	return nil
}

// wanted are the living rows of a table. A tag is shown by who wears it.
func (c *comparison) wanted(name string) []row {
	living := c.ems.living(name)
	if name != "bib_tag_mapping" {
		return living
	}
	tags := map[string]row{}
	for _, r := range c.ems.living("tag") {
		tags[r.text("id")] = r
	}
	var out []row
	for _, r := range living {
		tag, is := tags[r.text("tag_id")]
		if !is {
			continue
		}
		worn := row{}
		for name, v := range r {
			worn[name] = v
		}
		for _, name := range []string{"number", "barcode", "uuid", "epc"} {
			worn[name] = tag[name]
		}
		out = append(out, worn)
	}
	return out
}

// both are a row of EMS and one of TagServer in one form.
func (t table) both(r, there row, numbers map[string]map[string]string) (want, have map[string]string) {
	want, have = map[string]string{}, map[string]string{}
	for _, of := range []map[string]string{t.texts, t.numbers, t.flags} {
		for ours, theirs := range of {
			want[ours], have[ours] = r.text(ours), there.text(theirs)
		}
	}
	for ours, theirs := range t.codes {
		want[ours], have[ours] = strings.Replace(r.text(ours), "UNKNOWN", "", 1), strings.Replace(there.text(theirs), "UNKNOWN", "", 1)
	}
	for ours, theirs := range t.times {
		want[ours], have[ours] = second(r.text(ours)), second(there.text(theirs))
	}
	for ours, ref := range t.refs {
		want[ours], have[ours] = r.text(ours), ""
		if to := there.ref(ref.column); to != "" {
			have[ours] = cmp.Or(numbers[ref.path][to], "one that is not there")
		}
	}
	return want, have
}

func rows(v any) (out []row) {
	all, _ := v.([]any)
	for _, x := range all {
		if r, ok := x.(map[string]any); ok {
			out = append(out, r)
		}
	}
	return out
}
