package browserworker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/touchline-sync/touchline/sync/connector"
)

// State is what an element is waited to be.
type State string

// The states.
const (
	Visible  State = "visible"
	Attached State = "attached"
	Hidden   State = "hidden" // or not there at all
)

// Page is a page of a signed-in session. Selectors are CSS; where several
// elements match, the first counts. Errors can be asked with errors.Is for
// ErrTimeout, ErrLost, ErrNetwork, ErrElsewhere, ErrCircles, ErrUnasked and
// ErrScript; when ctx ends, a call kills the browser and returns ctx's error. A page is for one goroutine.
type Page interface {
	// Goto opens an address and returns when the document is parsed, with the
	// status that the server gave for it.
	Goto(ctx context.Context, url string, within time.Duration) (status int, err error)
	// Reload opens the same address again.
	Reload(ctx context.Context, within time.Duration) error
	// URL is the address that the page is at now.
	URL() string
	// WaitFor waits until the element is in the state. Several selectors
	// joined by commas wait for any of them.
	WaitFor(ctx context.Context, selector string, s State, within time.Duration) error
	// Count tells how many elements match now.
	Count(ctx context.Context, selector string) (int, error)
	// IsVisible tells whether an element that matches is visible now.
	IsVisible(ctx context.Context, selector string) (bool, error)
	// Text returns the element's text.
	Text(ctx context.Context, selector string) (string, error)
	// Attribute returns an attribute's value, and whether the element has it.
	Attribute(ctx context.Context, selector, name string) (string, bool, error)
	// Value returns what stands in an input.
	Value(ctx context.Context, selector string) (string, error)
	// Fill puts a value into an input, and tells the page of it, from inside
	// the page: so it appears in no trace of the driver. The secret is what
	// every value is treated as.
	Fill(ctx context.Context, selector string, value connector.Secret) error
	// Click clicks the element when it can be clicked.
	Click(ctx context.Context, selector string) error
	// SetChecked ticks a box or clears it.
	SetChecked(ctx context.Context, selector string, on bool) error
	// IsChecked tells whether a box is ticked.
	IsChecked(ctx context.Context, selector string) (bool, error)
	// Expect begins to listen, calls act and returns the first answer that
	// matches.
	Expect(ctx context.Context, m Match, act func() error) (Answer, error)
	// ExpectAll does the same with several answers, which come in the order of the matches.
	// One that does not come ends it.
	ExpectAll(ctx context.Context, all []Match, act func() error) ([]Answer, error)
	// Repeat makes calls once more that the page has made, for something else.
	Repeat(ctx context.Context, calls []Call, within time.Duration) ([]Answer, error)
	// Download begins to listen, calls act and returns the file that the page then
	// gives to be kept. elsewhere is as in Match. The site must be one with Downloads.
	Download(ctx context.Context, within time.Duration, elsewhere func(url string) bool, act func() error) ([]byte, error)
	// Evaluate calls a JavaScript function with arg and returns its result as
	// JSON types.
	Evaluate(ctx context.Context, function string, arg any) (any, error)
	// Content returns the page's HTML.
	Content(ctx context.Context) (string, error)
	// Failure returns the answer of the site, since Goto or Reload, for which
	// the page cannot be as it should; none has the status 0.
	Failure() Failure
}

// grace is how much longer than its own time-out a call may take before the
// watchdog takes it for hung.
const grace = 5 * time.Second

type page struct {
	b       *browser
	p       playwright.Page
	timeout time.Duration
	awaited atomic.Pointer[[]*awaited] // what is waited for now
	gone    atomic.Bool                // closed before its time
	seen    watch
	calls   int // made again since what was left of them was let go of
}

var _ Page = (*page)(nil)

func newPage(ctx context.Context, b *browser, c playwright.BrowserContext, limit, timeout time.Duration) (*page, error) {
	// NewPage takes no time-out and can hang (seen 2026-11): the watchdog is
	// its only bound.
	return call(ctx, b, "open page", limit, func() (*page, error) {
		inner, err := c.NewPage()
		if err != nil {
			return nil, err
		}
		p := &page{b: b, p: inner, timeout: timeout}
		p.listen()
		return p, nil
	})
}

// ask makes a call on the page.
func ask[T any](ctx context.Context, p *page, op string, limit time.Duration, f func() (T, error)) (T, error) {
	if p.gone.Load() {
		var none T
		return none, &callError{op: op, kind: ErrElsewhere}
	}
	return call(ctx, p.b, op, limit, f)
}

// on makes a call on the first element that matches.
func on[T any](ctx context.Context, p *page, op, selector string, f func(playwright.Locator, *float64) (T, error)) (T, error) {
	return ask(ctx, p, op+" "+selector, p.timeout+grace, func() (T, error) {
		return f(p.p.Locator(selector).First(), ms(p.timeout))
	})
}

type nothing = struct{}

func (p *page) Goto(ctx context.Context, url string, within time.Duration) (int, error) {
	p.seen.begin()
	return ask(ctx, p, "open address", within+grace, func() (int, error) {
		r, err := p.p.Goto(url, playwright.PageGotoOptions{
			WaitUntil: playwright.WaitUntilStateDomcontentloaded, Timeout: ms(within),
		})
		if err != nil || r == nil {
			return 0, err
		}
		return r.Status(), nil
	})
}

