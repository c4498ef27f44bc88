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
)

const opVisit = "read member"

const (
	// visitsAtOnce is how many members are visited before another use of the account may
	// have its turn.
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
		if err := a.visitAll(ctx, ids, func(v visited) bool { return yield(v.page(), nil) }); err != nil {
			yield(connector.Page{}, err)
		}
	}
}

// listTabs asks who is a member, and reads the pages of each, by their ids from since on.
func (a *account) listTabs(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		var all connector.Page
		err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) (err error) {
			all, err = a.searchMembers(ctx, p)
			return err
		})
		if err != nil {
			yield(connector.Page{}, err)
			return
		}
		members := map[record.ExternalID]connector.Item{}
		var ids []record.ExternalID
		for _, item := range all.Items {
			members[item.ID] = item
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
		a.visitListed(ctx, ids, members, yield)
	}
}

// visitListed visits the members of a search, which shows of each what the pages do not.
func (a *account) visitListed(ctx context.Context, ids []record.ExternalID, members map[record.ExternalID]connector.Item, yield func(connector.Page, error) bool) {
	err := a.visitAll(ctx, ids, func(v visited) bool {
		listed := members[v.id]
		v.left = false // the search has just listed them
		v.item = together(listed, v.item)
		page := v.page()
		if v.id == ids[len(ids)-1] {
			page.Evidence.End, page.Next = true, ""
		}
		return yield(page, nil)
	})
	if err != nil {
		yield(connector.Page{}, err)
	}
}

// together is a member as the search and the pages show them.
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

// visitAll visits members in the order given, and tells each as it is read, until each
// says that it is enough. A session that is lost is signed in anew, and the visits go on
// with the member at whom it was lost. A member who cannot be read is a fault of their
// own; several in a row are the site's.
func (a *account) visitAll(ctx context.Context, ids []record.ExternalID, each func(visited) bool) error {
	next, failed, enough := 0, 0, false
	for next < len(ids) && !enough {
		began := next
		err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) error {
			for n := 0; next < len(ids) && n < visitsAtOnce && !enough; n++ {
				v, err := a.visitOne(ctx, p, ids[next])
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

// visitOne reads both tabs of a member. Only the first is opened: the second the page
// itself goes on to.
func (a *account) visitOne(ctx context.Context, p browserworker.Page, id record.ExternalID) (visited, error) {
	left, err := a.Turn(ctx, a.cfg.Timeouts.Page)
	if err != nil {
		return visited{}, err
	}
	first, err := p.ExpectAll(ctx, a.asked(id, headerAPI, functionsAPI, committeesAPI), func() error {
		return a.Goto(ctx, p, a.tabPath(id, functionsTab), left())
	})
	if err == nil {
		err = a.here(ctx, p, id, functionsTab, first)
	}
	if err != nil {
		return visited{}, a.stepFault(ctx, p, opVisit+" "+functionsTab, err)
	}
	second, err := p.ExpectAll(ctx, a.asked(id, freeFieldsAPI), func() error { return a.openTab(ctx, p, id, otherTab) })
	if err == nil {
		err = a.here(ctx, p, id, otherTab, second)
	}
	if err != nil {
		return visited{}, a.stepFault(ctx, p, opVisit+" "+otherTab, err)
	}
	return a.parseVisit(id, answers{first[0].Body, first[1].Body, first[2].Body, second[0].Body})
}

// asked are the calls of a tab for a member.
func (a *account) asked(id record.ExternalID, paths ...string) []browserworker.Match {
	out := make([]browserworker.Match, len(paths))
	for i, path := range paths {
		out[i] = browserworker.Match{
			Method: "GET", Path: path, Query: map[string]string{"PublicPersonId": string(id)},
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

// here makes sure that the page has asked for itself, and is where it was sent.
func (a *account) here(ctx context.Context, p browserworker.Page, id record.ExternalID, tab string, all []browserworker.Answer) error {
	for _, answer := range all {
		if err := a.judgeStatus(opVisit+" "+tab, answer); err != nil {
			return err
		}
	}
	at, err := a.atSignIn(ctx, p)
	switch {
	case err != nil:
		return err
	case at || !strings.HasPrefix(a.Path(p), detailPath):
		return browserworker.ErrSignedOut
	case !strings.EqualFold(a.Path(p), a.tabPath(id, tab)):
		return a.Drifted(opVisit+" "+tab, "the page went to another tab or member")
	}
	return nil
}
