package server_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

func named(key string) *touchlinev1.RecordName {
	return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: key}}}
}

// leaving has three members missing from the source, and returns who is leaving then.
func (r *whole) leaving(t *testing.T) []*touchlinev1.Leaver {
	t.Helper()
	for _, id := range []record.ExternalID{"QXZ0001", "QXZ0002", "QXZ0003"} {
		r.source.Drop("members", id, "")
	}
	r.sync(t)
	res, err := r.records(r.operator).ListLeavers(t.Context(), &touchlinev1.ListLeaversRequest{PageSize: 2})
	if err != nil || len(res.GetLeavers()) != 2 || res.GetNextPageToken() == "" {
		t.Fatalf("the first two of three: %v, %v", res, err)
	}
	rest, err := r.records(r.operator).ListLeavers(t.Context(), &touchlinev1.ListLeaversRequest{PageSize: 2, PageToken: res.GetNextPageToken()})
	if err != nil || len(rest.GetLeavers()) != 1 || rest.GetNextPageToken() != "" {
		t.Fatalf("the last of three: %v, %v", rest, err)
	}
	return append(res.GetLeavers(), rest.GetLeavers()...)
}

func (r *whole) gone(t *testing.T, key string) string {
	t.Helper()
	res, err := r.records(r.operator).GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{Record: named(key)})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetRecord().GetDeletedReason()
}

// Who is leaving is listed with what has led to it; an operator keeps one and lets
// another go, and the audit has both.
func TestLeavers(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.records(r.operator)
	for _, l := range r.leaving(t) {
		if len(l.GetLeavings()) != 1 || l.GetPlan() != "" {
			t.Fatalf("it leaves by %v", l)
		}
		at := l.GetLeavings()[0]
		if at.GetSystem() != "source" || at.GetWhy() != touchlinev1.LeavingWhy_LEAVING_WHY_MISSING || at.GetDecision() != 0 ||
			at.GetLeavesOn().AsTime().Sub(at.GetSince().AsTime()) != time.Hour {
			t.Errorf("it leaves by %v", at)
		}
		if e := at.GetEvidence(); len(e) != 1 || e[0].GetReadings() != 1 || e[0].GetView() != "all" || e[0].GetPlace() != "members" {
			t.Errorf("it leaves by the reading %v", e)
		}
	}
	masked, err := r.records(r.viewer).ListLeavers(t.Context(), &touchlinev1.ListLeaversRequest{})
	if err != nil || len(masked.GetLeavers()) != 3 || strings.Contains(masked.String(), "QXZ") {
		t.Errorf("a viewer sees %v, %v", masked, err)
	}
	keep := func(names ...*touchlinev1.RecordName) *touchlinev1.DecideLeaversRequest {
		return &touchlinev1.DecideLeaversRequest{Records: names, Decision: touchlinev1.LeaverDecision_LEAVER_DECISION_KEEP, Reason: "a test"}
	}
	for why, req := range map[string]*touchlinev1.DecideLeaversRequest{
		"RECORD_NOT_FOUND": keep(named("NOBODY")), "NOT_LEAVING": keep(named("QXZ0001"), named("QXZ0007")),
		"INVALID_REQUEST": {Records: []*touchlinev1.RecordName{named("QXZ0001")}, Reason: "a test"},
	} {
		if _, err := c.DecideLeavers(t.Context(), req); reason(err) != why {
			t.Errorf("%v, want %s", err, why)
		}
	}
	if _, err := r.records(r.viewer).DecideLeavers(t.Context(), keep(named("QXZ0001"))); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("a viewer keeps: %v", err)
	}
	r.wantActs(t, "DecideLeavers", 0)
	res, err := c.DecideLeavers(t.Context(), keep(named("QXZ0001"), named("QXZ0001")))
	if err != nil || len(res.GetLeavers()) != 1 {
		t.Fatalf("kept: %v, %v", res, err)
	}
	if at := res.GetLeavers()[0].GetLeavings()[0]; at.GetDecision() != touchlinev1.LeaverDecision_LEAVER_DECISION_KEEP ||
		at.GetDecidedBy() != "test operator" || at.GetDecideReason() != "a test" || at.GetDecideTime() == nil {
		t.Errorf("kept: %v", at)
	}
	r.wantActs(t, "DecideLeavers", 1)
	r.sync(t)
	if why := r.gone(t, "QXZ0001"); why != "" {
		t.Errorf("who is kept has left: %s", why)
	}
}

