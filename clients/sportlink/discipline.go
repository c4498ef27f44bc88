package sportlink

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// The page of discipline cases (docs/systems/sportlink.md, "Discipline cases", 2026-04). Its
// tab of individual cases has been seen in several forms.
const (
	casesPath = "/competition-affairs/discipline-cases"
	casesTab  = `[role="tab"]:has-text("Individuele"), button:has-text("Individuele tuchtzaken"), [data-tab="individual"]`
	casesCall = "/DisciplineClubCasesPlayer"

	opCases = "read discipline cases"
)

// cases is what is offered of discipline cases: the whole list, as its tab shows it.
func (a *account) cases() connector.Collection {
	return connector.Collection{
		Kind: discipline.Kind, Place: Cases, View: Individual, Complete: true,
		Reads: append(caseTable.Reads(), discipline.ChargeCodes, discipline.Season),
		Refs:  map[record.Field]connector.Ref{discipline.Person: {Kind: person.Kind}},
		List:  a.List(a.readCases),
	}
}

// readCases opens the tab of individual cases and reads what the page is answered with.
func (a *account) readCases(ctx context.Context, p browserworker.Page) (connector.Page, error) {
	if err := a.openCases(ctx, p); err != nil {
		return connector.Page{}, err
	}
	first, err := p.Expect(ctx, a.casesAsked(), func() error {
		return a.stepFault(ctx, p, "open the tab of individual cases", p.Click(ctx, casesTab))
	})
	if err != nil {
		return connector.Page{}, a.StepFault(ctx, p, opCases, err, true)
	}
	page, err := a.lastCases(ctx, p, first)
	if err != nil {
		return connector.Page{}, a.StepFault(ctx, p, opCases, err, true)
	}
	at, err := a.atSignIn(ctx, p)
	if err != nil {
		return connector.Page{}, a.StepFault(ctx, p, opCases, err, true)
	}
	if at || a.Path(p) != casesPath {
		return connector.Page{}, browserworker.ErrSignedOut
	}
	chosen, known, err := p.Attribute(ctx, casesTab, "aria-selected")
	if err != nil {
		return connector.Page{}, a.StepFault(ctx, p, opCases, err, true)
	}
	if known && chosen != "true" {
		page.Evidence.Contradiction = cmp.Or(page.Evidence.Contradiction, "the tab of individual cases is not the one that is chosen")
	}
	page.Evidence.SignedIn, page.Evidence.Filters = true, page.Evidence.Contradiction == ""
	return page, nil
}

// openCases opens the page until its tab can be chosen.
func (a *account) openCases(ctx context.Context, p browserworker.Page) error {
	left, err := a.Open(ctx, p, casesPath, a.cfg.Timeouts.Page)
	if err != nil {
		return err
	}
	err = p.WaitFor(ctx, casesTab+", "+username+`, #panelHeaderTasks, [data-testid="dashboard"]`, browserworker.Visible, left())
	late := errors.Is(err, browserworker.ErrTimeout)
	if err != nil && !late {
		return err
	}
	// Half a session leads to the dashboard, as with the search.
	if a.isAuth(p.URL()) || a.Path(p) != casesPath {
		return browserworker.ErrSignedOut
	}
	if late {
		return a.Drifted(opCases, "the tab Individuele tuchtzaken is not there: the page has changed, or does not load")
	}
	return nil
}

func (a *account) casesAsked() browserworker.Match {
	return browserworker.Match{Method: "GET", Path: casesCall, Within: a.cfg.Timeouts.Answer, Elsewhere: a.isAuth}
}

// calls counts how often the page has been answered to a call.
const calls = `(path) => performance.getEntriesByType('resource').filter((e) => new URL(e.name).pathname.endsWith(path)).length`

// lastCases waits for what else the page asks: it was seen to be answered with a part first
// (docs/systems/sportlink.md, "Discipline cases"). Where an answer was not seen nothing is
// known of the end, and where a later one has less than one before nothing is taken.
func (a *account) lastCases(ctx context.Context, p browserworker.Page, answer browserworker.Answer) (connector.Page, error) {
	var page connector.Page
	for seen, most := 1, 0; ; seen++ {
		if err := a.judgeStatus(opCases, answer); err != nil {
			return page, err
		}
		next, rows, err := parseCases(answer.Body, a.spec())
		if err != nil {
			return page, a.answerFault(opCases, answer, err)
		}
		if page = next; rows < most {
			page.Evidence.Contradiction = "the page was answered several times, at last with less"
		}
		if part := askedFor(answer.URL); part != "" {
			page.Evidence.Contradiction = cmp.Or(page.Evidence.Contradiction, "the page asked for a part, by "+part)
		}
		most = max(most, rows)
		again := a.casesAsked()
		again.Within = a.cfg.Timeouts.Settle
		answer, err = p.Expect(ctx, again, func() error { return nil })
		if errors.Is(err, browserworker.ErrUnasked) {
			n, err := p.Evaluate(ctx, calls, casesCall)
			if err != nil {
				return page, err
			}
			count, known := number(n)
			page.Evidence.End = known && count == seen
			return page, nil
		}
		if err != nil {
			return page, err
		}
	}
}

// number reads a number that a page has counted.
func number(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, true
	case float64:
		return int(n), true
	}
	return 0, false
}

// narrowing are parameters by which a call would be for a part of the cases.
var narrowing = []string{"season", "seasonid", "publicpersonid", "publicteamid", "searchvalue", "status", "datefrom", "dateto"}

// askedFor returns the parameter by which a call is for a part; "" where there is none.
func askedFor(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for _, name := range narrowing {
		for key, values := range u.Query() {
			if strings.EqualFold(key, name) && strings.Join(values, "") != "" {
				return name
			}
		}
	}
	return ""
}

// under are the keys under which the list has been seen.
var under = []string{"cases", "results", "items", "data"}

// caseRows takes the answer apart: a list, or one under a key.
func caseRows(body []byte) (rows []json.RawMessage, contradiction string, err error) {
	if !json.Valid(body) {
		return nil, "", notJSON(body)
	}
	if json.Unmarshal(body, &rows) == nil {
		if rows == nil {
			return nil, "", errors.New("the answer is empty")
		}
		return rows, "", nil
	}
	env, contradiction, err := openEnvelope(body)
	if err != nil {
		return nil, "", err
	}
	lists := 0
	for _, key := range under {
		if raw, there := env[key]; there {
			if lists++; json.Unmarshal(raw, &rows) != nil || rows == nil {
				return nil, "", errors.New("the cases are not a list")
			}
		}
	}
	switch lists {
	case 0:
		if env.trouble() != "" {
			return nil, "", errors.New("the answer is an error")
		}
		return nil, "", errors.New("the answer has no list of cases")
	case 1:
		return rows, cmp.Or(contradiction, env.contradiction(len(rows))), nil
	}
	return rows, "the answer has several lists", nil
}
