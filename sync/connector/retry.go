package connector

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"time"
)

// longestThrottle is the longest wait for a throttled page that a listing sits
// out by itself.
const longestThrottle = 10 * time.Second

// Retry says how often one call is made in all, and how long to wait before the
// second; the wait doubles.
type Retry struct {
	Attempts int
	Wait     time.Duration
}

// Of returns c with two things added. A listing that fails Transient, or is
// throttled for a short while, goes on where its last page ended: each page is
// one call of up to Attempts. A Check that fails Transient returns Unreachable.
//
// All other calls stay as they are: the engine repeats them, since it knows
// which are safe to repeat.
func (r Retry) Of(c Connector) Connector {
	if s, ok := c.(Shaped); ok {
		return retryingShaped{retrying{c, r}, s}
	}
	return retrying{c, r}
}

// retryingShaped is a retrying connector whose sites differ.
type retryingShaped struct {
	retrying
	shaped Shaped
}

// Shape returns how the site was at the last Check.
func (c retryingShaped) Shape() string { return c.shaped.Shape() }

// CollectionsIn returns what the system offers at such a site, with listings that
// are retried.
func (c retryingShaped) CollectionsIn(shape string) []Collection {
	return c.retried(c.shaped.CollectionsIn(shape))
}

type retrying struct {
	Connector
	retry Retry
}

// Collections returns what the system offers, with listings that are retried.
func (c retrying) Collections() []Collection { return c.retried(c.Connector.Collections()) }

func (c retrying) retried(all []Collection) []Collection {
	all = slices.Clone(all)
	for i := range all {
		if list := all[i].List; list != nil {
			all[i].List = func(ctx context.Context, since Cursor) iter.Seq2[Page, error] {
				return c.retry.pages(ctx, since, list)
			}
		}
	}
	return all
}

// Check marks a failure that passes by itself.
func (c retrying) Check(ctx context.Context) (string, error) {
	fingerprint, err := c.Connector.Check(ctx)
	if ClassOf(err) == Transient && ctx.Err() == nil {
		err = &Unreachable{err}
	}
	return fingerprint, err
}

type listFunc = func(context.Context, Cursor) iter.Seq2[Page, error]

// pages yields the pages of a listing. A page without Next, before which
// nothing can be taken up again, is the last that a failure may follow.
func (r Retry) pages(ctx context.Context, from Cursor, list listFunc) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		resumable, failures := true, 0
		for {
			var failure error
			for page, err := range list(ctx, from) {
				if err != nil {
					failure = err
					break
				}
				failures, resumable = 0, page.Next != ""
				from = page.Next
				if !yield(page, nil) {
					return
				}
			}
			if failure == nil {
				return
			}
			failures++
			wait, again := r.after(failure, failures)
			if !again || !resumable || !waited(ctx, wait) {
				yield(Page{}, failure)
				return
			}
		}
	}
}

// after reports whether a page that has failed so often is asked for again, and
// after how long.
func (r Retry) after(err error, failures int) (time.Duration, bool) {
	var failure *Error
	if failures >= r.Attempts || !errors.As(err, &failure) {
		return 0, false
	}
	switch failure.Class {
	case Transient:
		wait := r.Wait << (failures - 1)
		return wait + rand.N(wait/4+1), true
	case Throttled:
		return failure.After, failure.After <= longestThrottle
	}
	return 0, false
}

// waited waits and reports whether it waited to the end.
func waited(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Unreachable is the error of a Check that failed Transient: the system as a
// whole is away, not only one of its places.
type Unreachable struct{ Err error }

// Error returns the text of the failure.
func (u *Unreachable) Error() string { return u.Err.Error() }

// Unwrap returns the failure.
func (u *Unreachable) Unwrap() error { return u.Err }
