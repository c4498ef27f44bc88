package club_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// told is an activity in the timeline of a member.
type told struct {
	ID      int64  `json:"id"`
	Person  int64  `json:"person"`
	Content string `json:"content"`
	Type    string `json:"activity_type"`
	Date    string `json:"activity_date"`
	Time    string `json:"activity_time"`
}

// timelines are what stands in the timelines, by relation code; and how much in all.
func (w *world) timelines() (map[string][]told, int) {
	w.t.Helper()
	var dump struct {
		People []struct {
			ID     int64          `json:"id"`
			Fields map[string]any `json:"fields"`
		} `json:"people"`
		Activities []told `json:"activities"`
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	out := map[string][]told{}
	for _, p := range dump.People {
		for _, a := range dump.Activities {
			if a.Person == p.ID {
				code := fmt.Sprint(p.Fields["knvb_id"])
				out[code] = append(out[code], a)
			}
		}
	}
	return out, len(dump.Activities)
}

// says begins a conversation with a customer and returns its number; more are its members.
func (w *world) says(customer int, subject string, more ...any) int {
	w.t.Helper()
	in := map[string]any{"customer": customer, "subject": subject, "created_at": w.now().UTC().Format(time.RFC3339)}
	for i := 0; i+1 < len(more); i += 2 {
		in[fmt.Sprint(more[i])] = more[i+1]
	}
	var made struct {
		ID int `json:"id"`
	}
	w.control(w.desk, "POST", "/conversations", in, &made)
	return made.ID
}

// link is where a conversation can be read.
func (w *world) link(id int) string {
	return fmt.Sprintf(`href="%s/conversation/%d"`, w.desk.Info.Addresses["api"], id)
}

// membersThere are n members whom the site and the helpdesk know.
func (w *world) membersThere(n int) map[string]customer {
	w.t.Helper()
	for i := range n {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle(daily...)
	all, _ := w.customers()
	return all
}

// calm runs pipelines and wants nothing to be written.
func (w *world) calm(names ...string) {
	w.t.Helper()
	if sum := w.cycle(names...); sum != (step.Counter{}) {
		w.t.Errorf("%v: %+v", names, sum)
	}
}

// B38, S1 of conversations: each is told once in the timeline of the member, also one that
// is closed already, by the club's clock. Spam, drafts and those with others are not.
func TestB38Conversations(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(3)
	first := w.says(all["M1"].ID, "Vraag over <b>lidgeld</b> & \"shirt\"", "created_at", "2026-07-01T22:30:00Z", "preview", "vertrouwelijk")
	closed := w.says(all["M1"].ID, "Sleutel kwijt", "created_at", "2026-01-15T08:05:00Z", "status", "closed", "type", "phone")
	w.says(all["M2"].ID, "Win een prijs", "status", "spam")
	w.says(all["M2"].ID, "Concept", "state", "draft")
	w.says(0, "Van niemand")
	w.control(w.desk, "POST", "/customers", map[string]any{"first_name": "Robin", "emails": []map[string]any{{"id": 900, "value": "robin@example.net", "type": "work"}}}, nil)
	if sum := w.cycle("conversations"); sum.Created != 2 || sum.Failed+sum.Quarantined > 0 {
		t.Fatalf("%+v", sum)
	}
	got, n := w.timelines()
	if n != 2 || len(got["M1"]) != 2 {
		t.Fatalf("%d are told: %+v", n, got)
	}
	for _, a := range got["M1"] {
		want := told{ID: a.ID, Person: a.Person, Content: a.Content, Type: "email", Date: "2026-07-02", Time: "00:30"}
		text := "<strong>Vraag over &lt;b&gt;lidgeld&lt;/b&gt; &amp; &#34;shirt&#34;</strong><br /><a " + w.link(first) + ">"
		if strings.Contains(a.Content, w.link(closed)) {
			want.Type, want.Date, want.Time, text = "phone", "2026-01-15", "09:05", "<strong>Sleutel kwijt</strong><br /><a "+w.link(closed)+">"
		}
		if a != want || !strings.HasPrefix(a.Content, text) || strings.Contains(a.Content, "vertrouwelijk") {
			t.Errorf("told is %+v, want %+v with %s", a, want, text)
		}
	}
	w.calls(w.rondo)
	w.calls(w.desk)
	w.calm("conversations")
	if n := w.calls(w.rondo); n != 0 {
		t.Errorf("%d calls of Rondo Club for nothing new", n)
	}
	if n := w.calls(w.desk); n == 0 || n > 3 {
		t.Errorf("%d calls of FreeScout for one page", n)
	}
	// Neither an answer, nor another subject, nor what people write over it tells it again.
	w.control(w.desk, "PATCH", fmt.Sprintf("/conversations/%d", first), map[string]any{"subject": "Anders", "status": "closed"}, nil)
	w.control(w.rondo, "PATCH", fmt.Sprintf("/activities/%d", got["M1"][0].ID), map[string]any{"content": "afgehandeld"}, nil)
	w.control(w.rondo, "DELETE", fmt.Sprintf("/activities/%d", got["M1"][1].ID), nil, nil)
	w.pass(24 * time.Hour)
	w.calm("conversations")
	w.control(w.desk, "DELETE", fmt.Sprintf("/conversations/%d", closed), nil, nil)
	w.start()
	w.calm("conversations", "conversations")
	if got, n = w.timelines(); n != 1 || got["M1"][0].Content != "afgehandeld" {
		t.Errorf("afterwards %+v", got)
	}
	// The next one is told.
	w.says(all["M2"].ID, "Nieuw")
	if sum := w.cycle("conversations"); sum.Created != 1 {
		t.Errorf("one more: %+v", sum)
	}
}

// What was said before the helpdesk knew the member as one is told as soon as it does,
// without its subject, which was not kept while it was a stranger's.
func TestConversationsBeforeOneWasKnown(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(2)
	var robin struct {
		ID int `json:"id"`
	}
	w.control(w.desk, "POST", "/customers", map[string]any{
		"first_name": "Voornaam M7", "last_name": "van Test", "emails": []map[string]any{{"id": 900, "value": "lid7@example.org", "type": "work"}},
	}, &robin)
	early, also := w.says(robin.ID, "Mag ik lid worden"), w.says(robin.ID, "En mijn broer")
	w.says(all["M0"].ID, "Iets anders")
	w.cycle("conversations")
	if _, n := w.timelines(); n != 1 {
		t.Fatalf("%d are told", n)
	}
	var kept int
	if err := w.pool.QueryRow(t.Context(), `select count(*) from sync_record where remote::text like '%lid worden%' or remote::text like '%broer%'`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d subjects of strangers are kept, %v", kept, err)
	}
	w.member("M7", "email_1", "lid7@example.org")
	w.pass(time.Hour)
	w.cycle(daily...)
	w.cycle("conversations")
	got, n := w.timelines()
	if n != 3 || len(got["M7"]) != 2 {
		t.Fatalf("%d are told: %+v", n, got)
	}
	for i, id := range []int{early, also} {
		if a := got["M7"][i]; !strings.Contains(a.Content, w.link(id)) || strings.Contains(a.Content, "strong") {
			t.Errorf("told is %+v", a)
		}
	}
	w.calm("conversations")
}

// An answer of Rondo Club that is lost, and a process that dies, tell nothing twice; what
// another program has told of a conversation is not told beside it.
func TestP3226ConversationsOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(3)
	w.says(all["M0"].ID, "Een")
	two := w.says(all["M1"].ID, "Twee")
	var people struct {
		People []struct {
			ID     int64          `json:"id"`
			Fields map[string]any `json:"fields"`
		} `json:"people"`
	}
	w.control(w.rondo, "GET", "/dump", nil, &people)
	for _, p := range people.People {
		if p.Fields["knvb_id"] == "M1" {
			w.control(w.rondo, "POST", "/activities", map[string]any{"person": p.ID, "content": "<a " + w.link(two) + ">Bekijk in FreeScout</a>", "activity_type": "email"}, nil)
		}
	}
	w.control(w.rondo, "POST", "/faults", map[string]any{
		"times": 1, "match": map[string]any{"method": "POST", "path": "*/activities"}, "do": map[string]any{"kind": "drop-after"},
	}, nil)
	for range 3 {
		if _, err := w.run("conversations"); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		w.start()
	}
	if got, n := w.timelines(); n != 2 || len(got["M0"]) != 1 || len(got["M1"]) != 1 {
		t.Errorf("told is %+v", got)
	}
	w.calm("conversations")
}

// A merge of customers tells nothing twice, and who leaves keeps what was told.
func TestConversationsOfMergedAndFormer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(12)
	for i := range 3 {
		w.says(all[fmt.Sprintf("M%d", i)].ID, "Vraag")
	}
	w.cycle("conversations")
	var into struct {
		ID int `json:"id"`
	}
	w.control(w.desk, "POST", "/customers", map[string]any{"first_name": "V.", "emails": []map[string]any{{"id": 900, "value": "thuis@example.org", "type": "work"}}}, &into)
	w.control(w.desk, "POST", fmt.Sprintf("/customers/%d/merge", all["M1"].ID), map[string]any{"into": into.ID}, nil)
	w.member("M1", "union_teams", "JO19-1")
	w.sportlink.Drop("members", "M2", "")
	for range 4 {
		w.pass(2 * time.Hour)
		w.cycle(append(daily, "conversations")...)
	}
	after := w.says(into.ID, "Nog een")
	w.pass(time.Hour)
	w.cycle("conversations")
	got, n := w.timelines()
	if n != 4 || len(got["M0"]) != 1 || len(got["M1"]) != 2 || len(got["M2"]) != 1 || !strings.Contains(got["M1"][1].Content, w.link(after)) {
		t.Errorf("%d are told: %+v", n, got)
	}
	w.calm("conversations")
}

