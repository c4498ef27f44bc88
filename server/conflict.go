package server

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/value"
)

const conflictPage = 100

// conflictService answers touchline.v1.ConflictService.
type conflictService struct{ Backend }

// ListConflicts lists conflicts, newest first.
func (s *conflictService) ListConflicts(ctx context.Context, req *touchlinev1.ListConflictsRequest) (*touchlinev1.ListConflictsResponse, error) {
	if req.GetKind() != "" {
		if err := s.knownKind(req.GetKind()); err != nil {
			return nil, err
		}
	}
	question := []string{"conflicts", req.GetKind(), fmt.Sprint(req.GetOpen())}
	before, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	if before == 0 {
		before = math.MaxInt64
	}
	size := pageSize(req.GetPageSize(), conflictPage)
	rows, err := s.Store.ListConflicts(ctx, store.ListConflictsParams{
		Kind: req.GetKind(), Open: req.GetOpen(), Before: before, Most: size + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list conflicts: %w", err)
	}
	rows, next := onePage(rows, size, func(r store.ListConflictsRow) int64 { return r.ID }, question...)
	out := &touchlinev1.ListConflictsResponse{NextPageToken: next}
	for _, r := range rows {
		out.Conflicts = append(out.Conflicts, conflictOf(store.ListConflictRow(r), showerFor(ctx)))
	}
	if err := s.auditView(ctx, "ListConflicts", fmt.Sprintf("%d conflicts", len(rows))); err != nil {
		return nil, err
	}
	return out, nil
}

// GetConflict returns one conflict.
func (s *conflictService) GetConflict(ctx context.Context, req *touchlinev1.GetConflictRequest) (*touchlinev1.GetConflictResponse, error) {
	c, err := s.conflict(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	if err := s.auditView(ctx, "GetConflict", fmt.Sprintf("conflict %d", c.GetId())); err != nil {
		return nil, err
	}
	return &touchlinev1.GetConflictResponse{Conflict: c}, nil
}

// ResolveConflict takes one of the two values, or a third, into our copy.
func (s *conflictService) ResolveConflict(ctx context.Context, req *touchlinev1.ResolveConflictRequest) (*touchlinev1.ResolveConflictResponse, error) {
	choice := store.Resolution{
		Conflicts:  []store.LookedAt{{Conflict: req.GetId(), Etag: req.GetEtag()}},
		TakeRemote: req.GetTake() == touchlinev1.Take_TAKE_REMOTE, By: callerOf(ctx).actor(), Why: req.GetReason(),
	}
	for _, a := range req.GetAlike() {
		if a.GetId() != req.GetId() {
			choice.Conflicts = append(choice.Conflicts, store.LookedAt{Conflict: a.GetId(), Etag: a.GetEtag()})
		}
	}
	err := s.third(ctx, req, &choice)
	if err == nil {
		err = s.Store.Resolve(ctx, s.resolution(choice), s.now())
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, conflictNotFound(req.GetId())
	case errors.Is(err, store.ErrConflictResolved):
		return nil, problem(connect.CodeFailedPrecondition, "CONFLICT_RESOLVED", err.Error()+"; GetConflict says who")
	case errors.Is(err, store.ErrNotResolvable):
		return nil, problem(connect.CodeFailedPrecondition, "NOT_RESOLVABLE",
			err.Error()+"; change the value at the system that decides it")
	case errors.Is(err, store.ErrNotAlike):
		return nil, problem(connect.CodeInvalidArgument, "NOT_ALIKE", err.Error()+"; resolve them one by one")
	case errors.Is(err, store.ErrConflictMoved):
		return nil, problem(connect.CodeAborted, "ETAG_MISMATCH", err.Error()+"; look at it again with GetConflict")
	case err != nil:
		return nil, err
	}
	c, err := s.conflict(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &touchlinev1.ResolveConflictResponse{Conflict: c, Resolved: int32(len(choice.Conflicts))}, nil
}

// third takes a value that is neither of the two, in canonical form.
func (s *conflictService) third(ctx context.Context, req *touchlinev1.ResolveConflictRequest, choice *store.Resolution) error {
	if req.GetTake() != touchlinev1.Take_TAKE_VALUE {
		if req.GetValue() != "" {
			return problem(connect.CodeInvalidArgument, "INVALID_VALUE", "value: it is taken with TAKE_VALUE only")
		}
		return nil
	}
	c, err := s.Store.ListConflict(ctx, req.GetId())
	if err != nil {
		return err
	}
	spec := value.Spec{Types: value.TypesOf(record.Kind(c.Kind)), Options: value.Dutch(s.now())}
	field := record.Field(c.Field)
	is := spec.Fields(record.Fields{field: req.GetValue()})
	switch why := is.Unreadable[field]; {
	case why != "":
		return problem(connect.CodeInvalidArgument, "INVALID_VALUE", "value: no "+c.Field+": "+why)
	case is.Fields[field] == "":
		return problem(connect.CodeInvalidArgument, "INVALID_VALUE", "value: it is empty; to empty the field, take the side that has it empty")
	}
	canon := is.Fields[field]
	choice.Value = &canon
	return nil
}

func (s *conflictService) conflict(ctx context.Context, id int64) (*touchlinev1.Conflict, error) {
	row, err := s.Store.ListConflict(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, conflictNotFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("conflict %d: %w", id, err)
	}
	return conflictOf(row, showerFor(ctx)), nil
}

func conflictNotFound(id int64) error {
	return problem(connect.CodeNotFound, "CONFLICT_NOT_FOUND",
		fmt.Sprintf("there is no conflict %d; ListConflicts has the ids", id))
}

// conflictOf shows a conflict.
func conflictOf(c store.ListConflictRow, show shower) *touchlinev1.Conflict {
	why := strings.ToUpper(strings.ReplaceAll(c.Why, " ", "_"))
	out := &touchlinev1.Conflict{
		Id: c.ID, EntityId: c.Entity, Kind: c.Kind, Key: show.value(c.Key), Field: c.Field, System: c.System,
		HubValue: show.value(c.HubValue), RemoteValue: show.value(c.RemoteValue), WonBy: c.WonBy,
		Why:       touchlinev1.ConflictWhy(touchlinev1.ConflictWhy_value["CONFLICT_WHY_"+why]),
		FoundTime: stamp(&c.FoundOn), ResolveTime: stamp(c.ResolvedOn), ResolvedBy: c.ResolvedBy, Etag: c.Etag(),
	}
	if c.Run != uuid.Nil {
		out.Run = c.Run.String()
	}
	if from, ok := record.DecodeProvenance(c.Provenance)[record.Field(c.Field)]; ok {
		out.HubFromSystem, out.HubSeenTime = string(from.System), stamp(&from.At)
	}
	return out
}
