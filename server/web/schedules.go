package web

import (
	"errors"
	"fmt"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// schedules lists when the pipelines run.
func schedules(v *visit) (any, error) {
	list, err := v.schedules.ListSchedules(v.Context(), &touchlinev1.ListSchedulesRequest{})
	if err != nil {
		return nil, fmt.Errorf("schedules: %w", err)
	}
	return shown{"schedules", list.GetSchedules()}, nil
}

// oneSchedule is a schedule with all that can be changed of it.
func oneSchedule(v *visit) (any, error) {
	list, err := v.schedules.ListSchedules(v.Context(), &touchlinev1.ListSchedulesRequest{})
	if err != nil {
		return nil, fmt.Errorf("schedules: %w", err)
	}
	for _, s := range list.GetSchedules() {
		if s.GetName() == v.PathValue("schedule") {
			return shown{"schedule", s}, nil
		}
	}
	return nil, connect.NewError(connect.CodeNotFound, errors.New("there is no such schedule"))
}

// changeSchedule does what a button says with a schedule.
func changeSchedule(v *visit) (any, error) {
	name, reason := v.PathValue("schedule"), v.PostFormValue("reason")
	var err error
	switch v.PostFormValue("do") {
	case "pause":
		_, err = v.schedules.PauseSchedule(v.Context(), &touchlinev1.PauseScheduleRequest{Schedule: name, Reason: reason})
	case "resume":
		_, err = v.schedules.ResumeSchedule(v.Context(), &touchlinev1.ResumeScheduleRequest{Schedule: name, Reason: reason})
	case "reset":
		_, err = v.schedules.ResetSchedule(v.Context(), &touchlinev1.ResetScheduleRequest{Schedule: name, Reason: reason})
	case "set":
		_, err = v.schedules.SetSchedule(v.Context(), &touchlinev1.SetScheduleRequest{
			Schedule: name, Cron: v.PostFormValue("times"), TimeZone: v.PostFormValue("zone"), Reason: reason,
			MissedPolicy: touchlinev1.MissedPolicy(touchlinev1.MissedPolicy_value["MISSED_POLICY_"+v.PostFormValue("missed")]),
		})
	case "run":
		res, err := v.schedules.RunNow(v.Context(), &touchlinev1.RunNowRequest{Schedule: name})
		return goTo("/runs/" + res.GetRun().GetId()), err
	default:
		err = connect.NewError(connect.CodeInvalidArgument, errors.New("the form says nothing to be done"))
	}
	return goTo("/schedules/" + name), err
}
