package rondoclub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// bounce is event n of a person.
func bounce(person string, n int) record.Fields {
	f := record.Fields{
		task.Person: person, task.Event: fmt.Sprintf("RC%03dé'/%s/1", n, task.Cleaned), task.Why: task.Cleaned, task.HappenedOn: "2026-03-01T23:30:00Z",
	}
	if n%2 == 1 {
		f[task.Why], f[task.HappenedOn] = task.Unsubscribed, ""
	}
	return f
}

func TestTodosContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Public: []record.Field{task.Why}, Open: func(t *testing.T) *connectortest.Bench {
		t.Helper()
		b := setup(t, rondosim.Options{})
		who := b.somebody()
		return b.anonymous(simtest.Wire(b.kit, b.remote, &connectortest.Bench{
			Connector: b.conn, Host: b.host, Kind: task.Kind, Place: rondoclub.Todos,
			Want: func(n int) record.Fields { return bounce(who, n) }, Doubles: true,
			Refused: func() (record.Fields, record.Field) {
				f := bounce(who, 3)
				delete(f, task.Event)
				return f, task.Event
			},
			Reopen: func(*testing.T) connector.Connector { b.open(); return b.conn },
		}, map[connectortest.Op]simkit.Match{
			connectortest.Check:  {Path: "*/users/me"},
			connectortest.Create: {Method: "POST", Path: "*/todos"},
		}))
	}})
}

// A task is given to the user of the settings, in each theme in its own way, and is found
// again where the account may see it. It is due in a week, by the club's clock.
func TestTodosAreGiven(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			b.cfg.TaskAssignee = 12
			b.open()
			who := b.somebody()
			c := connector.Collections(b.conn.Collections()).Of(rondoclub.Todos, task.Kind)
			made, err := c.Create(b.ctx(), bounce(who, 2))
			if err != nil {
				t.Fatal(err)
			}
			var dump struct {
				Todos []struct {
					Author   int64
					Assigned int64  `json:"assigned_user_id"`
					Due      string `json:"due_date"`
					Notes    string
				}
			}
			b.control("GET", "/dump", nil, &dump)
			got := dump.Todos[0]
			if theme == rondosim.Fields && got.Assigned != 12 || theme == rondosim.ACF && got.Author != 12 {
				t.Errorf("given to %+v", got)
			}
			if got.Due != "2026-03-09" || !strings.Contains(got.Notes, "02-03-2026") {
				t.Errorf("due and told as %+v", got)
			}
			it, err := c.Find(b.ctx(), bounce(who, 2))
			if seen := theme == rondosim.Fields; seen && (it.ID != made.ID || err != nil) || !seen && connector.ClassOf(err) != connector.NotFound {
				t.Errorf("found %s, %v", it.ID, err)
			}
		})
	}
}
