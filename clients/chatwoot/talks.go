package chatwoot

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

const (
	// overlap is how far a listing reaches back behind its mark.
	overlap = 120 * time.Second
	// widest is the widest window that is asked for in one answer: what was
	// updated within it comes without pages.
	widest = time.Hour
)

// mark is when a listing began, by our clock and by ChatWoot's.
type mark struct{ ours, theirs time.Time }

// span is what is to be listed: from a mark on, or everything; beginning with a
// page; and the mark that stands when it is done.
type span struct {
	from, next mark
	page       int
}

func (s span) cursor() connector.Cursor {
	v := url.Values{}
	for name, t := range map[string]time.Time{
		"ours": s.from.ours, "theirs": s.from.theirs, "next_ours": s.next.ours, "next_theirs": s.next.theirs,
	} {
		if !t.IsZero() {
			v.Set(name, strconv.FormatInt(t.Unix(), 10))
		}
	}
	if s.page > 1 {
		v.Set("page", strconv.Itoa(s.page))
	}
	return connector.Cursor(v.Encode())
}

func parseSpan(c connector.Cursor) (span, bool) {
	v, err := url.ParseQuery(string(c))
	ok := err == nil
	number := func(name string) int64 {
		if !v.Has(name) {
			return 0
		}
		n, err := strconv.ParseInt(v.Get(name), 10, 64)
		ok = ok && err == nil && n > 0
		return n
	}
	at := func(name string) time.Time {
		if n := number(name); n > 0 {
			return time.Unix(n, 0)
		}
		return time.Time{}
	}
	s := span{
		from: mark{at("ours"), at("theirs")}, next: mark{at("next_ours"), at("next_theirs")},
		page: max(1, int(number("page"))),
	}
	return s, ok && s.from.ours.IsZero() == s.from.theirs.IsZero() && (s.page == 1 || !s.next.ours.IsZero())
}

