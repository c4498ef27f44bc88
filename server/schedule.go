package server

import (
	"context"
	"strings"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
)

// scheduleService answers touchline.v1.ScheduleService.
type scheduleService struct{ Backend }

// ListSchedules lists all schedules.
func (s *scheduleService) ListSchedules(ctx context.Context, _ *touchlinev1.ListSchedulesRequest) (*touchlinev1.ListSchedulesResponse, error) {
	all, err := s.Control.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]*touchlinev1.Schedule, len(all))
	for i, one := range all {
		out[i] = scheduleOf(one)
	}
	return &touchlinev1.ListSchedulesResponse{Schedules: out}, nil
}

// SetSchedule changes the times of a schedule.
func (s *scheduleService) SetSchedule(ctx context.Context, req *touchlinev1.SetScheduleRequest) (*touchlinev1.SetScheduleResponse, error) {
	times := jobs.Times{Cron: strings.TrimSpace(req.GetCron()), Zone: req.GetTimeZone()}
	if m := req.GetMissedPolicy(); m != touchlinev1.MissedPolicy_MISSED_POLICY_UNSPECIFIED {
		times.Missed = jobs.Missed(strings.TrimPrefix(m.String(), "MISSED_POLICY_"))
	}
	is, err := s.Control.SetSchedule(ctx, req.GetSchedule(), times, callerOf(ctx).actor(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &touchlinev1.SetScheduleResponse{Schedule: scheduleOf(is)}, nil
}

// PauseSchedule stops a schedule until it is resumed.
func (s *scheduleService) PauseSchedule(ctx context.Context, req *touchlinev1.PauseScheduleRequest) (*touchlinev1.PauseScheduleResponse, error) {
	is, err := s.Control.Pause(ctx, req.GetSchedule(), true, callerOf(ctx).actor(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &touchlinev1.PauseScheduleResponse{Schedule: scheduleOf(is)}, nil
}

// ResumeSchedule lets a schedule go on.
func (s *scheduleService) ResumeSchedule(ctx context.Context, req *touchlinev1.ResumeScheduleRequest) (*touchlinev1.ResumeScheduleResponse, error) {
	is, err := s.Control.Pause(ctx, req.GetSchedule(), false, callerOf(ctx).actor(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &touchlinev1.ResumeScheduleResponse{Schedule: scheduleOf(is)}, nil
}

// ResetSchedule lets the settings hold again.
func (s *scheduleService) ResetSchedule(ctx context.Context, req *touchlinev1.ResetScheduleRequest) (*touchlinev1.ResetScheduleResponse, error) {
	is, err := s.Control.ResetSchedule(ctx, req.GetSchedule(), callerOf(ctx).actor(), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &touchlinev1.ResetScheduleResponse{Schedule: scheduleOf(is)}, nil
}

// RunNow runs the pipeline of a schedule. Who asked for it stands with the run.
func (s *scheduleService) RunNow(ctx context.Context, req *touchlinev1.RunNowRequest) (*touchlinev1.RunNowResponse, error) {
	is, err := s.Control.ScheduleNamed(ctx, req.GetSchedule())
	if err != nil {
		return nil, err
	}
	run, how, err := s.Control.Run(ctx, jobs.Request{Pipeline: is.Pipeline, RequestID: req.GetRequestId(), By: callerOf(ctx).name})
	if err != nil {
		return nil, err
	}
	return &touchlinev1.RunNowResponse{Run: runOf(run), Acceptance: acceptanceOf(how)}, nil
}

// scheduleOf shows a schedule.
func scheduleOf(s jobs.Schedule) *touchlinev1.Schedule {
	return &touchlinev1.Schedule{
		Name: s.Name, Pipeline: s.Pipeline, Cron: s.Cron, TimeZone: s.Zone,
		NextTime: stamp(s.NextAt), LastTime: stamp(s.LastAt), Paused: s.Paused,
		MissedPolicy:   touchlinev1.MissedPolicy(touchlinev1.MissedPolicy_value["MISSED_POLICY_"+string(s.Missed)]),
		LastSkipReason: s.LastSkip, OffReason: s.Off, TimesFrom: originOf(s.TimesFrom), PauseFrom: originOf(s.PauseFrom),
		LastRun: idText(s.LastRun),
	}
}

func originOf(o jobs.Origin) *touchlinev1.ScheduleOrigin {
	return &touchlinev1.ScheduleOrigin{
		Source: touchlinev1.ScheduleSource(touchlinev1.ScheduleSource_value["SCHEDULE_SOURCE_"+string(o.Source)]),
		SetBy:  o.By, SetTime: stamp(o.On),
	}
}
