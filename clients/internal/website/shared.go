package website

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Probe asks the site for its first page, and reports whether it is signed in: it
// shows the form, unless the session lives. any are the places by which a page shows
// itself, as a form or as the site's.
func (a *Account) Probe(ctx context.Context, p browserworker.Page, any string, d time.Duration) (bool, error) {
	left, err := a.Open(ctx, p, "/", d)
	if err != nil {
		if errors.Is(err, browserworker.ErrSignedOut) {
			return false, nil
		}
		return false, err
	}
	err = p.WaitFor(ctx, any, browserworker.Visible, left())
	// A page without a known place that is not the form either: whether it
	// is signed in shows when it is used.
	if err != nil && !errors.Is(err, browserworker.ErrTimeout) {
		return false, err
	}
	at, err := a.Site.AtSignIn(ctx, p)
	return !at, err
}

// OpenForm opens the form of the sign-in. One that wants a person's proof is not
// filled in: it would count as refused.
func (a *Account) OpenForm(ctx context.Context, p browserworker.Page, form string, d time.Duration) error {
	left, err := a.Open(ctx, p, "/", d)
	if err != nil {
		return err
	}
	err = p.WaitFor(ctx, form, browserworker.Visible, left())
	if errors.Is(err, browserworker.ErrTimeout) {
		return a.Caused(connector.Drifted, "sign in", "no form shows itself", err)
	}
	if err != nil {
		return err
	}
	reason, err := browserworker.Look(ctx, p, a.Site.Own, a.Site.Marks)
	if err == nil && reason == browserworker.Captcha {
		err = a.Site.InTheWay("sign in", reason, nil)
	}
	return err
}

// InTheWay returns the error of the page that is shown, where it is one that is in the
// way of the sign-in.
func (a *Account) InTheWay(ctx context.Context, p browserworker.Page) error {
	reason, err := browserworker.Look(ctx, p, a.Site.Own, a.Site.Marks)
	if err == nil && reason != "" {
		err = a.Site.InTheWay("sign in", reason, nil)
	}
	return err
}

// List is the listing of a site that shows all at once: one page, which read reads.
func (a *Account) List(
	read func(context.Context, browserworker.Page) (connector.Page, error),
) func(context.Context, connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(ctx context.Context, _ connector.Cursor) iter.Seq2[connector.Page, error] {
		return func(yield func(connector.Page, error) bool) {
			var page connector.Page
			err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) (err error) {
				page, err = read(ctx, p)
				return err
			})
			if err != nil {
				page = connector.Page{}
			}
			yield(page, err)
		}
	}
}

// Pause waits.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
