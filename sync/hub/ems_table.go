package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// table is what the database says of a table of EMS.
type table struct {
	name    string
	quoted  string // "ems"."person"
	columns map[string]column
	// about are the columns that a constraint or unique index looks at.
	about map[string]string
}

type column struct {
	kind     string // as information_schema names the type
	readOnly bool
	hidden   bool // no value of the row's own
}

const (
	list      = "ARRAY"
	timestamp = "timestamp with time zone"
)

// auditColumns are kept by the tables themselves.
var auditColumns = []string{"created_on", "modified_on", "deleted_on", "version", "modified_by", "bounced_email"}

// byCallOnly are the columns that only a call of their own may change.
var byCallOnly = map[string][]string{"person": {"merged_into_id", "erased_on"}}

// table returns what is known of a table, and reads it the first time.
func (e *EMS) table(ctx context.Context, db DBTX, name string) (*table, error) {
	if !slices.Contains(EMSTypes, name) {
		return nil, refuse(UnknownType, "there is no type %q; there are %q", name, EMSTypes)
	}
	e.mu.Lock()
	t := e.tables[name]
	e.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t, err := readTable(ctx, db, name)
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", name, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tables == nil {
		e.tables = map[string]*table{}
	}
	e.tables[name] = t
	return t, nil
}

func readTable(ctx context.Context, db DBTX, name string) (*table, error) {
	t := &table{
		name: name, quoted: pgx.Identifier{"ems", name}.Sanitize(),
		columns: map[string]column{}, about: map[string]string{},
	}
	rows, err := db.Query(ctx, `select column_name::text, data_type::text, is_generated = 'ALWAYS'
		from information_schema.columns where table_schema = 'ems' and table_name = $1`, name)
	if err != nil {
		return nil, err
	}
	var of, kind string
	var made bool
	if _, err := pgx.ForEachRow(rows, []any{&of, &kind, &made}, func() error {
		hidden := made || of == "id" || slices.Contains(auditColumns, of)
		t.columns[of] = column{kind, hidden || slices.Contains(byCallOnly[name], of), hidden}
		return nil
	}); err != nil {
		return nil, err
	}
	rows, err = db.Query(ctx, `
		select c.conname::text, string_agg(a.attname, ', ' order by a.attnum)
		from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
		where c.conrelid = $1::text::regclass group by c.conname
		union
		select i.indexrelid::regclass::name::text, string_agg(a.attname, ', ' order by a.attnum)
		from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey::int2[])
		where i.indisunique and i.indrelid = $1::text::regclass group by 1`, t.quoted)
	if err != nil {
		return nil, err
	}
	var constraint, columns string
	_, err = pgx.ForEachRow(rows, []any{&constraint, &columns}, func() error {
		t.about[strings.TrimPrefix(constraint, "ems.")] = columns
		return nil
	})
	return t, err
}

