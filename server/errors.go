package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
)

// errorDomain says whose reasons they are, in google.rpc.ErrorInfo.
const errorDomain = "touchline"

// refusal is an error that the caller can do something about. Its text says
// what is wrong, where, and what to do; it holds no value of a record.
type refusal struct {
	code    connect.Code
	reason  string
	message string
	about   map[string]string
}

// Error returns the text.
func (r *refusal) Error() string { return r.message }

// problem makes a refusal. about are pairs for the metadata of ErrorInfo.
func problem(code connect.Code, reason, message string, about ...string) error {
	r := &refusal{code: code, reason: reason, message: message}
	if len(about) > 0 {
		r.about = make(map[string]string, len(about)/2)
		for i := 0; i+1 < len(about); i += 2 {
			r.about[about[i]] = about[i+1]
		}
	}
	return r
}

// unknown is a refusal of a name that does not exist, with those that do.
func unknown(reason, what, name string, known []string) error {
	return problem(connect.CodeNotFound, reason,
		fmt.Sprintf("there is no %s %q; there are %q", what, name, known), what, name)
}

// toConnect is the one place where errors become Connect codes. What is not a
// refusal is logged here and told to the caller without its text.
func toConnect(ctx context.Context, err error, log *slog.Logger) *connect.Error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return detailed(connect.NewError(r.code, r), r.reason, r.about)
	}
	if c, ok := errors.AsType[*connect.Error](err); ok {
		return c
	}
	if r, ok := errors.AsType[*jobs.Refusal](err); ok {
		return fromJobs(r.Reason, r.Detail)
	}
	if stale, ok := errors.AsType[*engine.PlanStale](err); ok {
		return moved(stale)
	}
	if _, ok := errors.AsType[engine.PlanMismatch](err); ok {
		return fromJobs(jobs.ErrPlanHashMismatch.Reason, jobs.ErrPlanHashMismatch.Detail)
	}
	if none, ok := errors.AsType[engine.NothingToTakeOver](err); ok {
		return fromJobs("NOTHING_TO_TAKE_OVER", none.Error())
	}
	if none, ok := errors.AsType[engine.NotPlanned](err); ok {
		return notPlanned(none)
	}
	if other, ok := errors.AsType[engine.OtherApplying](err); ok {
		return fromJobs("OTHER_APPLYING", other.Error())
	}
	if s, ok := errors.AsType[*step.Stop](err); ok {
		return fromJobs(s.Reason, s.Detail)
	}
	if errors.Is(context.Cause(ctx), errShutdown) {
		return detailed(connect.NewError(connect.CodeUnavailable, errShutdown), "SHUTTING_DOWN", nil)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return detailed(connect.NewError(connect.CodeDeadlineExceeded,
			errors.New("the call took longer than its deadline")), "DEADLINE_EXCEEDED", nil)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return detailed(connect.NewError(connect.CodeCanceled,
			errors.New("the caller has gone")), "CANCELLED", nil)
	}
	if jobs.DatabaseAway(err) { // the processes say so in the log; not every call does
		log.DebugContext(ctx, "api call refused: the database is away", "err", err)
		return detailed(connect.NewError(connect.CodeUnavailable,
			errors.New("the database does not answer; try again in a while")), "DATABASE_AWAY", nil)
	}
	log.ErrorContext(ctx, "api call failed", "error", err)
	return detailed(connect.NewError(connect.CodeInternal,
		errors.New("something is wrong on our side; the server's log says what")), "INTERNAL", nil)
}

