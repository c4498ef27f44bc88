package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
)

// A pipeline is overdue from the first slot after its last success on; one without
// runs and one whose schedule is paused are not.
func TestOverdue(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		out, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	nightly := jobs.Schedule{Cron: "0 3 * * *", Zone: "UTC"}
	paused := nightly
	paused.Paused = true
	for name, c := range map[string]struct {
		schedule  jobs.Schedule
		good, now time.Time
		want      time.Duration
	}{
		"in time":           {nightly, at("2026-11-28T03:10:00Z"), at("2026-11-29T02:59:00Z"), 0},
		"the slot is there": {nightly, at("2026-11-28T03:10:00Z"), at("2026-11-29T03:05:00Z"), 5 * time.Minute},
		"two days late":     {nightly, at("2026-11-26T03:10:00Z"), at("2026-11-29T03:00:00Z"), 48 * time.Hour},
		"paused":            {paused, at("2026-11-26T03:10:00Z"), at("2026-11-29T03:00:00Z"), 0},
		"never ran":         {nightly, time.Time{}, at("2026-11-29T03:00:00Z"), 0},
	} {
		if got := overdueBy(c.schedule, c.good, c.now); got != c.want.Seconds() {
			t.Errorf("%s: %v s, want %v", name, got, c.want.Seconds())
		}
	}
}

// Where no address is set processes find ports beside one another; one that is set is
// taken or is an error.
func TestListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	next, err := Listen(t.Context(), "", first)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = next.Close() }()
	if _, got, _ := net.SplitHostPort(next.Addr().String()); got == port {
		t.Errorf("port %s is taken twice", got)
	}
	if _, err := Listen(t.Context(), taken.Addr().String(), 1); err == nil {
		t.Error("an address that is taken is no error")
	}
	if none, err := Listen(t.Context(), Off, 1); none != nil || err != nil {
		t.Errorf("off: %v, %v", none, err)
	}
}

// A process lives while its database is away, and is not ready: serve and worker alike.
func TestReadiness(t *testing.T) {
	t.Parallel()
	l, err := Listen(t.Context(), "127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	var away atomic.Bool
	s := New("test").Serve(l, func(context.Context) error {
		if away.Load() {
			return errors.New("the database does not answer")
		}
		return nil
	}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = s.Close() })
	at := func(path string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	for _, is := range []bool{false, true, false} {
		away.Store(is)
		want, says := http.StatusOK, "ready\n"
		if is {
			want, says = http.StatusServiceUnavailable, "not ready: the database does not answer\n"
		}
		if status, body := at("/readyz"); status != want || body != says {
			t.Errorf("away %v: /readyz is %d %q", is, status, body)
		}
		if status, _ := at("/healthz"); status != http.StatusOK {
			t.Errorf("away %v: /healthz is %d", is, status)
		}
	}
}
