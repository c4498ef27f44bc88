package chatwoot

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
)

// chats is an account with n conversations, an hour of clock time between each.
func chats(t *testing.T, n int) *bundle {
	t.Helper()
	b := setup(t, chatwootsim.Options{})
	b.clock(t, 0)
	who := b.there(t, map[string]any{"name": "Gugu", "email": "gugu@example.org"})
	var id int
	fmt.Sscan(string(who), &id)
	for i := range n {
		b.clock(t, time.Duration(i)*time.Hour)
		simtest.Control(t, b.Remote, "POST", "/conversations", map[string]any{"contact_id": id, "message": canary}, nil)
	}
	return b
}

// clock stops the clock some time after a day began.
func (b *bundle) clock(t *testing.T, after time.Duration) {
	t.Helper()
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Add(after), "freeze": true}, nil)
}

// read lists from a cursor and returns what was given, by id, the queries that
// were sent, and the mark.
func (b *bundle) read(t *testing.T, since connector.Cursor) (given map[record.ExternalID]record.Fields, queries []url.Values, mark connector.Cursor) {
	t.Helper()
	before := len(b.sim.Requests(0))
	given = map[record.ExternalID]record.Fields{}
	for p, err := range b.talks.List(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Items {
			if _, twice := given[i.ID]; twice {
				t.Errorf("conversation %s is given twice", i.ID)
			}
			given[i.ID] = i.Fields
		}
		mark = p.Next
		if more := strings.Contains(string(p.Next), "next_ours"); p.Evidence.End == more {
			t.Errorf("the end is seen: %v, with the cursor %q", p.Evidence.End, p.Next)
		}
	}
	for _, r := range b.sim.Requests(0)[before:] {
		q, err := url.ParseQuery(r.Query)
		if err != nil || q.Get("status") != "all" || q.Get("assignee_type") != "all" {
			t.Errorf("asked for %s", r.Query)
		}
		queries = append(queries, q)
	}
	return given, queries, mark
}

func TestConversationsSince(t *testing.T) {
	t.Parallel()
	b := chats(t, 30) // more than a page; the last one at 29 h
	given, asked, mark := b.read(t, "")
	if len(given) != 30 || len(asked) != 2 {
		t.Fatalf("%d given with %d calls", len(given), len(asked))
	}
	// Ten minutes later: one call, whatever the page size, and only what is new.
	b.clock(t, 29*time.Hour+5*time.Minute)
	simtest.Control(t, b.Remote, "PATCH", "/conversations/7", map[string]any{"status": "snoozed", "labels": []string{"b", "a"}}, nil)
	b.clock(t, 29*time.Hour+10*time.Minute)
	given, asked, mark = b.read(t, mark)
	if len(asked) != 1 || asked[0].Get("updated_within") != "721" || asked[0].Has("page") {
		t.Errorf("asked %v, want ten minutes and an overlap of two", asked)
	}
	seven := given["7"]
	if len(given) != 2 || seven[conversation.Status] != "snoozed" || seven[conversation.Labels] != "a\nb" {
		t.Errorf("given %v", given) // and the last one, from the overlap
	}
	// Nothing happens: one call and nothing.
	b.clock(t, 29*time.Hour+20*time.Minute)
	if given, asked, mark = b.read(t, mark); len(given) != 0 || len(asked) != 1 {
		t.Errorf("%d given, asked %v", len(given), asked)
	}
	// Half a day: the window would be too wide, so by pages until it is older.
	for _, id := range []int{3, 4} {
		b.clock(t, time.Duration(30+id)*time.Hour)
		simtest.Control(t, b.Remote, "PATCH", fmt.Sprintf("/conversations/%d", id), map[string]any{"reply": canary}, nil)
	}
	b.clock(t, 41*time.Hour)
	given, asked, mark = b.read(t, mark)
	if len(asked) != 1 || asked[0].Has("updated_within") || asked[0].Get("sort_by") != "last_activity_at_desc" {
		t.Errorf("asked %v", asked)
	}
	for _, id := range []record.ExternalID{"3", "4"} {
		if given[id][conversation.FirstReply] == "" {
			t.Errorf("conversation %s: %v", id, given[id])
		}
	}
	// The mark is of this listing, not of the last change.
	b.clock(t, 41*time.Hour+5*time.Minute)
	if given, asked, _ = b.read(t, mark); len(given) != 0 || asked[0].Get("updated_within") != "421" {
		t.Errorf("%d given, asked %v", len(given), asked)
	}
}

