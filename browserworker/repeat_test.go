package browserworker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
)

// TestRepeat: calls of a page are made again with its headers and another address. One that
// sent more than an address is not made again.
func TestRepeat(t *testing.T) {
	t.Parallel()
	s, h, pool := lent(t)
	err := pool.Do(within(t, 2*time.Minute), s.site(h), func(ctx context.Context, p browserworker.Page) error {
		asked, err := p.Expect(ctx, browserworker.Match{Method: "GET", Path: "/who", Within: 10 * time.Second}, func() error {
			_, err := p.Evaluate(ctx, `() => { fetch("/who?id=0&of=x", {headers: {"X-Bearer": "b"}}) }`, nil)
			return err
		})
		if err != nil {
			return err
		}
		var calls []browserworker.Call
		for id := range 45 {
			calls = append(calls, browserworker.Call{Of: asked, Query: map[string]string{"id": strconv.Itoa(id)}})
		}
		for range 9 { // so many that what is left of them is let go of
			answers, err := p.Repeat(ctx, calls, 10*time.Second)
			if err != nil {
				return err
			}
			for id, a := range answers {
				if want := fmt.Sprint(id, "xb"); a.Status != http.StatusOK || string(a.Body) != want {
					t.Errorf("call %d: %d %s, want %s", id, a.Status, a.Body, want)
				}
			}
		}
		var posted browserworker.Answer
		if err := s.ask(&posted)(ctx, p); err != nil {
			return err
		}
		if _, err := p.Repeat(ctx, []browserworker.Call{{Of: posted}}, time.Second); !errors.Is(err, browserworker.ErrUnasked) {
			t.Errorf("a call with a body: %v", err)
		}
		s.expire()
		answers, err := p.Repeat(ctx, calls[:1], 10*time.Second)
		if err == nil && answers[0].Status != http.StatusFound {
			t.Errorf("a call that is sent to the sign-in: %d", answers[0].Status)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
