package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"connectrpc.com/connect"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	entityPage = 100
	// crossings is how often a write is tried when programs that write the
	// same rows stand in each other's way.
	crossings = 5
)

// entityService answers touchline.v1.EntityService.
type entityService struct {
	Backend
	ems hub.EMS
}

// PutEntity makes an entity, or changes one.
func (s *entityService) PutEntity(ctx context.Context, req *touchlinev1.PutEntityRequest) (*touchlinev1.PutEntityResponse, error) {
	row, err := s.write(ctx, act{name: "PutEntity", kind: req.GetType(), request: req}, func(tx pgx.Tx, actor string) (hub.Row, error) {
		return s.ems.Put(ctx, tx, hub.Change{
			Type: req.GetType(), ID: req.GetId(), Fields: req.GetFields(), Version: req.GetExpectedVersion(), Actor: actor,
		})
	})
	if err != nil {
		return nil, err
	}
	return &touchlinev1.PutEntityResponse{Entity: row}, nil
}

// GetEntity returns one entity.
func (s *entityService) GetEntity(ctx context.Context, req *touchlinev1.GetEntityRequest) (*touchlinev1.GetEntityResponse, error) {
	row, err := s.ems.Get(ctx, s.Store.Pool, req.GetType(), req.GetId())
	if err != nil {
		return nil, fromEMS(err)
	}
	if err := s.auditView(ctx, "GetEntity", fmt.Sprintf("%s %d", req.GetType(), row.ID)); err != nil {
		return nil, err
	}
	return &touchlinev1.GetEntityResponse{Entity: entityOf(req.GetType(), row, callerOf(ctx))}, nil
}

// ListEntities lists the entities of a type by id.
func (s *entityService) ListEntities(ctx context.Context, req *touchlinev1.ListEntitiesRequest) (*touchlinev1.ListEntitiesResponse, error) {
	question := []string{"entities", req.GetType(), fmt.Sprint(req.GetIncludeDeleted())}
	after, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), entityPage)
	rows, err := s.ems.List(ctx, s.Store.Pool, req.GetType(), after, size+1, req.GetIncludeDeleted())
	if err != nil {
		return nil, fromEMS(err)
	}
	rows, next := onePage(rows, size, func(r hub.Row) int64 { return r.ID }, question...)
	if err := s.auditView(ctx, "ListEntities", fmt.Sprintf("%d of type %s", len(rows), req.GetType())); err != nil {
		return nil, err
	}
	out := &touchlinev1.ListEntitiesResponse{NextPageToken: next}
	for _, row := range rows {
		out.Entities = append(out.Entities, entityOf(req.GetType(), row, callerOf(ctx)))
	}
	return out, nil
}

// DeleteEntity marks an entity as deleted.
func (s *entityService) DeleteEntity(ctx context.Context, req *touchlinev1.DeleteEntityRequest) (*touchlinev1.DeleteEntityResponse, error) {
	row, err := s.write(ctx, act{name: "DeleteEntity", kind: req.GetType(), request: req}, func(tx pgx.Tx, actor string) (hub.Row, error) {
		return s.ems.Delete(ctx, tx, hub.Change{
			Type: req.GetType(), ID: req.GetId(), Version: req.GetExpectedVersion(), Actor: actor,
		})
	})
	if err != nil {
		return nil, err
	}
	return &touchlinev1.DeleteEntityResponse{Entity: row}, nil
}

// MergePersons makes two persons one.
func (s *entityService) MergePersons(ctx context.Context, req *touchlinev1.MergePersonsRequest) (*touchlinev1.MergePersonsResponse, error) {
	source := fmt.Sprintf("source person %d", req.GetSourceId())
	row, err := s.write(ctx, act{name: "MergePersons", kind: "person", reason: source, request: req}, func(tx pgx.Tx, actor string) (hub.Row, error) {
		return s.ems.Merge(ctx, tx, req.GetSourceId(), req.GetTargetId(), actor)
	})
	if err != nil {
		return nil, err
	}
	return &touchlinev1.MergePersonsResponse{Entity: row}, nil
}