// listConversations yields the conversations in all states: all of them, or
// those with something new since the cursor. The cursor after the last page is
// the mark to go on from.
//
// Only a change that leaves no trace in the last activity can be missed, when
// more than an hour lies between two listings.
func (a *account) listConversations(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		s, ok := parseSpan(since)
		if !ok {
			yield(connector.Page{}, wrong(connector.Drifted, opTalks, "malformed cursor", ""))
			return
		}
		now := a.host.Now()
		window := now.Sub(s.from.ours) + overlap
		if !s.from.ours.IsZero() && s.page == 1 && window >= overlap && window < widest {
			yield(a.updatedWithin(ctx, now, window))
			return
		}
		if err := a.talkPages(ctx, s, now, yield); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

const opTalks = "list conversations"

// updatedWithin asks for what was updated in a window that ends now. The window
// is a length, so that it does not matter how the clocks differ.
func (a *account) updatedWithin(ctx context.Context, now time.Time, window time.Duration) (connector.Page, error) {
	seconds := int(window.Round(time.Second).Seconds()) + 1
	rows, theirs, err := a.talks(ctx, url.Values{"updated_within": {strconv.Itoa(seconds)}})
	if err != nil {
		return connector.Page{}, err
	}
	out, _ := a.talkPage(rows, map[record.ExternalID]bool{})
	out.Evidence.End = true
	out.Next = span{from: mark{now, theirs}}.cursor()
	return out, nil
}

// talkPages reads page by page, latest activity first, until all is older than
// the mark. A conversation in which something happens meanwhile moves to the
// front; the next listing has it, since its mark is the time of this one's
// start.
func (a *account) talkPages(ctx context.Context, s span, now time.Time, yield func(connector.Page, error) bool) error {
	seen := map[record.ExternalID]bool{}
	barren := 0
	for n, first := s.page, s.page; ; n++ {
		rows, theirs, err := a.talks(ctx, url.Values{"page": {strconv.Itoa(n)}, "sort_by": {"last_activity_at_desc"}})
		if err != nil {
			return err
		}
		if s.next.ours.IsZero() {
			s.next = mark{now, theirs}
		}
		before := len(seen)
		out, oldest := a.talkPage(rows, seen)
		if barren++; len(seen) > before {
			barren = 0
		}
		if barren > 2 && len(*rows.Payload) > 0 {
			return wrong(connector.Drifted, opTalks, "the same conversations on every page", "")
		}
		all := first == 1 && rows.Meta.Count != nil && len(seen) >= *rows.Meta.Count
		last := len(*rows.Payload) == 0 || all ||
			!s.from.ours.IsZero() && oldest < s.from.theirs.Add(-overlap).Unix()
		if last {
			out.Next, out.Evidence.End = span{from: s.next}.cursor(), true
			if s.from.ours.IsZero() && rows.Meta.Count != nil {
				out.Evidence.Stated, out.Evidence.Count = true, *rows.Meta.Count
			}
		} else {
			out.Next = span{from: s.from, next: s.next, page: n + 1}.cursor()
		}
		if !yield(out, nil) || last {
			return nil
		}
	}
}

// talkRows is one answer with conversations.
type talkRows struct {
	Meta struct {
		Count *int `json:"all_count"`
	} `json:"meta"`
	Payload *[]json.RawMessage `json:"payload"`
}

// talks makes one call, for all states and everybody's: left out, ChatWoot
// shows only those that are open. It returns ChatWoot's time as well.
func (a *account) talks(ctx context.Context, q url.Values) (talkRows, time.Time, error) {
	q.Set("status", "all")
	q.Set("assignee_type", "all")
	var answer struct {
		Data *talkRows `json:"data"`
	}
	got, err := a.api.Do(ctx, rest.Call{Op: opTalks, Path: a.path("/conversations"), Query: q, Into: &answer})
	if err != nil {
		return talkRows{}, time.Time{}, err
	}
	if answer.Data == nil || answer.Data.Payload == nil {
		return talkRows{}, time.Time{}, wrong(connector.Drifted, opTalks, "an answer without conversations", "")
	}
	theirs, err := http.ParseTime(got.Header.Get("Date"))
	if err != nil {
		theirs = a.host.Now()
	}
	return *answer.Data, theirs, nil
}

// talkPage takes rows that were not seen yet. oldest is the last activity of the
// last row, 0 without one.
func (a *account) talkPage(rows talkRows, seen map[record.ExternalID]bool) (out connector.Page, oldest int64) {
	out.Evidence = connector.Evidence{SignedIn: true, Filters: true}
	for _, raw := range *rows.Payload {
		item, activity, fault := a.decodeTalk(raw)
		if activity > 0 {
			oldest = activity
		}
		switch {
		case fault != nil && (fault.ID == "" || !seen[fault.ID]):
			seen[fault.ID] = fault.ID != ""
			out.Faults = append(out.Faults, *fault)
		case fault == nil && !seen[item.ID]:
			seen[item.ID] = true
			out.Items = append(out.Items, item)
		}
	}
	return out, oldest
}

// getConversation fetches one conversation. One that cannot be read is Rejected.
func (a *account) getConversation(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	const op = "get conversation"
	if !idForm.MatchString(string(id)) {
		return connector.Item{}, wrong(connector.NotFound, op, "not an id of a conversation", "")
	}
	var raw json.RawMessage
	_, err := a.api.Do(ctx, rest.Call{Op: op, Path: a.path("/conversations/%s", id), Into: &raw, Judge: a.judgeRecord})
	if err != nil {
		return connector.Item{}, err
	}
	item, _, fault := a.decodeTalk(raw)
	switch {
	case item.ID != id:
		return connector.Item{}, wrong(connector.Drifted, op, "another conversation has answered", "")
	case fault != nil:
		return item, unreadable(op, fault)
	}
	return item, nil
}
