package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// RequestReused is why EMS refuses a request whose id came before with something else.
const RequestReused = "REQUEST_ID_REUSED"

// Request is a call that is safe to repeat for 24 hours.
type Request struct {
	ID     string // of the caller's; empty: each call is one of its own
	Digest []byte // of who asks for what
}

// Once makes a change and keeps its answer with the request, or returns the answer that
// the same request got before, and true: nothing is done then. A change that was refused
// is not kept.
func (e *EMS) Once(ctx context.Context, tx pgx.Tx, r Request, change func() (Row, error)) (row Row, repeated bool, err error) {
	if r.ID == "" {
		row, err = change()
		return row, false, err
	}
	q := New(tx)
	if err := q.LockEntityRequest(ctx, r.ID); err != nil {
		return Row{}, false, fmt.Errorf("wait for the same request: %w", err)
	}
	known, err := q.EntityRequest(ctx, r.ID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return Row{}, false, fmt.Errorf("look for the same request: %w", err)
	case !bytes.Equal(known.Digest, r.Digest):
		return Row{}, false, refuse(RequestReused, "this request_id came before with other arguments, or from somebody else; use a new one for another request")
	default:
		if err := json.Unmarshal(known.Answer, &row); err != nil {
			return Row{}, false, fmt.Errorf("read what a request was answered with: %w", err)
		}
		return row, true, nil
	}
	if row, err = change(); err != nil {
		return Row{}, false, err
	}
	answer, err := json.Marshal(row)
	if err != nil {
		return Row{}, false, fmt.Errorf("keep what a request is answered with: %w", err)
	}
	if err := q.KeepEntityRequest(ctx, r.ID, r.Digest, answer); err != nil {
		return Row{}, false, fmt.Errorf("keep what a request is answered with: %w", err)
	}
	return row, false, nil
}
