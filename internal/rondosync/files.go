package rondosync

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Files are what the files of a folder say. Of values it holds keys alone.
type Files struct {
	rows map[string][]row // by table
	Left []Left
}

// row is one remote record, and whose it is.
type row struct {
	id, key string
	why     string // why it says nothing; then there is no key
}

// Left is a table that is not taken over.
type Left struct {
	Table string `json:"table"`
	Rows  int    `json:"rows"`
	Why   string `json:"why"`
}

// Read reads the files of a folder, of whatever version. They stay as they are: what is
// opened is a copy, with what the program has written lately and not yet put in its place.
func Read(ctx context.Context, dir string) (_ *Files, err error) {
	copied, err := os.MkdirTemp("", "touchline-import-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	f, dbs := &Files{rows: map[string][]row{}}, map[string]*sql.DB{}
	defer func() {
		for _, db := range dbs {
			err = errors.Join(err, db.Close())
		}
	}()
	open := func(files []string, table string) (*sql.DB, string, error) {
		for _, name := range files {
			db, known := dbs[name]
			if !known {
				if db, err = openCopy(ctx, dir, copied, name); err != nil {
					return nil, "", err
				}
				if db == nil {
					continue
				}
				dbs[name] = db
			}
			cols, err := columns(ctx, db, table)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
			}
			if len(cols) > 0 {
				return db, filepath.Join(dir, name), nil
			}
		}
		return nil, "", nil
	}
	for _, t := range tables {
		db, file, err := open(t.files, t.name)
		if err != nil {
			return nil, err
		}
		if db == nil {
			continue // of a version that had none, or the club has no such system
		}
		if f.rows[t.name], err = t.read(ctx, db, file); err != nil {
			return nil, err
		}
	}
	for _, l := range left {
		db, file, err := open(l.files, l.name)
		if err != nil {
			return nil, err
		}
		if db == nil {
			continue
		}
		var n int
		if err := db.QueryRowContext(ctx, "select count("+l.id+") from "+l.name).Scan(&n); err != nil {
			return nil, fmt.Errorf("%s: table %s: %w", file, l.name, err)
		}
		if n > 0 {
			f.Left = append(f.Left, Left{l.name, n, l.why})
		}
	}
	if len(dbs) == 0 {
		return nil, fmt.Errorf("%s has none of the files of rondo-sync, such as rondo-sync.sqlite: give the folder data of its installation", dir)
	}
	return f, nil
}

// openCopy copies a file and opens the copy; nil where there is no such file.
func openCopy(ctx context.Context, dir, to, name string) (*sql.DB, error) {
	path := filepath.Join(dir, name)
	for _, suffix := range []string{"", "-wal"} {
		err := copyFile(path+suffix, filepath.Join(to, name+suffix))
		if errors.Is(err, os.ErrNotExist) && suffix == "" {
			return nil, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s cannot be read: %w", path+suffix, err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(to, name))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	var said string
	if err := db.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&said); err != nil || said != "ok" {
		return nil, errors.Join(fmt.Errorf("%s is no SQLite database, or is damaged, or was being written: stop rondo-sync and try again; "+
			"if it fails again, take the file of its last backup", path), db.Close())
	}
	return db, nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// columns are those of a table; none where it is not there.
func columns(ctx context.Context, db *sql.DB, table string) (out []string, err error) {
	rows, err := db.QueryContext(ctx, "select name from pragma_table_info(?)", table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// read reads the rows that have a remote id.
func (t table) read(ctx context.Context, db *sql.DB, file string) (out []row, err error) {
	there, err := columns(ctx, db, t.name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	selected := make([]string, 0, len(t.of)+1)
	for _, column := range append([]string{t.id}, t.of...) {
		if !slices.Contains(there, column) {
			return nil, fmt.Errorf("%s: table %s has no column %s: this is a version of rondo-sync that touchline does not know. "+
				"Nothing of it is taken over; please report the version", file, t.name, column)
		}
		selected = append(selected, "coalesce(cast("+column+" as text), '')")
	}
	rows, err := db.QueryContext(ctx, "select "+strings.Join(selected, ", ")+" from "+t.name+" where "+t.id+" is not null order by rowid") //nolint:gosec // names of this package alone
	if err != nil {
		return nil, fmt.Errorf("%s: table %s: %w", file, t.name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]string, len(selected))
	into := make([]any, len(selected))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("%s: table %s: %w", file, t.name, err)
		}
		r := row{id: strings.TrimSpace(values[0])}
		if r.id == "" || r.id == "0" {
			continue // never made
		}
		if strings.Trim(r.id, "0123456789") != "" {
			r = row{why: "whose remote id is no number"}
		} else {
			r.key, r.why = t.key(values[1:])
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
