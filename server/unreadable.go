package server

import (
	"context"
	"fmt"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// ListUnreadable lists what is set aside at systems and is nobody's.
func (s *recordService) ListUnreadable(ctx context.Context, req *touchlinev1.ListUnreadableRequest) (*touchlinev1.ListUnreadableResponse, error) {
	if err := s.knownSystem(req.GetSystem()); err != nil {
		return nil, err
	}
	question := []string{"unreadable", req.GetSystem()}
	after, err := idAfter(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), recordPage)
	rows, err := s.Store.ListUnreadable(ctx, req.GetSystem(), after, size+1)
	if err != nil {
		return nil, fmt.Errorf("list what could not be read: %w", err)
	}
	out := &touchlinev1.ListUnreadableResponse{}
	rows, out.NextPageToken = onePage(rows, size, func(r store.ListUnreadableRow) int64 { return r.ID }, question...)
	show := showerFor(ctx)
	for _, r := range rows {
		made := &touchlinev1.UnreadableRecord{System: r.System, Place: r.Place, Scope: r.Scope, Kind: r.Kind, Reason: r.Quarantine}
		if r.ExternalID != nil {
			made.ExternalId = show.value(*r.ExternalID)
		}
		out.Records = append(out.Records, made)
	}
	return out, s.auditView(ctx, "ListUnreadable", fmt.Sprintf("%d records", len(out.GetRecords())))
}
