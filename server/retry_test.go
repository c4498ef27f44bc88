package server_test

import (
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// What a system has refused waits; a person who has mended the cause has it tried
// again at once, by the record or by the reason.
func TestRetry(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.records(r.operator)
	began := timestamppb.Now()
	r.target.Places[0].RefuseUpdate = func(record.Fields) error {
		return &connector.Error{Class: connector.Rejected, System: "target", Op: "update person", Why: "status 400"}
	}
	for _, id := range []record.ExternalID{"QXZ0003", "QXZ0004"} {
		r.source.Put("members", id, record.Fields{fMail: "new" + string(id[6:]) + "@example.org"})
	}
	r.run(t) // PARTIAL
	list := func(req *touchlinev1.ListSyncRecordsRequest) []*touchlinev1.Record {
		t.Helper()
		req.Kind = string(kind)
		res, err := c.ListSyncRecords(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return res.GetRecords()
	}
	refused := list(&touchlinev1.ListSyncRecordsRequest{System: "target", State: touchlinev1.SyncRecordState_SYNC_RECORD_STATE_QUARANTINED})
	if len(refused) != 2 {
		t.Fatalf("%d records are quarantined, want 2", len(refused))
	}
	if changed := list(&touchlinev1.ListSyncRecordsRequest{ChangedSince: began}); len(changed) != 2 {
		t.Errorf("%d records have changed since, want 2", len(changed))
	}
	if held := list(&touchlinev1.ListSyncRecordsRequest{Held: true}); len(held) != 0 {
		t.Errorf("%d records have a held field, want none", len(held))
	}
	reasonOf := refused[0].GetSyncRecords()[0].GetReason()

	r.target.Places[0].RefuseUpdate = nil
	r.sync(t)
	if _, f := r.remote(t, "QXZ0003"); f[fMail] != "qxz0003@example.org" {
		t.Fatal("what was refused is tried again before its time")
	}
	retry := func(req *touchlinev1.RetrySyncRecordRequest) (int64, error) {
		res, err := c.RetrySyncRecord(t.Context(), req)
		return res.GetSyncRecords(), err
	}
	one := func(key string) *touchlinev1.RetrySyncRecordRequest {
		return &touchlinev1.RetrySyncRecordRequest{What: &touchlinev1.RetrySyncRecordRequest_Record{Record: &touchlinev1.RecordName{
			Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: key}},
		}}}
	}
	if n, err := retry(one("QXZ0003")); err != nil || n != 1 {
		t.Fatalf("retry one: %d, %v; want 1", n, err)
	}
	r.sync(t)
	r.holds(t, "QXZ0003", fMail, "new3@example.org")
	if _, err := retry(one("QXZ0003")); connect.CodeOf(err) != connect.CodeFailedPrecondition || reason(err) != "NOTHING_TO_RETRY" {
		t.Errorf("retry what is in step: %v, reason %q; want NOTHING_TO_RETRY", err, reason(err))
	}
	elsewhere := &touchlinev1.RetrySyncRecordRequest{System: "source", What: &touchlinev1.RetrySyncRecordRequest_Reason{Reason: reasonOf}}
	if _, err := retry(elsewhere); reason(err) != "NOTHING_TO_RETRY" {
		t.Errorf("retry at a system that has refused nothing: %v", err)
	}
	elsewhere.System = ""
	if n, err := retry(elsewhere); err != nil || n != 1 {
		t.Fatalf("retry all of the reason %q: %d, %v; want 1", reasonOf, n, err)
	}
	r.sync(t)
	r.holds(t, "QXZ0004", fMail, "new4@example.org")
	r.quiet(t)
	if _, err := r.records(r.viewer).RetrySyncRecord(t.Context(), one("QXZ0003")); connect.CodeOf(err) != connect.CodePermissionDenied {
		t.Errorf("a viewer retries: %v; want PERMISSION_DENIED", err)
	}
}
