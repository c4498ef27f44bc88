package mautic

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/npmtest"
	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/record"
)

// described is our description of the API; see testdata/README.md.
var described = openapitest.Load("testdata/mautic-7.0.0.openapi.json", "", exceptions...)

// exceptions are what a description cannot say.
var exceptions = []openapitest.Exception{{
	Method: "GET", Path: "/api/contacts", Fault: "answer 401: response header Content-Type has unexpected value",
	Why: "of bad Basic without a body: measured 2026-11-28 against Mautic 7.0.0",
}}

// TestNodeClient lets node-mautic of npm, unchanged, work with the simulator, with
// everything held against the description on the way.
func TestNodeClient(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, mauticsim.New(mauticsim.Options{Seed: 4}))
	base, watch := described.Proxy(t, sim.Info.Addresses["api"])
	said := npmtest.Run(t, "mauticsim/npm", "node-mautic",
		"MAUTIC_BASE="+base, "MAUTIC_USER="+sim.Info.Credentials["username"], "MAUTIC_PASSWORD="+sim.Info.Credentials["password"])
	type contact struct {
		ID   int
		Tags []struct{ Tag string }
		DNC  []struct {
			Reason   int
			Comments string
		} `json:"doNotContact"`
		Fields struct {
			All map[string]any
		}
	}
	type one struct{ Contact contact }
	var out struct {
		Created, Overwritten, Read, Edited, Forbidden, Deleted one

		Listed struct {
			Total    string
			Contacts map[string]contact
		}
		Queried struct{ Total string }
		Fields  map[string]struct{ Alias string }
		Allowed struct {
			Found bool `json:"recordFound"`
		}
		Segment struct {
			List struct{ ID int }
		}
		Segments, Of struct{ Total int }
		Into, Out    struct{ Success int }
		Refusals     []struct{ Code int }
	}
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	id := out.Created.Contact.ID
	if c := out.Created.Contact; id == 0 || c.Fields.All["email"] != "Nomvula@node.example.org" || c.Fields.All["ems_id"] != "42" || len(c.Tags) != 1 {
		t.Errorf("created %+v", c)
	}
	// The client sends overwriteWithBlank always: what it did not send is empty.
	if c := out.Overwritten.Contact; c.ID != id || c.Fields.All["firstname"] != "Zola" || c.Fields.All["ems_id"] != nil || c.Fields.All["lastname"] != nil {
		t.Errorf("overwritten %+v", c)
	}
	if c := out.Edited.Contact; c.Fields.All["city"] != "Paarl" || c.Fields.All["firstname"] != "Zola" {
		t.Errorf("edited %+v", c)
	}
	if out.Read.Contact.ID != id || out.Listed.Total != "1" || out.Listed.Contacts[fmt.Sprint(id)].ID != id || out.Queried.Total != "1" || out.Fields["ems_id"].Alias != "ems_id" {
		t.Errorf("read %+v, listed %+v, queried %+v", out.Read, out.Listed, out.Queried)
	}
	if d := out.Forbidden.Contact.DNC; len(d) != 1 || d[0].Reason != 3 || d[0].Comments != "asked by phone" || !out.Allowed.Found {
		t.Errorf("do not contact %+v, %v", d, out.Allowed)
	}
	if out.Segment.List.ID == 0 || out.Segments.Total != 1 || out.Into.Success != 1 || out.Of.Total != 1 || out.Out.Success != 1 {
		t.Errorf("segments %+v %+v %+v", out.Segment, out.Segments, out.Of)
	}
	if out.Deleted.Contact.ID != 0 || fmt.Sprint(out.Refusals) != "[{404} {400} {422}]" {
		t.Errorf("deleted %+v, refusals %v", out.Deleted, out.Refusals)
	}
	if n := len(watch.Operations()); n < 12 {
		t.Errorf("%d operations: %v", n, watch.Operations())
	}
}

// TestDescribed wants every call of the connector to be described.
func TestDescribed(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{Members: 5})
	watch := described.Watch(t, b.sent.Next)
	b.sent.Next = watch
	if _, err := b.open(t).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, id := b.create(t, 0)
	if _, err := b.set(t, 0, id, record.Fields{"city": "Paarl"}); err != nil {
		t.Fatal(err)
	}
	for _, err := range b.one.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := b.one.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, op := range []string{
		"POST /oauth/v2/token", "GET /api/fields/contact", "GET /api/contacts", "GET /api/contacts/{id}", "PUT /api/contacts/batch/edit",
		"PATCH /api/contacts/{id}/edit", "DELETE /api/contacts/batch/delete",
	} {
		if watch.Operations()[op] == 0 {
			t.Errorf("%s was not called", op)
		}
	}
}
