package nikki

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
)

// The page of members (docs/systems/nikki.md, "The table").
const (
	membersPath = "/leden"
	theTable    = "#datatable"
	// takesTableApart is a script that leaves a part of the rows in the page.
	takesTableApart = "/js/main.js*"
)

// columns are those that are read, by their heads: of the other ones, names and
// addresses, nothing leaves the page.
var columns = []string{"Jaar", "Lidnr.", "Nikki ID", "Saldo", "Status"}

// links lead to the file; the first that is there (docs/systems/nikki.md, "The export").
var links = []string{
	`a:has-text("Rapporten")`, `button:has-text("Rapporten")`, `[href*="rapport"]`, `a[href*="export"]`, `.export-btn`,
}

// Words of errors.
const (
	opList   = "list contributions"
	opExport = "get the export"
)

//go:embed table.js
var tableScript string

// table is what the page shows at one moment.
type table struct {
	Missing, Twice []string
	Candidates     int
	Rows           [][]string // nil: a row of another form
	Ready, Paged   bool
}

// readMembers gets the export and reads the table until it is whole: the export says
// which lines there must be.
func (a *account) readMembers(ctx context.Context, p browserworker.Page) (connector.Page, error) {
	if err := a.openMembers(ctx, p); err != nil {
		return connector.Page{}, err
	}
	first, err := a.look(ctx, p)
	if err == nil {
		err = a.headed(opList, first)
	}
	if err != nil {
		return connector.Page{}, err
	}
	file, err := a.export(ctx, p)
	if err != nil {
		return connector.Page{}, err
	}
	lines, err := a.whole(ctx, p, file)
	if err != nil {
		return connector.Page{}, err
	}
	at, err := a.atSignIn(ctx, p)
	if err != nil {
		return connector.Page{}, a.StepFault(ctx, p, opList, err, false)
	}
	if at || a.Path(p) != membersPath {
		return connector.Page{}, browserworker.ErrSignedOut
	}
	page, why := contributions(lines, file, a.Host.Now())
	if why != "" {
		return connector.Page{}, a.Drifted(opList, why)
	}
	page.Evidence = connector.Evidence{SignedIn: true, Filters: true, End: true}
	return page, nil
}

// openMembers opens the page of members until its table is there.
func (a *account) openMembers(ctx context.Context, p browserworker.Page) error {
	left, err := a.Open(ctx, p, membersPath, a.cfg.Timeouts.Page)
	if err != nil {
		return err
	}
	err = p.WaitFor(ctx, "table, "+username, browserworker.Attached, left())
	switch at, failed := a.atSignIn(ctx, p); {
	case failed != nil && err == nil:
		return failed
	case at:
		return browserworker.ErrSignedOut
	case errors.Is(err, browserworker.ErrTimeout):
		return a.Caused(connector.Drifted, opList, "the page of members has no table", err)
	}
	return err
}

// look reads the table as it is now.
func (a *account) look(ctx context.Context, p browserworker.Page) (table, error) {
	seen, err := p.Evaluate(ctx, tableScript, map[string]any{"names": columns, "table": theTable})
	if err != nil {
		return table{}, a.StepFault(ctx, p, opList, err, false)
	}
	var t table
	data, err := json.Marshal(seen)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	return t, err
}

// headed refuses a table without the columns that are read.
func (a *account) headed(op string, t table) error {
	switch {
	case len(t.Missing) > 0:
		return a.Drifted(op, "the table has no column "+strings.Join(t.Missing, ", "))
	case len(t.Twice) > 0:
		return a.Drifted(op, "the table has two columns "+strings.Join(t.Twice, ", "))
	case t.Candidates != 1:
		return a.Drifted(op, fmt.Sprintf("%d tables may be the one of the contributions", t.Candidates))
	}
	return nil
}

// export presses what leads to the file, and reads it.
func (a *account) export(ctx context.Context, p browserworker.Page) (export, error) {
	link := ""
	for _, selector := range links {
		n, err := p.Count(ctx, selector)
		if err != nil {
			return export{}, a.StepFault(ctx, p, opExport, err, false)
		}
		if n > 0 {
			link = selector
			break
		}
	}
	if link == "" {
		return export{}, a.Drifted(opExport, "the page of members has no link to the reports. "+
			"See by hand whether the account may export: without the file nobody knows which lines there are, nor what was charged")
	}
	body, err := p.Download(ctx, a.cfg.Timeouts.Export, a.elsewhere, func() error { return p.Click(ctx, link) })
	switch {
	case errors.Is(err, browserworker.ErrUnasked):
		return export{}, a.Caused(connector.Drifted, opExport, "the link to the reports gives no file", err)
	case errors.Is(err, browserworker.ErrElsewhere) && a.Path(p) != "":
		if at, e := a.atSignIn(ctx, p); e == nil && !at {
			return export{}, a.Caused(connector.Drifted, opExport, "the link to the reports leads to a page, and gives no file", err)
		}
	}
	if err != nil {
		return export{}, a.StepFault(ctx, p, opExport, err, true)
	}
	file, why := parseExport(body)
	switch {
	case file.signIn:
		return export{}, browserworker.ErrSignedOut
	case why != "":
		return export{}, a.Drifted(opExport, why)
	}
	return file, nil
}

// elsewhere tells that a page has left for another one, so that no file comes.
func (a *account) elsewhere(address string) bool {
	path, _, _ := strings.Cut(address, "?")
	return strings.TrimSuffix(path, "/") != a.Base+membersPath
}

// lookEvery is how often the table is looked at until it is whole.
const lookEvery = 500 * time.Millisecond

// whole reads the table until it has all lines of the export, and the same twice. A
// script may fill it late, or bit by bit.
func (a *account) whole(ctx context.Context, p browserworker.Page, file export) ([]line, error) {
	left := website.Within(a.cfg.Timeouts.Table)
	before := -1
	for {
		t, err := a.look(ctx, p)
		if err == nil {
			err = a.headed(opList, t)
		}
		if err != nil {
			return nil, err
		}
		lines := linesOf(t.Rows)
		missing := file.missing(lines)
		if t.Ready && !t.Paged && len(lines) > 0 && len(lines) == before && missing == 0 {
			return lines, nil
		}
		before = len(lines)
		switch {
		case left() > 0:
			if err := website.Pause(ctx, lookEvery); err != nil {
				return nil, err
			}
			continue
		case len(lines) == 0:
			return nil, a.Drifted(opList, "the table has no line, which no club is without. Look at the page by hand: when it has lines there, it is filled otherwise")
		case t.Paged:
			return nil, a.Drifted(opList, "the page shows a part of its lines alone")
		case missing > 0:
			return nil, a.Drifted(opList, fmt.Sprintf("the table lacks %d lines that the export has", missing))
		}
		return nil, a.Fault(connector.Transient, opList, "the table does not come to rest")
	}
}
