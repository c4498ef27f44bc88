package eventoracle

import "time"

// The window of events (docs/systems/tagserver.md, "Records").
const (
	past  = 30 * 24 * time.Hour
	ahead = 365 * 24 * time.Hour
)

// scope says what TagServer must hold, and what it may.
type scope struct {
	now time.Time
	// Rows by number, of the tables by which another one has its event.
	rows map[string]map[string]row
	// Who is a participant of an event in the window, and who was one.
	is, was map[string]bool
}

// parents are the columns by which a row of a table has its event, and their tables.
var parents = map[string]map[string]string{
	"race": {"event_id": "event"}, "event_participant": {"event_id": "event"}, "bib_tag_mapping": {"event_id": "event"}, "start_group": {"race_id": "race"},
	"start_group_participant": {"start_group_id": "start_group", "event_participant_id": "event_participant"},
}

func (c *comparison) scope(now time.Time) *scope {
	s := &scope{now: now, rows: map[string]map[string]row{}, is: map[string]bool{}, was: map[string]bool{}}
	for _, name := range []string{"event", "race", "start_group", "event_participant"} {
		s.rows[name] = map[string]row{}
		for _, r := range c.ems.tables[name] {
			s.rows[name][r.text("id")] = r
		}
	}
	for _, r := range c.ems.tables["event_participant"] {
		who := r.text("person_id")
		must, may := s.ofEvent("event_participant", r)
		s.is[who] = s.is[who] || must && r.text("deleted_on") == ""
		s.was[who] = s.was[who] || may
	}
	return s
}

// of reports whether a row must be there, and whether it may.
func (s *scope) of(t table, r row) (must, may bool) {
	must, may = s.ofEvent(t.name, r)
	if who := r.text(t.entered); t.entered != "" {
		must, may = must && s.is[who], may && (s.is[who] || s.was[who])
	}
	return must, may
}

// ofEvent is of, by the events of a row alone.
func (s *scope) ofEvent(name string, r row) (must, may bool) {
	must, may = true, true
	for _, e := range s.events(name, r) {
		in, left := s.in(e), s.left(e, r)
		must, may = must && in, may && (in || left)
	}
	return must, may
}

// events are those that a row hangs on.
func (s *scope) events(name string, r row) (out []row) {
	if name == "event" {
		return []row{r}
	}
	for column, parent := range parents[name] {
		if p, is := s.rows[parent][r.text(column)]; is {
			out = append(out, s.events(parent, p)...)
		}
	}
	return out
}

// in reports whether an event is in the window.
func (s *scope) in(e row) bool {
	return instant(e.text("end_date_time")).After(s.now.Add(-past)) && instant(e.text("start_date_time")).Before(s.now.Add(ahead))
}

// left reports whether an event has left the window, and EMS had the row before.
func (s *scope) left(e, r row) bool {
	at := instant(e.text("end_date_time")).Add(past)
	return !at.After(s.now) && instant(e.text("created_on")).Before(at) && instant(r.text("created_on")).Before(at)
}
