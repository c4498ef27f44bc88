package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// An operator changes a schedule by the API and by the pages alike; both show who it was.
func TestSchedules(t *testing.T) {
	t.Parallel()
	b := setupWhole(t)
	c := b.schedules(b.operator)
	_, err := b.schedules(b.viewer).PauseSchedule(t.Context(), &touchlinev1.PauseScheduleRequest{Schedule: "people"})
	if reason(err) != "ROLE_TOO_SMALL" {
		t.Errorf("a viewer pauses: %v", err)
	}
	set, err := c.SetSchedule(t.Context(), &touchlinev1.SetScheduleRequest{Schedule: "people", Cron: "15 6 * * *", Reason: "earlier"})
	if is := set.GetSchedule(); err != nil || is.GetCron() != "15 6 * * *" || is.GetTimeZone() != "Europe/Amsterdam" ||
		is.GetTimesFrom().GetSource() != touchlinev1.ScheduleSource_SCHEDULE_SOURCE_API || is.GetTimesFrom().GetSetBy() != "test operator" {
		t.Errorf("set: %v %v", is, err)
	}
	for want, req := range map[string]*touchlinev1.SetScheduleRequest{
		"UNKNOWN_SCHEDULE": {Schedule: "nobody", Cron: "15 6 * * *"},
		"MALFORMED_TIMES":  {Schedule: "people", Cron: "15 six * * *"},
		"INVALID_REQUEST":  {Schedule: "people", MissedPolicy: 7},
	} {
		if _, err := c.SetSchedule(t.Context(), req); reason(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := c.SetSchedule(t.Context(), &touchlinev1.SetScheduleRequest{Schedule: "people", Cron: "15 six * * *"}); connect.CodeOf(err) != connect.CodeInvalidArgument ||
		!strings.Contains(err.Error(), `"15 six * * *": hour`) || !strings.Contains(err.Error(), "five fields") {
		t.Errorf("the error does not say what is wrong and what to do: %v", err)
	}

	r := b.reader(t)
	r.signIn(b.operator)
	_, page := r.get("/")
	shows(t, page, `href="/schedules"`)
	_, page = r.get("/schedules")
	shows(t, page, `href="/schedules/people"`, "15 6 * * *", "Pause", "Run now")
	_, page = r.post("/schedules/people", url.Values{"do": {"pause"}, "reason": {"holidays"}})
	shows(t, page, "paused", "test operator", "Resume", "set by")
	list, err := c.ListSchedules(t.Context(), &touchlinev1.ListSchedulesRequest{})
	if err != nil || len(list.GetSchedules()) != 1 || !list.GetSchedules()[0].GetPaused() || list.GetSchedules()[0].GetPauseFrom().GetSetBy() != "test operator" {
		t.Fatalf("the API shows %v %v", list, err)
	}
	_, page = r.post("/schedules/people", url.Values{"do": {"run"}}) // also while it is paused
	run := runLink.FindStringSubmatch(page)
	if run == nil {
		t.Fatalf("no run is shown:\n%s", page)
	}
	if is := b.finish(t, run[1]); is.GetRequestedBy() != "test operator" || is.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Errorf("the run is %v", is)
	}
	_, page = r.post("/schedules/people", url.Values{"do": {"set"}, "times": {"*/5 * * * *"}, "zone": {"UTC"}, "missed": {"CATCH_UP_ONCE"}})
	shows(t, page, "*/5 * * * *", "UTC", "one run makes up for it")
	if status, page := r.post("/schedules/people", url.Values{"do": {"set"}, "times": {"*/5"}, "zone": {"UTC"}}); status != http.StatusConflict || !strings.Contains(page, "five fields") {
		t.Errorf("malformed times: %d\n%s", status, page)
	}
	_, page = r.post("/schedules/people", url.Values{"do": {"resume"}})
	shows(t, page, "it runs", "Pause")
	_, page = r.post("/schedules/people", url.Values{"do": {"reset"}})
	shows(t, page, "0 8 * * *", "as the program has it")
	if status, _ := r.post("/schedules/people", url.Values{"do": {"explode"}}); status != http.StatusConflict {
		t.Errorf("nothing to be done: %d", status)
	}
	if status, _ := r.get("/schedules/nobody"); status != http.StatusNotFound {
		t.Errorf("a schedule that is not there: %d", status)
	}
	viewer := b.reader(t)
	viewer.signIn(b.viewer)
	if status, _ := viewer.post("/schedules/people", url.Values{"do": {"pause"}}); status != http.StatusForbidden {
		t.Errorf("a viewer pauses: %d", status)
	}
	for action, n := range map[string]int{"SetSchedule": 2, "PauseSchedule": 1, "ResumeSchedule": 1, "ResetSchedule": 1} {
		b.wantActs(t, action, n)
	}
}
