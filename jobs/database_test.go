package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// A transaction that crosses another is begun again, and no other is.
func TestCrossedTransactions(t *testing.T) {
	t.Parallel()
	c := &core{Options: Options{Pool: pgtest.New(t)}}
	for _, test := range []struct {
		code         string
		fails, calls int
		ok           bool
	}{
		{"40P01", 1, 2, true},
		{"40001", maxCrossed - 1, maxCrossed, true},
		{"40P01", maxCrossed, maxCrossed, false},
		{"23505", 1, 1, false},
	} {
		calls := 0
		err := c.inTx(t.Context(), func(*txn) error {
			if calls++; calls <= test.fails {
				return fmt.Errorf("make lease: %w", &pgconn.PgError{Code: test.code})
			}
			return nil
		})
		if calls != test.calls || (err == nil) != test.ok {
			t.Errorf("%s, %d times: %d calls, %v", test.code, test.fails, calls, err)
		}
	}
}

// What a lost database looks like, also through a connector that paces its
// calls there, and what does not look so.
func TestIsDatabase(t *testing.T) {
	t.Parallel()
	through := func(err error) error { return &connector.Error{Class: connector.Transient, Err: err} }
	pg := func(code string) error { return &pgconn.PgError{Code: code} }
	for _, test := range []struct {
		err  error
		want bool
	}{
		{pg("57P01"), true},
		{pg("57P02"), true},
		{pg("57P03"), true},
		{pg("08006"), true},
		{pg("53300"), true},
		{fmt.Errorf("read: %w", pg("08003")), true},
		{through(pg("57P01")), true},
		{&pgconn.ConnectError{Config: &pgconn.Config{}}, true},
		{through(&pgconn.ConnectError{Config: &pgconn.Config{}}), true},
		{pgconn.ErrConnClosed, true},
		{io.ErrUnexpectedEOF, true},
		{&net.OpError{Op: "read", Err: errors.New("connection reset")}, true},
		{errors.Join(through(nil), pg("57P01")), true},
		{pg("57014"), false},
		{pg("22P05"), false},
		{pg("23505"), false},
		{through(io.ErrUnexpectedEOF), false}, // the system's line is broken
		{through(&net.OpError{Op: "dial", Err: errors.New("refused")}), false},
		{context.DeadlineExceeded, false},
		{context.Canceled, false},
		{errors.New("a fault of ours"), false},
	} {
		if got := isDatabase(test.err); got != test.want {
			t.Errorf("%T %v: %v", test.err, test.err, got)
		}
	}
}
