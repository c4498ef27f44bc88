package simkit_test

import (
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// Whoever takes the lock finds what time has changed, and what he changes is told
// once the lock is free, before his call has ended.
func TestWithin(t *testing.T) {
	t.Parallel()
	l, r := newLending(t)
	told := 0
	l.Within(
		func() { l.hours.Closed = l.loans.Len() > 3 },
		func() func() {
			if l.loans.Len() < 5 {
				return nil
			}
			return func() {
				l.Kit.Requests(0) // which waits for ever where the kit is locked
				told++
			}
		},
	)
	for i, reader := range []string{"bo", "ali"} {
		if status, _ := l.ask(t, "POST", "/loans", reader); status != http.StatusCreated || l.hours.Closed != (i > 0) || told != i {
			t.Errorf("loan %d: %d, closed %v, told %d times", i, status, l.hours.Closed, told)
		}
	}
	simtest.Control(t, r, "PATCH", "/loans/1", map[string]any{"desk": "two"}, nil)
	if told != 2 {
		t.Errorf("after a control call: told %d times", told)
	}
}
