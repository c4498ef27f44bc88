package server_test

import (
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/sync/store"
)

func (b *bundle) audit(token string) touchlinev1connect.AuditServiceClient {
	return touchlinev1connect.NewAuditServiceClient(b.http(token), "http://"+b.address)
}

// An admin reads what was done, by the id of the token, and proves that all of it is there.
func TestAudit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pause := &touchlinev1.PauseScheduleRequest{Schedule: "people", Reason: "holidays"}
	if _, err := b.schedules(b.operator).PauseSchedule(t.Context(), pause); err != nil {
		t.Fatal(err)
	}
	tokens, err := b.access.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admin := b.token(t, store.Admin, time.Hour)
	c := b.audit(admin)
	if _, err := b.audit(b.operator).ListAudit(t.Context(), &touchlinev1.ListAuditRequest{}); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("an operator reads: %v", err)
	}
	list, err := c.ListAudit(t.Context(), &touchlinev1.ListAuditRequest{Action: "PauseSchedule"})
	if err != nil || len(list.GetRows()) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	if r := list.GetRows()[0]; r.GetActor() != "test operator" || r.GetTokenId() != tokens[1].ID || r.GetTarget() != "schedule people" || r.GetReason() != "holidays" || r.GetTime() == nil {
		t.Errorf("the row is %v", r)
	}
	var all []int64
	for token := ""; ; {
		page, err := c.ListAudit(t.Context(), &touchlinev1.ListAuditRequest{PageSize: 2, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.GetRows() {
			all = append(all, r.GetId())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(all) != 4 || all[0] != 4 || all[3] != 1 {
		t.Errorf("the pages have %v, want 4 to 1", all)
	}
	is, err := c.VerifyAudit(t.Context(), &touchlinev1.VerifyAuditRequest{})
	if err != nil || is.GetRows() != 4 || is.GetLastId() != 4 {
		t.Fatalf("verified %v %v", is, err)
	}
	if _, err := c.VerifyAudit(t.Context(), &touchlinev1.VerifyAuditRequest{RowId: 4}); reason(err) != "INVALID_REQUEST" {
		t.Errorf("a row without its hash: %v", err)
	}
	r := b.reader(t)
	r.signIn(admin)
	_, page := r.get("/audit")
	shows(t, page, "PauseSchedule", "schedule people", "test operator", "It is whole")
	if _, err := b.pool.Exec(t.Context(), "delete from audit where id >= 4"); err != nil {
		t.Fatal(err)
	}
	_, err = c.VerifyAudit(t.Context(), &touchlinev1.VerifyAuditRequest{RowId: 4, RowHash: is.GetLastHash()})
	if reason(err) != "AUDIT_BROKEN" || connect.CodeOf(err) != connect.CodeDataLoss || !strings.Contains(err.Error(), "row 4, which is missing") {
		t.Errorf("a tail that is cut: %v", err)
	}
	if _, err := b.pool.Exec(t.Context(), "update audit set actor = 'nobody' where id = 3"); err != nil {
		t.Fatal(err)
	}
	_, page = r.get("/audit")
	shows(t, page, "row 3 was changed", "find out who could write there")
}
