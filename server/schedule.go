package server

import (
	"context"
	"fmt"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// scheduleService answers touchline.v1.ScheduleService.
type scheduleService struct{ Backend }

// ListSchedules lists all schedules.
func (s *scheduleService) ListSchedules(ctx context.Context, _ *touchlinev1.ListSchedulesRequest) (*touchlinev1.ListSchedulesResponse, error) {
	rows, err := s.Store.Schedules(ctx)
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	out := make([]*touchlinev1.Schedule, len(rows))
	for i, r := range rows {
		out[i] = scheduleOf(r)
	}
	return &touchlinev1.ListSchedulesResponse{Schedules: out}, nil
}
