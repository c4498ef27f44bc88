package app

import (
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

// Calls of the API have connections of their own, whose statements end after a minute;
// those of runs take as long as they take, and are there when all others are taken.
func TestCallsHaveConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	db, err := connect(t.Context(), pgtest.New(t).Config().ConnString(), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	calls, err := db.Calls(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(calls.Close)
	for range callConnections {
		c, err := calls.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Release)
		wantTimeOut(t, c, "1min")
	}
	if n := calls.Stat().MaxConns(); n != callConnections {
		t.Errorf("calls may have %d connections, want %d", n, callConnections)
	}
	for range callConnections { // more than are open
		c, err := db.Pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Release)
		wantTimeOut(t, c, "0")
	}
}

func wantTimeOut(t *testing.T, c *pgxpool.Conn, want string) {
	t.Helper()
	var is string
	if err := c.QueryRow(t.Context(), "show statement_timeout").Scan(&is); err != nil || is != want {
		t.Errorf("a statement takes at most %q, %v; want %q", is, err, want)
	}
}
