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

// A person says what they have found of a record of which nobody knows whether it was made.
// It is said of one record, at one system, by an operator.
func TestLooked(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.records(r.operator)
	r.target.Places[0].NoFind = true
	one := func(system, looked string) *touchlinev1.RetrySyncRecordRequest {
		return &touchlinev1.RetrySyncRecordRequest{System: system, Looked: &looked, What: &touchlinev1.RetrySyncRecordRequest_Record{
			Record: &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: "QXZ0003"}}},
		}}
	}
	state := func(set string) {
		t.Helper()
		_, err := r.pool.Exec(t.Context(), `update sync_record r set `+set+` from entity e where e.id = r.entity and e.key = 'QXZ0003' and r.system = 'target'`)
		if err != nil {
			t.Fatal(err)
		}
	}
	for what, req := range map[string]*touchlinev1.RetrySyncRecordRequest{
		"without a system": one("", "7"),
		"of a reason":      {System: "target", Looked: one("", "7").Looked, What: &touchlinev1.RetrySyncRecordRequest_Reason{Reason: "x"}},
	} {
		if _, err := c.RetrySyncRecord(t.Context(), req); reason(err) != "RECORD_AND_SYSTEM_NEEDED" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := c.RetrySyncRecord(t.Context(), one("target", "7")); reason(err) != "NOTHING_TO_RETRY" {
		t.Errorf("of a record that is there: %v", err)
	}
	doubt := `external_id = null, pending_op = 'put', desired_version = applied_version + 1, quarantine = 'a person must look', uncertain_until = now() - interval '1 hour'`
	state(doubt)
	if _, err := r.records(r.viewer).RetrySyncRecord(t.Context(), one("target", "7")); connect.CodeOf(err) != connect.CodePermissionDenied {
		t.Errorf("a viewer says so: %v", err)
	}
	for _, found := range []string{"", "7007"} {
		state(doubt)
		if res, err := c.RetrySyncRecord(t.Context(), one("target", found)); err != nil || res.GetSyncRecords() != 1 {
			t.Fatalf("found %q: %v", found, err)
		}
		var id string
		var pending, looked bool
		err := r.pool.QueryRow(t.Context(), `select coalesce(r.external_id, ''), r.desired_version > r.applied_version, r.looked_on is not null
			from sync_record r join entity e on e.id = r.entity where e.key = 'QXZ0003' and r.system = 'target'`).Scan(&id, &pending, &looked)
		if err != nil || id != found || pending != (found == "") || !looked {
			t.Errorf("found %q: the record has %q, pending %v, looked %v; %v", found, id, pending, looked, err)
		}
	}
}
