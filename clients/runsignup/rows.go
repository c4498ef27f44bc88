package runsignup

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// perPage is how many registrations are asked for at once, the most that there can be
// (docs/systems/runsignup.md, 2026-11).
const perPage = 2500

// ask is what a call about registrations asks for. It names one event: of a bundle one
// registration stands in several, and a page that ends between them would lose one.
type ask struct {
	op    string
	link  Race
	event string
	gone  bool
	after int64
	since int64
	size  int
}

// found is one row of an answer, and what it is told apart by.
type found struct {
	id, user, next, modified int64
	reason                   string
	raw                      json.RawMessage
}

// answer are registrations, and RunSignup's time when it answered.
type answer struct {
	rows  []found
	clock time.Time
}

// rows makes one call about registrations, in the order of their ids.
func (a *account) rows(ctx context.Context, q ask) (answer, error) {
	query := url.Values{
		"event_id": {q.event}, "sort": {"registration_id ASC"}, "results_per_page": {strconv.Itoa(q.size)},
		"after_registration_id": {strconv.FormatInt(q.after, 10)},
	}
	if q.since > 0 {
		query.Set("modified_after_timestamp", strconv.FormatInt(q.since, 10))
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
	got, err := a.do(ctx, rest.Call{Op: q.op, Path: path, Query: query, Into: &list, Judge: judgeRows})
	if err != nil {
		return answer{}, err
	}
	if len(list) != 1 || list[0].Event.ID.String() != q.event {
		return answer{}, wrong(connector.Drifted, q.op, "another event has answered, or none", "")
	}
	raws := list[0].Rows // beside the event for those who take part, within it for others
	if q.gone {
		raws = list[0].Event.Rows
	}
	out := answer{}
	out.clock, _ = http.ParseTime(got.Header.Get("Date"))
	last := q.after
	for _, raw := range raws {
		f, err := a.known(q, raw)
		if err != nil {
			return answer{}, err
		}
		if f.id <= last {
			return answer{}, wrong(connector.Drifted, q.op, "registrations that are not in the order of their ids", "")
		}
		last = f.id
		out.rows = append(out.rows, f)
	}
	return out, nil
}

// known reads what a registration is told apart by. Without all of it nobody could say
// whose it is, or whether it has changed: nothing of such a race is read, and names never
// take the place of ids.
func (a *account) known(q ask, raw json.RawMessage) (found, error) {
	var r struct {
		ID    int64  `json:"registration_id"`
		Next  int64  `json:"new_registration_id"`
		Why   string `json:"removed_reason"`
		Stamp any    `json:"last_modified"`
		Exact any    `json:"last_modified_ts"`
		User  struct {
			ID int64 `json:"user_id"`
		} `json:"user"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return found{}, wrong(connector.Drifted, q.op, "a registration of an unexpected form", "")
	}
	stamp, there := r.Stamp.(float64)
	if q.gone {
		stamp, there = r.Exact.(float64)
	}
	if r.ID <= 0 || r.User.ID <= 0 || !there {
		e := wrong(connector.Denied, q.op, "race "+strconv.FormatInt(q.link.RaceID, 10)+
			" shows registrations without registration_id, last_modified or user_id: ask RunSignup for a key that may see them", "")
		e.Reason = "INSUFFICIENT_RIGHTS"
		return found{}, e
	}
	full, err := with(raw, map[string]any{
		"key": q.event + "-" + strconv.FormatInt(r.ID, 10), "user_key": strconv.FormatInt(r.User.ID, 10), "in_event": q.event, "in_race": q.link.key(),
	})
	return found{id: r.ID, user: r.User.ID, next: r.Next, modified: int64(stamp), reason: r.Why, raw: full}, err
}

// lookup returns one registration in an event, or nil.
func (a *account) lookup(ctx context.Context, op string, link Race, event string, id int64, gone bool) (*found, error) {
	got, err := a.rows(ctx, ask{op: op, link: link, event: event, gone: gone, after: id - 1, size: 1})
	if err != nil || len(got.rows) == 0 || got.rows[0].id != id {
		return nil, err
	}
	return &got.rows[0], nil
}
