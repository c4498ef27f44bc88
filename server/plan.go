package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/store"
)

// ApplyPlan carries out exactly what a plan says.
func (s *pipelineService) ApplyPlan(ctx context.Context, req *touchlinev1.ApplyPlanRequest) (*touchlinev1.ApplyPlanResponse, error) {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	word, said := jobs.Approval{Hash: req.GetPlanHash(), By: callerOf(ctx).name, SkipStale: req.GetSkipStale(), Dry: req.GetValidateOnly()}, req.GetPlanHash()
	if only := req.GetTakeOver(); only != nil {
		places := only.GetPlaces()
		word.TakeOver = &places
		said += ", takes over " + cmp.Or(strings.Join(places, " "), "nothing")
	}
	for _, r := range req.GetOnly() {
		word.Only = append(word.Only, engine.Named{Kind: r.GetKind(), Key: r.GetKey()})
	}
	word.Within = func(ctx context.Context, tx pgx.Tx, is jobs.Approved) error {
		left := ""
		if is.Open > 0 {
			left = fmt.Sprintf(", leaves %d records open", is.Open)
		}
		return s.auditIn(ctx, tx, "ApplyPlan", target(is.Run), said+left)
	}
	is, err := s.Control.Apply(ctx, id, word)
	if err != nil {
		return nil, err
	}
	if req.GetValidateOnly() {
		if err := s.auditView(ctx, "ApplyPlan", target(is.Run)); err != nil {
			return nil, err
		}
	}
	out := &touchlinev1.ApplyPlanResponse{Run: runOf(is.Run), LeftOpen: is.Open, Exceeds: is.Exceeds, Records: is.Records}
	for _, m := range is.Left {
		out.Left = append(out.Left, &touchlinev1.RecordKey{Kind: m.Kind, Key: m.Key})
	}
	out.Changes, err = changesOf(is.Changes, showerFor(ctx))
	return out, err
}

// RejectPlan drops a plan that waits.
func (s *pipelineService) RejectPlan(ctx context.Context, req *touchlinev1.RejectPlanRequest) (*touchlinev1.RejectPlanResponse, error) {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	run, err := s.Control.Reject(ctx, id, req.GetPlanHash(), callerOf(ctx).name, s.auditRun("RejectPlan", "", req.GetReason()))
	if err != nil {
		return nil, err
	}
	return &touchlinev1.RejectPlanResponse{Run: runOf(run)}, nil
}

// ListChanges lists what a run decided.
func (s *pipelineService) ListChanges(ctx context.Context, req *touchlinev1.ListChangesRequest) (*touchlinev1.ListChangesResponse, error) {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	if err := s.knownSystem(req.GetSystem()); err != nil {
		return nil, err
	}
	if req.GetKind() != "" {
		if err := s.knownKind(req.GetKind()); err != nil {
			return nil, err
		}
	}
	run, err := s.Control.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	question := []string{"changes", id.String(), req.GetSystem(), req.GetKind()}
	after, err := s.changeAfter(ctx, req.GetPageToken(), question)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), changePage)
	rows, err := s.Store.ListChanges(ctx, store.ListChangesParams{
		Run: id, System: req.GetSystem(), OfKind: req.GetKind(), Most: size + 1,
		AfterKind: after.Kind, AfterKey: after.Key, AfterID: after.ID,
	})
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	rows, next := onePage(rows, size, func(r store.PlanRow) int64 { return r.ID }, question...)
	changes, err := changesOf(rows, showerFor(ctx))
	if err != nil {
		return nil, err
	}
	if err := s.auditView(ctx, "ListChanges", target(run)); err != nil {
		return nil, err
	}
	out := &touchlinev1.ListChangesResponse{Changes: changes, NextPageToken: next}
	if req.GetPageToken() == "" {
		out.Counts, err = s.countChanges(ctx, id)
	}
	return out, err
}

// countChanges counts what a run decided, by place, kind and operation.
func (s *pipelineService) countChanges(ctx context.Context, run uuid.UUID) ([]*touchlinev1.ChangeCount, error) {
	rows, err := s.Store.CountChanges(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("count changes: %w", err)
	}
	var out []*touchlinev1.ChangeCount
	for _, r := range rows {
		out = append(out, &touchlinev1.ChangeCount{
			System: r.System, Place: r.Place, Kind: r.Kind, Operation: operationOf(r.Op), Changes: r.Changes,
		})
	}
	return out, nil
}

// changeAfter is the plan row that a page token names.
func (s *pipelineService) changeAfter(ctx context.Context, token string, question []string) (store.PlanRow, error) {
	id, err := idAfter(token, question...)
	if err != nil || id == 0 {
		return store.PlanRow{}, err
	}
	p, err := s.Store.ListChange(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.PlanRow{}, badPage()
	}
	return p, err
}
