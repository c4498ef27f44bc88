package chaos

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

var (
	count = flag.Int("stories", 0, "how many stories; 0: as the size of the tests says")
	seed  = flag.Uint64("seed", 0, "tell the story of this seed alone; with -stories the first of so many")
	all   = flag.Bool("all", false, "leave nothing out that is known to fail")
	only  = flag.String("off", "", "features and checks that are left out, besides, by comma")
	tries = flag.Int("shrink", 200, "how often a story is told to find a shorter one that fails")
	most  = flag.Int("kinds", 3, "how many kinds of failures are shown with their shortest story")
)

// stories is how many stories are told, and from which seed on.
func stories(t *testing.T) (n int, from uint64) {
	t.Helper()
	switch {
	case *count > 0:
		return *count, max(1, *seed)
	case *seed > 0:
		return 1, *seed
	}
	return sizetest.Of(t, 10, 300, 10_000), sizetest.Seed(t)
}

func off() map[string]bool {
	out := map[string]bool{}
	if !*all {
		out = Known()
	}
	for f := range strings.SplitSeq(*only, ",") {
		out[f] = f != ""
	}
	return out
}

// newPlayer returns a player with a database of its own.
func newPlayer(t *testing.T) *Player {
	t.Helper()
	return &Player{Pool: pgtest.New(t), Host: connectortest.NewHost(t), Off: off()}
}

// found is the first story that failed in some way.
type found struct {
	seed  uint64
	first Failure
	times int
}

// every is after how many stories it is said how far they have come.
const every = 500

func failures(kinds map[string]*found, mu *sync.Mutex) int {
	mu.Lock()
	defer mu.Unlock()
	return len(kinds)
}

// TestChaos tells random stories. -seed tells one again, as a list of what
// happens.
func TestChaos(t *testing.T) {
	t.Parallel()
	n, from := stories(t)
	var mu sync.Mutex
	kinds := map[string]*found{}
	next := from
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next-1 < from+uint64(n)
	}
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		p := newPlayer(t)
		wg.Go(func() {
			for {
				seed, ok := take()
				if !ok {
					return
				}
				story := Generate(seed, p.Off)
				fails, err := p.Tell(t.Context(), story)
				if err != nil {
					t.Errorf("seed %d: %v", seed, err)
					return
				}
				mu.Lock()
				for _, f := range fails {
					k := kinds[f.Check]
					if k == nil {
						k = &found{seed, f, 0}
						kinds[f.Check] = k
						t.Logf("seed %d: %s", seed, f.Check)
					}
					k.times++
				}
				mu.Unlock()
				if n == 1 {
					t.Logf("seed %d: %s", seed, story)
				} else if told := seed - from + 1; told%every == 0 {
					t.Logf("%d of %d stories are told; %d kinds of failures", told, n, failures(kinds, &mu))
				}
			}
		})
	}
	wg.Wait()
	show(t, kinds)
}

// show fails the test with each kind of failure, and the shortest story of the
// first few.
func show(t *testing.T, kinds map[string]*found) {
	t.Helper()
	p := newPlayer(t)
	for i, check := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[check]
		msg := fmt.Sprintf("%s, %d times; first of seed %d: %s", check, k.times, k.seed, k.first.Detail)
		if i < *most {
			story, last := Generate(k.seed, p.Off), k.first.Detail
			story = Shrink(story, *tries, func(s Story) bool {
				fails, err := p.Tell(t.Context(), s)
				at := slices.IndexFunc(fails, func(f Failure) bool { return f.Check == check })
				if err != nil || at < 0 {
					return false
				}
				last = fails[at].Detail
				return true
			})
			msg += fmt.Sprintf("\nthe shortest story: %s\n%s", last, story)
		}
		t.Error(msg)
	}
}
