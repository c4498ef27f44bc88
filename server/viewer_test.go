package server_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

var address = regexp.MustCompile(`(?:href|data-watch)="(/[^"#]*)`)

// No page that a viewer comes to from the first one, by any link, holds a value or a key
// of a member, or a token; an operator's do.
func TestPagesOfAViewerHoldNoValue(t *testing.T) {
	t.Parallel()
	b := setupWhole(t, browsing)
	b.addConflict(t, "QXZ0005", fCity, "Hierstad", "Daarstad")
	b.target.Places[0].RefuseUpdate = func(record.Fields) error {
		return &connector.Error{Class: connector.Rejected, System: "target", Op: "update person", Why: "status 400"}
	}
	b.source.Put("members", "QXZ0003", record.Fields{fMail: "quirine3@example.org"})
	b.run(t) // one is refused, one is in conflict
	for i := range 18 {
		b.source.Drop("members", record.ExternalID("QXZ00"+[]string{"0", "1"}[i/10]+string(rune('0'+i%10))), "removed")
	}
	b.run(t) // a plan waits
	if _, err := b.sessions(b.operator).SignInNow(t.Context(), &touchlinev1.SignInNowRequest{System: "source"}); err != nil {
		t.Fatal(err)
	}
	b.signedIn(t)
	marks := []string{"qxz0", "quirine", "@example.org", "hierstad", "daarstad", "0badcafe", b.operator, b.viewer}

	crawl := func(token string) (pages, hits int) {
		r := b.reader(t)
		r.signIn(token)
		next, seen := []string{"/", "/records?kind=" + string(kind), "/conflicts?all=yes"}, map[string]bool{}
		for len(next) > 0 {
			path := next[0]
			next = next[1:]
			if seen[path] || strings.HasPrefix(path, "/static/") {
				continue
			}
			seen[path] = true
			_, page := r.get(strings.ReplaceAll(path, "&amp;", "&"))
			lower := strings.ToLower(page)
			if i := slices.IndexFunc(marks, func(m string) bool { return strings.Contains(lower, strings.ToLower(m)) }); i >= 0 {
				hits++
				if token == b.viewer {
					t.Errorf("%s has %q", path, marks[i])
				}
			}
			for _, m := range address.FindAllStringSubmatch(page, -1) {
				next = append(next, m[1])
			}
		}
		return len(seen), hits
	}
	if pages, _ := crawl(b.viewer); pages < 25 {
		t.Errorf("a viewer came to %d pages only", pages)
	}
	if pages, hits := crawl(b.operator); hits < 15 {
		t.Errorf("an operator's %d pages have marks on %d only: the test looks in vain", pages, hits)
	}
}
