package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
)

// One record of one person is not written while an operator has it paused; it says so,
// and by whom.
func TestPauseOfARecord(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	c := b.records(b.operator)
	name := func(key string) *touchlinev1.RecordName {
		return &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: key}}}
	}
	for why, req := range map[string]*touchlinev1.PauseRecordRequest{
		"RECORD_NOT_FOUND": {Record: name("NOBODY"), System: "target", Reason: "a test"},
		"UNKNOWN_SYSTEM":   {Record: name("QXZ0003"), System: "nowhere", Reason: "a test"},
		"RECORD_NOT_THERE": {Record: name("QXZ0003"), System: "hub", Reason: "a test"},
		"INVALID_REQUEST":  {Record: name("QXZ0003"), System: "target"},
	} {
		if _, err := c.PauseRecord(t.Context(), req); reason(err) != why {
			t.Errorf("%v, want %s", err, why)
		}
	}
	if _, err := b.records(b.viewer).PauseRecord(t.Context(), &touchlinev1.PauseRecordRequest{Record: name("QXZ0003"), System: "target", Reason: "a test"}); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("a viewer pauses: %v", err)
	}
	b.wantActs(t, "PauseRecord", 0)
	for range 2 { // twice is once
		res, err := c.PauseRecord(t.Context(), &touchlinev1.PauseRecordRequest{Record: name("QXZ0003"), System: "target", Reason: "is looked at"})
		if at := res.GetRecord().GetSyncRecords(); err != nil || len(at) != 1 || at[0].GetPausedOn() == nil || at[0].GetPausedBy() != "test operator" || at[0].GetPauseReason() != "is looked at" {
			t.Fatalf("paused: %v %v", res, err)
		}
	}
	b.wantActs(t, "PauseRecord", 1)
	for _, id := range []record.ExternalID{"QXZ0003", "QXZ0004"} {
		b.source.Put("members", id, record.Fields{fMail: "new" + string(id[6:]) + "@example.org"})
	}
	if is := b.run(t); is.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Errorf("the run ended %v %s %s", is.GetOutcome(), is.GetReason(), is.GetDetail())
	}
	if _, f := b.remote(t, "QXZ0003"); f[fMail] != "qxz0003@example.org" {
		t.Errorf("a record that is paused was written: %q", f[fMail])
	}
	b.holds(t, "QXZ0004", fMail, "new4@example.org")

	r := b.reader(t)
	r.signIn(b.operator)
	_, page := r.post("/find", url.Values{"text": {"NEW3@example"}})
	at := strings.Index(page, "/records/")
	if at < 0 {
		t.Fatalf("the record is not found:\n%s", page)
	}
	var id int
	if _, err := fmt.Sscanf(page[at:], "/records/%d", &id); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/records/%d", id)
	_, page = r.get(path)
	shows(t, page, "paused", "test operator", "is looked at", "Resume: target people")
	_, page = r.post(path+"/pause", url.Values{"system": {"target"}, "do": {"resume"}})
	shows(t, page, "Write nothing of it to target people")
	b.sync(t)
	b.holds(t, "QXZ0003", fMail, "new3@example.org")
	_, page = r.post(path+"/pause", url.Values{"system": {"target"}, "do": {"pause"}, "reason": {"once more"}})
	shows(t, page, "once more")
	b.wantActs(t, "PauseRecord", 2)
	b.wantActs(t, "ResumeRecord", 1)
}

// Operators find records by what they know of them; nothing keeps what they asked for.
func TestFind(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	c := b.records(b.operator)
	found := func(text string) []string {
		t.Helper()
		res, err := c.FindRecords(t.Context(), &touchlinev1.FindRecordsRequest{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, r := range res.GetRecords() {
			keys = append(keys, r.GetKey())
		}
		return keys
	}
	for text, want := range map[string]string{
		"qxz0007": "[QXZ0007]", "QXZ0007@example.org": "[QXZ0007]", "quirine qxz0007": "[QXZ0007]", "quirine nobody": "[]", "%%%%": "[]", "___": "[]",
	} {
		if got := fmt.Sprint(found(text)); got != want {
			t.Errorf("%q finds %s, want %s", text, got, want)
		}
	}
	if n := len(found("quirine")); n != 20 {
		t.Errorf("a name of many finds %d, want 20", n)
	}
	for _, short := range []string{"qx", "q x", "  7  "} {
		if _, err := c.FindRecords(t.Context(), &touchlinev1.FindRecordsRequest{Text: short}); reason(err) != "INVALID_REQUEST" {
			t.Errorf("%q: %v", short, err)
		}
	}
	if _, err := b.records(b.viewer).FindRecords(t.Context(), &touchlinev1.FindRecordsRequest{Text: "quirine"}); reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("a viewer finds: %v", err)
	}
	b.wantActs(t, "FindRecords", 7)
	var told int
	err := b.pool.QueryRow(t.Context(), "select count(*) from audit a where a::text ilike '%quirine%' or a::text ilike '%qxz0007%'").Scan(&told)
	if log := strings.ToLower(b.log.String()); err != nil || told != 0 || strings.Contains(log, "quirine") || strings.Contains(log, "qxz0007") {
		t.Errorf("the audit or the log tells what was asked for: %d %v", told, err)
	}
	viewer := b.reader(t)
	viewer.signIn(b.viewer)
	if status, _ := viewer.post("/find", url.Values{"text": {"quirine"}}); status != http.StatusForbidden {
		t.Errorf("a viewer finds by the page: %d", status)
	}
}
