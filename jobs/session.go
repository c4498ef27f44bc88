package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// SessionState says how the session in the browser stands at a system.
type SessionState string

// The states of a session.
const (
	SignedIn     SessionState = "SIGNED_IN"  // the next use needs no sign-in
	SigningIn    SessionState = "SIGNING_IN" // a worker is at it
	SignedOut    SessionState = "SIGNED_OUT" // the next use signs in by itself
	NeedsAPerson SessionState = "NEEDS_A_PERSON"
)

// Session is how the session of a system behind web pages stands.
type Session struct {
	System  record.System
	Account string // a digest; empty: it was never used
	State   SessionState
	Since   *time.Time // nil: it was never used
	// Reason and Detail say why a person is needed, or why the last sign-in came to
	// nothing.
	Reason, Detail string
	Worker         string // empty: none that lives has it in its browser
	SignedInOn     *time.Time
	EndsOn         *time.Time // when it is signed in anew at the latest
	LookedOn       *time.Time // when it was used last
	// NextOn is when the schedule uses it next, by the pipeline Next; nil: it does not.
	NextOn   *time.Time
	Next     string
	Evidence int64   // how many pieces are kept of it
	Asked    *SignIn // the sign-in that was asked for last; nil: none was
}

// SignIn is a sign-in that somebody has asked for.
type SignIn struct {
	AskedOn        time.Time
	AskedBy        string
	Worker         string // empty: none has taken it up
	EndedOn        *time.Time
	Reason, Detail string // of one that came to nothing
}

// Sessions returns how the sessions of systems stand, in that order.
func (c *Control) Sessions(ctx context.Context, systems []record.System) ([]Session, error) {
	q := store.New(c.looks)
	rows, err := q.Sessions(ctx, c.deadAfter().Seconds())
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	asked, err := q.SignIns(ctx)
	if err != nil {
		return nil, fmt.Errorf("sign-ins: %w", err)
	}
	schedules, err := c.schedules(ctx, q)
	if err != nil {
		return nil, err
	}
	now := c.Now()
	out := make([]Session, len(systems))
	for i, system := range systems {
		s := Session{System: system, State: SignedOut}
		for _, row := range rows {
			if row.System == string(system) {
				s = viewSession(row, now)
			}
		}
		for _, a := range asked {
			if a.System == string(system) {
				s.Asked = &SignIn{a.AskedOn, a.AskedBy, a.Worker, a.EndedOn, a.Reason, a.Detail}
			}
		}
		s.NextOn, s.Next = c.nextUse(system, schedules)
		out[i] = s
	}
	return out, nil
}

// viewSession says how a session stands by now: one that is too old, or whose worker has
// gone while it signed in, is signed in anew by the next use.
func viewSession(r store.SessionsRow, now time.Time) Session {
	s := Session{
		System: record.System(r.System), Account: r.Account, State: SessionState(r.State), Since: &r.Since,
		Reason: r.Reason, Detail: r.Detail, SignedInOn: r.SignedInOn, EndsOn: r.EndsOn, LookedOn: &r.LookedOn, Evidence: r.Evidence,
	}
	if r.Lives {
		s.Worker = r.Worker
	}
	switch {
	case s.State == SignedIn && s.EndsOn != nil && !now.Before(*s.EndsOn):
		s.State, s.Since = SignedOut, s.EndsOn
	case s.State == SigningIn && !r.Lives:
		s.State = SignedOut
	}
	if s.State != SignedIn {
		s.SignedInOn, s.EndsOn = nil, nil
	}
	return s
}

// nextUse is when the schedule uses a system next, and by which pipeline.
func (c *core) nextUse(system record.System, schedules []Schedule) (at *time.Time, pipeline string) {
	for _, s := range schedules {
		p, ok := c.pipeline(s.Pipeline)
		if !ok || s.Paused || s.Off != "" || s.NextAt == nil || !p.Uses(system) {
			continue
		}
		if at == nil || s.NextAt.Before(*at) {
			at, pipeline = s.NextAt, s.Pipeline
		}
	}
	return at, pipeline
}

