package mailchimp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// ever reports whether a contact was subscribed by any call since a number of writes.
func (b *bundle) ever(t *testing.T, since int) bool {
	t.Helper()
	var journal []struct{ After struct{ Status string } }
	if err := b.Call(context.WithoutCancel(t.Context()), http.MethodGet, fmt.Sprintf("/writes?since=%d", since), nil, &journal); err != nil {
		t.Fatal(err)
	}
	for _, j := range journal {
		if j.After.Status == "subscribed" {
			return true
		}
	}
	return false
}

// goOn is what the engine does until a move is done: it tries again, and makes anew
// what is gone, with the consent that EMS has.
func (b *bundle) goOn(t *testing.T, id record.ExternalID, consent string) (item connector.Item, err error) {
	t.Helper()
	want := sample(1)
	want[eventperson.Email], want[eventperson.Consent] = newAddress, consent
	for range 3 {
		if item, err = b.move(t, id, nil); err == nil {
			return item, nil
		}
		if is(err, connector.NotFound) {
			if item, err = b.one.Create(t.Context(), want); err == nil {
				return item, nil
			}
		}
	}
	return item, err
}

// TestMadeAnew moves those whose address MailChimp does not change. EMS believes that
// all of them have opted in.
func TestMadeAnew(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]struct{ now, old string }{
		"transactional": {"transactional", "archived"},
		"cleaned":       {"transactional", "cleaned"},
		"unsubscribed":  {"unsubscribed", "archived"},
		"pending":       {"pending", "archived"},
	} {
		for _, resubscribes := range []bool{false, true} {
			for _, broken := range []string{"", "GET", "PUT", "POST", "PATCH", "DELETE"} {
				for _, kind := range []string{simkit.FaultDrop, simkit.FaultDropAfter} {
					t.Run(fmt.Sprintf("%s %s %s %v", status, broken, kind, resubscribes), func(t *testing.T) {
						t.Parallel()
						b := setupSim(t, mailchimpsim.Options{Resubscribes: resubscribes})
						who, id := b.create(t, 1)
						b.edit(t, id, map[string]any{"status": status})
						before := len(b.journal())
						if broken != "" {
							if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: broken}, Times: 1, Do: simkit.Do{Kind: kind}}); err != nil {
								t.Fatal(err)
							}
						}
						item, err := b.goOn(t, id, eventperson.OptedIn)
						if err != nil || item.ID == id || item.Fields[eventperson.Email] != newAddress || item.Fields[eventperson.Memberships] != who[eventperson.Memberships] {
							t.Fatalf("%v, %v", item, err)
						}
						all, _ := b.held(t)
						old, now := all[who[eventperson.Email]], all[newAddress]
						if now.Status != want.now || old.Status != want.old || now.Merge["EMSID"] != who[eventperson.ID] || len(now.Tags) != 2 || len(all) != 2 {
							t.Errorf("the old one is %s, the new one %+v", old.Status, now)
						}
						if optedOut(status) && old.Merge["EMSID"] != "" {
							t.Error("the old one is still the person's")
						}
						if b.ever(t, before) {
							t.Error("somebody was subscribed")
						}
					})
				}
			}
		}
	}
}

// A consent that is stated goes along, but never against an opt-out.
func TestMadeAnewWithConsent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ status, consent, want string }{
		{"cleaned", eventperson.OptedIn, "subscribed"},
		{"cleaned", eventperson.OptedOut, "unsubscribed"},
		{"transactional", eventperson.OptedIn, "subscribed"},
		{"transactional", eventperson.OptedOut, "unsubscribed"},
		{"unsubscribed", eventperson.OptedIn, "unsubscribed"},
		{"unsubscribed", eventperson.Unknown, "unsubscribed"},
		{"pending", eventperson.OptedIn, "pending"},
		{"pending", eventperson.OptedOut, "unsubscribed"},
	} {
		b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
		_, id := b.create(t, 1)
		b.edit(t, id, map[string]any{"status": c.status})
		_, err := b.move(t, id, record.Fields{eventperson.Consent: c.consent})
		if all, _ := b.held(t); err != nil || all[newAddress].Status != c.want {
			t.Errorf("%s, told %s: %s, want %s; %v", c.status, c.consent, all[newAddress].Status, c.want, err)
		}
	}
}

