package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Between Plan and Write our copy is edited: what was sent is what the journal says,
// and the row of the plan does not read as done.
func TestStoryEditedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("one@example.org")),
		put("source", "members", "B", mail("b1@example.org")),
		planned(), enginetest.Approve(),
		rowsWhere(2, `journal where op = 'update' and outcome = 'done'`),
		rowsWhere(2, `plan_row where op = 'update' and system = 'target' and state = 'done' and journal is not null`),
		put("source", "members", "A", mail("two@example.org")),
		trouble("target", "before", "update", 1, class(connector.Denied)),
		failing(connector.Denied),
		sql(`update entity set fields = fields || '{"mail": "three@example.org"}', version = version + 1, planned_version = version + 1 where key = 'A'`),
		func(s *stage) { _ = s.GoOn() },
		rowsWhere(1, `journal where sent ->> 'mail' = '["one@example.org", "three@example.org"]' and outcome = 'done'`),
		rowsWhere(1, `plan_row where fields ->> 'mail' = '["one@example.org", "two@example.org"]' and system = 'target' and state = 'superseded'`),
		rowsWhere(0, `plan_row where fields ->> 'mail' = '["one@example.org", "two@example.org"]' and system = 'target' and state = 'done'`),
	})
}

// An approved plan fails, our copy is edited, another run writes: the approved row
// does not read as done with another value.
func TestStoryApprovedAndOvertaken(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "A", mail("one@example.org")), planned(),
		trouble("target", "before", "update", 9, class(connector.Transient)),
		enginetest.Approve(),
		trouble("target", "before", "nothing", 0, nil),
		put("source", "members", "A", mail("two@example.org")),
		later(5 * time.Minute), synced(),
		want("target", "people", member("A", "two@example.org")),
		rowsWhere(0, `plan_row where fields::text like '%"one@example.org"]%' and system = 'target' and state = 'done'`),
		rowsWhere(1, `plan_row where fields::text like '%"one@example.org"]%' and system = 'target' and state = 'superseded'`),
		quiet(),
	})
}

// A value is cleared at one record to free it for another: the journal says so. When
// the other is refused all the same, it is put back.
func TestStoryFreedForAnother(t *testing.T) {
	one := func(p *memory.Place, _ *policy.Policy) { p.Unique = []record.Field{fMail} }
	t.Parallel()
	for _, c := range []struct {
		name    string
		refused bool
	}{{"taken", false}, {"refused", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tell(t, two(one)(), 0, []deed{
				put("source", "members", "A", member("A", "a@example.org")),
				put("source", "members", "B", member("B", "b@example.org")),
				synced(),
				put("source", "members", "A", mail("b@example.org")),
				put("source", "members", "B", mail("c@example.org")),
				func(s *stage) {
					n := 0
					s.By["target"].Fail = s.Fate(func(when, op string) error {
						if when != "before" || op != "update" {
							return nil
						}
						// The other's own write is refused as well, so that it holds the value.
						if n++; n != 2 && (n != 5 || !c.refused) {
							return nil
						}
						err := class(connector.Rejected)
						err.Field = fName
						return err
					})
				},
				synced(),
				rowsWhere(1, `journal where op = 'clear' and outcome = 'done' and sent = '{"mail": ["b@example.org", ""]}'`),
				func(s *stage) {
					if c.refused {
						want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"))(s)
					} else {
						want("target", "people", member("A", "b@example.org"), member("B", ""))(s)
					}
				},
			})
		})
	}
}
