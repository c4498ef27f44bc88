package runsignup

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// perPage is how many registrations are asked for at once, the most that there can be;
// overlap is how far a listing of what has changed reaches back behind its mark, of which
// RunSignup itself advises 10 seconds (docs/systems/runsignup.md, 2026-11).
const (
	perPage = 2500
	overlap = 2 * time.Minute
)

// What is kept of a reading of the persons for that of the participants, which goes
// through the same pages next: for as long as a reading of many may take.
const (
	aheadAge  = 10 * time.Minute
	aheadMost = 32 << 20
)

// through is how a page of a listing is asked for: one of Ahead's, or asked.
type through func(ctx context.Context, page string, now time.Time, ask func(context.Context) (resource.Told, error)) (resource.Told, error)

// asked asks for a page.
func asked(ctx context.Context, _ string, _ time.Time, ask func(context.Context) (resource.Told, error)) (resource.Told, error) {
	return ask(ctx)
}

// ask is what a call about registrations asks for. It names one event: of a bundle one
// registration stands in several, and a page that ends between them would lose one.
type ask struct {
	place

	op    string
	after int64
	since time.Time
	size  int
	by    through
}

// found is a registration and where it stood, and what it is told apart by.
type found struct {
	place

	id, next     int64
	user, reason string
	changed      time.Time
	raw          json.RawMessage
	unknown      bool // whose it is, or whether it has changed: a fault of its own
}

// rows makes one call about registrations, in the order of their ids. The clock is
// RunSignup's own when it answered.
func (a *account) rows(ctx context.Context, q ask) (rows []found, clock time.Time, err error) {
	query := url.Values{
		"event_id": {q.event}, "sort": {"registration_id ASC"}, "results_per_page": {strconv.Itoa(q.size)},
		"after_registration_id": {strconv.FormatInt(q.after, 10)},
	}
	if !q.since.IsZero() {
		query.Set("modified_after_timestamp", strconv.FormatInt(max(1, q.since.Unix()), 10))
	}
	path := q.link.path("/participants")
	if q.gone {
		path = q.link.path("/removed-participants")
	}
	var list []struct {
		Event struct {
			ID   json.Number       `json:"event_id"`
			Rows []json.RawMessage `json:"participants"`
		} `json:"event"`
		Rows []json.RawMessage `json:"participants"`
	}
	told, err := q.by(ctx, path+"?"+query.Encode(), a.host.Now(), func(ctx context.Context) (resource.Told, error) {
		var body json.RawMessage
		answer, err := a.api.Do(ctx, rest.Call{Op: q.op, Path: path, Query: query, Into: &body, Judge: judgeRows})
		return resource.Told{Body: body, Clock: answer.Clock()}, err
	})
	if err != nil {
		return nil, clock, err
	}
	if json.Unmarshal(told.Body, &list) != nil {
		return nil, clock, wrong(connector.Drifted, q.op, "an answer of an unexpected form", "")
	}
	if len(list) != 1 || list[0].Event.ID.String() != q.event {
		return nil, clock, wrong(connector.Drifted, q.op, "another event has answered, or none", "")
	}
	raws := list[0].Rows // beside the event for those who take part, within it for others
	if q.gone {
		raws = list[0].Event.Rows
	}
	last, blind := q.after, len(raws) > 0 && q.size > 1 && q.since.IsZero()
	for _, raw := range raws {
		f, err := known(q, raw)
		switch {
		case err != nil:
			return nil, clock, err
		case f.id <= last:
			return nil, clock, wrong(connector.Drifted, q.op, "registrations that are not in the order of their ids", "")
		}
		rows, last, blind = append(rows, f), f.id, blind && f.unknown
	}
	if blind {
		return nil, clock, mayNotSee(q)
	}
	return rows, told.Clock, nil
}

// mayNotSee is what it means that none of the registrations of an event shows what they
// are told apart by: nothing of such a race is read.
func mayNotSee(q ask) error {
	e := wrong(connector.Denied, q.op, "race "+strconv.FormatInt(q.link.RaceID, 10)+
		" shows registrations without registration_id, last_modified or user_id: ask RunSignup for a key that may see them", "")
	e.Reason = "INSUFFICIENT_RIGHTS"
	return e
}

// known reads what a registration is told apart by. Without all of it nobody could say
// whose it is, or whether it has changed, and names never take the place of ids.
func known(q ask, raw json.RawMessage) (found, error) {
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return found{}, wrong(connector.Drifted, q.op, "a registration of an unexpected form", "")
	}
	f := found{place: q.place, id: number(e.ID), next: number(e.Next), user: e.User.ID.Text, reason: e.Reason, changed: e.changed()}
	if f.id <= 0 {
		return found{}, mayNotSee(q)
	}
	f.unknown = number(e.User.ID) <= 0 || f.changed.IsZero()
	f.raw = with(raw, map[string]string{"key": string(q.key(f.id)), "user_key": f.user, "in_event": q.event, "in_race": q.link.key()})
	return f, nil
}

// unknown is why a registration cannot be read.
const unknown = "RunSignup shows it without user_id or last_modified"

// seek returns a registration at the first of places that shows it, or nil.
func (a *account) seek(ctx context.Context, op string, id int64, places ...place) (*found, error) {
	for _, at := range places {
		rows, _, err := a.rows(ctx, ask{place: at, op: op, after: id - 1, size: 1, by: asked})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && rows[0].id == id {
			if rows[0].unknown {
				return nil, wrong(connector.Rejected, op, unknown, "")
			}
			return &rows[0], nil
		}
	}
	return nil, nil
}

// sweep lists the registrations of places. take says what is shown of one.
func (a *account) sweep(r *resource.Resource[entry], places []place, by through, take func(context.Context, *resource.Rows, found) error) resource.Sweep[entry] {
	s := resource.Sweep[entry]{Resource: r, Size: perPage, Behind: overlap}
	for _, p := range places {
		s.Parts = append(s.Parts, p.event)
	}
	s.Fetch = func(ctx context.Context, part int, after int64, since time.Time) (out resource.Swept, err error) {
		rows, clock, err := a.rows(ctx, ask{place: places[part], op: "list registrations", after: after, since: since, size: perPage, by: by})
		out.Clock = clock
		for _, f := range rows {
			if err := take(ctx, &out.Rows, f); err != nil {
				return out, err
			}
			if out.Last = f.id; f.changed.After(out.Latest) {
				out.Latest = f.changed
			}
		}
		return out, err
	}
	return s
}

// asShown takes a registration as it is.
func asShown(_ context.Context, rows *resource.Rows, f found) error {
	rows.Records = append(rows.Records, f.raw)
	return nil
}
