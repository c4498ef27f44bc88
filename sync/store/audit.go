package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Actor is who did something. Token is the id of the token with which it was done; 0:
// none, as on the machine itself. Names of tokens may be alike.
type Actor struct {
	Name  string
	Token int64
}

// Act is one thing that somebody did, for the audit. It holds ids and stable
// words; never a value or a natural key, or erasing a person would break the
// chain.
type Act struct {
	By     Actor
	Action string // "ApplyPlan"
	Target string // "run 0192..."
	Reason string
}

// AppendAudit adds an act to the chain. It holds a lock until the transaction
// ends, so call it last.
func AppendAudit(ctx context.Context, tx pgx.Tx, at time.Time, a Act) error {
	q := New(tx)
	if err := q.LockAudit(ctx); err != nil {
		return fmt.Errorf("append to audit: %w", err)
	}
	key, err := auditKey(ctx, q)
	if err != nil {
		return fmt.Errorf("append to audit: %w", err)
	}
	last, err := q.LastAudit(ctx)
	if errors.Is(err, pgx.ErrNoRows) { // all of it may have been erased for its age
		last, err = chainBegins(ctx, q)
	}
	if err != nil {
		return fmt.Errorf("append to audit: %w", err)
	}
	row := Audit{
		ID: last.ID + 1, At: at.UTC().Truncate(time.Microsecond), // as Postgres keeps it
		Actor: a.By.Name, Action: a.Action, Target: a.Target, Reason: a.Reason,
		PrevHash: last.Hash,
	}
	if a.By.Token != 0 {
		row.Token = &a.By.Token
	}
	if row.PrevHash == nil {
		row.PrevHash = []byte{}
	}
	if err := q.InsertAudit(ctx, InsertAuditParams{
		ID: row.ID, At: row.At, Actor: row.Actor, Token: row.Token, Action: row.Action,
		Target: row.Target, Reason: row.Reason, PrevHash: row.PrevHash, Hash: auditHash(key, row),
	}); err != nil {
		return fmt.Errorf("append to audit: %w", err)
	}
	return nil
}

// auditKey is the key of the chain: the deployment's, which is made with the first act
// where nothing was started yet.
func auditKey(ctx context.Context, q *Queries) ([]byte, error) {
	d, err := q.GetDeployment(ctx)
	if !errors.Is(err, pgx.ErrNoRows) {
		return d.DigestKey, err
	}
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails
	if err := q.EnsureDeployment(ctx, uuid.New(), key); err != nil {
		return nil, err
	}
	d, err = q.GetDeployment(ctx)
	return d.DigestKey, err
}

// chainBegins is the row at which the chain begins.
func chainBegins(ctx context.Context, q *Queries) (Audit, error) {
	base, err := q.AuditBase(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return Audit{}, nil
	}
	return Audit{ID: base.ID, Hash: base.Hash}, err
}

// pruneAudit is the action that notes up to which row the audit was erased for its age.
const pruneAudit = "PruneAudit"

func prunedTo(id int64) string { return "rows up to " + strconv.FormatInt(id, 10) }

// PruneAudit erases what is older than a time, and notes in the chain up to which row. It
// returns how many rows that were.
func PruneAudit(ctx context.Context, tx pgx.Tx, now, before time.Time) (int64, error) {
	q := New(tx)
	if err := q.LockAudit(ctx); err != nil {
		return 0, fmt.Errorf("prune the audit: %w", err)
	}
	last, err := q.LastAuditBefore(ctx, before)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err == nil {
		err = AppendAudit(ctx, tx, now, Act{By: Actor{Name: "touchline"}, Action: pruneAudit, Target: prunedTo(last.ID)})
	}
	if err == nil {
		err = q.SetAuditBase(ctx, last.ID, last.Hash)
	}
	if err != nil {
		return 0, fmt.Errorf("prune the audit: %w", err)
	}
	n, err := q.DeleteAuditTo(ctx, last.ID)
	if err != nil {
		return 0, fmt.Errorf("prune the audit: %w", err)
	}
	return n, nil
}

// auditHash covers everything in the row. Each part goes in with its length,
// so that no two rows read the same.
func auditHash(key []byte, r Audit) []byte {
	h := hmac.New(sha256.New, key)
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	part(r.PrevHash)
	part(strconv.AppendInt(nil, r.ID, 10))
	part([]byte(r.At.UTC().Format(time.RFC3339Nano)))
	token := ""
	if r.Token != nil {
		token = strconv.FormatInt(*r.Token, 10)
	}
	for _, s := range []string{r.Actor, token, r.Action, r.Target, r.Reason} {
		part([]byte(s))
	}
	return h.Sum(nil)
}
