package mailchimp

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func TestOptOutSurvives(t *testing.T) {
	t.Parallel()
	for status, consent := range map[string]string{"unsubscribed": eventperson.OptedOut, "cleaned": eventperson.Bounced} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			want, id := b.create(t, 0)
			b.edit(t, id, map[string]any{"status": status})
			before := len(b.journal())

			// Created again, as after a lost answer or a lost database; told that
			// the person has opted in, or that nobody was asked.
			item, err := b.one.Create(t.Context(), want)
			if err != nil || item.ID != id || item.Fields[eventperson.Consent] != consent {
				t.Errorf("created again: %v, %v", item.Fields, err)
			}
			for _, echo := range []string{eventperson.OptedIn, eventperson.Unknown} {
				item, err = b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Consent: echo}, Key: want})
				if err != nil || item.Fields[eventperson.Consent] != consent {
					t.Errorf("told %s: %v, %v", echo, item.Fields, err)
				}
			}
			if n := len(b.journal()) - before; n != 0 {
				t.Errorf("%d writes, want none", n)
			}
			// The profile goes on being written, and never a status with it.
			set := record.Fields{eventperson.FirstName: "Nomvula", eventperson.Consent: eventperson.OptedIn}
			item, err = b.one.Update(t.Context(), id, connector.Patch{Set: set, Key: want})
			if err != nil || item.Fields[eventperson.Consent] != consent || item.Fields[eventperson.FirstName] != "Nomvula" {
				t.Errorf("a profile: %v, %v", item.Fields, err)
			}
			for _, s := range b.sent.Sent() {
				if s.Method == "PATCH" && strings.Contains(s.Body, "status") {
					t.Errorf("a status was sent: %s", s.Body)
				}
			}
			if all, _ := b.held(t); all[want[eventperson.Email]].Status != status {
				t.Errorf("afterwards %s", all[want[eventperson.Email]].Status)
			}
		})
	}
}

// TestConsent has what goes out for each consent, by the status that stands
// there.
func TestConsent(t *testing.T) {
	t.Parallel()
	const in, out, unknown, bounced = eventperson.OptedIn, eventperson.OptedOut, eventperson.Unknown, eventperson.Bounced
	cases := []struct{ consent, there, single, double string }{
		{in, "", "subscribed", "pending"},
		{out, "", "unsubscribed", "unsubscribed"},
		{unknown, "", "transactional", "transactional"},
		{"", "", "transactional", "transactional"},
		{in, "subscribed", "", ""},
		{in, "unsubscribed", "", ""},
		{in, "cleaned", "", ""},
		{in, "pending", "", ""},
		{in, "transactional", "subscribed", "pending"},
		{out, "subscribed", "unsubscribed", "unsubscribed"},
		{out, "unsubscribed", "", ""},
		{out, "cleaned", "", ""},
		{out, "pending", "unsubscribed", "unsubscribed"},
		{out, "transactional", "unsubscribed", "unsubscribed"},
		{unknown, "subscribed", "", ""},
		{unknown, "unsubscribed", "", ""},
		{bounced, "subscribed", "", ""},
		{bounced, "cleaned", "", ""},
	}
	for _, c := range cases {
		for double, want := range map[bool]string{false: c.single, true: c.double} {
			got := statusIfNew(statuses[c.consent], double)
			if c.there != "" {
				got = newStatus(statuses[c.consent], c.there, double)
			}
			if got != want {
				t.Errorf("%q for one who is %q, double opt-in %v: %q, want %q", c.consent, c.there, double, got, want)
			}
		}
	}
}

func TestDoubleOptIn(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{DoubleOptIn: true})
	want, id := b.create(t, 0)
	item, err := b.one.Get(t.Context(), id)
	if _, known := item.Fields[eventperson.Consent]; err != nil || known {
		t.Errorf("one who has not confirmed has a consent: %v, %v", item.Fields, err)
	}
	before := len(b.journal())
	if _, err := b.one.Update(t.Context(), id, connector.Patch{Set: want, Key: want}); err != nil || len(b.journal()) != before {
		t.Errorf("asked again: %v, %d writes", err, len(b.journal())-before)
	}
	results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(3)}})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	all, state := b.held(t)
	for email, c := range all {
		if c.Status != "pending" {
			t.Errorf("%s, want pending", email)
		}
	}
	if state.Mails != 2 || len(all) != 2 {
		t.Errorf("%d mails to %d contacts", state.Mails, len(all))
	}
	// The list stops asking; what is known of it is old after an hour.
	b.list(t, map[string]any{"double_optin": false})
	b.host.Advance(settingsAge)
	if item, err := b.one.Create(t.Context(), sample(6)); err != nil || item.Fields[eventperson.Consent] != eventperson.OptedIn {
		t.Errorf("after the change: %v, %v", item.Fields, err)
	}
	// One who has not confirmed can be removed all the same.
	if err := b.one.Delete(t.Context(), id); err != nil {
		t.Errorf("delete: %v", err)
	}
	if all, _ := b.held(t); all[want[eventperson.Email]].Status != "archived" {
		t.Errorf("let go: %v", all[want[eventperson.Email]].Status)
	}
}

