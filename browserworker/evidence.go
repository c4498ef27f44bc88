package browserworker

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/playwright-community/playwright-go"
)

//go:embed mask.js
var maskScript string

// evidence shows what a page looked like when it was not what the connector
// was built for. Every value is masked in the page before anything is taken
// from it; the page is of no use after. Its own failure is only logged.
func (p *Pool) evidence(ctx context.Context, s *session, site Site) {
	if s.page == nil || s.b.lost.Load() {
		return
	}
	if err := p.takeEvidence(ctx, s.page, site); err != nil {
		site.Host.Log().Warn("no evidence could be kept", "why", err)
	}
}

func (p *Pool) takeEvidence(ctx context.Context, page *page, site Site) error {
	switch at, err := site.AtSignIn(ctx, page); {
	case err != nil:
		return err
	case at:
		return nil
	}
	if _, err := page.Evaluate(ctx, maskScript, nil); err != nil {
		return err
	}
	picture, err := call(ctx, page.b, "picture page", page.timeout+grace, func() ([]byte, error) {
		return page.p.Screenshot(playwright.PageScreenshotOptions{FullPage: new(false), Timeout: ms(10 * time.Second)})
	})
	if err != nil {
		return err
	}
	html, err := page.Content(ctx)
	if err != nil {
		return err
	}
	// A page that has drawn itself anew in between may show in either.
	left, err := page.Evaluate(ctx, maskScript, nil)
	if err != nil {
		return err
	}
	if n := fmt.Sprint(left); n != "0" {
		return errors.New("the page drew itself anew while it was masked")
	}
	if err := site.Host.Evidence(ctx, "page.png", "image/png", picture); err != nil {
		return err
	}
	return site.Host.Evidence(ctx, "page.html", "text/html", []byte(html))
}
