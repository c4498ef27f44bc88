package runsignupsim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
)

type client struct {
	t    *testing.T
	kit  *simkit.Kit
	info simkit.Info
}

func setup(t *testing.T, o runsignupsim.Options) *client {
	t.Helper()
	k := runsignupsim.New(o)
	return &client{t, k, simtest.Start(t, k).Info}
}

// call makes a call in JSON with the key, and returns the body. Form is posted.
func (c *client) call(path string, query, form url.Values) string {
	c.t.Helper()
	if query.Get("format") == "" {
		query.Set("format", "json")
	}
	query.Set("rsu_api_key", c.info.Credentials["api_key"])
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.info.Addresses["api"]+"/rest"+path+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("X-RSU-API-SECRET", c.info.Credentials["api_secret"])
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: status %d, %v", path, resp.StatusCode, err)
	}
	return string(data)
}

func request(body string, more ...string) url.Values {
	form := url.Values{"request_format": {"json"}, "request": {body}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func values(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// What the real system refuses is refused, with 200 and an error inside.
func TestRefusals(t *testing.T) {
	t.Parallel()
	c := setup(t, runsignupsim.Options{Members: 1})
	const rows = "/race/1001/participants"
	event := []string{"event_id", "3001"}
	for name, test := range map[string]struct {
		got  string
		code int
	}{
		"no such race":       {c.call("/race/9/participants", values(event...), nil), 201},
		"no event":           {c.call(rows, values(), nil), 301},
		"another's event":    {c.call(rows, values("event_id", "3001,9"), nil), 301},
		"too many":           {c.call(rows, values("event_id", "3001", "results_per_page", "2501"), nil), 3},
		"another order":      {c.call(rows, values("event_id", "3001", "sort", "last_name ASC"), nil), 3},
		"no such user":       {c.call("/user/1", values(), nil), 101},
		"no such call":       {c.call("/people", values(), nil), 1},
		"no JSON":            {c.call(rows, values(), request(`{`, event...)), 11},
		"an unknown member":  {c.call(rows, values(), request(`{"people":[]}`, event...)), 11},
		"nobody":             {c.call(rows, values(), request(`{"participants":[]}`, event...)), 11},
		"by row":             {c.call(rows, values(), request(`{"participants":[{"first_name":"A","last_name":"B","dob":"1991-13-01"}]}`, event...)), 117},
		"an unknown column":  {c.call(rows, values(), request(`{"participants":[{"shoe":"44"}]}`, event...)), 11},
		"no registration":    {c.call(rows, values(), request(`{"participants":[{"registration_id":1,"bib_num":"1"}]}`, event...)), 15},
		"a URL with an edit": {c.call("/race", values("race_id", "1001"), request(`{"name":"X","url_string":"x"}`)), 11},
		"only new events":    {c.call("/race", values("race_id", "1001"), request(`{"name":"X","timezone":"Africa/Johannesburg","events":[{"name":"5","start_time":"2099-01-01 08:00"}]}`)), 224},
	} {
		if !strings.Contains(test.got, fmt.Sprintf(`"error_code":%d,`, test.code)) {
			t.Errorf("%s: %s, want %d", name, test.got, test.code)
		}
	}
	if got := c.call("/races", values("format", "xml"), nil); !strings.HasPrefix(got, "<?xml") {
		t.Errorf("without format=json: %s", got)
	}
	if n := len(c.kit.Writes(0)); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// Whoever does not ask for an order gets none that a keyset could go by, and a time
// includes itself.
func TestRows(t *testing.T) {
	t.Parallel()
	c := setup(t, runsignupsim.Options{Members: 9, Seed: 1})
	ids := func(more ...string) (out []int, at []int64) {
		var answer []struct {
			Event        struct{ Participants []any }
			Participants []struct {
				ID       int   `json:"registration_id"`
				Modified int64 `json:"last_modified"`
			}
		}
		if err := json.Unmarshal([]byte(c.call("/race/1001/participants", values(append(more, "event_id", "3001")...), nil)), &answer); err != nil || len(answer) != 1 || len(answer[0].Event.Participants) != 0 {
			t.Fatalf("%v, %v", answer, err)
		}
		for _, r := range answer[0].Participants {
			out, at = append(out, r.ID), append(at, r.Modified)
		}
		return out, at
	}
	all, at := ids("sort", "registration_id ASC")
	if plain, _ := ids(); slices.IsSorted(plain) || len(plain) != 9 || !slices.IsSorted(all) || len(all) != 9 {
		t.Errorf("%v; sorted %v", plain, all)
	}
	if rest, _ := ids("sort", "registration_id ASC", "after_registration_id", fmt.Sprint(all[6])); len(rest) != 2 || rest[0] != all[7] {
		t.Errorf("after %d: %v", all[6], rest)
	}
	latest := slices.Index(at, slices.Max(at))
	since, _ := ids("sort", "registration_id ASC", "modified_after_timestamp", fmt.Sprint(at[latest]))
	if !slices.Contains(since, all[latest]) || len(since) == 9 {
		t.Errorf("since %d: %v", at[latest], since)
	}
}

// What a whole race lacks is emptied, and an event that it lacks deleted, unless missing
// ones are preserved; what somebody has paid for is not deleted without more.
func TestWhatIsLost(t *testing.T) {
	t.Parallel()
	c := setup(t, runsignupsim.Options{Members: 1})
	now := "2026-03-01T09:00:00Z"
	if err := (simkit.Remote{Info: c.info}).Call(t.Context(), "POST", "/clock", map[string]any{"now": now, "freeze": true}, nil); err != nil {
		t.Fatal(err)
	}
	const one = `{"name":"X","timezone":"Africa/Johannesburg","events":[{"event_id":3001,"name":"42","start_time":"2026-05-09 06:00"}]}`
	kept := c.call("/race", values("race_id", "1001", "preserve_missing_events", "T"), request(one))
	if !strings.Contains(kept, `"event_id":3002`) || !strings.Contains(kept, `"contact_email":null`) {
		t.Errorf("preserved: %s", kept)
	}
	lost := c.call("/race", values("race_id", "1001"), request(one))
	if strings.Contains(lost, `"event_id":3002`) || !strings.Contains(lost, `"event_id":2901`) {
		t.Errorf("not preserved: %s", lost)
	}
	paid := request(`{"registrations":[{"registration_id":2645002}]}`)
	if got := c.call("/race/1001/delete-participants", values(), paid); got != `{"participants":[]}` {
		t.Errorf("paid: %s", got)
	}
	made := c.call("/race/1001/participants", values(), request(`{"participants":[{"first_name":"A","last_name":"B"}]}`, "event_id", "3001"))
	if again := c.call("/race/1001/participants", values(), request(`{"participants":[{"first_name":"A","last_name":"B"}]}`, "event_id", "3001")); again == made {
		t.Errorf("a second add made no second registration: %s", again)
	}
	var rows struct {
		Participants []struct {
			ID int `json:"registration_id"`
		}
	}
	if err := json.Unmarshal([]byte(made), &rows); err != nil || len(rows.Participants) != 1 {
		t.Fatalf("%s, %v", made, err)
	}
	gone := c.call("/race/1001/delete-participants", values(), request(fmt.Sprintf(`{"registrations":[{"registration_id":%d}]}`, rows.Participants[0].ID)))
	if !strings.Contains(gone, fmt.Sprint(rows.Participants[0].ID)) {
		t.Errorf("imported: %s", gone)
	}
}