func (p *page) Reload(ctx context.Context, within time.Duration) error {
	p.seen.begin()
	_, err := ask(ctx, p, "reload", within+grace, func() (nothing, error) {
		_, err := p.p.Reload(playwright.PageReloadOptions{
			WaitUntil: playwright.WaitUntilStateDomcontentloaded, Timeout: ms(within),
		})
		return nothing{}, err
	})
	return err
}

func (p *page) Failure() Failure { return p.seen.failure(nil) }

func (p *page) URL() string { return p.p.URL() }

// lookEvery is how often a wait looks whether the page goes in circles: what is
// waited for then never comes, or is gone at once.
const lookEvery = time.Second

func (p *page) WaitFor(ctx context.Context, selector string, s State, within time.Duration) error {
	until := time.Now().Add(within)
	for {
		if p.seen.circles() {
			return &callError{op: "wait for " + selector, kind: ErrCircles}
		}
		left := max(time.Until(until), time.Millisecond) // 0 would be for ever
		err := p.waitOnce(ctx, selector, s, min(left, lookEvery), left+grace)
		if err == nil || !errors.Is(err, ErrTimeout) || left <= lookEvery {
			return err
		}
	}
}

func (p *page) waitOnce(ctx context.Context, selector string, s State, within, limit time.Duration) error {
	_, err := ask(ctx, p, "wait for "+selector, limit, func() (nothing, error) {
		l := p.p.Locator(selector)
		state := playwright.WaitForSelectorStateAttached
		switch s {
		case Visible:
			l = l.Locator("visible=true")
		case Hidden:
			state = playwright.WaitForSelectorStateHidden
		case Attached:
		}
		return nothing{}, l.First().WaitFor(playwright.LocatorWaitForOptions{State: state, Timeout: ms(within)})
	})
	return err
}

func (p *page) Count(ctx context.Context, selector string) (int, error) {
	return ask(ctx, p, "count "+selector, p.timeout+grace, p.p.Locator(selector).Count)
}

func (p *page) IsVisible(ctx context.Context, selector string) (bool, error) {
	n, err := ask(ctx, p, "look for "+selector, p.timeout+grace, p.p.Locator(selector).Locator("visible=true").Count)
	return n > 0, err
}

func (p *page) Text(ctx context.Context, selector string) (string, error) {
	return on(ctx, p, "text of", selector, func(l playwright.Locator, t *float64) (string, error) {
		return l.InnerText(playwright.LocatorInnerTextOptions{Timeout: t})
	})
}

func (p *page) Attribute(ctx context.Context, selector, name string) (string, bool, error) {
	v, err := on(ctx, p, "attribute of", selector, func(l playwright.Locator, t *float64) (any, error) {
		return l.Evaluate("(e, name) => e.getAttribute(name)", name, playwright.LocatorEvaluateOptions{Timeout: t})
	})
	s, ok := v.(string)
	return s, ok, err
}

func (p *page) Value(ctx context.Context, selector string) (string, error) {
	return on(ctx, p, "value of", selector, func(l playwright.Locator, t *float64) (string, error) {
		return l.InputValue(playwright.LocatorInputValueOptions{Timeout: t})
	})
}

// fillScript uses the setter of the prototype, since frameworks put one of
// their own on the element.
const fillScript = `(e, v) => {
	const kind = e instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
	e.focus();
	Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(e, v);
	e.dispatchEvent(new Event("input", {bubbles: true}));
	e.dispatchEvent(new Event("change", {bubbles: true}));
}`

func (p *page) Fill(ctx context.Context, selector string, value connector.Secret) error {
	_, err := on(ctx, p, "fill", selector, func(l playwright.Locator, t *float64) (any, error) {
		return l.Evaluate(fillScript, value.Reveal(), playwright.LocatorEvaluateOptions{Timeout: t})
	})
	return err
}

func (p *page) Click(ctx context.Context, selector string) error {
	p.seen.again()
	_, err := on(ctx, p, "click", selector, func(l playwright.Locator, t *float64) (nothing, error) {
		return nothing{}, l.Click(playwright.LocatorClickOptions{Timeout: t})
	})
	return err
}

func (p *page) SetChecked(ctx context.Context, selector string, value bool) error {
	_, err := on(ctx, p, "set box", selector, func(l playwright.Locator, t *float64) (nothing, error) {
		return nothing{}, l.SetChecked(value, playwright.LocatorSetCheckedOptions{Timeout: t})
	})
	return err
}

func (p *page) IsChecked(ctx context.Context, selector string) (bool, error) {
	return on(ctx, p, "read box", selector, func(l playwright.Locator, t *float64) (bool, error) {
		return l.IsChecked(playwright.LocatorIsCheckedOptions{Timeout: t})
	})
}

func (p *page) Evaluate(ctx context.Context, function string, arg any) (any, error) {
	return ask(ctx, p, "evaluate", p.timeout+grace, func() (any, error) { return p.p.Evaluate(function, arg) })
}

func (p *page) Content(ctx context.Context) (string, error) {
	return ask(ctx, p, "read page", p.timeout+grace, p.p.Content)
}
