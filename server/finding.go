package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// ListFindings lists what is held, oldest first.
func (s *recordService) ListFindings(ctx context.Context, _ *touchlinev1.ListFindingsRequest) (*touchlinev1.ListFindingsResponse, error) {
	findings, err := s.findings(ctx)
	return &touchlinev1.ListFindingsResponse{Findings: findings}, err
}

// AcceptChange accepts what a finding holds.
func (s *recordService) AcceptChange(ctx context.Context, req *touchlinev1.AcceptChangeRequest) (*touchlinev1.AcceptChangeResponse, error) {
	err := s.Store.AcceptChange(ctx, req.GetFinding(), callerOf(ctx).actor(), req.GetReason(), s.now())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("accept a change: %w", err)
	}
	if err == nil {
		findings, err := s.findings(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range findings {
			if f.GetId() == req.GetFinding() {
				return &touchlinev1.AcceptChangeResponse{Finding: f}, nil
			}
		}
	}
	return nil, problem(connect.CodeNotFound, "FINDING_NOT_FOUND",
		"the last reading has no such finding; ListFindings has those of now")
}

func (s *recordService) findings(ctx context.Context) ([]*touchlinev1.Finding, error) {
	rows, err := s.Store.ListFindings(ctx)
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	out := make([]*touchlinev1.Finding, len(rows))
	for i, r := range rows {
		if out[i], err = findingOf(r); err != nil {
			return nil, fmt.Errorf("finding %s: %w", r.ID, err)
		}
	}
	return out, nil
}

// findingOf shows a finding. It holds fields, numbers and digests, which anybody
// with a role may see.
func findingOf(r store.ListFindingsRow) (*touchlinev1.Finding, error) {
	var f struct {
		Cause, Text       string
		Fields            []string
		Records, Compared int64
		Wait              bool
	}
	if err := json.Unmarshal(r.Finding, &f); err != nil {
		return nil, err
	}
	return &touchlinev1.Finding{
		Id: r.ID, System: r.System, Place: r.Place, View: r.View, Cause: f.Cause, Fields: f.Fields, Records: f.Records,
		Compared: f.Compared, Text: f.Text, FoundOn: timestamppb.New(r.FoundOn), Waits: f.Wait, AcceptedBy: r.AcceptedBy,
	}, nil
}
