package sportlink

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
)

// entity is the prefix of the site's internal calls (last seen 2026-04).
const entity = "/navajo/entity/common/clubweb"

// The search page (docs/systems/sportlink.md, "The search for members", all
// last seen 2026-04).
const (
	searchPath = "/member/search"
	showMore   = "#btnShowMore"                 // opens the extended form; disabled at first
	ready      = "#btnShowMore:not([disabled])" // a reload helps when it stays disabled
	unionTeams = "#scFetchUnionTeams_input"
	searchBox  = `input[name="SEARCHVALUE"]` // empty: all members
	searchNow  = "#btnSearch"
	membersAPI = entity + "/member/search/SearchMembers"
	linkAPI    = entity + "/user/LinkToPerson"
)

// chip is a filter on status. A click toggles it.
type chip struct{ selector, id string }

var chips = []chip{
	{"#chipStatusACTIVE", "ACTIVE"},
	{"#chipStatusELIGABLE_FOR_REMOVE", "ELIGABLE_FOR_REMOVE"}, // sic
	{"#chipStatusINACTIVE", "INACTIVE"},
}

// selectors are those of the forms that are filled in.
func selectors() []string {
	all := []string{showMore, unionTeams, searchBox, searchNow, anyForm, freshForm}
	for _, c := range chips {
		all = append(all, c.selector)
	}
	return all
}

// readyTries is how often the search page is loaded until its form can be
// opened: it was seen to stay disabled for over 30 s until a reload (2026-04).
const readyTries = 3

// reloadAfter is the wait between reloads (docs/systems/sportlink.md, "The search for
// members", 2026-04).
const reloadAfter = 2 * time.Second

// searchMembers asks for all current members and reads the answer.
func (a *account) searchMembers(ctx context.Context, p browserworker.Page) (connector.Page, error) {
	return a.search(ctx, p, current)
}

// search asks for some members and reads the answer.
func (a *account) search(ctx context.Context, p browserworker.Page, who search) (connector.Page, error) {
	if err := a.openSearch(ctx, p); err != nil {
		return connector.Page{}, err
	}
	set, err := a.setFilters(ctx, p, who)
	if err != nil {
		return connector.Page{}, a.stepFault(ctx, p, "set filters", err)
	}
	answer, err := p.Expect(ctx, browserworker.Match{
		Method: "POST", Path: membersAPI, Sent: wholeSearch, Within: a.cfg.Timeouts.Answer, Elsewhere: a.isAuth,
	}, func() error { return a.stepFault(ctx, p, "press "+searchNow, p.Click(ctx, searchNow)) })
	if err != nil {
		return connector.Page{}, a.stepFault(ctx, p, "search members", err)
	}
	if err := a.judgeStatus("search members", answer); err != nil {
		return connector.Page{}, err
	}
	page, err := parseSearch(answer.Body, a.spec(), who)
	if err != nil {
		return connector.Page{}, a.answerFault("search members", answer, err)
	}
	// The answer itself needed a bearer; a page that has left for the
	// provider meanwhile proves nothing any more.
	at, err := a.atSignIn(ctx, p)
	if err != nil {
		return connector.Page{}, a.stepFault(ctx, p, "search members", err)
	}
	if at || a.Path(p) != searchPath {
		return connector.Page{}, browserworker.ErrSignedOut
	}
	still, err := a.filtersAsSet(ctx, p, who)
	if err != nil {
		return connector.Page{}, a.stepFault(ctx, p, "read filters", err)
	}
	filters := ""
	switch {
	case !set || !still:
		filters = "the filters were not read back as set"
	case !sentFilters(answer.Request, who):
		filters = "the page asked otherwise than its filters show"
	}
	page.Evidence = connector.Evidence{
		SignedIn: true, Filters: filters == "", End: true, Contradiction: cmp.Or(filters, page.Evidence.Contradiction),
	}
	return page, nil
}

// openSearch opens the search page until its form can be used.
func (a *account) openSearch(ctx context.Context, p browserworker.Page) error {
	left, err := a.Open(ctx, p, searchPath, a.cfg.Timeouts.Page)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := p.WaitFor(ctx, ready+", "+username+`, #panelHeaderTasks, [data-testid="dashboard"]`,
			browserworker.Visible, left())
		if err != nil && !errors.Is(err, browserworker.ErrTimeout) {
			return err
		}
		// Half a session: the page for members leads to the dashboard (seen
		// 2026-04).
		if a.isAuth(p.URL()) || a.Path(p) != searchPath {
			return browserworker.ErrSignedOut
		}
		open, err := p.IsVisible(ctx, ready)
		if err != nil || open {
			return err
		}
		if try == readyTries {
			break
		}
		if err := website.Pause(ctx, min(reloadAfter, a.cfg.Timeouts.Page)); err != nil {
			return err
		}
		left = website.Within(a.cfg.Timeouts.Page)
		if err := p.Reload(ctx, a.cfg.Timeouts.Page); err != nil && !errors.Is(err, browserworker.ErrElsewhere) {
			return err
		}
	}
	there, err := p.IsVisible(ctx, showMore)
	switch {
	case err != nil:
		return err
	case there:
		return a.Fault(connector.Transient, "open search", showMore+" stays disabled")
	default:
		return a.Drifted("open search", showMore+" is not there")
	}
}

