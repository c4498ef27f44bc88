package server

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Backend is what the server answers from.
type Backend struct {
	Store  *store.Store
	Own    hub.Own // shows our own tables
	Access *store.Access
	// Control asks for runs. The work is done by workers.
	Control *jobs.Control
	// Restored tells whether the database was restored from a backup; nil: it was not.
	Restored Restored
	// Systems and Kinds are those that the program knows.
	Systems []record.System
	Kinds   []record.Kind
	// Browsed are the systems behind web pages, each of which has a session.
	Browsed []record.System
	// Policies say from where records of a kind come, and what tells who they are.
	Policies policy.Set
	// AbsentGap is how long after the first a second reading confirms that somebody left.
	AbsentGap time.Duration
	// Hooks are the systems that announce changes.
	Hooks map[record.System]connector.WebhookReceiver
	// Individual is the way in for a site that asks for one person; off without a key.
	Individual Individual
	// Seal opens evidence; nil: none can be opened.
	Seal *store.Sealer
	// Anchor is how far this process has seen the audit come; nil: nothing is known.
	Anchor func() store.Anchor
	// Ready says what keeps the server from working, such as a database that is away;
	// nil: nothing does.
	Ready func(context.Context) error
	// Proxies are those whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// Now is the time; nil is time.Now.
	Now func() time.Time
}

func (b Backend) now() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// knownSystem refuses a name that is no system. Blank is all of them.
func (b Backend) knownSystem(name string) error {
	if name == "" || name == string(record.Hub) || slices.Contains(b.Systems, record.System(name)) {
		return nil
	}
	return unknown("UNKNOWN_SYSTEM", "system", name, texts(b.Systems))
}

// knownKind refuses a name that is no kind.
func (b Backend) knownKind(name string) error {
	if slices.Contains(b.Kinds, record.Kind(name)) {
		return nil
	}
	return unknown("UNKNOWN_KIND", "kind", name, texts(b.Kinds))
}

// sees reports whether who has a token may see values and keys.
func (b Backend) sees(ctx context.Context, token string) bool {
	t, err := b.Access.Token(ctx, token)
	return err == nil && caller{role: store.Role(t.Role)}.sees()
}

// auditView tells the audit that the caller is shown values. A viewer is shown
// none.
func (b Backend) auditView(ctx context.Context, action, target string) error {
	if !callerOf(ctx).sees() {
		return nil
	}
	return b.audit(ctx, action, target, "")
}

func (b Backend) audit(ctx context.Context, action, target, reason string) error {
	err := pgx.BeginFunc(ctx, b.Store.Pool, func(tx pgx.Tx) error { return b.auditIn(ctx, tx, action, target, reason) })
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	return nil
}

// auditIn tells the audit in the transaction of the act.
func (b Backend) auditIn(ctx context.Context, tx pgx.Tx, action, target, reason string) error {
	return store.AppendAudit(ctx, tx, b.now(), store.Act{By: callerOf(ctx).actor(), Action: action, Target: target, Reason: reason})
}

// auditRun tells the audit of an act on a run, in the transaction of the act. what is
// about the run besides which it is.
func (b Backend) auditRun(action, what, reason string) jobs.Within {
	return func(ctx context.Context, tx pgx.Tx, run jobs.Run) error {
		return b.auditIn(ctx, tx, action, target(run)+what, reason)
	}
}

func texts[T ~string](names []T) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	slices.Sort(out)
	return out
}