// SignIn has a worker look whether the session of a system is signed in, and sign in where
// it is not. While one that was asked for before is not done, it is that one.
func (c *Control) SignIn(ctx context.Context, system record.System, by store.Actor, why string) error {
	return c.inTx(ctx, func(t *txn) error {
		if err := t.q.LockSignIn(ctx, string(system)); err != nil {
			return fmt.Errorf("lock sign-ins: %w", err)
		}
		open, err := t.openSignIn(ctx, system)
		if err != nil || open {
			return err
		}
		job, err := t.river.InsertTx(ctx, t.tx, signInArgs{string(system)}, &river.InsertOpts{Queue: string(system), MaxAttempts: 1})
		if err != nil {
			return fmt.Errorf("queue a sign-in: %w", err)
		}
		if _, err := t.q.AskSignIn(ctx, store.AskSignInParams{System: string(system), Job: job.Job.ID, Now: t.Now(), AskedBy: by.Name}); err != nil {
			return fmt.Errorf("store a sign-in: %w", err)
		}
		t.after(func() { t.Log.Info("a sign-in is asked for", "system", system, "by", by.Name) })
		return store.AppendAudit(ctx, t.tx, t.Now(), store.Act{By: by, Action: "SignInNow", Target: "session of " + string(system), Reason: why})
	})
}

// openSignIn reports whether a request waits for a worker, or is with one that lives.
func (t *txn) openSignIn(ctx context.Context, system record.System) (bool, error) {
	row, err := t.q.OpenSignIn(ctx, string(system), t.deadAfter().Seconds())
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sign-ins: %w", err)
	}
	job, err := t.river.JobGetTx(ctx, t.tx, row.Job)
	if errors.Is(err, river.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the job of a sign-in: %w", err)
	}
	return job.State == rivertype.JobStateAvailable || job.State == rivertype.JobStateRunning, nil
}

// signInArgs is all that the job says that signs in.
type signInArgs struct {
	System string `json:"system"`
}

// Kind names the job.
func (signInArgs) Kind() string { return "sign_in" }

// signInWorker looks after the sessions of a process that has a browser.
type signInWorker struct {
	river.WorkerDefaults[signInArgs]
	core *core
}

// Work signs in, and stores what came of it. It is not tried again by itself: who asked
// is told, and asks again.
func (w *signInWorker) Work(ctx context.Context, job *river.Job[signInArgs]) error {
	system, begun := job.Args.System, false
	err := w.core.outlive(ctx, func(ctx context.Context) error {
		n, err := store.New(w.core.Pool).BeginSignIn(ctx, w.core.id, system, job.ID)
		begun = n > 0
		return err
	})
	if err != nil || !begun {
		return err
	}
	end := store.EndSignInParams{System: system, Job: job.ID}
	end.Reason, end.Detail = w.signIn(ctx, system)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), roundWithin)
	defer cancel()
	return w.core.outlive(ending, func(ctx context.Context) error {
		end.Now = w.core.Now()
		_, err := store.New(w.core.Pool).EndSignIn(ctx, end)
		return err
	})
}

// signIn signs in, and returns what a person is told of it; blank when it succeeded.
func (w *signInWorker) signIn(ctx context.Context, system string) (reason, detail string) {
	if w.core.SignIn == nil {
		return "", "the process that works at this system has no browser"
	}
	err := w.core.SignIn(ctx, record.System(system))
	if err == nil {
		w.core.Log.Info("a sign-in that was asked for is done", "system", system)
		return "", ""
	}
	reason, detail = connector.ReasonOf(err), "the log of the worker says more"
	switch {
	case w.core.stopping.Load():
		detail = "the worker was stopped meanwhile; ask again"
	case connector.ClassOf(err) != connector.Unknown:
		detail = err.Error()
	}
	w.core.Log.Warn("a sign-in that was asked for did not succeed", "system", system, "reason", reason, "err", err)
	return reason, detail
}
