package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Anchor is how far the audit had come once: the number and the hash of its last row, kept
// outside of the table. The zero Anchor says nothing.
type Anchor struct {
	ID   int64
	Hash []byte
}

// BrokenAudit is what is wrong with the audit: its first row that is missing or not as it
// was made.
type BrokenAudit struct{ Why string }

// Error returns the text.
func (b BrokenAudit) Error() string { return "the audit is not whole: " + b.Why }

func broken(format string, args ...any) error { return BrokenAudit{fmt.Sprintf(format, args...)} }

// AuditHead is how far the audit has come.
func AuditHead(ctx context.Context, q *Queries) (Anchor, error) {
	last, err := q.LastAudit(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		last, err = chainBegins(ctx, q)
	}
	if err != nil {
		return Anchor{}, fmt.Errorf("ask how far the audit has come: %w", err)
	}
	return Anchor{last.ID, last.Hash}, nil
}

// HoldsAnchor returns a BrokenAudit when the audit no longer holds the row of an anchor as
// it was. One that was erased for its age cannot be compared.
func HoldsAnchor(ctx context.Context, q *Queries, a Anchor) error {
	if a.ID == 0 {
		return nil
	}
	base, err := chainBegins(ctx, q)
	if err != nil {
		return fmt.Errorf("verify audit: %w", err)
	}
	row, err := q.AuditRow(ctx, a.ID)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && a.ID == base.ID:
		row = base
	case errors.Is(err, pgx.ErrNoRows) && a.ID < base.ID:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return broken("it had come to row %d, which is missing", a.ID)
	case err != nil:
		return fmt.Errorf("verify audit: %w", err)
	}
	if !bytes.Equal(row.Hash, a.Hash) {
		return broken("row %d is not the one that was seen before", a.ID)
	}
	return nil
}

// VerifyAudit walks the chain and returns how far it has come, and how many rows it has.
// A BrokenAudit names the first row that is missing or was changed, or that an anchor has
// seen otherwise.
func VerifyAudit(ctx context.Context, db DBTX, anchors ...Anchor) (Anchor, int64, error) {
	const page = 1000
	q := New(db)
	key, err := auditKey(ctx, q)
	if err != nil {
		return Anchor{}, 0, fmt.Errorf("verify audit: %w", err)
	}
	base, err := chainBegins(ctx, q)
	if err != nil {
		return Anchor{}, 0, fmt.Errorf("verify audit: %w", err)
	}
	last, pruned, count := base, base.ID == 0, int64(0)
	head := func() Anchor { return Anchor{last.ID, last.Hash} }
	for {
		rows, err := q.ListAudit(ctx, last.ID, page)
		if err != nil {
			return head(), count, fmt.Errorf("verify audit: %w", err)
		}
		for _, row := range rows {
			switch {
			case row.ID != last.ID+1:
				return head(), count, broken("row %d is missing", last.ID+1)
			case !bytes.Equal(row.PrevHash, last.Hash), !hmac.Equal(row.Hash, auditHash(key, row)):
				return head(), count, broken("row %d was changed", row.ID)
			}
			pruned = pruned || row.Action == pruneAudit && row.Target == prunedTo(base.ID)
			last, count = row, count+1
		}
		if len(rows) < page {
			break
		}
	}
	if !pruned {
		return head(), count, broken("the rows up to %d are missing, and no row says that they were erased for their age", base.ID)
	}
	for _, a := range anchors {
		if err := HoldsAnchor(ctx, q, a); err != nil {
			return head(), count, err
		}
	}
	return head(), count, nil
}
