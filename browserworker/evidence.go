package browserworker

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/playwright-community/playwright-go"
)

//go:embed mask.js
var maskScript string

//go:embed ids.js
var idsScript string

//go:embed names.js
var namesScript string

// nameless is a script whose function is given what an id or a name may say: words that
// pages are built of, and those of the selectors that a site is known by.
func nameless(script string) string {
	return "known => (" + script + ")((" + namesScript + ")(known))()"
}

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
		return takeIDs(ctx, page, site)
	}
	for range maskTries {
		picture, html, err := picture(ctx, page, site.known())
		if err != nil {
			return err
		}
		if picture == nil {
			continue
		}
		if err := site.Host.Evidence(ctx, site.Account+"/page.png", "image/png", picture); err != nil {
			return err
		}
		return site.Host.Evidence(ctx, site.Account+"/page.html", "text/html", []byte(html))
	}
	return errors.New("the page draws itself anew while it is masked")
}

// takeIDs takes of a sign-in page how it is built, and no word that it shows.
func takeIDs(ctx context.Context, page *page, site Site) error {
	ids, err := page.Evaluate(ctx, nameless(idsScript), site.known())
	if err != nil {
		return err
	}
	list, _ := ids.(string)
	return site.Host.Evidence(ctx, site.Account+"/sign-in.txt", "text/plain", []byte(list))
}

// maskTries is how often a page may draw itself anew until it stands still.
const (
	maskTries = 10
	maskPause = 200 * time.Millisecond
)

// picture masks the page and takes a picture and the HTML. It returns nothing
// when the page was not masked all the time.
func picture(ctx context.Context, page *page, known string) ([]byte, string, error) {
	if _, err := mask(ctx, page, known); err != nil {
		return nil, "", err
	}
	if err := wait(ctx, maskPause); err != nil {
		return nil, "", err
	}
	if n, err := mask(ctx, page, known); err != nil || n != 0 {
		return nil, "", err
	}
	png, err := ask(ctx, page, "picture page", page.timeout+grace, func() ([]byte, error) {
		return page.p.Screenshot(playwright.PageScreenshotOptions{FullPage: new(false), Timeout: ms(10 * time.Second)})
	})
	if err != nil {
		return nil, "", err
	}
	html, err := page.Content(ctx)
	if err != nil {
		return nil, "", err
	}
	if n, err := mask(ctx, page, known); err != nil || n != 0 {
		return nil, "", err
	}
	return png, html, nil
}

// mask masks the page and returns how many places were not masked before.
func mask(ctx context.Context, page *page, known string) (int, error) {
	n, err := page.Evaluate(ctx, nameless(maskScript), known)
	if err != nil {
		return 0, err
	}
	switch n := n.(type) {
	case int:
		return n, nil
	case float64:
		return int(n), nil
	}
	return 0, errors.New("masking did not tell what it did")
}
