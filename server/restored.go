package server

import (
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/store"
)

// Restored tells whether the database was restored from a backup, and ends that on a
// person's word.
type Restored interface {
	// Restored returns nil when the database is not RESTORED.
	Restored(ctx context.Context) (*engine.Restored, error)
	// GiveUpRestored reports false when it was not.
	GiveUpRestored(ctx context.Context, by store.Actor, why string, now time.Time) (bool, error)
}

// GetRestored tells whether the database is RESTORED, and what is left to be read.
func (s *pipelineService) GetRestored(ctx context.Context, _ *touchlinev1.GetRestoredRequest) (*touchlinev1.GetRestoredResponse, error) {
	out := &touchlinev1.GetRestoredResponse{}
	if s.Backend.Restored == nil {
		return out, nil
	}
	r, err := s.Backend.Restored.Restored(ctx)
	if err != nil {
		return nil, fmt.Errorf("get restored: %w", err)
	}
	if r == nil {
		return out, nil
	}
	out.Since = timestamppb.New(r.Since)
	for _, l := range r.Left {
		out.Places = append(out.Places, &touchlinev1.UnreadPlace{System: l.System, Place: l.Place, View: l.View})
	}
	return out, nil
}

// EndRestored ends that the database is RESTORED.
func (s *pipelineService) EndRestored(ctx context.Context, req *touchlinev1.EndRestoredRequest) (*touchlinev1.EndRestoredResponse, error) {
	ended := false
	if s.Backend.Restored != nil {
		var err error
		ended, err = s.Backend.Restored.GiveUpRestored(ctx, callerOf(ctx).actor(), req.GetReason(), s.now())
		if err != nil {
			return nil, err
		}
	}
	if !ended {
		return nil, problem(connect.CodeFailedPrecondition, "NOT_RESTORED",
			"the database is not RESTORED, so there is nothing to be ended; GetRestored tells how it is")
	}
	return &touchlinev1.EndRestoredResponse{}, nil
}
