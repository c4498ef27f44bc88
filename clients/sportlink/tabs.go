package sportlink

import (
	"context"
	"errors"
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

const (
	// visitsAtOnce is how many members are visited before another use of the account that
	// waits has its turn.
	visitsAtOnce = 20
	// unreadInARow is how many members, one after the other, may not be read before the
	// pages themselves are held to have changed.
	unreadInARow = 3
)

// visited is what came of the visit of one member.
type visited struct {
	id    record.ExternalID
	item  connector.Item
	fault *connector.Fault
	left  bool // the pages show somebody who is no member any more
}

// page is the visit as a page of a reading.
func (v visited) page() connector.Page {
	page := connector.Page{Next: connector.Cursor(v.id), Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	switch {
	case v.fault != nil:
		page.Faults = []connector.Fault{*v.fault}
	case !v.left:
		page.Items = []connector.Item{v.item}
	}
	return page
}

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
	listed, goesOn := a.visiting.from(since, a.Host.Now())
	list := func(ctx context.Context) (_ connector.Page, err error) {
		if !goesOn {
			listed, err = a.onPage(ctx, a.searchMembers)
		}
		return listed, err
	}
	return func(yield func(connector.Page, error) bool) {
		for page, err := range a.listVisited(ctx, since, list, a.visitOne) {
			if err == nil {
				a.visiting.came(listed, page.Next, a.Host.Now())
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// visitor reads the pages of one record, or asks what they would ask.
type visitor func(ctx context.Context, s *sitting, id record.ExternalID) (visited, error)

// onPage reads a list on a page that is lent for it.
func (a *account) onPage(ctx context.Context, read func(context.Context, browserworker.Page) (connector.Page, error)) (page connector.Page, err error) {
	err = a.Do(ctx, func(ctx context.Context, p browserworker.Page) (err error) {
		page, err = read(ctx, p)
		return err
	})
	return page, err
}

// listVisited reads a list, and then the pages of each record in it, by their ids from
// since on.
func (a *account) listVisited(ctx context.Context, since connector.Cursor, list func(context.Context) (connector.Page, error), one visitor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		all, err := list(ctx)
		if err != nil {
			yield(connector.Page{}, err)
			return
		}
		listed := map[record.ExternalID]connector.Item{}
		var ids []record.ExternalID
		for _, item := range all.Items {
			listed[item.ID] = item
			if string(item.ID) > string(since) {
				ids = append(ids, item.ID)
			}
		}
		slices.Sort(ids)
		if all.Evidence.Contradiction != "" || len(ids) == 0 || since == "" && len(all.Faults) > 0 {
			first := connector.Page{Faults: all.Faults, Next: since, Evidence: all.Evidence}
			first.Evidence.End = len(ids) == 0
			if since != "" {
				first.Faults = nil // told with the first page
			}
			if !yield(first, nil) || len(ids) == 0 {
				return
			}
		}
		err = a.visitAll(ctx, ids, one, func(v visited) bool {
			v.left = false // the list has just shown them
			v.item = together(listed[v.id], v.item)
			page := v.page()
			if v.id == ids[len(ids)-1] {
				page.Next, page.Evidence.End = "", true
				page.Evidence.Stated, page.Evidence.Count = all.Evidence.Stated, all.Evidence.Count
			}
			return yield(page, nil)
		})
		if err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// together is a record as the list and its pages show it.
func together(listed, shown connector.Item) connector.Item {
	out := listed
	out.Keys = nil // of the search alone
	out.Fields = listed.Fields.Over(shown.Fields)
	for _, more := range []struct{ into, of *map[record.Field]string }{{&out.Unreadable, &shown.Unreadable}, {&out.Notes, &shown.Notes}} {
		all := map[record.Field]string{}
		for f, why := range *more.into {
			all[f] = why
		}
		for f, why := range *more.of {
			all[f] = why
		}
		if *more.into = all; len(all) == 0 {
			*more.into = nil
		}
	}
	return out
}

// visitAll visits records in the order given, and tells each as it is read, until each
// says that it is enough. A session that is lost is signed in anew, and the visits go on
// with the record at which it was lost. One that cannot be read is a fault of its own;
// several in a row are the site's.
func (a *account) visitAll(ctx context.Context, ids []record.ExternalID, one visitor, each func(visited) bool) error {
	next, failed, enough := 0, 0, false
	for next < len(ids) && !enough {
		began := next
		err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) error {
			s := &sitting{Page: p, asked: map[string]browserworker.Answer{}}
			for n := 0; next < len(ids) && !enough && (n < visitsAtOnce || !a.Pool.Wanted(a.Name)); n++ {
				v, err := one(ctx, s, ids[next])
				if err != nil {
					why, alone := ofOneMember(err)
					if failed++; !alone || failed > unreadInARow {
						return err
					}
					v = visited{id: ids[next], fault: &connector.Fault{ID: ids[next], Why: why}}
				} else {
					failed = 0
				}
				next++
				enough = !each(v)
			}
			return nil
		})
		if connector.ReasonOf(err) == browserworker.SignedOut && next > began {
			continue // once more, and further on: it is not the sign-in that fails
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ofOneMember reports whether an error may concern one member alone, such as a tab that
// does not load, and says why.
func ofOneMember(err error) (why string, alone bool) {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Reason != "" {
		return "", false
	}
	switch e.Class {
	case connector.Drifted, connector.Transient, connector.NotFound:
		return e.Op + ": " + e.Why, true
	}
	return "", false
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
