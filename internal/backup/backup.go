// Package backup takes a backup of a database with pg_dump and brings it back with
// pg_restore, and copies the folder of a private server where those programs are not.
// It does not know what is stored, and prints no value of it.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/internal/postgres"
)

// Dump writes a backup of the database at an address to a file, which must not be there
// and is there only when it is whole. beside is a folder in which pg_dump is looked for
// first.
func Dump(ctx context.Context, address, beside, file string) error {
	tool, _, err := toolFor(ctx, "pg_dump", address, beside)
	if err != nil {
		return err
	}
	return written(file, func(out io.Writer) error {
		return run(ctx, tool, address, nil, out, "--format=custom")
	})
}

// Restore brings a backup of Dump into an empty database, whole or not at all.
func Restore(ctx context.Context, address, beside, file string) error {
	tool, tables, err := toolFor(ctx, "pg_restore", address, beside)
	if err != nil {
		return err
	}
	if tables > 0 {
		return fmt.Errorf("the database holds %d tables; restore into one that is empty (createdb), and have database.url name it", tables)
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	return run(ctx, tool, address, in, nil, "--exit-on-error", "--single-transaction", "--no-owner")
}

// toolFor finds a program that is at least as new as the server, and counts the tables
// of the database.
func toolFor(ctx context.Context, name, address, beside string) (path string, tables int, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", 0, fmt.Errorf("database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var version int
	err = conn.QueryRow(ctx, `select current_setting('server_version_num')::int / 10000,
		(select count(*) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema'))`).Scan(&version, &tables)
	if err != nil {
		return "", 0, fmt.Errorf("database: %w", err)
	}
	path, err = postgres.Tool(ctx, name, version, beside)
	return path, tables, err
}

// run runs a program at a database. The password is not among its arguments, which
// every user of the machine can see.
func run(ctx context.Context, tool, address string, in io.Reader, out io.Writer, args ...string) error {
	public, password := withoutPassword(address)
	cmd := exec.CommandContext(ctx, tool, append(args, "--no-password", "--dbname="+public)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	var said strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(tool), err, firstError(said.String()))
	}
	return nil
}

var (
	// complaint is a line that says what is wrong. Those after it may quote rows.
	complaint = regexp.MustCompile(`(?m)^pg_\w+: (?:error|fatal): (.*)$`)
	quoted    = regexp.MustCompile(`"[^"]*"`)
	name      = regexp.MustCompile(`^"[a-z0-9_.]+"$`)
)

// firstError is the first complaint of a program, with what may be a value left out.
func firstError(said string) string {
	found := complaint.FindStringSubmatch(said)
	if found == nil {
		return "it does not say why"
	}
	return quoted.ReplaceAllStringFunc(found[1], func(s string) string {
		if name.MatchString(s) {
			return s
		}
		return `"…"`
	})
}

// written writes a file that only its owner can read, which is there only when it is
// whole. It replaces none.
func written(file string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s is there already; give another name", file)
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
