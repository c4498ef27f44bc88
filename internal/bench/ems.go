package main

import (
	"bytes"
	"context"
	"fmt"
)

// fillEMS copies persons into EMS, and tells what that takes without its triggers and
// with them. Those that were copied with them stay.
func fillEMS(ctx context.Context, db *database, n int) (plain, kept spent, err error) {
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, "First%d\tSurname%d\tperson%d@example.org\t+316%08d\tnl\n", i%500, i, i, i)
	}
	once := func(triggers string) (spent, error) {
		if err := db.exec(ctx, `truncate ems.person, ems.due, ems.person_shown cascade`, `alter table ems.person `+triggers+` trigger user`); err != nil {
			return spent{}, err
		}
		return measure(func() error {
			conn, err := db.pool.Acquire(ctx)
			if err != nil {
				return err
			}
			defer conn.Release()
			_, err = conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(text.Bytes()), `copy ems.person (first_name, last_name, email, phone, language) from stdin`)
			return err
		})
	}
	for range 3 {
		one, err := once("disable")
		if err != nil {
			return plain, kept, err
		}
		two, err := once("enable")
		if err != nil {
			return plain, kept, err
		}
		plain, kept = plain.best(one), kept.best(two)
	}
	return plain, kept, nil
}