// setFilters opens the extended form and sets what decides which members are
// listed, and how whole. It reports whether all of it was read back as set.
func (a *account) setFilters(ctx context.Context, p browserworker.Page, who search) (bool, error) {
	open, err := p.IsVisible(ctx, unionTeams)
	if err != nil {
		return false, err
	}
	if !open {
		if err := p.Click(ctx, showMore); err != nil {
			return false, err
		}
		if err := p.WaitFor(ctx, unionTeams, browserworker.Attached, a.cfg.Timeouts.Page); err != nil {
			return false, err
		}
	}
	if err := p.SetChecked(ctx, unionTeams, who.teams); err != nil {
		return false, err
	}
	ticked, err := p.IsChecked(ctx, unionTeams)
	if err != nil {
		return false, err
	}
	if ticked != who.teams {
		return false, a.Drifted("set filters", unionTeams+" does not stay as it is set")
	}
	for _, c := range chips {
		state, known, err := p.Attribute(ctx, c.selector, "aria-pressed")
		if err != nil {
			return false, err
		}
		if known && (state == "true") != who.status[c.id] {
			if err := p.Click(ctx, c.selector); err != nil {
				return false, err
			}
		}
	}
	if text, err := p.Value(ctx, searchBox); err != nil {
		return false, err
	} else if text != "" {
		if err := p.Fill(ctx, searchBox, ""); err != nil {
			return false, err
		}
	}
	return a.filtersAsSet(ctx, p, who)
}

// filtersAsSet reads back all filters.
func (a *account) filtersAsSet(ctx context.Context, p browserworker.Page, who search) (bool, error) {
	for _, c := range chips {
		state, known, err := p.Attribute(ctx, c.selector, "aria-pressed")
		if err != nil || !known || (state == "true") != who.status[c.id] {
			return false, err
		}
	}
	text, err := p.Value(ctx, searchBox)
	if err != nil || text != "" {
		return false, err
	}
	ticked, err := p.IsChecked(ctx, unionTeams)
	return ticked == who.teams, err
}

// sent is the body of a search as far as it is looked at
// (docs/systems/sportlink.md, "The search for members", 2026-04). The place of
// FetchUnionTeams is not known for the real site.
type sent struct {
	Filters struct {
		FetchUnionTeams *bool
		InputExtended   struct {
			MemberStatus struct {
				Options []struct {
					Id         string //nolint:revive // the site's name
					IsSelected bool
				}
			}
		}
		InputSimple struct {
			SearchValue struct {
				Options []struct{ Value string }
			}
		}
	}
}

// wholeSearch tells a search for everybody from one for a name: pages were
// seen to ask more than once, for a part first (2026-04).
func wholeSearch(body []byte) bool {
	var s sent
	if err := json.Unmarshal(body, &s); err != nil {
		return true // not the form that is known: nothing says that it is a part
	}
	for _, o := range s.Filters.InputSimple.SearchValue.Options {
		if o.Value != "" {
			return false
		}
	}
	return true
}

// sentFilters tells whether what the page sent contradicts what it shows.
func sentFilters(body []byte, who search) bool {
	var s sent
	if err := json.Unmarshal(body, &s); err != nil {
		return true
	}
	if f := s.Filters.FetchUnionTeams; f != nil && *f != who.teams {
		return false
	}
	for _, o := range s.Filters.InputExtended.MemberStatus.Options {
		for _, c := range chips {
			if o.Id == c.id && o.IsSelected != who.status[c.id] {
				return false
			}
		}
	}
	return true
}

// linkToPerson makes the page get its token anew, and returns the answer, in
// which the site names the club.
func (a *account) linkToPerson(ctx context.Context, p browserworker.Page) ([]byte, error) {
	if _, err := p.Evaluate(ctx, "() => sessionStorage.clear()", nil); err != nil {
		return nil, a.stepFault(ctx, p, "check", err)
	}
	answer, err := p.Expect(ctx, browserworker.Match{
		Path: linkAPI, Within: a.cfg.Timeouts.Answer, Elsewhere: a.isAuth,
	}, func() error {
		_, err := a.Open(ctx, p, "/dashboard", a.cfg.Timeouts.Page)
		return err
	})
	if err != nil {
		return nil, a.stepFault(ctx, p, "check", err)
	}
	return answer.Body, a.judgeStatus("check", answer)
}
