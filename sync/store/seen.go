package store

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ListingsAt returns the listings of a place. The one that key names is made if need be,
// where it can be read: what is written before anybody has read it is missed when it is gone.
func (s *Store) ListingsAt(ctx context.Context, key GetListingParams, readable bool) ([]Listing, error) {
	all, err := s.ListingsOfPlace(ctx, key.System, key.Place)
	if err != nil || !readable || slices.ContainsFunc(all, func(l Listing) bool { return l.Scope == key.Scope && l.View == key.View }) {
		return all, err
	}
	if err := s.EnsureListing(ctx, EnsureListingParams(key)); err != nil {
		return nil, err
	}
	return s.ListingsOfPlace(ctx, key.System, key.Place)
}

// LastSeenBatch is a run of rows of seen in the order of their ids. It holds them
// in one piece of memory that is used again by the next batch, so that walking
// along a million rows allocates nothing for any of them.
type LastSeenBatch struct {
	text []byte // id and digest of the first row, of the second, ...
	rows []seenRow
}

type seenRow struct {
	id, digest, end int // where in text they begin, and the digest ends
	missing         int32
}

// Len returns how many rows the batch holds.
func (b *LastSeenBatch) Len() int { return len(b.rows) }

// At returns a row. The slices are valid until the batch is loaded again.
func (b *LastSeenBatch) At(i int) (id, digest []byte, missing int32) {
	r := &b.rows[i]
	return b.text[r.id:r.digest], b.text[r.digest:r.end], r.missing
}

// LoadLastSeenAfter fills a batch with up to count rows of a listing whose ids
// come after one; "" is before all. A batch that is not full is the last.
func (q *Queries) LoadLastSeenAfter(ctx context.Context, b *LastSeenBatch, listing int32, after string, count int32) error {
	b.text, b.rows = b.text[:0], b.rows[:0]
	binaryForm := pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.BinaryFormatCode, pgx.BinaryFormatCode}
	rows, err := q.db.Query(ctx, lastSeenAfter, binaryForm, listing, after, count)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		raw := rows.RawValues()
		r := seenRow{id: len(b.text), missing: int32(binary.BigEndian.Uint32(raw[2]))} //nolint:gosec // an int4
		b.text = append(b.text, raw[0]...)
		r.digest = len(b.text)
		b.text = append(b.text, raw[1]...)
		r.end = len(b.text)
		b.rows = append(b.rows, r)
	}
	return rows.Err()
}