// TestConversationsClockApart: our clock may be wrong by much.
func TestConversationsClockApart(t *testing.T) {
	t.Parallel()
	for name, apart := range map[string]time.Duration{"ahead": 3 * time.Hour, "behind": -3 * time.Hour} {
		for _, gap := range []time.Duration{10 * time.Minute, 5 * time.Hour} {
			t.Run(fmt.Sprint(name, " ", gap), func(t *testing.T) {
				t.Parallel()
				b := chats(t, 30)
				b.host.Follow(func() time.Time { return b.sim.Now().Add(apart) })
				_, _, mark := b.read(t, "")
				b.clock(t, 29*time.Hour+gap/2)
				simtest.Control(t, b.Remote, "PATCH", "/conversations/7", map[string]any{"reply": canary}, nil)
				b.clock(t, 29*time.Hour+gap)
				given, asked, _ := b.read(t, mark)
				if given["7"] == nil || len(given) > 25 || len(asked) != 1 {
					t.Errorf("%d given with %d calls", len(given), len(asked))
				}
			})
		}
	}
}

// TestConversationsMove: what something happens in while pages are read is given
// all the same, once, and is in the next listing as well.
func TestConversationsMove(t *testing.T) {
	t.Parallel()
	b := chats(t, 60)
	var mark connector.Cursor
	given := map[record.ExternalID]bool{}
	n := 0
	for p, err := range b.talks.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Items {
			if given[i.ID] {
				t.Errorf("conversation %s is given twice", i.ID)
			}
			given[i.ID] = true
		}
		if n++; n == 1 { // one that was read, and the last, which was not
			b.clock(t, 60*time.Hour)
			for _, id := range []string{"1", "60"} {
				simtest.Control(t, b.Remote, "PATCH", "/conversations/"+id, map[string]any{"reply": canary}, nil)
			}
		}
		mark = p.Next
	}
	again, _, _ := b.read(t, mark)
	if len(given) != 60 || again["1"] == nil || again["60"] == nil {
		t.Errorf("%d given, then %d", len(given), len(again))
	}
}

// TestConversationsGoOn: a listing can be taken up at each of its cursors.
func TestConversationsGoOn(t *testing.T) {
	t.Parallel()
	b := chats(t, 60)
	var pages []connector.Page
	for p, err := range b.talks.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
	}
	if e := pages[len(pages)-1].Evidence; !e.End || !e.Stated || e.Count != 60 {
		t.Errorf("the end says %+v", e)
	}
	have := map[record.ExternalID]bool{}
	for i, p := range pages[:len(pages)-1] {
		for _, item := range p.Items {
			have[item.ID] = true
		}
		rest, _, mark := b.read(t, p.Next)
		for id := range have {
			rest[id] = nil
		}
		if len(rest) != 60 || mark != pages[len(pages)-1].Next {
			t.Errorf("from cursor %d: %d, mark %q", i+1, len(rest), mark)
		}
	}
	for _, cursor := range []connector.Cursor{"%", "ours=x", "ours=5", "page=2", "page=-1&ours=5&theirs=5&next_ours=5&next_theirs=5"} {
		for _, err := range b.talks.List(t.Context(), cursor) {
			wantClass(t, err, connector.Drifted, "cursor")
		}
	}
}