// refusals says how the refusals of jobs and engine are told: the code, and
// what the caller can do.
var refusals = map[string]struct {
	code   connect.Code
	advice string
}{
	"UNKNOWN_PIPELINE":     {connect.CodeNotFound, "ListPipelines has the names"},
	"UNKNOWN_KIND":         {connect.CodeNotFound, "ListPipelines has the kinds of each pipeline"},
	"UNKNOWN_LIMIT":        {connect.CodeInvalidArgument, "give the reason that the stopped run names"},
	"UNKNOWN_SCHEDULE":     {connect.CodeNotFound, "ListSchedules has the names"},
	"OBSERVED":             {connect.CodeFailedPrecondition, "nothing was applied; run the pipeline without a plan, which leaves the system out, or set its observe to false and start anew: then the next run plans it and asks where it must"},
	"MALFORMED_TIMES":      {connect.CodeInvalidArgument, `give a line of cron with five fields, such as "0 8,20 * * *", and a time zone such as "Europe/Amsterdam"; nothing was changed`},
	"NOT_DAILY":            {connect.CodeInvalidArgument, "give at least one time a day, or pause the schedule; nothing was changed"},
	"NEEDS_KEYS":           {connect.CodeInvalidArgument, "give its scope a kind and keys, such as with touchline run PIPELINE --key KEY"},
	"PARENT_RUN":           {connect.CodeInvalidArgument, "ListPipelines has them under children"},
	"MALFORMED_KEY":        {connect.CodeInvalidArgument, "give keys as text without space at their ends"},
	"SYSTEM_OFF":           {connect.CodeFailedPrecondition, "give the system its settings, then start again"},
	"REQUEST_ID_REUSED":    {connect.CodeAlreadyExists, "use a new request_id for another request"},
	"RUN_NOT_FOUND":        {connect.CodeNotFound, "ListRuns has the ids; a pipeline and a number such as people/1 name a run, too"},
	"NOT_A_PLAN":           {connect.CodeFailedPrecondition, "only a run in the state PLANNED, or one that was stopped and keeps its plan, can be applied"},
	"PLAN_EXPIRED":         {connect.CodeFailedPrecondition, "make a new plan"},
	"PLAN_REJECTED":        {connect.CodeFailedPrecondition, "make a new plan"},
	"PLAN_HASH_MISMATCH":   {connect.CodeFailedPrecondition, "look at the plan with ListChanges and give the plan_hash that GetRun tells"},
	"APPLYING":             {connect.CodeFailedPrecondition, "nothing was cancelled"},
	"NOTHING_TO_TAKE_OVER": {connect.CodeInvalidArgument, "nothing was applied; GetRun says under takes_over what the plan takes over"},
	"NOT_PLANNED":          {connect.CodeInvalidArgument, "nothing was applied; ListChanges has the records of the plan"},
	"OTHER_APPLYING":       {connect.CodeFailedPrecondition, "nothing was applied; approve again when that plan is applied, at the latest by the next run with these kinds"},
	"PLAN_STALE":           {connect.CodeAborted, "nothing was applied"},
}

// fromJobs turns a refusal of jobs or engine into what the caller is told.
func fromJobs(reason, detail string) *connect.Error {
	how, ok := refusals[reason]
	if !ok {
		how.code = connect.CodeFailedPrecondition
	}
	text := detail
	if how.advice != "" {
		text += "; " + how.advice
	}
	return detailed(connect.NewError(how.code, errors.New(text)), reason, nil)
}

// moved tells which records have changed since a plan was made. Only callers
// who see keys may apply plans; the text itself names none.
func moved(stale *engine.PlanStale) *connect.Error {
	records := make([]engine.Named, len(stale.Moved))
	for i, m := range stale.Moved {
		records[i] = engine.Named(m)
	}
	return naming(fromJobs("PLAN_STALE", stale.Error()), "MOVED", "has changed since the plan was made", records)
}

// notPlanned tells about which records a plan has nothing.
func notPlanned(none engine.NotPlanned) *connect.Error {
	return naming(fromJobs("NOT_PLANNED", none.Error()), "NOT_PLANNED", "the plan has nothing about it", none.Records)
}

// naming adds to an error the records that it is about.
func naming(c *connect.Error, what, why string, about []engine.Named) *connect.Error {
	records := &errdetails.PreconditionFailure{}
	for _, r := range about {
		records.Violations = append(records.Violations, &errdetails.PreconditionFailure_Violation{
			Type: what, Subject: r.Kind + " " + r.Key, Description: why,
		})
	}
	if d, err := connect.NewErrorDetail(records); err == nil {
		c.AddDetail(d)
	}
	return c
}

func detailed(c *connect.Error, reason string, about map[string]string) *connect.Error {
	info := &errdetails.ErrorInfo{Reason: reason, Domain: errorDomain, Metadata: about}
	if d, err := connect.NewErrorDetail(info); err == nil {
		c.AddDetail(d)
	}
	return c
}
