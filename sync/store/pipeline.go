package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// InStepPipelined is InStep for many short transactions, each of which would else
// wait for the server once for each statement: a statement that answers nothing is
// sent together with the next one that does, or with the last. An error of it comes
// then, so f must not do anything because a statement has gone well.
func (s *Store) InStepPipelined(ctx context.Context, step, token int64, f func(tx pgx.Tx, q *Queries) error) error {
	return s.InStep(ctx, step, token, func(tx pgx.Tx, _ *Queries) error {
		p := &pipeline{Tx: tx}
		if err := f(p, New(p)); err != nil {
			return err
		}
		return p.flush(ctx)
	})
}

// pipeline is a transaction whose statements that answer nothing wait for the next
// one that does.
type pipeline struct {
	pgx.Tx

	waiting pgx.Batch
}

// answers reports whether somebody looks at how many rows a statement has changed.
// The generated statements say so in their first line.
func answers(sql string) bool {
	first, _, _ := strings.Cut(sql, "\n")
	return !strings.HasSuffix(first, " :exec")
}

// Exec keeps a statement for later, or carries it out after those that wait.
func (p *pipeline) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if !answers(sql) {
		p.waiting.Queue(sql, args...)
		return pgconn.CommandTag{}, nil
	}
	if err := p.flush(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return p.Tx.Exec(ctx, sql, args...)
}

// Query sends a question together with the statements that wait.
func (p *pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if p.waiting.Len() == 0 {
		return p.Tx.Query(ctx, sql, args...)
	}
	p.waiting.Queue(sql, args...)
	sent, before := p.send(ctx)
	for range before - 1 {
		if _, err := sent.Exec(); err != nil {
			_ = sent.Close()
			return nil, err
		}
	}
	rows, err := sent.Query()
	if err != nil {
		_ = sent.Close()
		return nil, err
	}
	return &batchRows{rows, sent}, nil
}

// QueryRow is Query for one row.
func (p *pipeline) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, sql, args...)
	return &batchRow{rows, err}
}

// CopyFrom copies rows in after the statements that wait.
func (p *pipeline) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := p.flush(ctx); err != nil {
		return 0, err
	}
	return p.Tx.CopyFrom(ctx, table, columns, rows)
}

// SendBatch sends a batch after the statements that wait. An error of theirs breaks
// the transaction, and so shows in the batch as well.
func (p *pipeline) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	_ = p.flush(ctx)
	return p.Tx.SendBatch(ctx, b)
}

func (p *pipeline) send(ctx context.Context) (sent pgx.BatchResults, statements int) {
	batch := p.waiting
	p.waiting = pgx.Batch{}
	return p.Tx.SendBatch(ctx, &batch), batch.Len()
}

func (p *pipeline) flush(ctx context.Context) error {
	if p.waiting.Len() == 0 {
		return nil
	}
	sent, _ := p.send(ctx)
	return sent.Close()
}

// batchRows are rows of the last statement of a batch, which ends with them.
type batchRows struct {
	pgx.Rows

	sent pgx.BatchResults
}

// Close ends the batch, too.
func (r *batchRows) Close() {
	r.Rows.Close()
	_ = r.sent.Close()
}

// batchRow is the only row of a question.
type batchRow struct {
	rows pgx.Rows
	err  error
}

// Scan reads the row.
func (r *batchRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
