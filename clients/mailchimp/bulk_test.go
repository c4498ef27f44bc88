package mailchimp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

func ops(from, to int) []connector.Op {
	var out []connector.Op
	for n := from; n < to; n++ {
		out = append(out, connector.Op{Want: sample(n)})
	}
	return out
}

// TestFullBatches is the first cycle of an organiser: a call for each batch of
// 500, with tags and consents.
func TestFullBatches(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	many := sizetest.Of(t, 1, 2, 4) * b.one.Batch
	before := len(b.sent.Sent())
	made := map[record.ExternalID]record.Fields{}
	for n := 0; n < many; n += b.one.Batch {
		results, err := b.one.WriteMany(t.Context(), ops(n, n+b.one.Batch))
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if r.Err != nil || !maps.Equal(r.Item.Fields, sample(n+i)) {
				t.Fatalf("number %d: %v, %v", n+i, r.Item.Fields, r.Err)
			}
			made[r.Item.ID] = r.Item.Fields
		}
	}
	if calls := b.since(before); !slices.Equal(calls, slices.Repeat([]string{"POST "}, many/b.one.Batch)) {
		t.Errorf("%d calls: %v", len(calls), calls)
	}
	for p, err := range b.one.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			if !maps.Equal(item.Fields, made[item.ID]) {
				t.Errorf("%s is listed otherwise", item.ID)
			}
			delete(made, item.ID)
		}
	}
	if len(made) > 0 {
		t.Errorf("%d are not listed", len(made))
	}
	if _, state := b.held(t); state.Automations != 0 {
		t.Errorf("%d automations", state.Automations)
	}
}

func TestBulkEach(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	b.there(t, map[string]any{"email_address": strings.ToUpper(sample(0)[eventperson.Email]), "status": "unsubscribed"})
	old := b.there(t, map[string]any{"email_address": sample(6)[eventperson.Email], "status": "subscribed"})
	b.edit(t, old, map[string]any{"status": "archived"})
	all := ops(0, 8)
	all[1].Want[eventperson.Email] = "zola@fake.invalid"
	all[2].Want[eventperson.Email] = strings.ToUpper(sample(3)[eventperson.Email]) // before the one whose it is
	all[4].Want[eventperson.Email] = "zola"
	all[5].Want[eventperson.LastName] = strings.Repeat("x", 300)
	results, err := b.one.WriteMany(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range map[int]struct {
		class connector.Class
		why   string
	}{
		0: {connector.Transient, existsReason}, 1: {connector.Rejected, "field email"}, 3: {connector.Rejected, "field email: the value is in the batch twice"},
		4: {connector.Rejected, "field email"}, 5: {connector.Rejected, "field last_name"},
	} {
		wantClass(t, results[i].Err, c.class, c.why)
		if e, ok := results[i].Err.(*connector.Error); !ok || !e.Unsent {
			t.Errorf("number %d counts as sent", i)
		}
	}
	for _, i := range []int{2, 6, 7} {
		if results[i].Err != nil {
			t.Errorf("number %d: %v", i, results[i].Err)
		}
	}
	if results[6].Item.ID != old {
		t.Error("the one from the archive is another contact now")
	}
	held, _ := b.held(t)
	if c := held[strings.ToUpper(sample(0)[eventperson.Email])]; c.Status != "unsubscribed" || len(c.Merge) != 0 {
		t.Errorf("one who was there was written to: %v", c)
	}
}

// TestPoison finds the one record of 500 that breaks every call it is in, in 16
// further calls at most: by halves, with what is left aside sent together in the
// end.
func TestPoison(t *testing.T) {
	t.Parallel()
	for _, at := range []int{0, 123, 190, 191, 250, 499} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			b := setupSim(t, mailchimpsim.Options{})
			if _, err := b.conn.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := b.sim.Inject(simkit.Fault{Do: simkit.Do{Kind: "named", Name: "poison", Body: sample(at)[eventperson.Email]}}); err != nil {
				t.Fatal(err)
			}
			suspect := ops(0, 500)
			try := func(part []connector.Op) bool {
				results, err := b.one.WriteMany(t.Context(), part)
				if err != nil {
					wantClass(t, err, connector.Transient, "status 500")
					return false
				}
				for _, r := range results {
					if r.Err != nil {
						t.Errorf("one of the others: %v", r.Err)
					}
				}
				return true
			}
			if try(suspect) {
				t.Fatal("the poison does not work")
			}
			before := len(b.sent.Sent())
			var aside []connector.Op
			for len(suspect) > 1 {
				half, rest := suspect[:len(suspect)/2], suspect[len(suspect)/2:]
				if try(half) {
					suspect = rest
				} else {
					suspect, aside = half, append(aside, rest...)
				}
			}
			if len(aside) > 0 && !try(aside) {
				t.Error("what was left aside fails, too")
			}
			_, err := b.one.Create(t.Context(), suspect[0].Want)
			wantClass(t, err, connector.Transient, "status 500")
			if n := len(b.sent.Sent()) - before; n > 16 {
				t.Errorf("%d further calls", n)
			}
			if held, _ := b.held(t); len(held) != 499 {
				t.Errorf("%d contacts, want all but one", len(held))
			}
		})
	}
}

