package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Act is one thing that somebody did, for the audit. It holds ids and stable
// words; never a value or a natural key, or erasing a person would break the
// chain.
type Act struct {
	By     string // name of a token, or of a part of the program
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
	last, err := q.LastAudit(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("append to audit: %w", err)
	}
	row := Audit{
		ID: last.ID + 1, At: at.UTC().Truncate(time.Microsecond), // as Postgres keeps it
		Actor: a.By, Action: a.Action, Target: a.Target, Reason: a.Reason,
		PrevHash: last.Hash,
	}
	if row.PrevHash == nil {
		row.PrevHash = []byte{}
	}
	if err := q.InsertAudit(ctx, InsertAuditParams{
		ID: row.ID, At: row.At, Actor: row.Actor, Action: row.Action,
		Target: row.Target, Reason: row.Reason, PrevHash: row.PrevHash, Hash: auditHash(row),
	}); err != nil {
		return fmt.Errorf("append to audit: %w", err)
	}
	return nil
}

// VerifyAudit walks the chain and returns how many rows it has. An error names
// the first row that is missing or was changed.
func VerifyAudit(ctx context.Context, db DBTX) (int64, error) {
	const page = 1000
	var last Audit
	for {
		rows, err := New(db).ListAudit(ctx, last.ID, page)
		if err != nil {
			return last.ID, fmt.Errorf("verify audit: %w", err)
		}
		for _, row := range rows {
			switch {
			case row.ID != last.ID+1:
				return last.ID, fmt.Errorf("verify audit: row %d is missing", last.ID+1)
			case !bytes.Equal(row.PrevHash, last.Hash), !bytes.Equal(row.Hash, auditHash(row)):
				return last.ID, fmt.Errorf("verify audit: row %d was changed", row.ID)
			}
			last = row
		}
		if len(rows) < page {
			return last.ID, nil
		}
	}
}

// auditHash covers everything in the row. Each part goes in with its length,
// so that no two rows read the same.
func auditHash(r Audit) []byte {
	h := sha256.New()
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	part(r.PrevHash)
	part(strconv.AppendInt(nil, r.ID, 10))
	part([]byte(r.At.UTC().Format(time.RFC3339Nano)))
	for _, s := range []string{r.Actor, r.Action, r.Target, r.Reason} {
		part([]byte(s))
	}
	return h.Sum(nil)
}
