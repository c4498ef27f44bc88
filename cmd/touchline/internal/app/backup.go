package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/backup"
	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/sync/engine"
)

// Backup writes a backup of the database of the settings to a file. cold copies the
// folder of the private server instead, which must not run.
func Backup(ctx context.Context, s Settings, log *slog.Logger, file string, cold bool) error {
	if cold {
		o, err := private(s, log)
		if err != nil {
			return err
		}
		return stopped(backup.Copy(ctx, o, file))
	}
	db, err := OpenDatabase(ctx, s, log)
	if err != nil {
		return err
	}
	defer db.Close()
	err = backup.Dump(ctx, db.URL, s.Database.Binaries, file)
	if errors.Is(err, postgres.ErrNoTool) && s.Database.URL.Reveal() == "" {
		err = fmt.Errorf("%w; or stop touchline and copy its folder: touchline backup --cold FILE", err)
	}
	return err
}

// Restore brings a backup back into the database of the settings, and has the next
// start notice it. With replace the private server's database is put aside, and where
// is answered; "" when there was none.
func Restore(ctx context.Context, s Settings, log *slog.Logger, file string, replace bool) (aside string, err error) {
	form, err := backup.FormOf(file)
	if err != nil {
		return "", err
	}
	if url := s.Database.URL.Reveal(); url != "" {
		if replace || form == backup.Copied {
			return "", Usage(errors.New("the settings name a database of your own (database.url): a backup is restored into an empty one, without --replace, " +
				"and a copy of a data folder only into a data folder"))
		}
		if err = backup.Restore(ctx, url, s.Database.Binaries, file); err != nil {
			return "", err
		}
		return "", noticed(s)
	}
	o, err := private(s, log)
	if err != nil {
		return "", err
	}
	if err := mine(o.DataDir); err != nil {
		return "", err
	}
	if _, err := os.Lstat(filepath.Join(o.DataDir, "postgres")); !errors.Is(err, fs.ErrNotExist) && !replace {
		return "", Usage(fmt.Errorf("the data folder %s holds a database; with --replace it is put aside, and kept", o.DataDir))
	}
	if form == backup.Copied {
		aside, err = backup.Replace(ctx, o, file)
	} else {
		aside, err = restoreDump(ctx, s, log, o, file)
	}
	if err != nil {
		return "", stopped(err)
	}
	return aside, noticed(s)
}

// restoreDump makes a new cluster for a dump. When that fails, the old one is in its
// place again.
func restoreDump(ctx context.Context, s Settings, log *slog.Logger, o postgres.Options, file string) (aside string, err error) {
	err = postgres.WithFolder(ctx, o, func(f postgres.Folder) (err error) {
		aside, err = f.Aside()
		return err
	})
	if err != nil {
		return "", err
	}
	db, err := ServeDatabase(ctx, s, log)
	if err == nil {
		err = backup.Restore(ctx, db.URL, s.Database.Binaries, file)
		db.Close()
	}
	if err != nil {
		back := func(f postgres.Folder) error { return f.Back(aside) }
		return "", errors.Join(err, postgres.WithFolder(context.WithoutCancel(ctx), o, back))
	}
	return aside, nil
}

// private is the private server of the settings.
func private(s Settings, log *slog.Logger) (postgres.Options, error) {
	if s.Database.URL.Reveal() != "" {
		return postgres.Options{}, Usage(errors.New("the settings name a database of your own (database.url), and only the folder of a private one can be copied"))
	}
	dir, err := dataDir(s)
	return postgres.Options{DataDir: dir, Binaries: s.Database.Binaries, Log: log}, err
}

// stopped says what to do when the server runs.
func stopped(err error) error {
	if errors.Is(err, postgres.ErrInUse) {
		return fmt.Errorf("%w; stop touchline first (systemctl stop touchline), and start it afterwards", err)
	}
	return err
}

// mine refuses, for root, a data folder whose server runs as somebody else: what root
// makes there that server could not use.
func mine(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && stat.Uid != 0 {
		return fmt.Errorf("the data folder %s belongs to user %d; restore as that user: runuser -u touchline -- touchline restore", dir, stat.Uid)
	}
	return nil
}

// elsewhere is the epoch of no database.
var elsewhere = uuid.UUID{15: 1}

// noticed makes sure that the next start takes the database for one that was restored:
// where nothing tells how far it had come, it is as if another had been seen.
func noticed(s Settings) error {
	dir, err := dataDir(s)
	if err != nil {
		return err
	}
	kept, err := readMark(dir)
	if err != nil || kept != nil {
		return err
	}
	if err := writeMark(dir, engine.Mark{Epoch: elsewhere}); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		return os.Lchown(filepath.Join(dir, markFile), int(stat.Uid), int(stat.Gid))
	}
	return nil
}
