package browserworker_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
)

// What pages may reach is what the caller's site says, also where the account was used
// before by one that said otherwise.
func TestTheSameAccountWithOtherSources(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><p>here</p>") })
	one, two := httptest.NewServer(page), httptest.NewServer(page)
	t.Cleanup(one.Close)
	t.Cleanup(two.Close)
	yes := func(context.Context, browserworker.Page) (bool, error) { return true, nil }
	site := browserworker.Site{
		System: "tiny", Account: newAccount(), Host: newShared(t), Sources: []string{one.URL},
		SignIn: func(context.Context, browserworker.Page) error { return nil }, Probe: yes, AtSignIn: yes,
	}
	pool := browsertest.Shared(t)
	for _, sources := range [][]string{{one.URL}, {one.URL, two.URL}, {one.URL}} {
		site.Sources = sources
		opened := false
		err := pool.Do(within(t, time.Minute), site, func(ctx context.Context, p browserworker.Page) error {
			status, err := p.Goto(ctx, two.URL+"/", 20*time.Second)
			opened = err == nil && status == http.StatusOK
			_, err = p.Goto(ctx, one.URL+"/", 20*time.Second)
			return err
		})
		if err != nil || opened != (len(sources) == 2) {
			t.Errorf("%d sources: the other host was opened: %v, %v", len(sources), opened, err)
		}
	}
}
