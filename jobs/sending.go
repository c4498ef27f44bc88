package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	noticeQueue = "notices"
	// noticeTries is how often one is sent that fails: over some hours.
	noticeTries = 10
	sendWithin  = time.Minute
)

// noticeArgs is all that the job says that sends a notice.
type noticeArgs struct {
	Notice int64 `json:"notice"`
}

// Kind names the job.
func (noticeArgs) Kind() string { return "notice" }

// tell stores a notice with the job that sends it.
func (t *txn) tell(ctx context.Context, n notice.Notice, run *uuid.UUID, reason string) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	id, err := t.q.AddNotice(ctx, store.AddNoticeParams{
		Kind: string(n.Kind), Pipeline: n.Pipeline, Run: run, Reason: reason, Body: body, MadeOn: n.At,
	})
	if err != nil {
		return fmt.Errorf("store a notice: %w", err)
	}
	if _, err := t.river.InsertTx(ctx, t.tx, noticeArgs{id}, &river.InsertOpts{Queue: noticeQueue, MaxAttempts: noticeTries}); err != nil {
		return fmt.Errorf("queue a notice: %w", err)
	}
	return nil
}

// noticeWorker sends notices.
type noticeWorker struct {
	river.WorkerDefaults[noticeArgs]
	core *core
}

// Work sends one notice, unless it was sent. A notice that was sent and not noted is
// sent once more: told twice is better than not told.
func (w *noticeWorker) Work(ctx context.Context, job *river.Job[noticeArgs]) error {
	q := store.New(w.core.Pool)
	row, err := q.Notice(ctx, job.Args.Notice)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && row.SentOn != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	sending, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := w.core.send(sending, row); err != nil {
		w.core.Log.Warn("a notice could not be sent", "notice", row.ID, "kind", row.Kind, "pipeline", row.Pipeline, "err", err)
		return errors.Join(err, q.NoticeFailed(ctx, err.Error(), row.ID))
	}
	return q.NoticeSent(ctx, time.Now(), row.ID)
}

func (c *core) send(ctx context.Context, row store.Notice) error {
	if notice.Kind(row.Kind) == pinged {
		if address := c.Notices.Pings[row.Pipeline]; address != "" {
			return notice.Ping(ctx, address)
		}
		return nil
	}
	var n notice.Notice
	if err := json.Unmarshal(row.Body, &n); err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return c.Notices.Sender.Send(ctx, n)
}