// A webhook brings a conversation at once, and the daily run does not tell it again; one
// that is lost the daily run finds. Without a webhook nobody is called.
func TestConversationsAnnounced(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(2)
	w.cycle("conversations")
	refused := make(chan error, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var named []connector.Notification
		if err == nil {
			named, err = w.hook.Hook(r, body)
		}
		for _, n := range named {
			err = store.Open(w.pool).Notify(r.Context(), store.NotifyParams{System: "freescout", Kind: string(n.Kind), Ids: []string{string(n.ID)}, Now: w.now()})
		}
		refused <- err
		rw.WriteHeader(http.StatusAccepted)
	}))
	defer hook.Close()
	w.calls(w.desk)
	w.calm("announced-conversations")
	if n := w.calls(w.desk); n != 0 {
		t.Errorf("%d calls although nothing was announced", n)
	}
	w.control(w.desk, "POST", "/webhooks", map[string]any{"url": hook.URL, "events": []string{"convo.created", "convo.status", "convo.deleted"}}, nil)
	heard := func() {
		t.Helper()
		select {
		case err := <-refused:
			if err != nil {
				t.Errorf("a webhook is not believed: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no webhook has come")
		}
	}
	w.says(all["M1"].ID, "Spoed")
	heard()
	spam := w.says(all["M1"].ID, "Win", "status", "spam")
	heard()
	if sum := w.cycle("announced-conversations"); sum.Created != 1 {
		t.Errorf("announced: %+v", sum)
	}
	w.control(w.desk, "POST", "/faults", map[string]any{"match": map[string]any{"path": "convo.*"}, "do": map[string]any{"kind": "named", "name": "webhook-lost"}}, nil)
	w.says(all["M0"].ID, "Stil")
	w.calm("announced-conversations")
	if sum := w.cycle("conversations"); sum.Created != 1 {
		t.Errorf("the daily run: %+v", sum)
	}
	w.control(w.desk, "PATCH", fmt.Sprintf("/conversations/%d", spam), map[string]any{"status": "active"}, nil) // no spam after all
	if sum := w.cycle("conversations"); sum.Created != 1 {
		t.Errorf("what was no spam: %+v", sum)
	}
	if _, n := w.timelines(); n != 3 {
		t.Errorf("%d are told", n)
	}
}

// An installation that takes one status at a time would show active conversations alone:
// nothing of it is taken.
func TestConversationsOfOneStatus(t *testing.T) {
	t.Parallel()
	w := setup(t)
	all := w.membersThere(1)
	w.says(all["M0"].ID, "Open")
	w.says(all["M0"].ID, "Dicht", "status", "closed")
	w.control(w.desk, "PATCH", "/settings", map[string]any{"one_status": true}, nil)
	if _, err := w.run("conversations"); connector.ClassOf(err) != connector.Drifted || !strings.Contains(err.Error(), "several statuses") {
		t.Errorf("ended with %v", err)
	}
	if _, n := w.timelines(); n != 0 {
		t.Errorf("%d are told", n)
	}
}
