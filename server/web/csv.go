package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	// aTablePage is how many records or changes a call for a table asks for.
	aTablePage = 1000
	// maxTable is how many lines a table may have; more are for a program.
	maxTable = 50_000
)

// table is a file of lines for a spreadsheet.
type table struct {
	name  string
	lines [][]string
}

// planTable is a plan, a line for each field that changes.
func planTable(v *visit) (any, error) {
	t := &table{"plan.csv", [][]string{{"kind", "key", "system", "place", "operation", "field", "from", "to", "reason", "state", "error"}}}
	req := &touchlinev1.ListChangesRequest{Run: v.PathValue("run"), System: v.FormValue("system"), PageSize: aTablePage}
	return v.table(t, func() (string, error) {
		list, err := v.pipelines.ListChanges(v.Context(), req)
		for _, c := range list.GetChanges() {
			fields := c.GetFields()
			if len(fields) == 0 {
				fields = []*touchlinev1.FieldChange{nil}
			}
			for _, f := range fields {
				t.add(c.GetKind(), c.GetKey(), c.GetSystem(), c.GetPlace(), word(c.GetOperation(), "OPERATION_"),
					f.GetField(), f.GetFrom(), f.GetTo(), c.GetReason(), word(c.GetState(), "CHANGE_STATE_"), c.GetError())
			}
		}
		req.PageToken = list.GetNextPageToken()
		return req.GetPageToken(), err
	})
}

// recordTable is a list of records, a line for each system at which the list is about
// them, such as those that are quarantined. It has no value of a field.
func recordTable(v *visit) (any, error) { return v.fill(newRecordTable("records.csv"), listed(v)) }

func newRecordTable(name string) *table {
	return &table{name, [][]string{{"kind", "key", "system", "place", "id there", "state", "reason", "held fields", "next try", "leaves"}}}
}

// fill puts a list of records into a table.
func (v *visit) fill(t *table, req *touchlinev1.ListSyncRecordsRequest) (any, error) {
	req.PageSize = aTablePage
	return v.table(t, func() (string, error) {
		list, err := v.records.ListSyncRecords(v.Context(), req)
		for _, r := range list.GetRecords() {
			for _, at := range r.GetSyncRecords() {
				if req.GetState() != 0 && at.GetState() != req.GetState() || req.GetHeld() && len(at.GetHeld()) == 0 {
					continue
				}
				var held []string
				for _, h := range at.GetHeld() {
					held = append(held, h.GetField()+": "+h.GetReason())
				}
				t.add(r.GetKind(), r.GetKey(), at.GetSystem(), at.GetPlace(), at.GetExternalId(), word(at.GetState(), "SYNC_RECORD_STATE_"),
					at.GetReason(), strings.Join(held, "; "), iso(at.GetNextTryTime()), iso(at.GetLeavesOn()))
			}
		}
		req.PageToken = list.GetNextPageToken()
		return req.GetPageToken(), err
	})
}

// findingCells is a finding as a line of a table.
func findingCells(f *touchlinev1.Finding) []string {
	return []string{
		f.GetSystem(), f.GetPlace(), f.GetView(), f.GetCause(), strings.Join(f.GetFields(), " "), fmt.Sprint(f.GetRecords()), fmt.Sprint(f.GetCompared()),
		f.GetText(), iso(f.GetFoundOn()), fmt.Sprint(f.GetWaits()), f.GetAcceptedBy(),
	}
}

// table fills a table page by page, for those who may see what is in it. Each page is a
// call of the API, which the audit keeps.
func (v *visit) table(t *table, page func() (next string, err error)) (any, error) {
	for {
		next, err := page()
		switch {
		case err != nil:
			return nil, err
		case !v.sees():
			return nil, notForViewers()
		case next == "":
			return t, nil
		case len(t.lines) > maxTable:
			return nil, connect.NewError(connect.CodeResourceExhausted,
				fmt.Errorf("the table has more than %d lines: choose a system or a state, or use the touchline command with --json", maxTable))
		}
	}
}

func notForViewers() error {
	return connect.NewError(connect.CodePermissionDenied, errors.New("a table to take away needs a token of the role operator"))
}

func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	t.lines = append(t.lines, cells)
}

func (t *table) bytes() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	err := w.WriteAll(t.lines)
	return out.Bytes(), err
}

// harmless puts a quote before what a spreadsheet would compute: a value that somebody
// has typed in at a system must do nothing on the machine of who opens the table.
// Spreadsheets look past blanks, and take wide signs for the common ones.
func harmless(cell string) string {
	first := strings.TrimLeft(cell, " \t\r\n\u00a0")
	if first != cell && strings.ContainsAny(cell[:1], "\t\r\n") || strings.IndexFunc(first, computes) == 0 {
		return "'" + cell
	}
	return cell
}

func computes(r rune) bool { return strings.ContainsRune("=+-@|%＝＋－＠", r) }