func TestConversationGone(t *testing.T) {
	t.Parallel()
	b := chats(t, 2)
	item, err := b.talks.Get(t.Context(), "2")
	if err != nil || item.ID != "2" || item.Fields[conversation.Person] != "1" {
		t.Errorf("%v, %v", item, err)
	}
	simtest.Control(t, b.Remote, "DELETE", "/conversations/2", nil, nil)
	for _, id := range []record.ExternalID{"2", "99", "x/y", ""} {
		_, err = b.talks.Get(t.Context(), id)
		wantClass(t, err, connector.NotFound, "")
	}
	if b.talks.Create != nil || b.talks.Update != nil || b.talks.Delete != nil || len(b.talks.Writes) > 0 {
		t.Error("conversations can be written")
	}
}

// canary is what nobody may see outside ChatWoot.
const canary = "my-knee-hurts-since-sunday"

// TestNothingSaidLeaks: no text of a message is in anything that the connector
// gives, logs, stores or answers with an error, whatever goes wrong.
func TestNothingSaidLeaks(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.cfg.transport = nil
	b.conn = b.open(t)
	b.talks = b.conn.Collections()[1]
	got := b.receive(t)
	var all strings.Builder
	note := func(what ...any) { fmt.Fprintf(&all, "%#v\n%+v\n", what, what) }
	who := b.there(t, map[string]any{"name": "Gugu", "email": "gugu@example.org"})
	var id int
	fmt.Sscan(string(who), &id)
	for range 3 {
		simtest.Control(t, b.Remote, "POST", "/conversations", map[string]any{"contact_id": id, "message": canary}, nil)
	}
	named, errs := b.echo(t, got)
	note(named, errs)
	look := func() {
		for p, err := range b.talks.List(t.Context(), "") {
			note(p, err)
		}
		for _, id := range []record.ExternalID{"1", "2"} {
			item, err := b.talks.Get(t.Context(), id)
			note(item, err)
			for _, f := range item.Fields {
				note(f)
			}
		}
		_, err := b.contactsOf().Get(t.Context(), who)
		note(err)
	}
	look()
	for _, body := range []string{
		`{"error":"` + canary + `"}`, canary, `{"message":"` + canary + `","attributes":["` + canary + `"]}`, "<p>" + canary,
		`{"id":"` + canary + `"}`, `{"data":{"payload":[{"id":1,"status":"` + canary + `"},"` + canary + `"]}}`,
		`{"id":1,"status":"open","priority":"` + canary + `"}`, `{"payload":{"id":1,"name":"` + canary + `"}}`,
	} {
		for _, status := range []int{200, 400, 401, 404, 422, 429, 500} {
			fault := b.disturb(t, status, body)
			look()
			if err := b.ClearFault(t.Context(), fault); err != nil {
				t.Fatal(err)
			}
		}
		r := called(b.Info.Credentials["webhook_secret"], b.sim.Now(), body)
		refs, err := b.conn.(connector.WebhookReceiver).Hook(r, []byte(body))
		note(refs, err)
	}
	note(b.host.Logged(), b.host.Shown())
	if text := all.String(); strings.Contains(text, "knee") || len(text) < 10_000 {
		t.Errorf("among %d letters is what was said: %v", len(text), strings.Contains(text, "knee"))
	}
}

// TestConversationsRepeat: a server that shows the same page for ever is not
// asked for ever.
func TestConversationsRepeat(t *testing.T) {
	t.Parallel()
	b := chats(t, 1)
	b.cfg.transport = nil
	b.disturb(t, 200, `{"data":{"meta":{"all_count":9},"payload":[{"id":1,"status":"open","last_activity_at":1772350000}]}}`)
	var last error
	n := 0
	for _, err := range b.open(t).Collections()[1].List(t.Context(), "") {
		last = err
		n++
	}
	wantClass(t, last, connector.Drifted, "same")
	if n > 5 {
		t.Errorf("%d pages", n)
	}
}

func (b *bundle) contactsOf() connector.Collection { return b.conn.Collections()[0] }

// disturb answers all calls with a status and a body, until it is cleared.
func (b *bundle) disturb(t *testing.T, status int, body string) int {
	t.Helper()
	id, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Part: "api"}, Do: simkit.Do{Kind: simkit.FaultBody, Status: status, Body: body}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
