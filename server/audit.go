package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

const auditPage = 100

// auditService answers touchline.v1.AuditService.
type auditService struct{ Backend }

// ListAudit lists what was done, newest first.
func (s *auditService) ListAudit(ctx context.Context, req *touchlinev1.ListAuditRequest) (*touchlinev1.ListAuditResponse, error) {
	question := []string{"audit", req.GetAction()}
	before, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	if before == 0 {
		before = math.MaxInt64
	}
	size := pageSize(req.GetPageSize(), auditPage)
	rows, err := s.Store.NewestAudit(ctx, before, req.GetAction(), size+1)
	if err != nil {
		return nil, fmt.Errorf("list audit: %w", err)
	}
	rows, next := onePage(rows, size, func(r store.Audit) int64 { return r.ID }, question...)
	out := &touchlinev1.ListAuditResponse{NextPageToken: next}
	for _, r := range rows {
		shown := &touchlinev1.AuditRow{
			Id: r.ID, Time: stamp(&r.At), Actor: r.Actor, Action: r.Action, Target: r.Target, Reason: r.Reason, Hash: hex.EncodeToString(r.Hash),
		}
		if r.Token != nil {
			shown.TokenId = *r.Token
		}
		out.Rows = append(out.Rows, shown)
	}
	return out, nil
}

// VerifyAudit proves that the audit is whole.
func (s *auditService) VerifyAudit(ctx context.Context, req *touchlinev1.VerifyAuditRequest) (*touchlinev1.VerifyAuditResponse, error) {
	var anchors []store.Anchor
	if req.GetRowId() != 0 {
		hash, err := hex.DecodeString(req.GetRowHash())
		if err != nil || len(hash) == 0 {
			return nil, problem(connect.CodeInvalidArgument, "INVALID_REQUEST", "row_hash: give the hash of the row as ListAudit or VerifyAudit has shown it")
		}
		anchors = append(anchors, store.Anchor{ID: req.GetRowId(), Hash: hash})
	}
	if s.Anchor != nil {
		anchors = append(anchors, s.Anchor())
	}
	head, n, err := store.VerifyAudit(ctx, s.Store.Pool, anchors...)
	if broken, ok := errors.AsType[store.BrokenAudit](err); ok {
		return nil, problem(connect.CodeDataLoss, "AUDIT_BROKEN",
			broken.Error()+"; somebody has changed the table, or a part of the database was restored: compare with a backup, and find out who could write there")
	}
	if err != nil {
		return nil, err
	}
	return &touchlinev1.VerifyAuditResponse{Rows: n, LastId: head.ID, LastHash: hex.EncodeToString(head.Hash)}, nil
}