// ErasePerson takes all that is known of a person out of EMS and of all systems.
func (s *entityService) ErasePerson(ctx context.Context, req *touchlinev1.ErasePersonRequest) (*touchlinev1.ErasePersonResponse, error) {
	row, err := s.write(ctx, act{name: "ErasePerson", kind: "person", request: req}, func(tx pgx.Tx, actor string) (hub.Row, error) {
		return s.ems.Erase(ctx, tx, req.GetId(), actor)
	})
	if err != nil {
		return nil, err
	}
	return &touchlinev1.ErasePersonResponse{Entity: row}, nil
}

// act is a change that is asked for.
type act struct {
	name, kind, reason string
	request            request
}

// request is a message that a caller may repeat.
type request interface {
	proto.Message
	GetRequestId() string
}

// once is the request as EMS keeps it: what is asked, and by whom.
func (a act) once(by caller) (hub.Request, error) {
	what, err := proto.MarshalOptions{Deterministic: true}.Marshal(a.request)
	if err != nil {
		return hub.Request{}, fmt.Errorf("take a request down: %w", err)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00%s\x00", by.name, a.name)
	sum.Write(what)
	return hub.Request{ID: a.request.GetRequestId(), Digest: sum.Sum(nil)}, nil
}

// write changes a row and tells the audit, both or neither. A request that came before
// gets the answer that it got, and does nothing.
func (s *entityService) write(ctx context.Context, a act, change func(pgx.Tx, string) (hub.Row, error)) (*touchlinev1.Entity, error) {
	by := callerOf(ctx)
	once, err := a.once(by)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		var row hub.Row
		err := pgx.BeginFunc(ctx, s.Store.Pool, func(tx pgx.Tx) (err error) {
			var repeated bool
			row, repeated, err = s.ems.Once(ctx, tx, once, func() (hub.Row, error) { return change(tx, "user:"+by.name) })
			if err != nil || repeated {
				return err
			}
			return store.AppendAudit(ctx, tx, s.now(), store.Act{
				By: by.actor(), Action: a.name, Target: fmt.Sprintf("%s %d", a.kind, row.ID), Reason: a.reason,
			})
		})
		switch {
		case err == nil:
			return entityOf(a.kind, row, by), nil
		case !hub.Crossed(err):
			return nil, fromEMS(err)
		case attempt == crossings:
			return nil, problem(connect.CodeAborted, "CROSSED", "others write the same entities at this moment; try again")
		}
	}
}

// emsCodes are the codes of what EMS refuses.
var emsCodes = map[string]connect.Code{
	hub.UnknownType:        connect.CodeNotFound,
	hub.UnknownColumn:      connect.CodeInvalidArgument,
	hub.ReadOnlyColumn:     connect.CodeInvalidArgument,
	hub.InvalidValue:       connect.CodeInvalidArgument,
	hub.ConstraintViolated: connect.CodeInvalidArgument,
	hub.ConstraintHeld:     connect.CodeFailedPrecondition,
	hub.EntityNotFound:     connect.CodeNotFound,
	hub.EntityDeleted:      connect.CodeFailedPrecondition,
	hub.VersionMismatch:    connect.CodeAborted,
	hub.SamePerson:         connect.CodeInvalidArgument,
	hub.RequestReused:      connect.CodeAlreadyExists,
}

// fromEMS makes a refusal of EMS one of the API.
func fromEMS(err error) error {
	r, ok := errors.AsType[*hub.EMSRefusal](err)
	if !ok {
		return err
	}
	var about []string
	if r.Column != "" {
		about = append(about, "column", r.Column)
	}
	if r.Constraint != "" {
		about = append(about, "constraint", r.Constraint)
	}
	return problem(emsCodes[r.Reason], r.Reason, r.Detail, about...)
}

// entityOf shows a row to a caller. What never leaves EMS is shown to an admin
// only; to others it is not even told whether there is a value.
func entityOf(kind string, row hub.Row, to caller) *touchlinev1.Entity {
	show := shower{clear: to.sees()}
	secret := eventperson.Sensitive()
	out := &touchlinev1.Entity{
		Type: kind, Id: row.ID, Version: row.Version, ModifiedBy: row.ModifiedBy,
		CreateTime: stamp(&row.CreatedOn), ModifyTime: stamp(&row.ModifiedOn), DeleteTime: stamp(row.DeletedOn),
		Fields: make(map[string]string, len(row.Fields)),
	}
	for name, value := range row.Fields {
		if to.role.Rank() >= store.Admin.Rank() || !slices.Contains(secret, record.Field(name)) {
			out.Fields[name] = show.value(value)
		}
	}
	return out
}
