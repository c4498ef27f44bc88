package laposta

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

func TestBulk(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Bulk: true})
	_, mine := b.create(t, 0)
	unmanaged := b.there(t, map[string]any{"email": "vreemd@example.org"})
	out := b.there(t, map[string]any{"email": "uit@example.org", "state": "unsubscribed", "custom_fields": map[string]string{"relatiecode": "ZZ7"}})

	taken, optedOut, noDate := sample(3), sample(4), sample(5)
	taken[subscriber.Email] = "VREEMD@example.org"
	optedOut[subscriber.Email], optedOut[subscriber.RelationCode] = "uit@example.org", "ZZ7"
	noDate[subscriber.BirthDate] = "gisteren"
	twice := sample(1)
	twice[subscriber.Email] = strings.ToUpper(twice[subscriber.Email])
	results, err := b.one.WriteMany(t.Context(), []connector.Op{{Want: sample(0)}, {Want: sample(1)}, {Want: taken}, {Want: optedOut}, {Want: noDate}, {Want: twice}, {Want: sample(6)}})
	if err != nil || len(results) != 7 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	if r := results[0]; r.Err != nil || r.Item.ID != mine {
		t.Errorf("there already, and ours: %+v", r)
	}
	for _, i := range []int{1, 6} {
		if r := results[i]; r.Err != nil || !maps.Equal(r.Item.Fields, sample(i)) {
			t.Errorf("new: %+v", r)
		}
	}
	wantClass(t, results[2].Err, connector.Rejected, "email")
	if r := results[3]; r.Err != nil || r.Item.ID != out || r.Item.Fields[subscriber.State] != "unsubscribed" {
		t.Errorf("opted out: %+v", r)
	}
	wantClass(t, results[4].Err, connector.Rejected, "birth_date")
	wantClass(t, results[5].Err, connector.Rejected, "email")
	if item, err := b.one.Get(t.Context(), unmanaged); err != nil || item.Fields[subscriber.FirstName] != "" {
		t.Errorf("the foreign reader: %v, %v", item, err)
	}
	for _, s := range b.sent.Sent() {
		if !strings.HasSuffix(s.Path, "/members") {
			continue
		}
		var body bulkBody
		if err := json.Unmarshal([]byte(s.Body), &body); err != nil || len(body.Actions) != 1 || body.Actions[0] != "add" || len(body.Members) != 5 {
			t.Errorf("body %+v, %v", body, err)
		}
	}
}

// The calls for a whole batch are few, and those for one by one are one each: at the
// rate that Laposta allows this is the time that a first sync takes.
func TestBulkCalls(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Bulk: true})
	ops := make([]connector.Op, batch)
	for i := range ops {
		ops[i].Want = sample(i)
	}
	results, err := b.one.WriteMany(t.Context(), ops)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Err != nil {
			t.Fatalf("number %d: %v", i, r.Err)
		}
	}
	together := len(b.sim.Requests(0))
	const singly = 5
	for i := range singly {
		if _, err := b.one.Create(t.Context(), sample(batch+i)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d subscribers: %d calls", batch, together)
	if alone := len(b.sim.Requests(0)) - together; together > 2 || alone != singly {
		t.Errorf("%d calls for %d together, %d for %d alone", together, batch, alone, singly)
	}
}

func TestBulkNotPermitted(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Bulk: false})
	b.cfg.Bulk = true
	c := b.open(t).Collections()
	for _, one := range []connector.Collection{c[0], c[0], c[1]} {
		_, err := one.WriteMany(t.Context(), []connector.Op{{Want: sample(0)}})
		wantClass(t, err, connector.Waiting, "bulk not permitted")
		if e, ok := err.(*connector.Error); !ok || !e.Unsent {
			t.Errorf("counts as sent: %v", err)
		}
	}
	if n := len(b.sim.Requests(0)); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	if _, err := c[0].Create(t.Context(), sample(0)); err != nil {
		t.Errorf("singly: %v", err)
	}
	// A wrong key is no missing permission.
	id, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: "status", Status: 401, Body: `{"error":{"type":"invalid_request","message":"No valid API key"}}`}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.open(t).Collections()[0].WriteMany(t.Context(), []connector.Op{{Want: sample(0)}})
	wantClass(t, err, connector.Denied, "401")
	b.sim.ClearFault(id)
}

func TestBulkLostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Bulk: true})
	ops := []connector.Op{{Want: sample(0)}, {Want: sample(2)}}
	restore := simtest.Disturb(t, b.Remote, simkit.Match{Path: "/v2/list/*/members"}, "lost")
	_, err := b.one.WriteMany(t.Context(), ops)
	wantClass(t, err, connector.Transient, "")
	restore()
	again, err := b.one.WriteMany(t.Context(), ops)
	if err != nil || again[0].Err != nil || again[1].Err != nil {
		t.Fatalf("again: %v, %+v", err, again)
	}
	if j := b.journal(); len(j) != 2 {
		t.Errorf("%d changes, want 2", len(j))
	}
}

// TestReports reads reports in the forms that are known of.
func TestReports(t *testing.T) {
	t.Parallel()
	for name, report := range map[string]string{
		"beside":       `{"report":{"added_count":1},"added":[{"member":{"member_id":"m1","email":"ZOE.HOF+0@voorbeeld.example.org"}}],"errors":[{"email":"zoe.hof+1@voorbeeld.example.org","error":{"type":"invalid_input","code":208,"parameter":"email"}}]}`,
		"within":       `{"report":{"added":[{"member_id":"m1","email":"zoe.hof+0@voorbeeld.example.org"}],"errors":[{"member":{"email":"zoe.hof+1@voorbeeld.example.org"},"code":208,"parameter":"email"}],"skipped":[]}}`,
		"counts only":  `{"report":{"added":1,"errors":1,"skipped":0,"edited":0}}`,
		"no id":        `{"added":["zoe.hof+0@voorbeeld.example.org"],"errors":[]}`,
		"another form": `[1,2]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, lapostasim.Options{Bulk: true})
			if _, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: "body", Body: report}}); err != nil {
				t.Fatal(err)
			}
			ops := []connector.Op{{Want: sample(0)}, {Want: sample(1)}, {Want: sample(2)}}
			results, err := b.one.WriteMany(t.Context(), ops)
			if err != nil {
				t.Fatal(err)
			}
			// Nobody said a word about the third.
			wantClass(t, results[2].Err, connector.Transient, "not in the answer")
			if name != "beside" && name != "within" {
				for _, r := range results {
					wantClass(t, r.Err, connector.Transient, "")
				}
				return
			}
			if r := results[0]; r.Err != nil || r.Item.ID != "m1" || !maps.Equal(r.Item.Fields, sample(0)) {
				t.Errorf("added: %+v", r)
			}
			wantClass(t, results[1].Err, connector.Rejected, "email")
			if e, ok := results[1].Err.(*connector.Error); !ok || e.Field != subscriber.Email {
				t.Errorf("the field of a refusal: %v", results[1].Err)
			}
		})
	}
}
