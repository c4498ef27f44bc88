package resource

import (
	"context"
	"sync"
)

// Once is what has to succeed once, such as a look at what a system can do. It may be
// used by several callers.
type Once struct {
	mu   sync.Mutex
	done bool
}

// Do calls a function until it has succeeded, by one caller at a time.
func (o *Once) Do(ctx context.Context, try func(context.Context) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return nil
	}
	err := try(ctx)
	o.done = err == nil
	return err
}