// TestHeld has those whom MailChimp does not take and who are nobody's failure.
func TestHeld(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	gone, asked := sample(0), sample(1)
	simtest.Control(t, b.Remote, "POST", "/forgotten", map[string]any{"email_address": gone[eventperson.Email]}, nil)
	for what, c := range map[string]struct {
		want   record.Fields
		reason string
	}{
		"deleted for good": {gone, forgottenReason},
		"no address":       {sample(4).Only([]record.Field{eventperson.ID}), noMailReason},
	} {
		_, err := b.one.Create(t.Context(), c.want)
		wantClass(t, err, connector.Waiting, c.reason)
		results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: c.want}})
		if err != nil {
			t.Fatal(err)
		}
		wantClass(t, results[0].Err, connector.Waiting, c.reason)
		if e, ok := results[0].Err.(*connector.Error); !ok || !e.Unsent {
			t.Errorf("%s counts as sent", what)
		}
	}
	// One whom MailChimp does not let subscribe gets the rest.
	made, err := b.one.Create(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	b.edit(t, made.ID, map[string]any{"status": "unsubscribed"})
	if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "GET", Path: "/3.0/lists/*/members/*"}, Times: 1, Do: simkit.Do{
		Kind: "body", Body: `{"contact_id":"` + string(made.ID) + `","email_address":"x@y.example.org","status":"transactional","merge_fields":{"EMSID":""},"tags":[],"tags_count":0}`,
	}}); err != nil {
		t.Fatal(err)
	}
	// Between the read and the write he has opted out.
	item, err := b.one.Update(t.Context(), made.ID, connector.Patch{Set: record.Fields{eventperson.Consent: eventperson.OptedIn, eventperson.FirstName: "Nomvula"}})
	wantClass(t, err, connector.Waiting, optedOutReason)
	if item.Fields[eventperson.FirstName] != "Nomvula" || item.Fields[eventperson.Consent] != eventperson.OptedOut {
		t.Errorf("answered %v", item.Fields)
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	mine := sample(3)
	for name, c := range map[string]struct {
		there map[string]any
		taken bool
	}{
		"the same id":      {map[string]any{"EMSID": mine[eventperson.ID]}, true},
		"a foreign reader": {map[string]any{"FNAME": "Thandi"}, true},
		"somebody else's":  {map[string]any{"EMSID": "7"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			id := b.there(t, map[string]any{
				"email_address": strings.ToUpper(mine[eventperson.Email]), "merge_fields": c.there, "status": "unsubscribed", "tags": []string{"Volunteers", "EMS:Old:Active"},
			})
			found, findErr := b.one.Find(t.Context(), mine)
			item, err := b.one.Create(t.Context(), mine)
			if !c.taken {
				wantClass(t, err, connector.Rejected, "field email")
				wantClass(t, findErr, connector.NotFound, "somebody else")
				if len(b.journal()) != 0 {
					t.Error("it was written to")
				}
				return
			}
			if err != nil || findErr != nil || item.ID != id || found.ID != id || !item.Adopted {
				t.Fatalf("%v, %v", err, findErr)
			}
			want := mine.Clone()
			want[eventperson.Consent] = eventperson.OptedOut // as it stands
			for f, v := range want {
				if item.Fields[f] != v {
					t.Errorf("%s differs", f)
				}
			}
			all, state := b.held(t)
			if tags := all[strings.ToUpper(mine[eventperson.Email])].Tags; !slices.Equal(tags, []string{"Volunteers"}) || state.Automations != 0 {
				t.Errorf("tags %v, %d automations", tags, state.Automations)
			}
		})
	}
}

// One who gets an address that another person had before has nothing of that person's: a
// contact that comes back from the archive keeps what is not said anew.
func TestArchivedOfAnother(t *testing.T) {
	t.Parallel()
	next := sample(3)
	for _, f := range []record.Field{eventperson.Membership, eventperson.Memberships, eventperson.Phone, eventperson.FirstName} {
		delete(next, f)
	}
	next[eventperson.Consent] = eventperson.Unknown
	for name, make := range map[string]func(*bundle) (connector.Item, error){
		"alone": func(b *bundle) (connector.Item, error) { return b.one.Create(t.Context(), next) },
		"among many": func(b *bundle) (connector.Item, error) {
			got, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: next}, {Want: sample(4)}})
			if err != nil {
				return connector.Item{}, err
			}
			return got[0].Item, got[0].Err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			id := b.there(t, map[string]any{
				"email_address": next[eventperson.Email], "status": "subscribed", "tags": []string{"Volunteers", "ems:season:active"},
				"merge_fields": map[string]any{"EMSID": "77", "FNAME": "Before", "PHONE": "+31612345678", "MEMBERSHIP": "active"},
			})
			if err := b.one.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if _, err := make(b); err != nil {
				t.Fatal(err)
			}
			all, _ := b.held(t)
			m := all[next[eventperson.Email]]
			if m.Merge["EMSID"] != next[eventperson.ID] || !slices.Equal(m.Tags, []string{"Volunteers"}) {
				t.Errorf("the contact is %+v", m)
			}
			for _, tag := range []string{"FNAME", "PHONE", "MEMBERSHIP"} {
				if v := m.Merge[tag]; v != "" && v != nil {
					t.Errorf("%s is still that of the person before", tag)
				}
			}
		})
	}
}

