package runsignup

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/mapping"
)

// entry is a registration for one event on the wire. Key and what follows it is not
// RunSignup's, but known from where the row stood.
type entry struct {
	Key   string        `json:"key"`
	Event mapping.Value `json:"in_event"`
	Race  mapping.Value `json:"in_race"`

	ID         mapping.Value `json:"registration_id"`
	Bib        mapping.Value `json:"bib_num"`
	Team       mapping.Value `json:"team_name"`
	Imported   string        `json:"imported"`
	Registered mapping.Value `json:"registration_date"`
	Modified   int64         `json:"last_modified"`
	Reason     string        `json:"removed_reason"`
	User       user          `json:"user"`

	active, paid mapping.Value
}

// user is a person on the wire.
type user struct {
	ID      mapping.Value `json:"user_id"`
	First   mapping.Value `json:"first_name"`
	Last    mapping.Value `json:"last_name"`
	Email   mapping.Value `json:"email"`
	Birth   mapping.Value `json:"dob"`
	Gender  mapping.Value `json:"gender"`
	Phone   mapping.Value `json:"phone"`
	Address struct {
		City    mapping.Value `json:"city"`
		Country mapping.Value `json:"country_code"`
	} `json:"address"`
}

// UnmarshalJSON reads a registration. Of one that is gone the time of change is an
// Eastern text, beside which there is the number.
func (e *entry) UnmarshalJSON(data []byte) error {
	type plain entry
	w := struct {
		*plain
		Modified mapping.Value `json:"last_modified"`
		Stamp    mapping.Value `json:"last_modified_ts"`
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	stamp := w.Modified
	if w.Stamp.Set {
		stamp = w.Stamp
	}
	e.Modified, _ = json.Number(stamp.Text).Int64()
	return nil
}

// settle completes a registration.
func (e *entry) settle() (why string) {
	e.active = mapping.Of("true")
	if e.Reason != "" {
		// What it has had as an active one says nothing any more.
		e.active, e.Bib, e.Team = mapping.Of("false"), mapping.Value{}, mapping.Value{}
	}
	if e.Imported == "F" {
		e.paid = mapping.Of("true")
	}
	return ""
}

// shown are the values that are written, in the one order of names and places.
func (e *entry) shown() map[string]*mapping.Value {
	return map[string]*mapping.Value{
		"first_name": &e.User.First, "last_name": &e.User.Last, "email": &e.User.Email, "dob": &e.User.Birth,
		"gender": &e.User.Gender, "bib_num": &e.Bib,
	}
}

// body is what is sent of a registration: absent stays, null is emptied.
func (e *entry) body() map[string]any {
	out := map[string]any{}
	for name, v := range e.shown() {
		switch {
		case v.Set && v.Text == "":
			out[name] = nil
		case v.Set:
			out[name] = v.Text
		}
	}
	return out
}

// with returns a row with what is known of it beside.
func with(row json.RawMessage, known map[string]any) (json.RawMessage, error) {
	head, err := json.Marshal(known)
	if err != nil {
		return nil, err
	}
	tail := strings.TrimSpace(string(row))
	if !strings.HasPrefix(tail, "{") {
		return row, nil // the decoder says what it is
	}
	if tail = strings.TrimSpace(tail[1:]); tail != "}" {
		tail = "," + tail
	}
	return json.RawMessage(string(head[:len(head)-1]) + tail), nil
}

// Forms of times (docs/systems/runsignup.md, "Times").
const (
	shownTime = "1/2/2006 15:04"
	sentTime  = "2006-01-02 15:04"
)

var (
	errTwice = errors.New("the hour comes twice on that day")
	errNever = errors.New("there is no such hour on that day")
	errForm  = errors.New("not a time in the expected form")
	errZone  = errors.New("in a zone that is not known")
)

// instant is the moment of a time as people say it in a zone. One that a change of the
// clock makes come twice, or not at all, is not guessed.
func instant(local, zone string) (string, error) {
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return "", errZone
	}
	for _, form := range []string{shownTime, time.DateTime, sentTime} {
		wall, err := time.Parse(form, local)
		if err != nil {
			continue
		}
		moment := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, at)
		if moment.Format(time.DateTime) != wall.Format(time.DateTime) {
			return "", errNever
		}
		if twice(moment) {
			return "", errTwice
		}
		return moment.UTC().Format(time.RFC3339), nil
	}
	return "", errForm
}

// twice reports whether the clock shows the time of a moment at another one as well.
// Clocks are changed by an hour, on Lord Howe by half of one, elsewhere once by more.
func twice(moment time.Time) bool {
	for _, shift := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		for _, other := range []time.Time{moment.Add(shift), moment.Add(-shift)} {
			if other.Format(time.DateTime) == moment.Format(time.DateTime) {
				return true
			}
		}
	}
	return false
}

// clock is a moment as people say it in a zone, in the form that is sent.
func clock(moment, zone string) (string, error) {
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return "", errZone
	}
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		return "", errForm
	}
	if t = t.In(at); twice(t) {
		return "", errTwice
	}
	return t.Format(sentTime), nil
}

// resent is a time in the form that is sent, of one in the form that is shown.
func resent(shown string) (string, error) {
	for _, form := range []string{shownTime, time.DateTime, sentTime} {
		if at, err := time.Parse(form, shown); err == nil {
			return at.Format(sentTime), nil
		}
	}
	return "", errForm
}
