package resource

import (
	"bytes"
	"compress/flate"
	"context"
	"io"
	"sync"
	"time"
)

// Ahead lets one reading serve two listings of a run that go through the same pages, such
// as those of registrations, which are participants and show the persons behind them: what
// the first is answered is kept for the second. Each answer is taken once, and nothing is
// kept that was asked for before a write of ours. It may be used by several callers.
type Ahead struct {
	// Age is how old an answer may be that is taken.
	Age time.Duration
	// Most is how many bytes of answers are kept, compressed. What does not fit is asked
	// for again.
	Most int

	mu     sync.Mutex
	kept   map[string]kept
	size   int
	writes int // how often Forget was called
}

// Told is an answer as it came, and when the system gave it.
type Told struct {
	Body  []byte
	Clock time.Time
}

type kept struct {
	packed    []byte
	clock, at time.Time
}

// First asks, and keeps the answer under the name of its page.
func (k *Ahead) First(ctx context.Context, page string, now time.Time, ask func(context.Context) (Told, error)) (Told, error) {
	k.mu.Lock()
	writes := k.writes
	k.mu.Unlock()
	told, err := ask(ctx)
	if err != nil {
		return told, err
	}
	packed := pack(told.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, one := range k.kept {
		if name == page || now.Sub(one.at) >= k.Age {
			k.drop(name)
		}
	}
	if writes == k.writes && k.size+len(packed) <= k.Most {
		if k.kept == nil {
			k.kept = map[string]kept{}
		}
		k.kept[page] = kept{packed, told.Clock, now}
		k.size += len(packed)
	}
	return told, nil
}

// Then takes the answer that was kept for a page, or asks. With the first page that was not
// kept all others are dropped: an answer that is older than one before it could lack what
// has gone from page to page.
func (k *Ahead) Then(ctx context.Context, page string, now time.Time, ask func(context.Context) (Told, error)) (Told, error) {
	k.mu.Lock()
	one, is := k.kept[page]
	if is = is && now.Sub(one.at) < k.Age; is {
		k.drop(page)
	} else {
		k.forget()
	}
	k.mu.Unlock()
	if is {
		if body, err := io.ReadAll(flate.NewReader(bytes.NewReader(one.packed))); err == nil {
			return Told{body, one.clock}, nil
		}
	}
	return ask(ctx)
}

// Forget drops what is kept, after a write.
func (k *Ahead) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.writes++
	k.forget()
}

func (k *Ahead) forget() { k.kept, k.size = nil, 0 }

func (k *Ahead) drop(page string) {
	k.size -= len(k.kept[page].packed)
	delete(k.kept, page)
}

// pack compresses an answer: of a listing the most are names of keys.
func pack(body []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // the level is one that there is
	_, _ = w.Write(body)                         // into memory
	_ = w.Close()
	return b.Bytes()
}
