package mautic

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// Do-Not-Contact is only ever made stricter: who stands there stays there, for the
// reason that they have.
func TestOnlyStricter(t *testing.T) {
	t.Parallel()
	const unsubscribed = 1
	for _, c := range []struct {
		there int // how they stand there before
		next  string
		want  string
	}{
		{0, eventperson.OptedIn, ""},
		{0, eventperson.Unknown, ""},
		{0, eventperson.OptedOut, "3 EMS"},
		{0, eventperson.Bounced, "2 EMS"},
		{unsubscribed, eventperson.OptedIn, "1 theirs"},
		{unsubscribed, eventperson.OptedOut, "1 theirs"},
		{unsubscribed, eventperson.Bounced, "1 theirs"},
		{bounced, eventperson.OptedIn, "2 theirs"},
		{bounced, eventperson.OptedOut, "2 theirs"},
		{manual, eventperson.OptedIn, "3 theirs"},
		{manual, eventperson.Bounced, "3 theirs"},
	} {
		b := setup(t, mauticsim.Options{})
		_, id := b.create(t, 0)
		if c.there > 0 {
			b.forbid(t, id, c.there, "theirs")
		}
		item, err := b.set(t, 0, id, record.Fields{eventperson.Consent: c.next, eventperson.City: "Paarl"})
		if err != nil || item.Fields[eventperson.City] != "Paarl" {
			t.Errorf("%+v: %v", c, err)
		}
		if got := b.dnc(t, id); got != c.want {
			t.Errorf("%+v: stands there as %q", c, got)
		}
		if shown := item.Fields[eventperson.Consent]; (shown == eventperson.Unknown) != (c.want == "") {
			t.Errorf("%+v: read is %q", c, shown)
		}
		b.wantSafe(t)
	}
}

// What stands there is what is read, in either form of a list; other channels are not
// looked at.
func TestConsentIsRead(t *testing.T) {
	t.Parallel()
	for entries, want := range map[string]string{
		`[]`:                               eventperson.Unknown,
		`[{"channel":"email","reason":1}]`: eventperson.OptedOut,
		`{"1":{"channel":"email","reason":2,"comments":"EMS"}}`:         eventperson.Bounced,
		`[{"channel":"email","reason":3,"comments":"EMS"}]`:             eventperson.OptedOut,
		`[{"channel":"email","reason":9}]`:                              eventperson.OptedOut,
		`[{"channel":"sms","reason":1}]`:                                eventperson.Unknown,
		`[{"channel":"email","reason":3,"comments":"` + deleted + `"}]`: "",
		`[{"channel":"email","reason":1,"comments":"` + deleted + `"}]`: eventperson.OptedOut,
	} {
		item := decoded(t, `"fields":{"core":[],"all":{"id":"7"}},"tags":{"2":{"tag":"EMS-member-Gold:active"},"5":{"tag":"mine"}},"doNotContact":`+entries)
		if got := item.Fields[eventperson.Consent]; got != want {
			t.Errorf("%s is read as %q, want %q", entries, got, want)
		}
		if got := item.Fields[eventperson.Memberships]; got != "gold:active" {
			t.Errorf("memberships %q", got)
		}
	}
}

// What is said of text messages stands by itself. That a number takes none is nobody's will.
func TestSMSConsent(t *testing.T) {
	t.Parallel()
	for entries, want := range map[string]string{
		`[]`:                               eventperson.Unknown,
		`[{"channel":"email","reason":1}]`: eventperson.Unknown,
		`[{"channel":"sms","reason":1}]`:   eventperson.OptedOut,
		`[{"channel":"sms","reason":2}]`:   "",
		`{"3":{"channel":"email","reason":2},"4":{"channel":"sms","reason":3,"comments":"EMS"}}`: eventperson.OptedOut,
		`[{"channel":"sms","reason":3,"comments":"` + deleted + `"}]`:                            "",
	} {
		item := decoded(t, `"fields":{"core":[],"all":{"id":"7"}},"tags":[],"doNotContact":`+entries)
		if got := item.Fields[eventperson.SMSConsent]; got != want {
			t.Errorf("%s is read as %q, want %q", entries, got, want)
		}
	}
	const theirs = "theirs"
	for _, c := range []struct {
		there int // how they stand there before, for text messages
		next  string
		want  string
	}{
		{0, eventperson.OptedIn, ""},
		{0, eventperson.Unknown, ""},
		{0, eventperson.OptedOut, "sms 3 EMS"},
		{1, eventperson.OptedIn, "sms 1 theirs"},
		{1, eventperson.OptedOut, "sms 1 theirs"},
		{bounced, eventperson.OptedIn, "sms 2 theirs"},
		{bounced, eventperson.OptedOut, "sms 2 theirs"},
		{manual, eventperson.Unknown, "sms 3 theirs"},
	} {
		b := setup(t, mauticsim.Options{})
		_, id := b.create(t, 0)
		if c.there > 0 {
			b.forbidBy(t, sms, id, c.there, theirs)
		}
		item, err := b.set(t, 0, id, record.Fields{eventperson.SMSConsent: c.next, eventperson.City: "Paarl"})
		if err != nil || item.Fields[eventperson.City] != "Paarl" || item.Fields[eventperson.Consent] != eventperson.Unknown {
			t.Errorf("%+v: %+v, %v", c, item, err)
		}
		if got := b.dnc(t, id); got != c.want {
			t.Errorf("%+v: stands there as %q", c, got)
		}
		b.wantSafe(t)
	}
}

