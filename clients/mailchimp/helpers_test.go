package mailchimp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// there puts somebody on the list by himself.
func (b *bundle) there(t *testing.T, body map[string]any) record.ExternalID {
	t.Helper()
	var m struct {
		ID string `json:"contact_id"`
	}
	simtest.Control(t, b.Remote, "POST", "/lists/1/members", body, &m)
	return record.ExternalID(m.ID)
}

// edit is what somebody does to a contact by himself.
func (b *bundle) edit(t *testing.T, id record.ExternalID, body map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, "PATCH", "/members/"+string(id), body, nil)
}

// list changes the list's settings.
func (b *bundle) list(t *testing.T, body map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, "PATCH", "/lists/1", body, nil)
}

// create makes sample n.
func (b *bundle) create(t *testing.T, n int) (record.Fields, record.ExternalID) {
	t.Helper()
	want := sample(n)
	item, err := b.one.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return want, item.ID
}

// contactOf is a contact as the simulator holds it.
type contactOf struct {
	ContactID string         `json:"contact_id"`
	Email     string         `json:"email_address"`
	Status    string         `json:"status"`
	Language  string         `json:"language"`
	Merge     map[string]any `json:"merge_fields"`
	Tags      []string       `json:"tags"`
}

// held is all that the simulator holds on the first list, by address.
func (b *bundle) held(t *testing.T) (map[string]contactOf, simState) {
	t.Helper()
	var dump simState
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
	out := map[string]contactOf{}
	for _, m := range dump.Lists[0].Members {
		out[m.Email] = m
	}
	return out, dump
}

type simState struct {
	Automations int `json:"automations"`
	Mails       int `json:"mails"`
	Lists       []struct {
		Members []contactOf `json:"members"`
	} `json:"lists"`
}

// since are the calls that were sent after number n, as "PUT /members/*".
func (b *bundle) since(n int) []string {
	var out []string
	for _, s := range b.sent.Sent()[n:] {
		out = append(out, s.Method+" "+shape(s))
	}
	return out
}

// shape is the path of a call without what stands for one list or contact.
func shape(s rest.Sent) string {
	parts := strings.Split(strings.TrimPrefix(s.Path, "/3.0/lists/"), "/")
	if parts[0] = ""; len(parts) > 2 {
		parts[2] = "*"
	}
	return strings.Join(parts, "/")
}

func wantClass(t *testing.T, err error, class connector.Class, why string) {
	t.Helper()
	if err == nil || connector.ClassOf(err) != class || !strings.Contains(err.Error(), why) {
		t.Errorf("error %v, want %s: %s", err, class, why)
	}
	if err != nil && strings.Contains(err.Error(), "@") {
		t.Errorf("an error with an address")
	}
}

func manyTags() []string {
	out := []string{"Volunteers", "ems:gold:active"}
	for n := range 55 {
		out = append(out, fmt.Sprintf("tag %d", n))
	}
	return append(out, "EMS:Trail:Expired")
}

// fieldsWith are the merge fields of a list with one changed; nil takes it out.
func fieldsWith(tag string, change map[string]any) []map[string]any {
	var out []map[string]any
	for i, name := range []string{"FNAME", "LNAME", "PHONE", "EMSID", "MEMBERSHIP"} {
		f := map[string]any{"merge_id": i + 1, "tag": name, "name": name, "type": "text"}
		if name == tag {
			if change == nil {
				continue
			}
			for k, v := range change {
				f[k] = v
			}
		}
		out = append(out, f)
	}
	return out
}
