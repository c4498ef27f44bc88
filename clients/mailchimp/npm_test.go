package mailchimp

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/npmtest"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
)

// TestOfficialClient lets MailChimp's own client of npm, unchanged, work with
// the simulator, with everything held against the description on the way.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, mailchimpsim.New(mailchimpsim.Options{Seed: 4}))
	base, watch := described.Proxy(t, sim.Info.Addresses["api"])
	said := npmtest.Run(t, "mailchimpsim/npm", "@mailchimp/mailchimp_marketing",
		"MAILCHIMP_BASE="+base+"/3.0", "MAILCHIMP_KEY="+sim.Info.Credentials["api_key"], "MAILCHIMP_LIST="+sim.Info.Credentials["list_id"])
	type contact struct {
		ContactID string            `json:"contact_id"`
		Email     string            `json:"email_address"`
		Status    string            `json:"status"`
		Language  string            `json:"language"`
		Merge     map[string]string `json:"merge_fields"`
	}
	var out struct {
		Ping struct {
			Health string `json:"health_status"`
		} `json:"ping"`
		List struct {
			ID          string `json:"id"`
			DoubleOptIn *bool  `json:"double_optin"`
			Name        string `json:"name"`
		} `json:"list"`
		Upsert, Patch, Archived contact
		Tags                    struct {
			Tags []struct {
				Name string `json:"name"`
			} `json:"tags"`
		} `json:"tags"`
		Batch struct {
			New    []contact `json:"new_members"`
			Errors []struct {
				Email string `json:"email_address"`
				Code  string `json:"error_code"`
			} `json:"errors"`
			Created int `json:"total_created"`
			Failed  int `json:"error_count"`
		} `json:"batch"`
		Members struct {
			Members []contact `json:"members"`
			Total   int       `json:"total_items"`
		} `json:"members"`
		Refusals []struct {
			Status int
			Title  string
		} `json:"refusals"`
	}
	if err := json.Unmarshal(said, &out); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	const email = "Nomvula@node.example.org"
	if out.Ping.Health != "Everything's Chimpy!" || out.List.ID != sim.Info.Credentials["list_id"] || out.List.DoubleOptIn == nil || out.List.Name != "" {
		t.Errorf("ping %+v, list %+v", out.Ping, out.List)
	}
	if c := out.Upsert; c.Email != email || c.Status != "subscribed" || c.Merge["LNAME"] != "D'Ünal" || c.Merge["EMSID"] != "42" || c.Merge["SHOE"] != "" {
		t.Errorf("upsert %+v", c)
	}
	if c := out.Patch; c.ContactID != out.Upsert.ContactID || c.Language != "af" || c.Merge["EMSID"] != "42" {
		t.Errorf("patch %+v", c)
	}
	if len(out.Tags.Tags) != 1 || out.Tags.Tags[0].Name != "ems:gold:active" {
		t.Errorf("tags %+v", out.Tags)
	}
	if b := out.Batch; b.Created != 1 || b.Failed != 2 || len(b.New) != 1 || len(b.Errors) != 2 || b.Errors[0].Code != "ERROR_CONTACT_EXISTS" || b.Errors[1].Code != "ERROR_GENERIC" {
		t.Errorf("batch %+v", b)
	}
	if out.Members.Total != 2 || len(out.Members.Members) != 2 || out.Members.Members[0].Status != "" {
		t.Errorf("members %+v", out.Members)
	}
	if out.Archived.Status != "archived" || out.Archived.ContactID != out.Upsert.ContactID {
		t.Errorf("archived %+v", out.Archived)
	}
	want := []string{"400 Member Exists", "404 Resource Not Found", "405 Method Not Allowed", "401 API Key Invalid"}
	for i, r := range out.Refusals {
		if got := fmt.Sprintf("%d %s", r.Status, r.Title); got != want[min(i, len(want)-1)] {
			t.Errorf("refusal %d: %+v, want %s", i, r, want[i])
		}
	}
	if len(out.Refusals) != len(want) || len(watch.Operations()) < 9 {
		t.Errorf("%d refusals, operations %v", len(out.Refusals), watch.Operations())
	}
	if j, err := sim.Writes(t.Context(), 0); err != nil || len(j) != 5 {
		t.Errorf("%d changes, %v", len(j), err)
	}
}
