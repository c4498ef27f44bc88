package sportlinksim_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
)

func TestSearchHonoursTheFilters(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{Members: 60, Former: 7, Seed: 5})
	b.signIn()
	all := b.search(ask("", true, false))
	if len(all) != 60 {
		t.Fatalf("%d members, want 60", len(all))
	}
	world := b.sim.Members()
	for i, m := range all {
		// Empty and null are the same; a house number may be a number.
		data, _ := json.Marshal(world[i])
		var want map[string]string
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		for name, v := range want {
			got, there := m[name]
			if !there {
				t.Fatalf("no %s", name)
			}
			if text(got) != v {
				t.Errorf("member %d: %s is not what the world has", i, name)
			}
		}
	}
	for i, m := range b.search(ask("", false, false)) {
		if m["UnionTeams"] != "" || text(m["ClubTeams"]) != world[i].ClubTeams {
			t.Fatal("union teams without the box, or no club teams")
		}
	}
	if n := len(b.search(ask("", true, true))); n != 7 {
		t.Errorf("%d former members, want 7", n)
	}
	if n := len(b.search(ask("*", true, false))); n != 0 {
		t.Errorf("* finds %d", n)
	}
	id := world[9].PublicPersonID
	if got := b.search(ask(strings.ToLower(id), true, false)); len(got) != 1 || got[0]["PublicPersonId"] != id {
		t.Errorf("the search for an id finds %d", len(got))
	}
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, _ := json.Marshal(v)
	return string(data)
}

func TestSearchIsStrict(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	b.signIn()
	for name, body := range map[string]string{
		"nothing": "", "no filters": "{}", "unknown part": `{"Filters":{"Colour":1}}`, "not JSON": "x",
	} {
		if s := b.call("POST", searchPath, body); s != 400 {
			t.Errorf("%s: %d", name, s)
		}
		var e struct {
			Error   int
			Message string
		}
		b.decode(&e)
		if e.Error != 400 || e.Message == "" {
			t.Errorf("%s: no error text", name)
		}
	}
	good := b.bearer
	b.bearer = "nonsense"
	if s := b.call("GET", "member/MemberHeader?PublicPersonId=X", ""); s != 401 {
		t.Errorf("nonsense as a bearer: %d", s)
	}
	b.bearer = good
	if s := b.call("GET", "member/MemberHeader?PublicPersonId=X", ""); s != 404 {
		t.Errorf("unknown member: %d", s)
	}
	id := b.sim.Members()[0].PublicPersonID
	if s := b.call("GET", "member/persondata/MemberPersonData?PublicPersonId="+id, ""); s != 200 {
		t.Errorf("member: %d", s)
	}
}