func TestBulkLostAnswer(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	restore := simtest.Disturb(t, b.Remote, simkit.Match{Method: "POST", Path: "/3.0/lists/*"}, "lost")
	_, err := b.one.WriteMany(t.Context(), ops(0, 3))
	wantClass(t, err, connector.Transient, "")
	restore()
	again, err := b.one.WriteMany(t.Context(), ops(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range again {
		wantClass(t, r.Err, connector.Transient, existsReason)
		if item, err := b.one.Create(t.Context(), sample(i)); err != nil || !maps.Equal(item.Fields, sample(i)) {
			t.Errorf("by itself: %v", err)
		}
	}
	if j := b.journal(); len(j) != 3 {
		t.Errorf("%d changes, want 3", len(j))
	}
}

// TestBulkAnswers reads answers that the simulator does not give.
func TestBulkAnswers(t *testing.T) {
	t.Parallel()
	b := setupSim(t, mailchimpsim.Options{})
	if _, err := b.one.WriteMany(t.Context(), ops(4, 5)); err != nil {
		t.Fatal(err)
	}
	held, _ := b.held(t)
	four := held[sample(4)[eventperson.Email]]
	member := func(n int, id string) string {
		return fmt.Sprintf(`{%s"language":"en","email_address":%q,"status":"transactional","merge_fields":{"EMSID":"%s","FNAME":"a","LNAME":"b","PHONE":"","MEMBERSHIP":"c"},"tags":[]}`,
			id, strings.ToUpper(sample(n)[eventperson.Email]), sample(n)[eventperson.ID])
	}
	for name, c := range map[string]struct {
		answer string
		check  func(t *testing.T, r []connector.Result, err error)
	}{
		"without contact_id and tags, as the older description has it": {
			`{"new_members":[` + member(4, "") + `],"errors":[]}`,
			func(t *testing.T, r []connector.Result, err error) {
				t.Helper()
				if err != nil || r[0].Err != nil || string(r[0].Item.ID) != four.ContactID || r[0].Item.Fields[eventperson.Memberships] != sample(4)[eventperson.Memberships] {
					t.Errorf("%+v, %v", r[0], err)
				}
				wantClass(t, r[1].Err, connector.Transient, "not in the answer")
			},
		},
		"tags were passed over": {
			`{"new_members":[` + member(4, `"contact_id":"`+four.ContactID+`",`) + `],"errors":[]}`,
			func(t *testing.T, r []connector.Result, err error) {
				t.Helper()
				if err != nil || r[0].Err != nil || r[0].Item.Fields[eventperson.Memberships] != sample(4)[eventperson.Memberships] {
					t.Errorf("%+v, %v", r[0], err)
				}
			},
		},
		"an address in quotation marks": {
			`{"new_members":[],"errors":[{"email_address":"\"` + sample(4)[eventperson.Email] + `\"","error":"x","error_code":"ERROR_CONTACT_EXISTS"}]}`,
			func(t *testing.T, r []connector.Result, err error) {
				t.Helper()
				wantClass(t, r[0].Err, connector.Transient, existsReason)
			},
		},
		"another form": {`{"members":[]}`, func(t *testing.T, _ []connector.Result, err error) {
			t.Helper()
			wantClass(t, err, connector.Drifted, "")
		}},
	} {
		id, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Method: "POST", Path: "/3.0/lists/" + b.cfg.ListID}, Do: simkit.Do{Kind: "body", Body: c.answer}})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			r, err := b.one.WriteMany(t.Context(), ops(4, 6))
			c.check(t, r, err)
		})
		b.sim.ClearFault(id)
	}
}
