package migrations_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// crossing are two transactions of which each changes what the other's shows.
type crossing struct {
	before, first, second string
	shows                 func(e ems)
}

// cross runs the first and, before it commits, the second, which must wait for
// it or not mind.
func (e ems) cross(first, second string) {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 30*time.Second)
	defer cancel()
	one, err := e.pool.Begin(ctx)
	if err != nil {
		e.Fatal(err)
	}
	defer one.Rollback(ctx)
	if _, err := one.Exec(ctx, first); err != nil {
		e.Fatalf("%s: %v", first, err)
	}
	two, err := e.pool.Begin(ctx)
	if err != nil {
		e.Fatal(err)
	}
	defer two.Rollback(ctx)
	// What is read before is no snapshot for what is written later.
	var pid int
	if err := two.QueryRow(ctx, "select pg_backend_pid() from (select count(*) from entity) e").Scan(&pid); err != nil {
		e.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := two.Exec(ctx, second)
		done <- err
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for waits := false; !waits; {
		select {
		case err := <-done:
			e.Fatalf("%s does not wait for %s (error: %v)", second, first, err)
		case <-tick.C:
		}
		if err := e.pool.QueryRow(ctx, "select cardinality(pg_blocking_pids($1)) > 0", pid).Scan(&waits); err != nil {
			e.Fatal(err)
		}
	}
	if err := one.Commit(ctx); err != nil {
		e.Fatal(err)
	}
	if err := <-done; err != nil {
		e.Fatalf("%s: %v", second, err)
	}
	if err := two.Commit(ctx); err != nil {
		e.Fatal(err)
	}
}

func TestEMSWritersAtOnce(t *testing.T) {
	t.Parallel()
	const (
		preference = "insert into ems.contact_preference (person_id, channel, state) values (1, 'EMAIL', 'OPTED_OUT')"
		membership = "insert into ems.membership (person_id, period_id, status, valid_from) values (1, 1, 'ACTIVE', '2020-01-01')"
		two        = "insert into ems.person (id, last_name, email) overriding system value values (101, 'A', 'fam@example.org'), (102, 'B', 'fam@example.org')"
	)
	for name, c := range map[string]crossing{
		"two new sharers of an address": {
			"", "insert into ems.person (id, last_name, email) overriding system value values (101, 'A', 'fam@example.org')",
			"insert into ems.person (id, last_name, email) overriding system value values (102, 'B', 'Fam@example.org')",
			func(e ems) {
				e.see("false", "101", "shared_email")
				e.see("true", "102", "shared_email")
			},
		},
		"the owner leaves, a sharer changes": {
			two, "delete from ems.person where id = 101", "update ems.person set date_of_birth = current_date, city = 'Zeist' where id = 102",
			func(e ems) { e.see("fam@example.org/false/Zeist", "102", "email", "shared_email", "city") },
		},
		"the owner moves away, another moves in": {
			two + ", (100, 'C', 'x@example.org')", "update ems.person set email = 'own@example.org' where id = 101",
			"update ems.person set email = 'fam@example.org' where id = 100",
			func(e ems) {
				e.see("own@example.org/false", "101", "email", "shared_email")
				e.see("fam@example.org/false", "100", "email", "shared_email")
				e.see("/true", "102", "email", "shared_email")
			},
		},
		"preference and membership of a person": {
			"insert into ems.person (last_name) values ('A')", preference, membership,
			func(e ems) { e.see("opted_out/active", "1", "consent", "membership") },
		},
		"a type gets a name while somebody gets it": {
			"insert into ems.person (last_name) values ('A')", "update ems.membership_type set name = 'Veteraan'", membership,
			func(e ems) { e.see("veteraan:active", "1", "memberships") },
		},
	} {
		for _, turned := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", turned), func(t *testing.T) {
				t.Parallel()
				e := newEMS(t)
				e.club()
				if c.before != "" {
					e.does(c.before)
				}
				if turned {
					c.first, c.second = c.second, c.first
				}
				e.cross(c.first, c.second)
				c.shows(e)
			})
		}
	}
}

func TestEMSRefusesSnapshotsThatHideOthers(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	err := pgx.BeginTxFunc(t.Context(), e.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "insert into ems.person (last_name) values ('A')")
		return err
	})
	if err == nil {
		t.Error("a person is written from an old snapshot")
	}
}

func TestEMSWritersInALoop(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	const writers, rounds = 4, 15
	e.does("insert into ems.person (last_name, email) select 'A', 'fam' || n % 2 || '@example.org' from generate_series(1, 6) n")
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			var err error
			for i := 0; i < rounds && err == nil; i++ {
				_, err = e.pool.Exec(t.Context(), `update ems.person set email = 'fam' || $1::int % 2 || '@example.org',
					deleted_on = case when $1::int % 3 = 0 then now() end where id = $2`, w+i, (w*7+i*5)%6+1)
			}
			done <- err
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// What is shown is what is shown anew.
	e.is("0", `select count(*) from ems.person_shown s left join entity e on e.kind = 'event.person' and e.key = s.id::text
		where (e.fields, e.deleted) is distinct from (s.fields, s.deleted)`)
	e.is("6", "select count(*) from entity where kind = 'event.person'")
}