// Each fault in the data, and what comes then.
func TestFaultsInTheData(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{Seed: 2})
	b.signIn()
	r := simkit.Remote{Info: b.info}
	world := b.sim.Members()
	body := ask("", true, false)
	members := func() (out []map[string]any, ok bool) {
		var in map[string]json.RawMessage
		if json.Unmarshal([]byte(b.page), &in) != nil || in["Members"] == nil {
			return nil, false
		}
		return out, json.Unmarshal(in["Members"], &out) == nil && string(in["Members"]) != "null"
	}
	count := func(want int) func() bool {
		return func() bool {
			m, ok := members()
			return ok && len(m) == want
		}
	}
	noList := func() bool { _, ok := members(); return !ok }
	field := func(name string, value any, id string) func() bool {
		return func() bool {
			m, _ := members()
			return slices.ContainsFunc(m, func(m map[string]any) bool {
				return m[name] == value && (id == "" || m["PublicPersonId"] == id)
			})
		}
	}
	for _, c := range []struct {
		do     simkit.Do
		status int
		want   func() bool
	}{
		{simkit.Do{Name: "empty-members"}, 200, count(0)},
		{simkit.Do{Name: "members-missing"}, 200, noList},
		{simkit.Do{Name: "members-null"}, 200, noList},
		{simkit.Do{Name: "members-object"}, 200, noList},
		{simkit.Do{Name: "truncated"}, 200, count(12)},
		{simkit.Do{Name: "truncated", Body: "50"}, 200, count(10)},
		{simkit.Do{Name: "duplicate-ids"}, 200, count(23)},
		{simkit.Do{Name: "absent", Body: world[3].PublicPersonID}, 200, count(19)},
		{simkit.Do{Name: "reversed"}, 200, func() bool {
			m, _ := members()
			return len(m) == 20 && m[0]["PublicPersonId"] == world[19].PublicPersonID
		}},
		{simkit.Do{Name: "extra-fields"}, 200, func() bool {
			return strings.Contains(b.page, "SomethingNew")
		}},
		{simkit.Do{Name: "nulls"}, 200, field("LastName", nil, world[0].PublicPersonID)},
		{simkit.Do{Name: "wrong-types"}, 200, field("PublicPersonId", 4711.0, "")},
		{simkit.Do{Name: "unknown-gender"}, 200, field("GenderCode", "Q7", "")},
		{simkit.Do{Name: "unknown-gender", Body: world[1].PublicPersonID}, 200, field("GenderCode", "Q7", world[1].PublicPersonID)},
		{simkit.Do{Name: "no-first-name", Body: world[2].PublicPersonID}, 200, field("FirstName", "", world[2].PublicPersonID)},
		{simkit.Do{Name: "no-id"}, 200, field("PublicPersonId", nil, "")},
		{simkit.Do{Name: "error-200"}, 200, noList},
		{simkit.Do{Name: "invalid-json"}, 200, noList},
		{simkit.Do{Name: "no-content"}, 204, noList},
		{simkit.Do{Name: "empty-search-500"}, 500, noList},
		{simkit.Do{Name: "half-valid"}, 401, noList},
		{simkit.Do{Name: "expire"}, 401, noList},
	} {
		c.do.Kind = simkit.FaultNamed
		if _, err := r.Inject(context.Background(), simkit.Fault{
			Match: simkit.Match{Path: "*/SearchMembers"}, Times: 1, Do: c.do,
		}); err != nil {
			t.Fatal(err)
		}
		if s := b.call("POST", searchPath, body); s != c.status || !c.want() {
			t.Errorf("%s: status %d, or not what was wanted", c.do.Name, s)
		}
		if c.do.Name == "expire" {
			b.fresh()
			frozen(t, b, noon)
			b.signIn()
		}
		if s := b.call("POST", searchPath, body); s != 200 || !count(20)() {
			t.Fatalf("after %s the search is not whole again", c.do.Name)
		}
	}
}

