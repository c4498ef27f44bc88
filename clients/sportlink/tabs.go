package sportlink

import (
	"context"
	"iter"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// The pages of a member (docs/systems/sportlink.md, "The tabs of a member", 2026-04).
const (
	detailPath    = "/member/member-details/"
	otherTab      = "other"
	headerAPI     = entity + "/member/MemberHeader"
	functionsAPI  = entity + "/member/function/MemberFunctions"
	committeesAPI = entity + "/member/function/MemberCommittees"
	freeFieldsAPI = entity + "/member/remarks/MemberFreeFields"
	invoiceAPI    = entity + "/member/financial/MemberPaymentInvoiceAddress"
	ofMember      = "PublicPersonId"
)

// tab is a tab of a member, and what it asks that is read.
type tab struct {
	name  string
	calls []string
}

// tabs are those that a visit reads, in their order.
func (c Config) tabs() []tab {
	out := []tab{
		{"functions", []string{headerAPI, functionsAPI, committeesAPI}},
		{otherTab, []string{freeFieldsAPI}},
	}
	if c.WithInvoice {
		out = append(out, tab{"financial", []string{invoiceAPI}})
	}
	return out
}

// readsOfTabs are the fields that a visit reads.
func (c Config) readsOfTabs() []record.Field {
	all := append(reads(), person.Functions, person.VOGDate, person.FinancialBlock, person.HelpdeskID)
	if c.WithInvoice {
		all = append(all, invoice.Fields...)
	}
	return all
}

// answers are what the tabs of a member were answered with, by what they have asked.
type answers map[string][]byte

func (c Config) answers(got []browserworker.Answer) answers {
	out := answers{}
	for i, call := range c.visitCalls() {
		out[call] = got[i].Body
	}
	return out
}

// visitCalls are the calls of all tabs.
func (c Config) visitCalls() (all []string) {
	for _, t := range c.tabs() {
		all = append(all, t.calls...)
	}
	return all
}

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

// visitOne asks what the tabs of a member show, or opens them. Only the first is opened:
// to the others the page itself goes on.
func (a *account) visitOne(ctx context.Context, s *sitting, id record.ExternalID) (visited, error) {
	got, err := a.repeat(ctx, s, ofMember, id, a.cfg.visitCalls())
	if err != nil {
		return visited{}, a.stepFault(ctx, s, opVisit, err)
	}
	if got != nil {
		return a.parseVisit(id, a.cfg.answers(got))
	}
	left, err := a.Turn(ctx, a.cfg.Timeouts.Page)
	if err != nil {
		return visited{}, err
	}
	for i, t := range a.cfg.tabs() {
		open := func() error { return a.openTab(ctx, s, id, t.name) }
		if i == 0 {
			open = func() error { return a.Goto(ctx, s, a.tabPath(id, t.name), left()) }
		}
		more, err := a.askedOn(ctx, s, t.name, id, t.calls, open)
		if err != nil {
			return visited{}, err
		}
		got = append(got, more...)
	}
	v, err := a.parseVisit(id, a.cfg.answers(got))
	if err == nil {
		s.remember(a.cfg.visitCalls(), got)
	}
	return v, err
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
