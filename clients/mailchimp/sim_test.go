package mailchimp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
)

// call makes a call of its own to the simulator, held against the description
// as all others, and checks the status and a part of the answer.
func (b *bundle) call(t *testing.T, method, path, body string, status int, part string) map[string]any {
	t.Helper()
	path = strings.ReplaceAll(path, "{l}", "/3.0/lists/"+b.cfg.ListID)
	req, err := http.NewRequestWithContext(t.Context(), method, b.Info.Addresses["api"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.SetBasicAuth("anybody", b.Info.Credentials["api_key"])
	resp, err := b.watch.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status || !bytes.Contains(data, []byte(part)) {
		t.Errorf("%s %s: status %d, %s; want %d, %s; %v", method, path, resp.StatusCode, data, status, part, err)
	}
	var out map[string]any
	_ = json.Unmarshal(data, &out)
	return out
}

func TestSimLists(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Members: 40, Seed: 7})
	b.call(t, "GET", "/3.0/?fields=account_id", "", 200, "acc")
	b.call(t, "GET", "/3.0/lists", "", 200, b.cfg.ListID)
	b.call(t, "GET", "{l}", "", 200, `"double_optin":false`)
	if o := b.call(t, "GET", "{l}?exclude_fields=stats.member_count,name", "", 200, "cleaned_count"); o["name"] != nil || o["stats"].(map[string]any)["member_count"] != nil {
		t.Errorf("excluded fields are there: %v", o)
	}
	b.call(t, "GET", "{l}/merge-fields?count=2&offset=5", "", 200, `"tag":"EMSID"`)
	b.call(t, "POST", "{l}/merge-fields", `{"name":"Shoe size","tag":"SHOE","type":"number"}`, 200, `"merge_id":8`)
	b.call(t, "POST", "{l}/merge-fields", `{"name":"Shoe size","tag":"SHOE","type":"number"}`, 400, "Invalid Resource")
	b.call(t, "GET", "{l}/tag-search?name=NEWS", "", 200, `"name":"newsletter"`)

	// Ten are a page where none is asked for; a thousand are the most.
	if n := len(b.call(t, "GET", "{l}/members", "", 200, `"total_items":40`)["members"].([]any)); n != 10 {
		t.Errorf("%d members in a page", n)
	}
	if n := len(b.call(t, "GET", "{l}/members?count=7&offset=36", "", 200, "")["members"].([]any)); n != 4 {
		t.Errorf("%d members at the end", n)
	}
	b.call(t, "GET", "{l}/members?count=0", "", 200, `"members":[]`)
	b.call(t, "GET", "{l}/members?offset=-1", "", 400, "Invalid Resource")
	one := b.call(t, "GET", "{l}/members?count=1&fields=members.id,members.email_address", "", 200, "")["members"].([]any)[0].(map[string]any)
	if len(one) != 2 {
		t.Errorf("fields of a member: %v", one)
	}
	hash := fmt.Sprint(one["id"])

	// Who is archived is listed only when asked for.
	b.call(t, "DELETE", "{l}/members/"+hash, "", 204, "")
	b.call(t, "GET", "{l}/members?count=1", "", 200, `"total_items":39`)
	b.call(t, "GET", "{l}/members?status=archived", "", 200, hash)
	// What has changed since, by the simulator's clock.
	at := b.sim.Now().Add(time.Hour).UTC()
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": at, "freeze": true}, nil)
	b.call(t, "PUT", "{l}/members/"+hash, `{"email_address":"`+fmt.Sprint(one["email_address"])+`","status_if_new":"subscribed"}`, 200, at.Format("2006-01-02T15:04:05+00:00"))
	b.call(t, "GET", "{l}/members?since_last_changed="+at.Format("2006-01-02T15:04:05Z"), "", 200, hash)
	last := b.call(t, "GET", "{l}/members?count=1&sort_field=last_changed&sort_dir=DESC", "", 200, hash)
	if last["total_items"] != 40.0 {
		t.Errorf("total %v", last["total_items"])
	}
}

