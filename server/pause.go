package server

import (
	"context"
	"fmt"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// PauseRecord has nothing written of a record at a system until it is resumed.
func (s *recordService) PauseRecord(ctx context.Context, req *touchlinev1.PauseRecordRequest) (*touchlinev1.PauseRecordResponse, error) {
	now := s.now()
	shown, err := s.pause(ctx, req.GetRecord(), req.GetSystem(), "PauseRecord", req.GetReason(), func(q *store.Queries, entity int64) (int64, error) {
		return q.PauseSyncRecord(ctx, store.PauseSyncRecordParams{
			Entity: &entity, System: req.GetSystem(), Now: &now, By: callerOf(ctx).name, Why: req.GetReason(),
		})
	})
	return &touchlinev1.PauseRecordResponse{Record: shown}, err
}

// ResumeRecord lets a record be written again.
func (s *recordService) ResumeRecord(ctx context.Context, req *touchlinev1.ResumeRecordRequest) (*touchlinev1.ResumeRecordResponse, error) {
	shown, err := s.pause(ctx, req.GetRecord(), req.GetSystem(), "ResumeRecord", req.GetReason(), func(q *store.Queries, entity int64) (int64, error) {
		return q.ResumeSyncRecord(ctx, &entity, req.GetSystem())
	})
	return &touchlinev1.ResumeRecordResponse{Record: shown}, err
}

// pause changes whether a record is written at a system, in one transaction with the
// audit, and shows how it stands then. What is so already is not changed.
func (s *recordService) pause(
	ctx context.Context, name *touchlinev1.RecordName, system, action, reason string, change func(*store.Queries, int64) (int64, error),
) (*touchlinev1.Record, error) {
	if err := s.knownSystem(system); err != nil {
		return nil, err
	}
	e, err := s.entity(ctx, name)
	if err != nil {
		return nil, err
	}
	target := fmt.Sprintf("entity %d at %s", e.ID, system)
	err = pgx.BeginFunc(ctx, s.Store.Pool, func(tx pgx.Tx) error {
		n, err := change(store.New(tx), e.ID)
		if err != nil || n == 0 {
			return err
		}
		return store.AppendAudit(ctx, tx, s.now(), store.Act{By: callerOf(ctx).actor(), Action: action, Target: target, Reason: reason})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	shown, err := s.records(ctx, []store.Entity{e}, system, "GetSyncRecord", fmt.Sprintf("entity %d", e.ID))
	if err != nil {
		return nil, err
	}
	if len(shown[0].GetSyncRecords()) == 0 {
		return nil, problem(connect.CodeFailedPrecondition, "RECORD_NOT_THERE",
			"nothing is known of the record at "+system+", and nothing is to be written there: there is nothing to be paused; GetSyncRecord tells where it is")
	}
	return shown[0], nil
}