// One who is not subscribed lets go of an address by being archived, since nothing
// else can free it; not with an opt-out that nobody knows of.
func TestLetGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status string
		was    record.Fields
		class  connector.Class
	}{
		{"transactional", nil, connector.NotFound},
		{"cleaned", nil, connector.NotFound},
		{"unsubscribed", nil, connector.Stale},
		{"unsubscribed", record.Fields{eventperson.Consent: eventperson.Unknown}, connector.Stale},
		{"unsubscribed", record.Fields{eventperson.Consent: eventperson.OptedOut}, connector.NotFound},
	} {
		b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
		want, id := b.create(t, 1)
		b.edit(t, id, map[string]any{"status": c.status})
		_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Email: ""}, Was: c.was, Key: want.Only(eventperson.KeyFields)})
		wantClass(t, err, c.class, "")
		// Somebody else can have it, and is not subscribed where nobody was.
		other, next := sample(4), want[eventperson.Email]
		other[eventperson.Email] = next
		item, err := b.one.Create(t.Context(), other)
		if c.class == connector.Stale {
			wantClass(t, err, connector.Rejected, "field email")
		} else if err != nil || item.ID != id {
			t.Errorf("%s: %v, %v", c.status, item, err)
		}
	}
}

// Who was archived without being anybody's may have opted out before. MailChimp need
// not refuse to subscribe such a contact: its person is asked.
func TestFromTheArchive(t *testing.T) {
	t.Parallel()
	for _, resubscribes := range []bool{false, true} {
		b := setupSim(t, mailchimpsim.Options{Resubscribes: resubscribes})
		for n := range 2 {
			id := b.there(t, map[string]any{"email_address": sample(3 * n)[eventperson.Email], "status": "unsubscribed"})
			b.edit(t, id, map[string]any{"status": "archived"})
		}
		if _, err := b.one.Create(t.Context(), sample(0)); err != nil {
			t.Error(err)
		}
		results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(3)}, {Want: sample(6)}})
		if err != nil || results[0].Err != nil || results[1].Err != nil {
			t.Errorf("%v, %v", results, err)
		}
		all, state := b.held(t)
		for n, want := range map[int]string{0: "pending", 3: "pending", 6: "subscribed"} {
			if got := all[sample(n)[eventperson.Email]].Status; got != want {
				t.Errorf("number %d is %s, want %s", n, got, want)
			}
		}
		if state.Mails != 2 {
			t.Errorf("%d were asked", state.Mails)
		}
	}
}

// Who has opted out and is let go of is not subscribed when somebody else has the
// address, nor without being asked when he comes back himself.
func TestLetGoAfterAnOptOut(t *testing.T) {
	t.Parallel()
	for _, other := range []int{1, 4} {
		b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
		who, id := b.create(t, 1)
		b.edit(t, id, map[string]any{"status": "unsubscribed"})
		before := len(b.journal())
		if err := b.one.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		next := sample(other)
		next[eventperson.Email], next[eventperson.Consent] = who[eventperson.Email], eventperson.OptedIn
		_, err := b.one.Create(t.Context(), next)
		if all, _ := b.held(t); err != nil || all[who[eventperson.Email]].Status != "pending" || b.ever(t, before) {
			t.Errorf("number %d is %s; %v", other, all[who[eventperson.Email]].Status, err)
		}
	}
}

