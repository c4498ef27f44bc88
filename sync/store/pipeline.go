package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// InStepPipelined is InStep for many short transactions, each of which would else
// wait for the server once for each statement: a statement that answers nothing is
// sent together with the next one that does, or with the end of the transaction. An
// error of it comes then, so f must not do anything because a statement has gone
// well.
func (s *Store) InStepPipelined(ctx context.Context, step, token int64, f func(db DBTX, q *Queries) error) error {
	return s.pipelined(ctx, &pipeline{}, step, token, f)
}

// InStepAtOnce is InStepPipelined where the first statement of f that answers is also
// its last: the end of the transaction is sent with it, and all of it is one wait for
// the server. What f returns after that statement undoes nothing.
func (s *Store) InStepAtOnce(ctx context.Context, step, token int64, f func(db DBTX, q *Queries) error) error {
	return s.pipelined(ctx, &pipeline{once: true}, step, token, f)
}

func (s *Store) pipelined(ctx context.Context, p *pipeline, step, token int64, f func(db DBTX, q *Queries) error) error {
	conn, err := s.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // which closes it when the transaction is still open
	p.conn = conn
	p.waiting.Queue("begin")
	p.waiting.Queue(shortStatements)
	q := New(p)
	if token != 0 {
		if err := q.EnsureStep(ctx, step, token); err != nil {
			return err
		}
	}
	if err = f(p, q); err == nil {
		err = p.commit(ctx)
	}
	if err == nil {
		return nil
	}
	if conn.Conn().PgConn().TxStatus() != 'I' {
		_, _ = conn.Exec(ctx, "rollback")
	}
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok && failed.Code == leaseLost {
		return ErrLeaseLost
	}
	return err
}

// The codes of the errors with which statements end their transaction.
const (
	leaseLost = "TL001" // EnsureStep
	overtaken = "TL002" // BeginCreates
)

// Overtaken reports whether a transaction has failed because a record is no longer to
// be made.
func Overtaken(err error) bool {
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failed.Code == overtaken
}

// shortStatements has the server keep its plans of the statements of a transaction,
// and look each row up by an index. To plan one for a few rows takes longer than to
// carry it out; a plan that is kept must do for one row and for hundreds, whether the
// tables were empty when it was made or not.
const shortStatements = `select set_config('plan_cache_mode', 'force_generic_plan', true),
set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// errCommitted says that a statement came after the one that was to be the last.
var errCommitted = errors.New("the transaction has ended with the statement before")

// pipeline is a transaction whose statements that answer nothing wait for the next
// one that does. It begins with the first that is sent.
type pipeline struct {
	conn    *pgxpool.Conn
	waiting pgx.Batch
	once    bool // it ends with the first statement that answers
	ended   bool
	late    error // of the end, when it was sent with a statement
}

// answers reports whether somebody looks at how many rows a statement has changed.
// The generated statements say so in their first line.
func answers(sql string) bool {
	first, _, _ := strings.Cut(sql, "\n")
	return !strings.HasSuffix(first, " :exec")
}

// Exec keeps a statement for later, or carries it out after those that wait.
func (p *pipeline) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	if !answers(sql) && !p.ended {
		p.waiting.Queue(sql, args...)
		return tag, nil
	}
	sent, err := p.ask(ctx, sql, args)
	if err != nil {
		return tag, err
	}
	tag, err = sent.Exec()
	p.over(sent)
	return tag, err
}

// Query sends a question together with the statements that wait.
func (p *pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	sent, err := p.ask(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	rows, err := sent.Query()
	if err != nil {
		p.over(sent)
		return nil, err
	}
	return &batchRows{rows, p, sent}, nil
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
	return p.conn.CopyFrom(ctx, table, columns, rows)
}

// SendBatch sends a batch after the statements that wait. An error of theirs breaks
// the transaction, and so shows in the batch as well.
func (p *pipeline) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	_ = p.flush(ctx)
	return p.conn.SendBatch(ctx, b)
}

// ask sends a statement that answers after those that wait. The next result of what
// it returns is its answer.
func (p *pipeline) ask(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	if p.ended {
		return nil, errCommitted
	}
	before := p.waiting.Len()
	p.waiting.Queue(sql, args...)
	if p.ended = p.once; p.ended {
		p.waiting.Queue("commit")
	}
	sent := p.send(ctx)
	for range before {
		if _, err := sent.Exec(); err != nil {
			p.over(sent)
			return nil, err
		}
	}
	return sent, nil
}

func (p *pipeline) send(ctx context.Context) pgx.BatchResults {
	batch := p.waiting
	p.waiting = pgx.Batch{}
	return p.conn.SendBatch(ctx, &batch)
}

// over ends what was sent. An error of what came after the answer is one of the end
// of the transaction.
func (p *pipeline) over(sent pgx.BatchResults) {
	p.late = errors.Join(p.late, sent.Close())
}

func (p *pipeline) flush(ctx context.Context) error {
	if p.waiting.Len() == 0 {
		return nil
	}
	return p.send(ctx).Close()
}

func (p *pipeline) commit(ctx context.Context) error {
	if !p.ended {
		p.waiting.Queue("commit")
	}
	return errors.Join(p.late, p.flush(ctx))
}

// batchRows are rows of the last question of a batch, which ends with them.
type batchRows struct {
	pgx.Rows

	p    *pipeline
	sent pgx.BatchResults
}

// Close ends the batch, too.
func (r *batchRows) Close() {
	r.Rows.Close()
	r.p.over(r.sent)
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
