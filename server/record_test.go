package server_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res, err := b.records(b.operator).GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{
		Record: &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: key}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := res.GetRecord()
	if r.GetEntityId() != b.entity || r.GetKey() != key || len(r.GetFields()) != 2 || len(r.GetSyncRecords()) != 1 {
		t.Fatalf("the record is %v", r)
	}
	if f := r.GetFields()[0]; f.GetField() != "email_1" || f.GetValue() != email || f.GetFromSystem() != "sportlink" || f.GetSeenTime() == nil {
		t.Errorf("the first field is %v", f)
	}
	p := r.GetSyncRecords()[0]
	if p.GetSystem() != string(system) || p.GetExternalId() != "remote-77" || p.GetState() != touchlinev1.SyncRecordState_SYNC_RECORD_STATE_PENDING ||
		p.GetLastErrorClass() != "rejected" || p.GetLastErrorField() != "email_1" || p.GetAttempts() != 2 {
		t.Errorf("the sync record is %v", p)
	}
	if agreed := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, `{"email_1": %q}`, email))); p.GetDataHash() != agreed || p.GetRemoteHash() != "" {
		t.Errorf("the hashes are %s of what was agreed, want %s, and %q of nothing read", p.GetDataHash(), agreed, p.GetRemoteHash())
	}
	if a := p.GetBase()[0]; a.GetLocal() != email || a.GetRemote() != strings.ToUpper(email) {
		t.Errorf("agreed is %v", a)
	}
	none, err := b.records(b.operator).GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{Record: byID(b.entity), System: "sportlink"})
	if err != nil || len(none.GetRecord().GetSyncRecords()) != 0 {
		t.Errorf("at another system: %v, %v; want no sync record", none, err)
	}
	b.wantActs(t, "GetSyncRecord", 2)
}

func TestSyncRecordStates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for state, set := range map[touchlinev1.SyncRecordState]string{
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_PENDING:     "desired_version = 2, applied_version = 1, last_error = ''",
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_IN_STEP:     "desired_version = 2, applied_version = 2",
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_UNCERTAIN:   "uncertain_until = now()",
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_WAITING:     "desired_version = 3, last_error = 'memory: update person: waiting: no user yet'",
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_QUARANTINED: "quarantine = 'rejected field email_1'",
		touchlinev1.SyncRecordState_SYNC_RECORD_STATE_NOT_FOUND:   "external_id = null, desired_version = 2, applied_version = 2",
	} {
		if _, err := b.pool.Exec(t.Context(), "update sync_record set uncertain_until = null, quarantine = '', last_error = '', external_id = 'remote-77', "+
			"desired_version = 2, applied_version = 2 where entity = $1", b.entity); err != nil {
			t.Fatal(err)
		}
		// Each test state is laid over the same sync record.
		if _, err := b.pool.Exec(t.Context(), "update sync_record set "+set+" where entity = $1", b.entity); err != nil {
			t.Fatal(err)
		}
		for other := range touchlinev1.SyncRecordState_name {
			asked := touchlinev1.SyncRecordState(other)
			res, err := b.records(b.viewer).ListSyncRecords(t.Context(), &touchlinev1.ListSyncRecordsRequest{Kind: string(kind), State: asked})
			if err != nil {
				t.Fatal(err)
			}
			want := asked == state || asked == touchlinev1.SyncRecordState_SYNC_RECORD_STATE_UNSPECIFIED
			if found := len(res.GetRecords()) == 1; found != want {
				t.Errorf("a sync record with %s, asked for %v: found %v; want %v", set, asked, found, want)
			}
		}
	}
}

func TestAViewerSeesNoValue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plan := b.plan(t)
	c, r := b.pipelines(b.viewer), b.records(b.viewer)
	var shown []proto.Message
	show := func(m proto.Message, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, m)
	}
	record, err := r.GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{Record: byID(b.entity)})
	show(record, err)
	list, err := r.ListSyncRecords(t.Context(), &touchlinev1.ListSyncRecordsRequest{Kind: string(kind), PageSize: 1})
	show(list, err)
	history, err := r.GetSyncRecordHistory(t.Context(), &touchlinev1.GetSyncRecordHistoryRequest{Record: byID(b.entity)})
	show(history, err)
	changes, err := c.ListChanges(t.Context(), &touchlinev1.ListChangesRequest{Run: plan.GetId()})
	show(changes, err)
	run, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: plan.GetId()})
	show(run, err)

	for _, m := range shown {
		text := protojson.Format(m)
		for _, secret := range []string{key, email, strings.ToUpper(email), "Quirine", "old@example.org", "remote-77"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q to a viewer", m.ProtoReflect().Descriptor().Name(), secret)
			}
		}
	}
	if p := record.GetRecord().GetSyncRecords()[0]; p.GetDataHash() != "" || p.GetRemoteHash() != "" {
		t.Error("a viewer sees a hash, which values can be guessed from")
	}
	if f := record.GetRecord().GetFields()[0]; f.GetValue() != "a.a@a.a (17-32)" {
		t.Errorf("the masked value is %q; want its shape and length class", f.GetValue())
	}
	if len(changes.GetChanges()) != 1 || len(history.GetChanges()) != 1 {
		t.Errorf("%d changes, %d in the history; want 1 and 1", len(changes.GetChanges()), len(history.GetChanges()))
	}
	b.wantActs(t, "GetSyncRecord", 0)
}

// A viewer learns of no key whether it is a member's: what there is and what there is not
// is answered alike.
func TestAViewerAsksForNoKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.records(b.viewer)
	var said []string
	for _, k := range []string{key, "QXZ9999", " "} {
		name := &touchlinev1.RecordName{Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: string(kind), Key: k}}}
		_, err1 := r.GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{Record: name})
		_, err2 := r.GetSyncRecordHistory(t.Context(), &touchlinev1.GetSyncRecordHistoryRequest{Record: name})
		for _, err := range []error{err1, err2} {
			if connect.CodeOf(err) != connect.CodePermissionDenied || reason(err) != "ROLE_TOO_SMALL" {
				t.Fatalf("a key: %v", err)
			}
			said = append(said, err.Error())
		}
	}
	if slices.Sort(said); len(slices.Compact(said)) != 1 {
		t.Errorf("keys are answered otherwise than others: %q", said)
	}
}

func TestRecordsPageByPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.pool.Exec(t.Context(), `insert into entity (kind, key, fields, modified_on)
		select $1, 'PAGE' || n, '{}', now() from generate_series(10, 34) n`, string(kind)); err != nil {
		t.Fatal(err)
	}
	var keys []string
	req := &touchlinev1.ListSyncRecordsRequest{Kind: string(kind), PageSize: 10}
	for pages := 1; ; pages++ {
		res, err := b.records(b.operator).ListSyncRecords(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.GetRecords() {
			keys = append(keys, r.GetKey())
		}
		if strings.Contains(res.GetNextPageToken(), "PAGE") {
			t.Error("the page token holds a key")
		}
		if req.PageToken = res.GetNextPageToken(); req.GetPageToken() == "" {
			if pages != 3 {
				t.Errorf("%d pages; want 3", pages)
			}
			break
		}
	}
	if len(keys) != 26 || keys[0] != "PAGE10" || keys[25] != key || keys[24] != fmt.Sprint("PAGE", 34) {
		t.Errorf("%d keys, %v; want 26 in order", len(keys), keys)
	}
}
