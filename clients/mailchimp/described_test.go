package mailchimp

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// described is the official description; see testdata/README.md.
var described = openapitest.Load("testdata/marketing-3.0.55.openapi.json", "/3.0", exceptions...)

// exceptions are the places where the description is known to be wrong.
var exceptions = []openapitest.Exception{
	{
		Fault: `timestamp_signup: string doesn't match the format "date-time"`,
		Why:   "empty for a contact that the API has made; so in recorded answers in public (2018, 2021)",
	},
	{
		Fault: `last_unsub_date: string doesn't match the format "date-time"`,
		Why:   "empty for a list that nobody has left; so in recorded answers in public (2015, 2016, 2022)",
	},
	{
		Method: "POST", Path: "/lists/{list_id}", Fault: "request: /members/*/tags: not described",
		Why: "sync_tags, which is described, speaks of the tags in the request; a member of POST /lists/{list_id}/members has them (2022)",
	},
	{
		Method: "POST", Path: "/lists/{list_id}", Fault: "_members/*/contact_id: not described",
		Why: "the vendor's document of 2026 has it",
	},
	{
		Fault: ": /errors: not described",
		Why:   "the vendor's glossary of errors shows errors with field and message in an Invalid Resource (2026)",
	},
}

// TestDescribed makes every kind of call, and looks for exceptions that nobody
// needs any more.
func TestDescribed(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Members: 30, Seed: 5})
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.cfg.ListID = b.Info.Credentials["list_2"] // which nobody has left
	if _, err := b.open(t).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(0)}, {Want: sample(1)}})
	if err != nil || results[0].Err != nil || results[1].Err != nil {
		t.Fatal(err, results)
	}
	made, err := b.one.Create(t.Context(), sample(4))
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []record.Fields{{eventperson.FirstName: "Nomvula"}, {eventperson.Memberships: "gold:active"}} {
		if _, err := b.one.Update(t.Context(), made.ID, connector.Patch{Set: set}); err != nil {
			t.Error(err)
		}
	}
	bad := sample(5)
	bad[eventperson.Email] = "zola@fake.invalid"
	_, err = b.one.Create(t.Context(), bad)
	wantClass(t, err, connector.Rejected, "Invalid Resource")
	b.there(t, map[string]any{"email_address": "many@runners.example.org", "tags": manyTags()})
	many := sample(6)
	many[eventperson.Email] = "many@runners.example.org"
	if _, err := b.one.Create(t.Context(), many); err != nil {
		t.Error(err)
	}
	// A value that only the list's own rules refuse is told in "errors".
	b.list(t, map[string]any{"merge_fields": fieldsWith("MEMBERSHIP", map[string]any{"type": "dropdown", "choices": []string{"gold"}})})
	_, err = b.one.Update(t.Context(), made.ID, connector.Patch{Set: record.Fields{eventperson.Membership: "expired"}})
	wantClass(t, err, connector.Rejected, "field membership")
	for _, err := range b.one.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		if err := b.one.Delete(t.Context(), made.ID); err != nil {
			t.Error(err)
		}
	}
	b.watch.WantAllUsed()
	called := b.watch.Operations()
	for _, op := range []string{
		"GET /lists/{list_id}", "GET /lists/{list_id}/merge-fields", "GET /lists/{list_id}/members", "POST /lists/{list_id}",
		"GET /lists/{list_id}/members/{subscriber_hash}", "PUT /lists/{list_id}/members/{subscriber_hash}",
		"PATCH /lists/{list_id}/members/{subscriber_hash}", "DELETE /lists/{list_id}/members/{subscriber_hash}",
		"POST /lists/{list_id}/members/{subscriber_hash}/tags", "GET /lists/{list_id}/members/{subscriber_hash}/tags",
	} {
		if called[op] == 0 {
			t.Errorf("%s was not called", op)
		}
	}
}