// TestCalls has how many calls things take.
func TestCalls(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := len(b.sent.Sent())
	if n != 2 {
		t.Errorf("check: %d calls", n)
	}
	_, id := b.create(t, 1)
	steps := []struct {
		what string
		do   func() error
		want []string
	}{
		{"create with tags", func() error { return nil }, []string{"GET /members/*", "PUT /members/*", "POST /members/*/tags"}},
		{"nothing new", func() error {
			_, err := b.one.Update(t.Context(), id, connector.Patch{Set: sample(1)})
			return err
		}, []string{"GET /members/*"}},
		{"a name", func() error {
			_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.LastName: "Dlamini"}})
			return err
		}, []string{"GET /members/*", "PATCH /members/*"}},
		{"a membership", func() error {
			_, err := b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Memberships: "trail:expired"}})
			return err
		}, []string{"GET /members/*", "POST /members/*/tags"}},
		{"let go", func() error { return b.one.Delete(t.Context(), id) }, []string{"GET /members/*", "DELETE /members/*"}},
		{"let go again", func() error { return b.one.Delete(t.Context(), id) }, []string{"GET /members/*"}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Errorf("%s: %v", s.what, err)
		}
		if got := b.since(n); !slices.Equal(got, s.want) {
			t.Errorf("%s: calls %v, want %v", s.what, got, s.want)
		}
		n = len(b.sent.Sent())
	}
	if body := b.sent.Sent()[4].Body; !strings.Contains(body, `"is_syncing":true`) || !strings.Contains(body, `{"name":"ems:club:active","status":"active"}`) {
		t.Errorf("tags call %s", body)
	}
}

func TestManyTags(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	id := b.there(t, map[string]any{"email_address": "many@runners.example.org", "tags": manyTags()})
	want := record.SetValue([]string{"gold:active", "trail:expired"})
	item, err := b.one.Get(t.Context(), id)
	if err != nil || item.Fields[eventperson.Memberships] != want {
		t.Errorf("memberships %q, %v", item.Fields[eventperson.Memberships], err)
	}
	for p, err := range b.one.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if _, known := p.Items[0].Fields[eventperson.Memberships]; known {
			t.Error("a listing claims to know all of more than 50 tags")
		}
	}
	item, err = b.one.Update(t.Context(), id, connector.Patch{Set: record.Fields{eventperson.Memberships: "gold:active", eventperson.FirstName: "Zola"}})
	if err != nil || item.Fields[eventperson.Memberships] != "gold:active" {
		t.Errorf("memberships %q, %v", item.Fields[eventperson.Memberships], err)
	}
	if all, _ := b.held(t); len(all["many@runners.example.org"].Tags) != len(manyTags())-1 {
		t.Errorf("%d tags left", len(all["many@runners.example.org"].Tags))
	}
}

func TestDroppedMergeField(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.list(t, map[string]any{"merge_fields": fieldsWith("EMSID", nil)})
	_, err := b.one.Create(t.Context(), sample(0))
	wantClass(t, err, connector.Drifted, "field id")
	results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(1)}})
	if err != nil {
		t.Fatal(err)
	}
	wantClass(t, results[0].Err, connector.Drifted, "field id")
}

func TestListWithoutPhone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{"none": nil, "American": {"type": "phone", "phone_format": "US"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			b.list(t, map[string]any{"merge_fields": fieldsWith("PHONE", change)})
			if _, err := b.conn.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, id := b.create(t, 0)
			before := len(b.journal())
			if _, err := b.one.Update(t.Context(), id, connector.Patch{Set: want}); err != nil || len(b.journal()) != before {
				t.Errorf("%d writes, %v", len(b.journal())-before, err)
			}
			for _, s := range b.sent.Sent() {
				if strings.Contains(s.Body, "PHONE") {
					t.Errorf("sent %s", s.Body)
				}
			}
		})
	}
}

// Who is erased is, also in the archive and after an opt-out, and comes back by no write.
// A contact that is somebody else's by now stays.
func TestErase(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"subscribed", "unsubscribed", "cleaned", "archived"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			want, id := b.create(t, 0)
			if status == "archived" {
				if err := b.one.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			} else {
				b.edit(t, id, map[string]any{"status": status})
			}
			wantClass(t, b.one.Erase(t.Context(), id, record.Fields{eventperson.ID: "987"}), connector.Rejected, "another person")
			if err := b.one.Erase(t.Context(), id, want.Only(eventperson.KeyFields)); err != nil {
				t.Fatal(err)
			}
			if all, _ := b.held(t); len(all) != 0 {
				t.Errorf("%d contacts are left", len(all))
			}
			_, err := b.one.Create(t.Context(), want)
			wantClass(t, err, connector.Waiting, forgottenReason)
		})
	}
}
