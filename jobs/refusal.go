package jobs

import (
	"errors"

	"github.com/jackc/pgx/v5"
)

// Refusal is the answer to a request that cannot be carried out. Reason is
// stable, in capitals; Detail is for people and holds no key of a record.
type Refusal struct {
	Reason string
	Detail string
}

// Error returns the text.
func (r *Refusal) Error() string { return r.Reason + ": " + r.Detail }

// Is reports whether target is a refusal for the same reason.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal) //nolint:errorlint // Is compares one link of the chain
	return ok && t.Reason == r.Reason
}

// The refusals; compare with errors.Is. A refusal that is returned may say more
// in its Detail.
var (
	ErrUnknownPipeline  = &Refusal{"UNKNOWN_PIPELINE", "there is no pipeline of this name"}
	ErrSystemOff        = &Refusal{"SYSTEM_OFF", "a system that this pipeline needs is off"}
	ErrUnknownKind      = &Refusal{"UNKNOWN_KIND", "the pipeline does not decide this kind"}
	ErrNeedsKeys        = &Refusal{"NEEDS_KEYS", "the pipeline runs only for records that are named"}
	ErrParentRun        = &Refusal{"PARENT_RUN", "a run of several pipelines is about all records and lifts no limit: run the pipeline that you mean by itself"}
	ErrMalformedKey     = &Refusal{"MALFORMED_KEY", "a key is empty, too long or holds control characters"}
	ErrUnknownLimit     = &Refusal{"UNKNOWN_LIMIT", "there is no limit of this name"}
	ErrRequestIDReused  = &Refusal{"REQUEST_ID_REUSED", "this request_id came before with other arguments"}
	ErrRunNotFound      = &Refusal{"RUN_NOT_FOUND", "there is no run with this id"}
	ErrNotAPlan         = &Refusal{"NOT_A_PLAN", "the run keeps no plan"}
	ErrPlanExpired      = &Refusal{"PLAN_EXPIRED", "the plan was kept too long ago"}
	ErrPlanRejected     = &Refusal{"PLAN_REJECTED", "somebody has rejected the plan"}
	ErrPlanHashMismatch = &Refusal{"PLAN_HASH_MISMATCH", "the plan of the run is another one"}
	ErrApplying         = &Refusal{"APPLYING", "the plan of the run is being applied, which is not broken off halfway; cancel the run again when it is, to leave out its writes"}
	ErrObserved         = &Refusal{"OBSERVED", "the plan is about a system that is observed: read and planned, and never written"}
	ErrMalformedTimes   = &Refusal{"MALFORMED_TIMES", "the line of cron or the time zone cannot be read"}
	ErrNotDaily         = &Refusal{"NOT_DAILY", "no other pipeline reads these places whole, so that edits by hand and opt-outs there would not be seen for more than a day"}
	ErrUnknownSchedule  = &Refusal{"UNKNOWN_SCHEDULE", "there is no schedule of this name"}
)

func notFound(err error, instead error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return instead
	}
	return err
}