// Somebody whom EMS has deleted gets no mail and no text message. When they come back nobody has opted out,
// and nobody is taken off; who has opted out meanwhile has.
func TestDeletedAndBack(t *testing.T) {
	t.Parallel()
	for _, left := range []bool{false, true} {
		b := setup(t, mauticsim.Options{})
		_, id := b.create(t, 1)
		gone := record.Fields{eventperson.Deleted: "true", eventperson.Memberships: ""}
		for range 2 {
			if item, err := b.set(t, 1, id, gone); err != nil || item.Fields[eventperson.Memberships] != "" {
				t.Fatalf("%+v, %v", item, err)
			}
		}
		if got := b.dnc(t, id); got != "3 EMS: deleted, sms 3 EMS: deleted" || tagsOf(b.held(t)[id]) != "" {
			t.Errorf("stands there as %q, with the tags %q", got, tagsOf(b.held(t)[id]))
		}
		want, consent := "3 EMS: deleted, sms 3 EMS: deleted", ""
		if left {
			b.forbid(t, id, 1, "")
			want, consent = "1, sms 3 EMS: deleted", eventperson.OptedOut
		}
		back := record.Fields{eventperson.Deleted: "", eventperson.Memberships: "club:active", eventperson.Consent: eventperson.OptedIn}
		item, err := b.set(t, 1, id, back)
		if err != nil || item.Fields[eventperson.Memberships] != "club:active" || item.Fields[eventperson.Consent] != consent {
			t.Errorf("%+v, %v", item, err)
		}
		if got := b.dnc(t, id); got != want {
			t.Errorf("stands there as %q, want %q", got, want)
		}
		b.wantSafe(t)
	}
}

// A bounce belongs to an address. Mautic keeps it with the contact, and so do we; of the
// next address it says nothing, until it is of that one.
func TestBounceAndAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	b.forbid(t, id, bounced, "mailbox full")
	item, err := b.one.Get(t.Context(), id)
	if err != nil || item.Fields[eventperson.Consent] != eventperson.Bounced {
		t.Fatalf("%+v, %v", item, err)
	}
	item, err = b.set(t, 0, id, record.Fields{eventperson.Email: "new@runners.example.org"})
	if _, shown := item.Fields[eventperson.Consent]; err != nil || shown || b.dnc(t, id) != "2 mailbox full" || tagsOf(b.held(t)[id]) != movedTag {
		t.Errorf("%+v, %v: stands there as %q, tags %q", item, err, b.dnc(t, id), tagsOf(b.held(t)[id]))
	}
	// Somebody takes them off; with the next write the mark goes, and a bounce counts again.
	b.forbid(t, id, 0, "")
	if _, err = b.set(t, 0, id, record.Fields{eventperson.City: "Paarl"}); err != nil || tagsOf(b.held(t)[id]) != "" {
		t.Errorf("%v, tags %q", err, tagsOf(b.held(t)[id]))
	}
	b.forbid(t, id, bounced, "")
	if item, err = b.one.Get(t.Context(), id); err != nil || item.Fields[eventperson.Consent] != eventperson.Bounced {
		t.Errorf("%+v, %v", item, err)
	}
	b.wantSafe(t)
}

// Whoever has opted out or is deleted is not among those whose bounce of an address before
// somebody may take off: not when the address came before that, nor with it.
func TestOutAfterABounce(t *testing.T) {
	t.Parallel()
	address := record.Fields{eventperson.Email: "new@runners.example.org"}
	for name, c := range map[string]struct {
		next record.Fields
		want string
	}{
		"opted out":     {record.Fields{eventperson.Consent: eventperson.OptedOut}, "3 EMS"},
		"deleted":       {record.Fields{eventperson.Deleted: "true", eventperson.Memberships: ""}, "3 EMS: deleted, sms 3 EMS: deleted"},
		"bounced again": {record.Fields{eventperson.Consent: eventperson.Bounced}, "2 mailbox full"},
	} {
		for _, steps := range [][]record.Fields{{address, c.next}, {c.next.Over(address)}} {
			if len(steps) == 1 && name == "bounced again" {
				continue // nobody says of an address that it bounces before it is there
			}
			b := setup(t, mauticsim.Options{})
			_, id := b.create(t, 0)
			b.forbid(t, id, bounced, "mailbox full")
			for range 2 { // the second has nothing to say
				for _, set := range steps {
					if _, err := b.set(t, 0, id, set); err != nil {
						t.Fatal(name, err)
					}
				}
			}
			if got := b.dnc(t, id); got != c.want || tagsOf(b.held(t)[id]) != "" {
				t.Errorf("%s in %d: stands there as %q, tags %q", name, len(steps), got, tagsOf(b.held(t)[id]))
			}
			b.wantSafe(t)
		}
	}
}

// An opt-out of somebody whom EMS had deleted finds an entry that says as much.
func TestOutAfterDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	for _, set := range []record.Fields{{eventperson.Deleted: "true"}, {eventperson.Consent: eventperson.OptedOut}} {
		if _, err := b.set(t, 0, id, set); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.dnc(t, id); got != "3 EMS: deleted, sms 3 EMS: deleted" {
		t.Errorf("stands there as %q", got)
	}
}