// scan reads to_jsonb of a row.
func (t *table) scan(from pgx.CollectableRow) (Row, error) {
	var text []byte
	if err := from.Scan(&text); err != nil {
		return Row{}, err
	}
	var row Row
	if err := json.Unmarshal(text, &struct {
		ID         *int64      `json:"id"`
		Version    *int64      `json:"version"`
		CreatedOn  *time.Time  `json:"created_on"`
		ModifiedOn *time.Time  `json:"modified_on"`
		DeletedOn  **time.Time `json:"deleted_on"`
		ModifiedBy *string     `json:"modified_by"`
	}{&row.ID, &row.Version, &row.CreatedOn, &row.ModifiedOn, &row.DeletedOn, &row.ModifiedBy}); err != nil {
		return Row{}, errors.New("a row is not as its table says")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	values := map[string]any{}
	if err := d.Decode(&values); err != nil {
		return Row{}, errors.New("a row is not as its table says")
	}
	row.Fields = make(map[string]string, len(values))
	for name, v := range values {
		if c, known := t.columns[name]; known && !c.hidden && v != nil {
			row.Fields[name] = c.text(v)
		}
	}
	return row, nil
}

// text writes a value as Row has it.
func (c column) text(v any) string {
	if parts, ok := v.([]any); ok {
		lines := make([]string, len(parts))
		for i, p := range parts {
			lines[i] = fmt.Sprint(p)
		}
		return strings.Join(lines, "\n")
	}
	text := fmt.Sprint(v)
	if c.kind == timestamp {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return text
}

// values checks the names of columns and makes what jsonb_populate_record
// takes. The columns come sorted, so that equal calls are equal statements.
func (t *table) values(fields map[string]string) ([]string, map[string]any, error) {
	values := make(map[string]any, len(fields))
	names := slices.Sorted(maps.Keys(fields))
	for _, name := range names {
		c, known := t.columns[name]
		switch {
		case !known:
			return nil, nil, &EMSRefusal{UnknownColumn, fmt.Sprintf("%s has no column %q", t.name, name), name, ""}
		case c.readOnly:
			return nil, nil, &EMSRefusal{ReadOnlyColumn, fmt.Sprintf("the column %s of %s is not written by callers", name, t.name), name, ""}
		case fields[name] == "" && c.kind == list:
			values[name] = []string{}
		case fields[name] == "":
			values[name] = nil
		case c.kind == list:
			values[name] = strings.Split(fields[name], "\n")
		default:
			values[name] = fields[name]
		}
	}
	return names, values, nil
}

// write inserts a row, or updates the one with the id, and returns its id.
func (t *table) write(ctx context.Context, tx pgx.Tx, id int64, names []string, values map[string]any) (int64, error) {
	quoted, from, set := make([]string, len(names)), make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
		from[i] = "r." + quoted[i]
		set[i] = quoted[i] + " = " + from[i]
	}
	record := " from jsonb_populate_record(null::" + t.quoted + ", $1) r"
	sql := "insert into " + t.quoted + " (" + strings.Join(quoted, ", ") + ") select " + strings.Join(from, ", ") + record + " returning id"
	args := []any{values}
	if id != 0 {
		sql = "update " + t.quoted + " t set " + strings.Join(set, ", ") + record + " where t.id = $2 returning t.id"
		args = append(args, id)
	}
	inner, err := tx.Begin(ctx) // so that a value that is refused can be looked for
	if err != nil {
		return 0, err
	}
	err = inner.QueryRow(ctx, sql, args...).Scan(&id)
	if err == nil {
		return id, inner.Commit(ctx)
	}
	if back := inner.Rollback(ctx); back != nil {
		return 0, back
	}
	return 0, t.explain(ctx, tx, err, values)
}

// explain makes of what Postgres refuses what a caller may be told. Postgres's
// own text holds values.
func (t *table) explain(ctx context.Context, tx pgx.Tx, err error, values map[string]any) error {
	p, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	about := t.about[p.ConstraintName]
	switch {
	case strings.HasPrefix(p.Code, "22"):
		name := t.culprit(ctx, tx, values)
		return &EMSRefusal{InvalidValue, fmt.Sprintf("the value of the column %s is not of its type, or too long", name), name, ""}
	case p.Code == "23502":
		return &EMSRefusal{ConstraintViolated, fmt.Sprintf("the column %s needs a value", p.ColumnName), p.ColumnName, "not_null"}
	case p.Code == "23514":
		return &EMSRefusal{ConstraintViolated, fmt.Sprintf("%s does not allow this (%s)", p.ConstraintName, about), about, p.ConstraintName}
	case p.ConstraintName == bibConstraint:
		return &EMSRefusal{ConstraintHeld, "another person of the event has this bib", "bib", p.ConstraintName}
	case p.Code == "23503":
		return &EMSRefusal{ConstraintHeld, fmt.Sprintf("what %s names does not exist (%s)", about, p.ConstraintName), about, p.ConstraintName}
	case strings.HasPrefix(p.Code, "23"):
		return &EMSRefusal{ConstraintHeld, fmt.Sprintf("another %s has the same %s (%s)", t.name, about, p.ConstraintName), about, p.ConstraintName}
	case p.Code == crossed || p.Code == "40001":
		return err
	}
	return fmt.Errorf("write %s: %s in Postgres", t.name, p.Code)
}

// bibConstraint is broken by a bib that is another person's.
const bibConstraint = "event_participant_bib"

// crossed is Postgres's code for two transactions that wait for each other.
const crossed = "40P01"

// Crossed reports whether a transaction was given up because another stood in
// its way. It may be tried again.
func Crossed(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (p.Code == crossed || p.Code == "40001")
}

// culprit is the column whose value cannot be read.
func (t *table) culprit(ctx context.Context, tx pgx.Tx, values map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "select jsonb_populate_record(null::"+t.quoted+", $1)", map[string]any{name: values[name]})
			return err
		}); err != nil {
			return name
		}
	}
	return "?"
}
