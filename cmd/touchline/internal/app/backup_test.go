package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/engine"
)

// kept is a data folder with the database of a private server in it.
type kept struct {
	*testing.T

	settings Settings
	log      *slog.Logger
}

func newKept(t *testing.T) *kept {
	t.Helper()
	sizetest.Skip(t, "clusters of its own")
	dir, err := os.MkdirTemp("", "touchline-backup-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // the server's user passes through
		t.Fatal(err)
	}
	k := &kept{T: t, log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	k.settings.DataDir = filepath.Join(dir, "data")
	return k
}

// open runs the server while f works with its database.
func (k *kept) open(f func(context.Context, *Database)) {
	k.Helper()
	db, err := ServeDatabase(k.Context(), k.settings, k.log)
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		k.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		k.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(k.Context()); err != nil {
		k.Fatal(err)
	}
	f(k.Context(), db)
}

// note keeps a line in the database; notes counts them.
func (k *kept) note(ctx context.Context, db *Database) {
	k.Helper()
	_, err := db.Pool.Exec(ctx, `insert into entity (kind, key, fields) values ('test.person', gen_random_uuid()::text, '{}')`)
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kept) notes(want int) {
	k.Helper()
	k.open(func(ctx context.Context, db *Database) {
		var n int
		if err := db.Pool.QueryRow(ctx, `select count(*) from entity`).Scan(&n); err != nil || n != want {
			k.Errorf("the database has %d entities (%v), want %d", n, err, want)
		}
	})
}

func (k *kept) backup(file string, cold bool) error {
	return Backup(k.Context(), k.settings, k.log, file, cold)
}

func (k *kept) restore(file string, replace bool) (string, error) {
	return Restore(k.Context(), k.settings, k.log, file, replace)
}

// damaged is a backup of which the end is missing.
func (k *kept) damaged(file string) string {
	k.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		k.Fatal(err)
	}
	short := file + ".short"
	if err := os.WriteFile(short, b[:len(b)*3/4], 0o600); err != nil {
		k.Fatal(err)
	}
	return short
}

// comesBack restores a backup that holds one entity over a database that holds two.
func (k *kept) comesBack(file string) {
	k.Helper()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		k.Errorf("the backup: %v, %v, want one that only its owner can read", info, err)
	}
	if _, err := k.restore(file, false); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "--replace") {
		k.Errorf("over a database that is there: %v", err)
	}
	if _, err := k.restore(k.damaged(file), true); err == nil {
		k.Error("half a backup was restored")
	}
	k.notes(2)
	aside, err := k.restore(file, true)
	if err != nil {
		k.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(aside, "PG_VERSION")); err != nil {
		k.Errorf("what was there is not put aside: %v", err)
	}
	k.notes(1)
	if m, err := readMark(k.settings.DataDir); err != nil || m == nil || m.Epoch != elsewhere {
		k.Errorf("the next start takes it for %v (%v), want for another database", m, err)
	}
}

func TestBackupWhileItRuns(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	file := filepath.Join(t.TempDir(), "touchline.dump")
	k.open(func(ctx context.Context, db *Database) {
		k.note(ctx, db)
		if err := k.backup(file, false); err != nil {
			t.Fatal(err)
		}
		if err := k.backup(file, false); err == nil || !strings.Contains(err.Error(), "is there already") {
			t.Errorf("over a backup that is there: %v", err)
		}
		if _, err := k.restore(file, true); !errors.Is(err, postgres.ErrInUse) || !strings.Contains(err.Error(), "stop touchline") {
			t.Errorf("while it runs: %v", err)
		}
		k.note(ctx, db)
	})
	k.comesBack(file)
}

func TestBackupOfTheFolder(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	file := filepath.Join(t.TempDir(), "touchline.tar.gz")
	k.open(func(ctx context.Context, db *Database) {
		k.note(ctx, db)
		if err := k.backup(file, true); !errors.Is(err, postgres.ErrInUse) || !strings.Contains(err.Error(), "stop touchline") {
			t.Errorf("while it runs: %v", err)
		}
	})
	if err := k.backup(file, true); err != nil {
		t.Fatal(err)
	}
	k.open(k.note)
	k.comesBack(file)
}

// What is noticed of a database that was restored is not overwritten.
func TestRestoreLeavesWhatWasSeen(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	file := filepath.Join(t.TempDir(), "touchline.dump")
	seen := engine.Mark{Epoch: [16]byte{1}, Journal: 7}
	k.open(func(context.Context, *Database) {
		if err := errors.Join(k.backup(file, false), writeMark(k.settings.DataDir, seen)); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := k.restore(file, true); err != nil {
		t.Fatal(err)
	}
	if m, err := readMark(k.settings.DataDir); err != nil || m == nil || *m != seen {
		t.Errorf("the mark is %v (%v), want %v", m, err, seen)
	}
	for name, c := range map[string]struct{ content, want string }{
		"a text":     {"select 1;\n", "no backup of touchline"},
		"an empty":   {"", "no backup of touchline"},
		"half a zip": {"\x1f\x8b\x08\x00\x00", "no whole copy"},
	} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := k.restore(other, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	k.notes(0)
}
