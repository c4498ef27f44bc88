package club_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
)

// chore is a task at Rondo Club.
type chore struct {
	ID      int64  `json:"id"`
	Person  int64  `json:"person"`
	Content string `json:"content"`
	Notes   string `json:"notes"`
	Due     string `json:"due_date"`
	Status  string `json:"status"`
}

func (w *world) todos() []chore {
	w.t.Helper()
	var dump struct {
		Todos []chore `json:"todos"`
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	return dump.Todos
}

// entries are the states of the entries of the list, by address.
func (w *world) entries() map[string][2]string {
	w.t.Helper()
	var dump struct {
		Lists []struct {
			Members []struct {
				ID    string `json:"member_id"`
				Email string `json:"email"`
				State string `json:"state"`
			} `json:"members"`
		} `json:"lists"`
	}
	w.control(w.lists, "GET", "/dump", nil, &dump)
	out := map[string][2]string{}
	for _, l := range dump.Lists {
		for _, m := range l.Members {
			out[m.Email] = [2]string{m.ID, m.State}
		}
	}
	return out
}

// becomes is what a reader, or a mail server, does to an entry.
func (w *world) becomes(address, state string) {
	w.t.Helper()
	id := w.entries()[address][0]
	w.control(w.lists, "PATCH", "/members/"+id, map[string]any{"state": state}, nil)
}

// B35, B8 of deliverability: an opt-out and a bounce are one task each, in the timeline of
// the member; people close it, nobody is subscribed again, and the same happening again is
// another task.
func TestB8B35Deliverability(t *testing.T) {
	t.Parallel()
	w := setupWithLists(t)
	for i := range 4 {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle("people")
	if n := len(w.entries()); n != 4 {
		t.Fatalf("%d entries", n)
	}
	w.calm("scan-laposta")
	w.becomes("lid1@example.org", "unsubscribed")
	w.becomes("lid2@example.org", "cleaned")
	if sum := w.cycle("scan-laposta"); sum.Created != 2 || sum.Failed+sum.Quarantined > 0 {
		t.Fatalf("%+v", sum)
	}
	all := w.todos()
	due := time.Now().AddDate(0, 0, 7)
	for i, want := range []string{"M1/unsubscribed/1", "M2/cleaned/1"} {
		found := 0
		for _, got := range all {
			if strings.Contains(got.Notes, "(touchline "+want+")") {
				found++
				at, err := time.Parse(time.DateOnly, got.Due)
				if err != nil || at.Before(due.Add(-48*time.Hour)) || at.After(due.Add(48*time.Hour)) || got.Content == "" || got.Status != "open" {
					t.Errorf("task %d: %+v", i, got)
				}
			}
		}
		if found != 1 {
			t.Errorf("%d tasks of %s in %+v", found, want, all)
		}
	}
	if len(all) != 2 || all[0].Person == all[1].Person {
		t.Errorf("tasks: %+v", all)
	}
	w.calm("scan-laposta", "scan-laposta")
	w.control(w.rondo, "PATCH", fmt.Sprintf("/todos/%d", all[0].ID), map[string]any{"status": "completed", "notes": ""}, nil)
	w.control(w.rondo, "DELETE", fmt.Sprintf("/todos/%d", all[1].ID), nil, nil)
	w.member("M1", "union_teams", "JO19-1")
	w.cycle("people")
	w.pass(24 * time.Hour)
	w.start()
	w.calm("scan-laposta")
	if now := w.entries(); now["lid1@example.org"][1] != "unsubscribed" || now["lid2@example.org"][1] != "cleaned" {
		t.Errorf("somebody was subscribed again: %v", now)
	}
	// They opt in by themselves, and out again.
	w.becomes("lid1@example.org", "active")
	w.calm("scan-laposta")
	w.becomes("lid1@example.org", "unsubscribed")
	if sum := w.cycle("scan-laposta"); sum.Created != 1 {
		t.Errorf("opted out again: %+v", sum)
	}
	if all := w.todos(); len(all) != 2 || !strings.Contains(all[1].Notes, "(touchline M1/unsubscribed/2)") {
		t.Errorf("tasks: %+v", all)
	}
	// What happened long ago makes none.
	w.becomes("lid3@example.org", "cleaned")
	w.pass(33 * 24 * time.Hour)
	w.calm("scan-laposta")
}

// An answer that is lost makes no second task.
func TestDeliverabilityOnce(t *testing.T) {
	t.Parallel()
	w := setupWithLists(t)
	for i := range 2 {
		w.member(fmt.Sprintf("M%d", i), "email_1", fmt.Sprintf("lid%d@example.org", i))
	}
	w.cycle("people")
	w.becomes("lid1@example.org", "cleaned")
	w.control(w.rondo, "POST", "/faults", map[string]any{
		"times": 1, "match": map[string]any{"method": "POST", "path": "*/todos"}, "do": map[string]any{"kind": "drop-after"},
	}, nil)
	for range 3 {
		if _, err := w.run("scan-laposta"); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		w.start()
	}
	if all := w.todos(); len(all) != 1 {
		t.Errorf("tasks: %+v", all)
	}
	if sum := w.cycle("scan-laposta"); sum != (step.Counter{}) {
		t.Errorf("afterwards %+v", sum)
	}
}
