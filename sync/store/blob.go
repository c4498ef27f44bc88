package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// PutBlob seals bytes and keeps them under their digest, in all systems together.
func (h *Host) PutBlob(ctx context.Context, b connector.Blob) (string, error) {
	if h.seal == nil {
		return "", connector.ErrNoKey
	}
	digest := record.BlobOf(b.Data)
	err := h.q.PutBlob(ctx, digest, b.MediaType, h.seal.Seal("blob:"+digest, b.Data))
	if err != nil {
		return "", fmt.Errorf("keep bytes: %w", err)
	}
	return digest, nil
}

// Blob returns the bytes that a value names. Those that another key has sealed count as
// not kept.
func (h *Host) Blob(ctx context.Context, digest string) (connector.Blob, error) {
	if h.seal == nil {
		return connector.Blob{}, connector.ErrNoKey
	}
	row, err := h.q.GetBlob(ctx, digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return connector.Blob{}, connector.ErrNoBlob
	}
	if err != nil {
		return connector.Blob{}, fmt.Errorf("kept bytes: %w", err)
	}
	data, err := h.seal.Open("blob:"+digest, row.Sealed)
	if err != nil || record.BlobOf(data) != digest {
		return connector.Blob{}, connector.ErrNoBlob
	}
	return connector.Blob{MediaType: row.MediaType, Data: data}, nil
}

// DropLostBlobs drops bytes that no entity names, and that nobody has put for so many
// hours: a plan may still name them.
func (q *Queries) DropLostBlobs(ctx context.Context, hours int32) error {
	fields, kinds := value.BlobFields()
	_, err := q.DropBlobs(ctx, hours, kinds, fields)
	return err
}