// The same by the pages: from the first page to the leavers, and one is let go there.
func TestPagesOfLeavers(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	leavers := r.leaving(t)
	p := r.reader(t)
	p.signIn(r.operator)
	_, page := p.get("/")
	shows(t, page, `<a href="/leavers">Are leaving by themselves; you may keep them (3)</a>`)
	_, page = p.get("/leavers")
	shows(t, page, "QXZ0001", "QXZ0002", "source members: missing", "full readings that lack it: 1, source members (all)", `value="let-go"`)
	who := regexp.MustCompile(`name="who" value="(\d+)"> \S+ (QXZ\d+)`).FindAllStringSubmatch(page, -1)
	if len(who) != len(leavers) {
		t.Fatalf("%d can be chosen, want %d", len(who), len(leavers))
	}
	_, page = p.post("/leavers", url.Values{"who": {who[0][1]}, "do": {"let-go"}, "reason": {"=has cancelled"}})
	shows(t, page, "is let go</b>: test operator", "has cancelled")
	_, page = p.post("/leavers", url.Values{"who": {who[1][1], who[2][1]}, "do": {"keep"}, "reason": {"is here"}})
	shows(t, page, "is kept</b>: test operator", "is here")
	status, table := p.get("/leavers.csv")
	if status != http.StatusOK || strings.Count(table, "\n") != 4 || !strings.Contains(table, who[0][2]+",,source,members,missing,") || !strings.Contains(table, "'=has cancelled") {
		t.Errorf("the leavers as a table: %d\n%s", status, table)
	}
	_, page = p.get("/")
	if strings.Contains(page, "Are leaving") {
		t.Error("all are decided about, and the first page still tells of them")
	}
	r.sync(t)
	for i, w := range who {
		if why := r.gone(t, w[2]); (why == "absent") != (i == 0) {
			t.Errorf("%s: %q", w[2], why)
		}
	}
	if status, _ := p.post("/leavers", url.Values{"who": {who[0][1]}, "do": {"keep"}, "reason": {"too late"}}); status != http.StatusConflict {
		t.Errorf("who has left is kept: %d", status)
	}
	viewer := r.reader(t)
	viewer.signIn(r.viewer)
	_, page = viewer.get("/leavers")
	if strings.Contains(page, "QXZ0002") || strings.Contains(page, "<button name=\"do\"") {
		t.Errorf("a viewer sees\n%s", page)
	}
	for _, path := range []string{"/leavers.csv", "/held.csv", "/quarantine.csv"} {
		if status, _ := viewer.get(path); status != http.StatusForbidden {
			t.Errorf("a viewer takes %s away: %d", path, status)
		}
	}
}

// What is refused is on the first page, and is tried again from its list.
func TestPagesOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	p := r.reader(t)
	p.signIn(r.operator)
	_, page := p.get("/quarantine")
	shows(t, page, "There are none.")
	r.target.Places[0].RefuseUpdate = func(record.Fields) error {
		return &connector.Error{Class: connector.Rejected, System: "target", Op: "update person", Why: "status 400"}
	}
	r.source.Put("members", "QXZ0003", record.Fields{fMail: "new3@example.org"})
	r.run(t) // PARTIAL
	r.target.Places[0].RefuseUpdate = nil
	_, page = p.get("/")
	shows(t, page, `<a href="/quarantine">Records are refused and set aside (1)</a>`)
	_, page = p.get("/quarantine")
	shows(t, page, "QXZ0003", "status 400", "Try again")
	if status, table := p.get("/quarantine.csv"); status != http.StatusOK || strings.Count(table, "\n") != 2 || !strings.Contains(table, string(kind)+",QXZ0003,target,people,") {
		t.Errorf("what is refused as a table: %d\n%s", status, table)
	}
	if status, table := p.get("/held.csv"); status != http.StatusOK || !strings.HasPrefix(table, "system,place,view,cause,") {
		t.Errorf("what is held as a table: %d\n%s", status, table)
	}
	again := regexp.MustCompile(`action="(/records/\d+/retry)"`).FindStringSubmatch(page)
	if again == nil {
		t.Fatal("it cannot be tried again")
	}
	p.post(again[1], nil)
	r.sync(t)
	r.holds(t, "QXZ0003", fMail, "new3@example.org")
	_, page = p.get("/")
	if strings.Contains(page, "set aside") {
		t.Errorf("what is written still waits:\n%s", page)
	}
}
