package server

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// evidenceService answers touchline.v1.EvidenceService.
type evidenceService struct{ Backend }

const evidencePage = 100

// ListEvidence lists what is kept, newest first.
func (s *evidenceService) ListEvidence(ctx context.Context, req *touchlinev1.ListEvidenceRequest) (*touchlinev1.ListEvidenceResponse, error) {
	if err := s.knownSystem(req.GetSystem()); err != nil {
		return nil, err
	}
	question := []string{"evidence", req.GetSystem(), req.GetSession(), req.GetRun()}
	before, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), evidencePage)
	ask := store.ListEvidenceParams{Before: before, System: req.GetSystem(), Session: req.GetSession(), Most: size + 1}
	if req.GetRun() != "" {
		run, err := s.runID(ctx, req.GetRun())
		if err != nil {
			return nil, err
		}
		ask.Run = &run
	}
	rows, err := s.Store.ListEvidence(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	rows, next := onePage(rows, size, func(r store.ListEvidenceRow) int64 { return r.ID }, question...)
	out := make([]*touchlinev1.Evidence, len(rows))
	for i, r := range rows {
		out[i] = evidenceOf(store.Evidence{ID: r.ID, System: r.System, Name: r.Name, Run: r.Run, MediaType: r.MediaType, At: r.At}, store.OpenedSize(int(r.Size)))
	}
	return &touchlinev1.ListEvidenceResponse{Evidence: out, NextPageToken: next}, nil
}

// GetEvidence opens one piece. The audit knows of it before the caller does.
func (s *evidenceService) GetEvidence(ctx context.Context, req *touchlinev1.GetEvidenceRequest) (*touchlinev1.GetEvidenceResponse, error) {
	e, err := s.Store.Evidence(ctx, req.GetId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, problem(connect.CodeNotFound, "EVIDENCE_NOT_FOUND",
			"there is no such evidence; it is kept for seven days, and ListEvidence has what there is")
	}
	if err != nil {
		return nil, fmt.Errorf("get evidence: %w", err)
	}
	if s.Seal == nil {
		return nil, sealed("the server has no seal.key")
	}
	data, err := s.Seal.OpenEvidence(e)
	if err != nil {
		return nil, sealed("it was sealed with another seal.key than the server has")
	}
	if err := s.audit(ctx, "GetEvidence", fmt.Sprintf("evidence %d of %s", e.ID, e.System), ""); err != nil {
		return nil, err
	}
	return &touchlinev1.GetEvidenceResponse{Evidence: evidenceOf(e, len(data)), Data: data}, nil
}

func sealed(why string) error {
	return problem(connect.CodeFailedPrecondition, "EVIDENCE_SEALED",
		"the evidence cannot be opened: "+why+"; start the server with the seal.key that the worker has")
}

func evidenceOf(e store.Evidence, size int) *touchlinev1.Evidence {
	session, name := path.Split(e.Name)
	out := &touchlinev1.Evidence{
		Id: e.ID, System: e.System, Session: strings.TrimSuffix(session, "/"), Name: name, MediaType: e.MediaType,
		Size: int32(size), SeenOn: timestamppb.New(e.At), //nolint:gosec // a picture is no gigabyte
	}
	if e.Run != nil {
		out.Run = e.Run.String()
	}
	return out
}