func TestHalfValidPageLeadsToTheDashboard(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	r := simkit.Remote{Info: b.info}
	if _, err := r.Inject(context.Background(), simkit.Fault{Do: simkit.Do{Kind: simkit.FaultNamed, Name: "half-valid"}}); err != nil {
		t.Fatal(err)
	}
	b.see(b.client.Get(b.info.Addresses["club"] + "/member/search"))
	if b.at.Path != "/dashboard" || b.shows() != "site" {
		t.Error("not led to the dashboard")
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	b := start(t, sportlinksim.Options{Seed: 4})
	b.signIn()
	r := simkit.Remote{Info: b.info}
	do := func(method, path string, in, out any) {
		t.Helper()
		if err := r.Call(ctx, method, path, in, out); err != nil {
			t.Fatal(err)
		}
	}
	world := b.sim.Members()
	id := world[0].PublicPersonID
	do("PATCH", "/members/"+id, map[string]any{"City": "Elders", "Email": nil}, nil)
	m := b.search(ask(id, true, false))[0]
	if m["City"] != "Elders" || m["Email"] != nil || m["LastUpdate"] != b.sim.Now().Format("2006-01-02") {
		t.Error("the edit is not in the search")
	}
	if m["FirstName"] != world[0].FirstName {
		t.Error("the edit changed another field")
	}
	if r.Call(ctx, "PATCH", "/members/"+id, map[string]string{"Cty": "x"}, nil) == nil {
		t.Error("an unknown field was taken")
	}
	if r.Call(ctx, "PATCH", "/members/NOBODY", map[string]string{"City": "x"}, nil) == nil {
		t.Error("an unknown member was edited")
	}
	do("POST", "/members", invent.Member{PublicPersonID: "NEWW11N", FirstName: "Nieuw"}, nil)
	if r.Call(ctx, "POST", "/members", invent.Member{PublicPersonID: "NEWW11N"}, nil) == nil {
		t.Error("an id was taken twice")
	}
	for _, wrong := range []map[string]string{{"MemberStatus": "GONE"}, {"PublicPersonId": "NEWW11N"}} {
		if r.Call(ctx, "PATCH", "/members/"+id, wrong, nil) == nil {
			t.Error("an edit was taken that no user could make")
		}
	}
	var values []string
	do("GET", "/values", nil, &values)
	if !slices.Contains(values, world[0].FullName()) || !slices.Contains(values, b.info.Credentials["password"]) {
		t.Error("values are missing from the list of those")
	}
	do("DELETE", "/members/"+world[5].PublicPersonID, nil, nil)
	if n := len(b.search(ask("", true, false))); n != 20 {
		t.Errorf("%d members, want 20", n)
	}
	do("POST", "/members/shuffle", map[string]int{"seed": 3}, nil)
	var dump sportlinksim.Dump
	do("GET", "/dump", nil, &dump)
	got := b.search(ask("", true, false))
	if len(dump.Members) != 20 || got[0]["PublicPersonId"] != dump.Members[0].PublicPersonID {
		t.Error("the dump is not what the search answers")
	}
	if dump.Members[0].PublicPersonID == id && dump.Members[1] == world[1] {
		t.Error("nothing was shuffled")
	}
	do("PATCH", "/settings", map[string]any{"storage": "memory", "access_life": "1m"}, nil)
	var s sportlinksim.Settings
	do("GET", "/settings", nil, &s)
	if s.Storage != "memory" || s.AccessLife.String() != "1m0s" || s.OTP != "required" {
		t.Error("the settings are not what was set")
	}
	if r.Call(ctx, "PATCH", "/settings", map[string]any{"otp": "perhaps"}, nil) == nil {
		t.Error("a wrong setting was taken")
	}
	var ended struct{ Ended int }
	do("POST", "/sessions/expire", nil, &ended)
	var sessions []sportlinksim.Session
	do("GET", "/sessions", nil, &sessions)
	if ended.Ended != 1 || len(sessions) != 1 || sessions[0].Alive || sessions[0].Calls == 0 {
		t.Error("the session did not end")
	}
	var writes []simkit.Change
	do("GET", "/writes", nil, &writes)
	if len(writes) != 0 {
		t.Error("reading wrote")
	}
	do("POST", "/load", dump, nil)
	do("POST", "/reset", nil, nil)
	if !slices.Equal(b.sim.Members(), world) || len(b.sim.Codes()) != 0 {
		t.Error("reset did not lead back to the start")
	}
}

func TestAWorldIsItsSeed(t *testing.T) {
	t.Parallel()
	a, b := sportlinksim.New(sportlinksim.Options{Seed: 1}), sportlinksim.New(sportlinksim.Options{Seed: 1})
	c := sportlinksim.New(sportlinksim.Options{Seed: 2, Members: 3, Unreadable: true})
	if !slices.Equal(a.Values(), b.Values()) || slices.Equal(a.Values(), c.Values()) {
		t.Error("the world does not come from its seed")
	}
	if len(c.Members()) != 6 {
		t.Error("the unreadable are missing")
	}
}

func TestPagesAreSafe(t *testing.T) {
	t.Parallel()
	b := start(t, sportlinksim.Options{})
	resp, err := b.client.Get(b.info.Addresses["club"] + "/member/search?x=<script>")
	if err != nil {
		t.Fatal(err)
	}
	b.see(resp, nil)
	if strings.Contains(b.page, "<script>") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Error("the page echoes, or allows scripts of others")
	}
	if s := b.see(b.client.Post(b.info.Addresses["club"]+"/dashboard", "text/plain", nil)); s != http.StatusMethodNotAllowed {
		t.Errorf("POST to a page: %d", s)
	}
}
