package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

const recordPage = 100

// recordService answers touchline.v1.RecordService.
type recordService struct{ Backend }

// GetSyncRecord returns one record and its sync records.
func (s *recordService) GetSyncRecord(ctx context.Context, req *touchlinev1.GetSyncRecordRequest) (*touchlinev1.GetSyncRecordResponse, error) {
	if err := s.knownSystem(req.GetSystem()); err != nil {
		return nil, err
	}
	e, err := s.entity(ctx, req.GetRecord())
	if err != nil {
		return nil, err
	}
	shown, err := s.records(ctx, []store.Entity{e}, req.GetSystem(), "GetSyncRecord", fmt.Sprintf("entity %d", e.ID))
	if err != nil {
		return nil, err
	}
	return &touchlinev1.GetSyncRecordResponse{Record: shown[0]}, nil
}

// ListSyncRecords lists the records of a kind by key.
func (s *recordService) ListSyncRecords(ctx context.Context, req *touchlinev1.ListSyncRecordsRequest) (*touchlinev1.ListSyncRecordsResponse, error) {
	if err := errors.Join(s.knownKind(req.GetKind()), s.knownSystem(req.GetSystem())); err != nil {
		return nil, err
	}
	question := []string{"records", req.GetKind(), req.GetSystem(), req.GetState().String(), fmt.Sprint(req.GetHeld()), req.GetChangedSince().String()}
	after, err := s.keyAfter(ctx, req.GetPageToken(), question)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), recordPage)
	rows, err := s.Store.ListEntities(ctx, store.ListEntitiesParams{
		Kind: req.GetKind(), AfterKey: after, System: req.GetSystem(),
		State: syncRecordStateName(req.GetState()), Held: req.GetHeld(), ChangedSince: timeOf(req.GetChangedSince()), Most: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	rows, next := onePage(rows, size, func(r store.Entity) int64 { return r.ID }, question...)
	shown, err := s.records(ctx, rows, req.GetSystem(), "ListSyncRecords",
		fmt.Sprintf("%d of kind %s", len(rows), req.GetKind()))
	if err != nil {
		return nil, err
	}
	return &touchlinev1.ListSyncRecordsResponse{Records: shown, NextPageToken: next}, nil
}

// RetrySyncRecord has what was refused tried again by the next run.
func (s *recordService) RetrySyncRecord(ctx context.Context, req *touchlinev1.RetrySyncRecordRequest) (*touchlinev1.RetrySyncRecordResponse, error) {
	if err := s.knownSystem(req.GetSystem()); err != nil {
		return nil, err
	}
	what, about := store.RetryRefusedParams{Now: s.now(), System: req.GetSystem(), Reason: req.GetReason()}, "all of a reason"
	if name := req.GetRecord(); name != nil {
		e, err := s.entity(ctx, name)
		if err != nil {
			return nil, err
		}
		what.Entity, about = e.ID, fmt.Sprintf("entity %d", e.ID)
	}
	var n int64
	err := s.Store.InTx(ctx, func(tx pgx.Tx, q *store.Queries) (err error) {
		if n, err = retry(ctx, q, req, what); err != nil {
			return err
		}
		if n == 0 {
			return problem(connect.CodeFailedPrecondition, "NOTHING_TO_RETRY",
				"nothing of it was refused and waits to be tried again; GetSyncRecord tells how it stands")
		}
		return s.auditIn(ctx, tx, "RetrySyncRecord", about, fmt.Sprintf("%d sync records", n))
	})
	if _, refused := errors.AsType[*connect.Error](err); refused {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("retry: %w", err)
	}
	return &touchlinev1.RetrySyncRecordResponse{SyncRecords: n}, nil
}

// retry has what was refused tried again, or takes what a person has found there.
func retry(ctx context.Context, q *store.Queries, req *touchlinev1.RetrySyncRecordRequest, what store.RetryRefusedParams) (int64, error) {
	switch {
	case req.Looked == nil:
		return q.RetryRefused(ctx, what)
	case what.Entity == 0 || what.System == "":
		return 0, problem(connect.CodeInvalidArgument, "RECORD_AND_SYSTEM_NEEDED", "say of which record, and at which system, somebody has looked")
	}
	return q.Looked(ctx, store.LookedParams{System: what.System, Entity: what.Entity, ExternalID: req.GetLooked(), Now: &what.Now})
}

// GetSyncRecordHistory lists what was sent of a record and what was decided for it,
// newest first.
func (s *recordService) GetSyncRecordHistory(ctx context.Context, req *touchlinev1.GetSyncRecordHistoryRequest) (*touchlinev1.GetSyncRecordHistoryResponse, error) {
	e, err := s.entity(ctx, req.GetRecord())
	if err != nil {
		return nil, err
	}
	question := []string{"history", fmt.Sprint(e.ID)}
	row, err := pageRow(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	before, err := historyAfter(row)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), recordPage)
	before.Kind, before.Key, before.Entity, before.Most = e.Kind, e.Key, e.ID, size+1
	rows, err := s.Store.ListHistory(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	var next []byte
	if len(rows) > int(size) {
		rows = rows[:size]
		next = historyRow(rows[size-1])
	}
	if err := s.auditView(ctx, "GetSyncRecordHistory", fmt.Sprintf("entity %d", e.ID)); err != nil {
		return nil, err
	}
	changes, err := historyOf(e, rows, showerFor(ctx))
	if err != nil {
		return nil, err
	}
	return &touchlinev1.GetSyncRecordHistoryResponse{Changes: changes, NextPageToken: pageToken(next, question...)}, nil
}

// entity finds the record that a request names, as it stands now. By its key only those
// find it who see keys: an answer would tell others whether somebody is a member.
func (s *recordService) entity(ctx context.Context, name *touchlinev1.RecordName) (store.Entity, error) {
	if name.GetKey() != nil && !callerOf(ctx).sees() {
		return store.Entity{}, problem(connect.CodePermissionDenied, "ROLE_TOO_SMALL",
			"a record is asked for by its key with a token of the role operator; a viewer gives its number, which ListSyncRecords shows",
			"needs", string(store.Operator), "has", string(callerOf(ctx).role))
	}
	find, which := func() (store.Entity, error) { return s.Store.ListEntity(ctx, name.GetEntityId()) }, fmt.Sprintf("record %d", name.GetEntityId())
	k := name.GetKey()
	if k != nil {
		if err := errors.Join(s.knownKind(k.GetKind()), wellFormed(k.GetKey())); err != nil {
			return store.Entity{}, err
		}
		which = "record of the kind " + k.GetKind() + " with this key"
		find = func() (store.Entity, error) { return s.Store.ListEntityByKey(ctx, k.GetKind(), k.GetKey()) }
	}
	e, err := find()
	kind, key := e.Kind, e.Key
	if k != nil {
		kind, key = k.GetKind(), k.GetKey()
	}
	if kind != "" {
		if err := s.Own.ShowKeys(ctx, s.Store.Pool, record.Kind(kind), key); err != nil {
			return e, err
		}
		e, err = find()
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return e, problem(connect.CodeNotFound, "RECORD_NOT_FOUND", "there is no "+which)
	}
	return e, err
}

// keyAfter is the key of the row that a page token names.
func (s *recordService) keyAfter(ctx context.Context, token string, question []string) (string, error) {
	id, err := idAfter(token, question...)
	if err != nil || id == 0 {
		return "", err
	}
	e, err := s.Store.ListEntity(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", badPage()
	}
	return e.Key, err
}

// records shows entities with their sync records, and tells the audit.
func (s *recordService) records(ctx context.Context, rows []store.Entity, system, action, target string) ([]*touchlinev1.Record, error) {
	ids := make([]int64, len(rows))
	for i, e := range rows {
		ids[i] = e.ID
	}
	syncRecords, err := s.Store.ListSyncRecords(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("sync records: %w", err)
	}
	if err := s.auditView(ctx, action, target); err != nil {
		return nil, err
	}
	show := showerFor(ctx)
	out := make([]*touchlinev1.Record, len(rows))
	byID := make(map[int64]*touchlinev1.Record, len(rows))
	for i, e := range rows {
		if out[i], err = recordOf(e, show); err != nil {
			return nil, err
		}
		byID[e.ID] = out[i]
	}
	for _, r := range syncRecords {
		if system != "" && r.System != system {
			continue
		}
		shown, err := syncRecordOf(r, show)
		if err != nil {
			return nil, err
		}
		record := byID[*r.Entity]
		record.SyncRecords = append(record.SyncRecords, shown)
	}
	return out, nil
}

// wellFormed returns a refusal of keys that no record can have.
func wellFormed(key string) error {
	if utf8.ValidString(key) && strings.TrimSpace(key) == key && key != "" &&
		!strings.ContainsFunc(key, unicode.IsControl) {
		return nil
	}
	return problem(connect.CodeInvalidArgument, "MALFORMED_KEY",
		"a key is text without control characters and without space at its ends")
}

func showerFor(ctx context.Context) shower { return shower{clear: callerOf(ctx).sees()} }
