package sportlink

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// The pages of a member (docs/systems/sportlink.md, "The tabs of a member", 2026-04):
// the tab functions and, from there, the tab other.
const (
	detailPath    = "/member/member-details/"
	functionsTab  = "functions"
	otherTab      = "other"
	headerAPI     = entity + "/member/MemberHeader"
	functionsAPI  = entity + "/member/function/MemberFunctions"
	committeesAPI = entity + "/member/function/MemberCommittees"
	freeFieldsAPI = entity + "/member/remarks/MemberFreeFields"
	ofMember      = "PublicPersonId"
)

const opVisit = "read member"

// visit reads the pages of members, one member after the other.
func (a *account) visit(ctx context.Context, ids []record.ExternalID) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		if err := a.visitAll(ctx, ids, a.visitOne, func(v visited) bool { return yield(v.page(), nil) }); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// listTabs asks who is a member, and reads the pages of each, by their ids from since on.
func (a *account) listTabs(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return a.goOn(ctx, &a.visiting, since, a.searchMembers, a.visitOne)
}

// The calls of the tabs of a member that are read.
var (
	functionsCalls = []string{headerAPI, functionsAPI, committeesAPI}
	otherCalls     = []string{freeFieldsAPI}
	visitCalls     = slices.Concat(functionsCalls, otherCalls)
)

// visitOne asks what both tabs of a member show, or opens them. Only the first is opened:
// the second the page itself goes on to.
func (a *account) visitOne(ctx context.Context, s *sitting, id record.ExternalID) (visited, error) {
	got, err := a.repeat(ctx, s, ofMember, id, visitCalls)
	if err != nil {
		return visited{}, a.stepFault(ctx, s, opVisit, err)
	}
	if got != nil {
		return a.parseVisit(id, bodies(got))
	}
	left, err := a.Turn(ctx, a.cfg.Timeouts.Page)
	if err != nil {
		return visited{}, err
	}
	first, err := a.askedOn(ctx, s, functionsTab, id, functionsCalls, func() error { return a.Goto(ctx, s, a.tabPath(id, functionsTab), left()) })
	if err != nil {
		return visited{}, err
	}
	second, err := a.askedOn(ctx, s, otherTab, id, otherCalls, func() error { return a.openTab(ctx, s, id, otherTab) })
	if err != nil {
		return visited{}, err
	}
	got = slices.Concat(first, second)
	v, err := a.parseVisit(id, bodies(got))
	if err == nil {
		s.remember(visitCalls, got)
	}
	return v, err
}

// bodies are the answers to visitCalls.
func bodies(got []browserworker.Answer) answers {
	return answers{got[0].Body, got[1].Body, got[2].Body, got[3].Body}
}

// askedOn returns what a tab of a member that is opened is answered.
func (a *account) askedOn(ctx context.Context, p browserworker.Page, tab string, id record.ExternalID, calls []string, open func() error) ([]browserworker.Answer, error) {
	got, err := p.ExpectAll(ctx, a.asked(ofMember, id, calls...), open)
	if err == nil {
		err = a.here(ctx, p, opVisit+" "+tab, detailPath, a.tabPath(id, tab), got)
	}
	return got, a.stepFault(ctx, p, opVisit+" "+tab, err)
}

// asked are the calls of a page about one record, whose id stands in the query.
func (a *account) asked(by string, id record.ExternalID, paths ...string) []browserworker.Match {
	out := make([]browserworker.Match, len(paths))
	for i, path := range paths {
		out[i] = browserworker.Match{
			Method: "GET", Path: path, Query: map[string]string{by: string(id)},
			Within: a.cfg.Timeouts.Page, Elsewhere: a.isAuth,
		}
	}
	return out
}

func (a *account) tabPath(id record.ExternalID, tab string) string {
	return detailPath + url.PathEscape(string(id)) + "/" + tab
}

// openTab goes on to another tab of the member who is shown: by its link, and by its
// address where the page has none.
func (a *account) openTab(ctx context.Context, p browserworker.Page, id record.ExternalID, tab string) error {
	link := `a[href$="` + a.tabPath(id, tab) + `"]`
	there, err := p.IsVisible(ctx, link)
	switch {
	case err != nil:
		return err
	case there:
		return p.Click(ctx, link)
	}
	return a.Goto(ctx, p, a.tabPath(id, tab), a.cfg.Timeouts.Page)
}

// here makes sure that the page has asked for itself, and is where it was sent, among pages
// of its kind.
func (a *account) here(ctx context.Context, p browserworker.Page, op, among, path string, all []browserworker.Answer) error {
	for _, answer := range all {
		if err := a.judgeStatus(op, answer); err != nil {
			return err
		}
	}
	at, err := a.atSignIn(ctx, p)
	switch {
	case err != nil:
		return err
	case at || !strings.HasPrefix(a.Path(p), among):
		return browserworker.ErrSignedOut
	case !strings.EqualFold(a.Path(p), path):
		return a.Drifted(op, "the page went to another tab or record")
	}
	return nil
}
