package runsignup

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/mapping"
)

// entry is a registration for one event on the wire. Event and Race are not RunSignup's,
// but known from where the row stood.
type entry struct {
	Event mapping.Value `json:"in_event"`
	Race  mapping.Value `json:"in_race"`

	ID         mapping.Value `json:"registration_id"`
	Next       mapping.Value `json:"new_registration_id"`
	Bib        mapping.Value `json:"bib_num"`
	Team       mapping.Value `json:"team_name"`
	Imported   string        `json:"imported"`
	Registered mapping.Value `json:"registration_date"`
	Modified   mapping.Value `json:"last_modified"`
	Stamp      mapping.Value `json:"last_modified_ts"`
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

// changed is when a registration was changed last. Of one that is gone that is an Eastern
// text, beside which there is the number.
func (e *entry) changed() time.Time {
	stamp := e.Modified
	if e.Stamp.Set {
		stamp = e.Stamp
	}
	if n := number(stamp); n > 0 {
		return time.Unix(n, 0)
	}
	return time.Time{}
}

// number is a number on the wire; 0 where there is none.
func number(v mapping.Value) int64 {
	n, _ := strconv.ParseInt(v.Text, 10, 64)
	return n
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
	if number(e.User.ID) <= 0 || e.changed().IsZero() {
		return unknown
	}
	return ""
}

// body is what is sent of a registration.
func (e *entry) body() map[string]any {
	out, u := map[string]any{}, e.User
	told(out, map[string]mapping.Value{
		"first_name": u.First, "last_name": u.Last, "email": u.Email, "dob": u.Birth, "gender": u.Gender, "bib_num": e.Bib,
	})
	return out
}

// told puts what is to be changed into a map of the wire: absent stays, null is emptied.
func told(into map[string]any, set map[string]mapping.Value) {
	for name, v := range set {
		switch {
		case v.Set && v.Text == "":
			into[name] = nil
		case v.Set:
			into[name] = v.Text
		}
	}
}

// send makes a call that writes: its body is a form with JSON in it.
func (a *account) send(ctx context.Context, call rest.Call, body any) error {
	request, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if call.Form == nil {
		call.Form = url.Values{}
	}
	call.Method = http.MethodPost
	call.Form.Set("request_format", "json")
	call.Form.Set("request", string(request))
	defer a.ahead.Forget()
	_, err = a.api.Do(ctx, call)
	return err
}

// with returns a row with what is known of it beside; what is empty is not.
func with(row json.RawMessage, known map[string]string) json.RawMessage {
	maps.DeleteFunc(known, func(_, v string) bool { return v == "" })
	head, _ := json.Marshal(known) // texts
	tail, is := strings.CutPrefix(strings.TrimSpace(string(row)), "{")
	if !is {
		return row // the decoder says what it is
	}
	if tail = strings.TrimSpace(tail); tail != "}" {
		tail = "," + tail
	}
	return json.RawMessage(string(head[:len(head)-1]) + tail)
}

// The form of times that is sent, and all in which they are shown
// (docs/systems/runsignup.md, "Times").
const sentTime = "2006-01-02 15:04"

var layouts = []string{"1/2/2006 15:04", time.DateTime, sentTime}

// resent is a time in the form that is sent, of one as it is shown.
func resent(shown string) (string, bool) {
	for _, form := range layouts {
		if at, err := time.Parse(form, shown); err == nil {
			return at.Format(sentTime), true
		}
	}
	return "", false
}