// To archive by hand need not move last_changed: who has opted out long ago and was
// archived since the archive was read is asked all the same.
func TestArchivedWithoutAWord(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(b *bundle, back record.ExternalID){
		"one more": func(*bundle, record.ExternalID) {},
		"one for another, and a minute later": func(b *bundle, back record.ExternalID) {
			b.edit(t, back, map[string]any{"status": "unsubscribed"})
			b.host.Advance(leftAge)
		},
	} {
		b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
		b.cfg.Page = 3
		b.one = b.open(t).Collections()[0]
		simtest.Control(t, b.Remote, "PATCH", "/lists/1", map[string]any{"quiet_archive": true}, nil)
		old := b.there(t, map[string]any{"email_address": sample(0)[eventperson.Email], "status": "subscribed"})
		b.edit(t, old, map[string]any{"status": "unsubscribed"})
		var shelved []record.ExternalID
		for n := range 8 { // several pages, and all later than the old one
			simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"offset": fmt.Sprintf("%dh", 3+n)}, nil)
			id := b.there(t, map[string]any{"email_address": fmt.Sprintf("reader.%d@example.org", n), "status": "unsubscribed"})
			b.edit(t, id, map[string]any{"status": "archived"})
			shelved = append(shelved, id)
		}
		many := func(n int) {
			t.Helper()
			if results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(n)}}); err != nil || results[0].Err != nil {
				t.Fatalf("%s: %v, %v", name, results, err)
			}
		}
		many(6)
		meanwhile(b, shelved[7])
		b.edit(t, old, map[string]any{"status": "archived"})
		many(0)
		all, state := b.held(t)
		if got := all[sample(0)[eventperson.Email]].Status; got != "pending" || state.Mails != 1 {
			t.Errorf("%s: who has opted out is %s, want pending; %d were asked", name, got, state.Mails)
		}
		many(3) // one is back from the archive
		before := len(b.sent.Sent())
		many(9)
		if calls := b.since(before); !slices.Equal(calls, []string{"GET /members", "GET /members", "POST "}) {
			t.Errorf("%s: where nothing has changed there were the calls %q", name, calls)
		}
	}
}

// The first who opts out is not subscribed by a bulk call, however short it is since
// nobody had.
func TestTheFirstOptOut(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
	many := func(want record.Fields) {
		t.Helper()
		if results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: want}}); err != nil || results[0].Err != nil {
			t.Fatalf("%v, %v", results, err)
		}
	}
	many(sample(6))
	who, id := b.create(t, 1)
	b.edit(t, id, map[string]any{"status": "unsubscribed"})
	if _, err := b.move(t, id, nil); err != nil {
		t.Fatal(err)
	}
	next := sample(4)
	next[eventperson.Email], next[eventperson.Consent] = who[eventperson.Email], eventperson.OptedIn
	many(next)
	if all, _ := b.held(t); all[who[eventperson.Email]].Status != "pending" {
		t.Errorf("the address is %s", all[who[eventperson.Email]].Status)
	}
}

// Who moves to an address from the archive that may have opted out is asked, and that
// is no refusal of the consent.
func TestMovedToAnArchivedAddress(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Resubscribes: true})
	b.edit(t, b.there(t, map[string]any{"email_address": newAddress, "status": "unsubscribed"}), map[string]any{"status": "archived"})
	_, id := b.create(t, 1)
	b.edit(t, id, map[string]any{"status": "transactional"})
	_, err := b.move(t, id, record.Fields{eventperson.Consent: eventperson.OptedIn})
	if all, _ := b.held(t); err != nil || all[newAddress].Status != "pending" {
		t.Errorf("%s, %v", all[newAddress].Status, err)
	}
}

// An address that MailChimp does not take for now is good: it is held, and no fault of
// its person.
func TestTooOften(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	busy := func(over bool) {
		for _, n := range []int{0, 3} {
			simtest.Control(t, b.Remote, "POST", "/busy", map[string]any{"email_address": sample(n)[eventperson.Email], "over": over}, nil)
		}
		simtest.Control(t, b.Remote, "POST", "/busy", map[string]any{"email_address": newAddress, "over": over}, nil)
	}
	_, id := b.create(t, 1)
	busy(false)
	held := func(err error) {
		t.Helper()
		wantClass(t, err, connector.Waiting, tooOftenReason)
		if e, ok := err.(*connector.Error); !ok || !e.Unsent || e.Field != "" {
			t.Errorf("%+v", e)
		}
	}
	_, err := b.one.Create(t.Context(), sample(0))
	held(err)
	results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(3)}})
	if err != nil {
		t.Fatal(err)
	}
	held(results[0].Err)
	for _, status := range []string{"transactional", "subscribed"} {
		b.edit(t, id, map[string]any{"status": status})
		_, err = b.move(t, id, nil)
		held(err)
		if all, _ := b.held(t); all[sample(1)[eventperson.Email]].Status != status {
			t.Error("the old one is gone")
		}
	}
	bad := sample(6)
	bad[eventperson.Email] = "zola@fake.invalid"
	_, err = b.one.Create(t.Context(), bad)
	wantClass(t, err, connector.Rejected, "field email")
	busy(true)
	if item, err := b.one.Create(t.Context(), sample(0)); err != nil || item.Fields[eventperson.Consent] != eventperson.OptedIn {
		t.Errorf("when it is over: %v, %v", item, err)
	}
}
