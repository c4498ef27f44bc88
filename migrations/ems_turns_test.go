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

// cross runs the first and, before it commits, the second. What is shown is made while
// the first is not committed yet, too, and when it alone is.
func (e ems) cross(first, second string) {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 30*time.Second)
	defer cancel()
	one, err := e.pool.Begin(ctx)
	if err != nil {
		e.Fatal(err)
	}
	defer func() { _ = one.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := one.Exec(ctx, first); err != nil {
		e.Fatalf("%s: %v", first, err)
	}
	two, err := e.pool.Begin(ctx)
	if err != nil {
		e.Fatal(err)
	}
	defer func() { _ = two.Rollback(context.WithoutCancel(ctx)) }()
	done := make(chan error, 1)
	go func() {
		_, err := two.Exec(ctx, second)
		done <- err
	}()
	e.show()
	if err := one.Commit(ctx); err != nil {
		e.Fatal(err)
	}
	e.show()
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

// A writer whose transaction sees an old state is shown all the same.
func TestEMSWritersMaySeeOldStates(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	first := e.person("email=fam@example.org")
	e.show()
	if err := pgx.BeginTxFunc(t.Context(), e.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "select from ems.person"); err != nil {
			return err
		}
		e.does("update ems.person set deleted_on = now()")
		e.see("fam@example.org/false", first, "email", "shared_email")
		_, err := tx.Exec(t.Context(), "insert into ems.person (id, last_name, email) values (100, 'A', 'fam@example.org')")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	e.see("fam@example.org/false", "100", "email", "shared_email")
}

func TestEMSWritersInALoop(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	const writers, rounds = 4, 15
	e.does("insert into ems.person (last_name, email) select 'A', 'fam' || n % 2 || '@example.org' from generate_series(1, 6) n")
	e.show()
	done := make(chan error, 2*writers)
	for w := range writers {
		go func() {
			var err error
			for i := 0; i < rounds && err == nil; i++ {
				_, err = e.pool.Exec(t.Context(), `update ems.person set email = 'fam' || $1::int % 2 || '@example.org',
					deleted_on = case when $1::int % 3 = 0 then now() end where id = $2`, w+i, (w*7+i*5)%6+1)
			}
			done <- err
		}()
		go func() {
			var err error
			for i := 0; i < rounds && err == nil; i++ {
				err = e.own.Show(t.Context(), e.pool)
			}
			done <- err
		}()
	}
	for range 2 * writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	e.is("0", "select count(*) from ems.due")
	// What is shown is what is shown anew.
	const entities = "select string_agg(key || fields || deleted, ' ' order by id) from entity"
	before := e.text(entities)
	e.does("select ems.note('event.person', array_agg(id)) from ems.person")
	e.is(before, entities)
	e.is("6", "select count(*) from entity where kind = 'event.person'")
}
