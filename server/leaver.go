package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

const leaverPage = 100

// missing is how the database calls the leaving of whom a source lacks.
const missing = "missing"

// ListLeavers lists who is leaving.
func (s *recordService) ListLeavers(ctx context.Context, req *touchlinev1.ListLeaversRequest) (*touchlinev1.ListLeaversResponse, error) {
	if req.GetKind() != "" {
		if err := s.knownKind(req.GetKind()); err != nil {
			return nil, err
		}
	}
	question := []string{"leavers", req.GetKind()}
	after, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), leaverPage)
	leavers, err := s.leavers(ctx, store.ListLeaversParams{Kind: req.GetKind(), After: after, Most: size + 1})
	if err != nil {
		return nil, err
	}
	out := &touchlinev1.ListLeaversResponse{}
	out.Leavers, out.NextPageToken = onePage(leavers, size, (*touchlinev1.Leaver).GetEntityId, question...)
	return out, s.auditView(ctx, "ListLeavers", fmt.Sprintf("%d leavers", len(out.GetLeavers())))
}

// DecideLeavers keeps what is leaving, or lets it go.
func (s *recordService) DecideLeavers(ctx context.Context, req *touchlinev1.DecideLeaversRequest) (*touchlinev1.DecideLeaversResponse, error) {
	d := store.LeaverDecision{Decided: record.Keep, Sources: s.Policies.SourceNames(), By: callerOf(ctx).actor(), Why: req.GetReason()}
	if req.GetDecision() == touchlinev1.LeaverDecision_LEAVER_DECISION_LET_GO {
		d.Decided = record.LetGo
	}
	for _, name := range req.GetRecords() {
		e, err := s.entity(ctx, name)
		if err != nil {
			return nil, err
		}
		d.Entities = append(d.Entities, e.ID)
	}
	err := s.Store.DecideLeavers(ctx, d, s.now())
	if errors.Is(err, store.ErrNotLeaving) {
		return nil, problem(connect.CodeFailedPrecondition, "NOT_LEAVING",
			err.Error()+", or not any more, so nothing was decided of any; ListLeavers says who is")
	}
	if err != nil {
		return nil, fmt.Errorf("decide about leavers: %w", err)
	}
	leavers, err := s.leavers(ctx, store.ListLeaversParams{Entities: d.Entities, Most: int32(len(d.Entities))})
	return &touchlinev1.DecideLeaversResponse{Leavers: leavers}, err
}

// leavers reads and shows what is leaving, by entity.
func (s *recordService) leavers(ctx context.Context, of store.ListLeaversParams) ([]*touchlinev1.Leaver, error) {
	of.Now, of.Sources = s.now(), s.Policies.SourceNames()
	if of.Entities == nil {
		of.Entities = []int64{}
	}
	rows, err := s.Store.ListLeavers(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("list leavers: %w", err)
	}
	var out []*touchlinev1.Leaver
	show := showerFor(ctx)
	for i := range rows {
		r := &rows[i]
		if n := len(out); n == 0 || out[n-1].GetEntityId() != r.ID {
			l, err := s.leaverOf(r, show)
			if err != nil {
				return nil, err
			}
			out = append(out, l)
		}
		last := out[len(out)-1]
		if n := len(last.GetLeavings()); n > 0 && rows[i-1].SyncRecord == r.SyncRecord { // missing from another listing, too
			last.Leavings[n-1].Evidence = append(last.Leavings[n-1].Evidence, absenceOf(r))
			continue
		}
		leaving, err := s.leavingOf(r, show)
		if err != nil {
			return nil, err
		}
		last.Leavings = append(last.Leavings, leaving)
	}
	return out, nil
}

func (s *recordService) leaverOf(r *store.ListLeaversRow, show shower) (*touchlinev1.Leaver, error) {
	out := &touchlinev1.Leaver{EntityId: r.ID, Kind: r.Kind, Key: show.value(r.Key)}
	if r.Plan != uuid.Nil {
		out.Plan = r.Plan.String()
	}
	var fields record.Fields
	if err := unpack(r.Fields, &fields); err != nil {
		return nil, fmt.Errorf("entity %d: fields: %w", r.ID, err)
	}
	if p := s.Policies.Of(record.Kind(r.Kind)); p != nil {
		for _, f := range p.Identity {
			if v := fields[f]; v != "" {
				out.Identity = append(out.Identity, &touchlinev1.FieldValue{Field: string(f), Value: show.value(v)})
			}
		}
	}
	return out, nil
}

func (s *recordService) leavingOf(r *store.ListLeaversRow, show shower) (*touchlinev1.Leaving, error) {
	out := &touchlinev1.Leaving{
		System: r.System, Place: r.Place, Since: stamp(r.Since), LeavesOn: stamp(r.ConfirmAt),
		Why: touchlinev1.LeavingWhy(touchlinev1.LeavingWhy_value["LEAVING_WHY_"+strings.ToUpper(r.Why)]),
	}
	if r.Decided != "" {
		name := "LEAVER_DECISION_" + strings.ToUpper(strings.ReplaceAll(r.Decided, " ", "_"))
		out.Decision = touchlinev1.LeaverDecision(touchlinev1.LeaverDecision_value[name])
		out.DecideTime, out.DecidedBy, out.DecideReason = stamp(r.DecidedOn), r.DecidedBy, r.DecidedWhy
	}
	if r.Why == missing {
		on := r.Since.Add(s.AbsentGap)
		out.LeavesOn, out.Evidence = stamp(&on), []*touchlinev1.LeavingEvidence{absenceOf(r)}
		return out, nil
	}
	var by []struct{ System, Place, ID string }
	if err := json.Unmarshal(r.ConfirmBy, &by); err != nil {
		return nil, fmt.Errorf("sync record %d: what it leaves by: %w", r.SyncRecord, err)
	}
	for _, c := range by {
		out.Evidence = append(out.Evidence, &touchlinev1.LeavingEvidence{System: c.System, Place: c.Place, ExternalId: show.value(c.ID)})
	}
	return out, nil
}

func absenceOf(r *store.ListLeaversRow) *touchlinev1.LeavingEvidence {
	return &touchlinev1.LeavingEvidence{System: r.System, Place: r.Place, View: r.View, Readings: r.Missing}
}