func TestSimMembers(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	put := func(email, more string) string {
		return `{"email_address":"` + email + `","status_if_new":"subscribed"` + more + `}`
	}
	at := func(email string) string { return "{l}/members/" + hash(email) }
	const a, c = "a@sim.example.org", "c@sim.example.org"

	made := b.call(t, "PUT", at(a), put(a, `,"merge_fields":{"FNAME":"A","SHOE":"38"}`), 200, `"FNAME":"A"`)
	contact := fmt.Sprint(made["contact_id"])
	if made["merge_fields"].(map[string]any)["SHOE"] != nil {
		t.Error("an unknown merge tag was kept")
	}
	// By hash, address or contact_id; tags by the hash alone.
	for _, id := range []string{hash(a), "A@sim.example.org", contact} {
		b.call(t, "GET", "{l}/members/"+id, "", 200, contact)
	}
	b.call(t, "POST", "{l}/members/"+contact+"/tags", `{"tags":[{"name":"x","status":"active"}]}`, 404, "Resource Not Found")
	b.call(t, "POST", at(a)+"/tags", `{"tags":[{"name":"x","status":"active"}],"is_syncing":true}`, 204, "")
	b.call(t, "POST", at(a)+"/tags", `{"tags":[{"name":"y","status":"active"},{"name":"X","status":"inactive"}]}`, 204, "")
	if _, state := b.held(t); state.Automations != 1 {
		t.Errorf("%d automations, want the one without is_syncing", state.Automations)
	}
	b.call(t, "GET", at(a)+"/tags", "", 200, `"name":"y"`)

	// A status stays unless one is sent; what is not sent stays.
	b.call(t, "PATCH", at(a), `{"status":"unsubscribed"}`, 200, `"status":"unsubscribed"`)
	b.call(t, "PUT", at(a), put(a, `,"merge_fields":{"LNAME":"B"}`), 200, `"status":"unsubscribed"`)
	b.call(t, "GET", at(a), "", 200, `"FNAME":"A","LNAME":"B"`)
	b.call(t, "PUT", at(a), put(a, `,"status":"subscribed"`), 200, `"status":"subscribed"`)
	// Who has gone by himself cannot be subscribed, only asked.
	b.edit(t, "a@sim.example.org", map[string]any{"status": "unsubscribed"})
	b.call(t, "PATCH", at(a), `{"status":"subscribed"}`, 400, "Member In Compliance State")
	b.call(t, "PUT", at(a), put(a, `,"status":"subscribed"`), 400, "Member In Compliance State")
	b.call(t, "PATCH", at(a), `{"status":"pending"}`, 200, `"status":"pending"`)
	b.call(t, "DELETE", at(a), "", 405, "cannot be removed")

	b.call(t, "POST", "{l}/members", `{"email_address":"`+c+`","status":"subscribed","tags":["t"]}`, 200, `"name":"t"`)
	b.call(t, "POST", "{l}/members", `{"email_address":"`+c+`","status":"subscribed"}`, 400, "Member Exists")
	b.call(t, "PATCH", at(c), `{"email_address":"`+a+`"}`, 400, "Member Exists")
	b.call(t, "PUT", at("d@sim.example.org"), put("e@sim.example.org", ""), 400, "Does not match")
	b.call(t, "PATCH", at("d@sim.example.org"), `{"language":"en"}`, 404, "Resource Not Found")
	b.call(t, "PUT", at("abuse@sim.example.org"), put("abuse@sim.example.org", ""), 400, "role-based")

	// Only one who is subscribed changes its address.
	for _, status := range []string{"unsubscribed", "cleaned", "transactional", "pending", "archived", "subscribed"} {
		b.edit(t, c, map[string]any{"status": status})
		if status != "archived" {
			b.call(t, "PATCH", at(c), `{"language":"en"}`, 200, "")
		}
		want, part := 400, "email_address"
		switch status {
		case "subscribed":
			want, part = 200, "f@sim.example.org"
		case "archived":
			want, part = 404, "Resource Not Found"
		}
		b.call(t, "PATCH", at(c), `{"email_address":"f@sim.example.org"}`, want, part)
	}
	b.call(t, "PATCH", at("f@sim.example.org"), `{"email_address":"`+c+`"}`, 200, "")
	// A list may take those who have opted out all the same.
	b.edit(t, c, map[string]any{"status": "unsubscribed"})
	b.list(t, map[string]any{"resubscribes": true})
	b.call(t, "PATCH", at(c), `{"status":"subscribed"}`, 200, `"status":"subscribed"`)
	b.list(t, map[string]any{"resubscribes": false})

	// From the archive only by a status.
	b.call(t, "DELETE", at(c), "", 204, "")
	b.call(t, "PATCH", at(c), `{"language":"en"}`, 404, "Resource Not Found")
	b.call(t, "PATCH", at(c), `{"status":"subscribed"}`, 200, `"status":"subscribed"`)
	// Deleted for good.
	b.call(t, "POST", at(c)+"/actions/delete-permanent", "", 204, "")
	b.call(t, "GET", at(c), "", 404, "Resource Not Found")
	b.call(t, "PUT", at(c), put(c, ""), 400, "Forgotten Email Not Subscribed")
}

func TestSimValues(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	b.list(t, map[string]any{"merge_fields": []map[string]any{
		{"merge_id": 1, "tag": "N", "type": "number"},
		{"merge_id": 2, "tag": "D", "type": "dropdown", "choices": []string{"gold"}},
		{"merge_id": 3, "tag": "P", "type": "phone", "phone_format": "US"},
		{"merge_id": 4, "tag": "A", "type": "address"},
		{"merge_id": 5, "tag": "R", "type": "text", "required": true},
	}})
	const email = "a@sim.example.org"
	path := "{l}/members/" + hash(email)
	put := func(merge string) string {
		return `{"email_address":"` + email + `","status_if_new":"subscribed","merge_fields":{` + merge + `}}`
	}
	b.call(t, "PUT", path, put(`"N":"1"`), 400, "This field is required")
	b.call(t, "PUT", path+"?skip_merge_validation=true", put(`"N":"12","D":"gold","P":"(404) 555-0100","A":{"addr1":"1 Long Street"}`), 200, `"N":12`)
	for merge, want := range map[string]string{
		`"N":"x","R":"r"`: "Please enter a number", `"D":"silver","R":"r"`: "one of the options",
		`"P":"+27821234567","R":"r"`: "valid phone", `"A":"x","R":"r"`: "complete address", `"R":["r"]`: "did not match",
		`"R":"` + strings.Repeat("r", 256) + `"`: "no more than 255",
	} {
		b.call(t, "PUT", path, put(merge), 400, want)
	}
	b.call(t, "PUT", path, put(`"N":"","R":"r"`), 200, `"N":""`)
}

func TestSimBulk(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	member := func(email, status string) string {
		return `{"email_address":"` + email + `","status":"` + status + `","tags":["t"]}`
	}
	body := func(more string, members ...string) string {
		return `{"members":[` + strings.Join(members, ",") + `]` + more + `}`
	}
	const a = "a@sim.example.org"
	b.call(t, "POST", "{l}", body("", member(a, "subscribed"), member("A@sim.example.org", "subscribed")), 200, "Duplicate items")
	b.call(t, "POST", "{l}", body("", member(a, "unsubscribed")), 200, "ERROR_CONTACT_EXISTS")
	b.call(t, "GET", "{l}/members/"+a, "", 200, `"status":"subscribed"`)
	// Updating changes the status as well: that is why nobody should.
	b.call(t, "POST", "{l}", body(`,"update_existing":true,"sync_tags":true`, member(a, "unsubscribed")), 200, `"total_updated":1`)
	b.call(t, "GET", "{l}/members/"+a, "", 200, `"status":"unsubscribed"`)
	var many []string
	for n := range 501 {
		many = append(many, member(fmt.Sprintf("m%d@sim.example.org", n), "subscribed"))
	}
	b.call(t, "POST", "{l}", body("", many...), 400, "500 members")
	b.call(t, "POST", "{l}", body(""), 400, "Invalid Resource")
	b.call(t, "POST", "{l}", body("", many[:500]...), 200, `"total_created":500`)
}

func TestSimKeyAndDump(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{Members: 12, Seed: 6})
	for header, status := range map[string]int{
		"Bearer " + b.Info.Credentials["api_key"]: 200, "Bearer x": 401, "Basic eDp5": 401, "": 401,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Info.Addresses["api"]+"/3.0/ping", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		resp, err := b.watch.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%q: status %d, want %d", header, resp.StatusCode, status)
		}
	}
	// The same seed makes the same people; a dump can be taken back.
	var dump, again json.RawMessage
	simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
	other := setupSim(t, mailchimpsim.Options{Members: 12, Seed: 6})
	simtest.Control(t, other.Remote, "GET", "/dump", nil, &again)
	if !bytes.Equal(dump, again) || !bytes.Contains(dump, []byte("reader.12@")) {
		t.Error("the same seed makes other people")
	}
	b.create(t, 0)
	simtest.Control(t, b.Remote, "POST", "/load", dump, nil)
	if all, _ := b.held(t); len(all) != 12 {
		t.Errorf("%d contacts after a load", len(all))
	}
	want, _ := b.create(t, 0)
	if _, err := b.one.Find(t.Context(), want); err != nil {
		t.Errorf("after a load: %v", err)
	}
	simtest.Control(t, b.Remote, "POST", "/reset", nil, nil)
	if all, _ := b.held(t); len(all) != 12 || len(b.journal()) != 0 {
		t.Errorf("%d contacts after a reset", len(all))
	}
}
