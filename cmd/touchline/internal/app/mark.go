package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/store"
)

// markFile is the file of the data folder that holds how far the database has come.
// It must not be part of the database's backup.
const markFile = "journal.json"

// readMark reads the mark of a data folder; nil when there is none, as at the first
// start.
func readMark(dir string) (*engine.Mark, error) {
	path := filepath.Join(dir, markFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m engine.Mark
	if err == nil {
		in := json.NewDecoder(bytes.NewReader(data))
		in.DisallowUnknownFields()
		err = in.Decode(&m)
		if err == nil && (m.Epoch == uuid.Nil || m.Journal < 0) {
			err = errors.New("it lacks the epoch or the number")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w; it tells a database that was restored from a backup from one that was not. "+
			"Make it readable; or, when you know that the database was not restored, delete the file and start again", path, err)
	}
	return &m, nil
}

// writeMark replaces the mark of a data folder. Whoever reads it sees the old one or
// the new one, whatever happens meanwhile.
func writeMark(dir string, m engine.Mark) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep how far the database has come: %w", err)
		}
	}()
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // as the folder of the private Postgres
		return err
	}
	f, err := os.CreateTemp(dir, markFile+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, markFile))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// keeper holds the mark of this process's data folder against the database, again
// and again, and tells when the database was restored and when that is over.
type keeper struct {
	dir    string // "": there is none
	engine *engine.Engine
	log    *slog.Logger
	// audit is where the audit stands whose chain this process walks; nil: it walks none.
	audit *store.Store

	mu       sync.Mutex
	kept     *engine.Mark
	restored bool      // as it was told last
	closed   bool      // the folder cannot be written, and that was told
	broken   bool      // the audit is not whole, and that was told
	walked   time.Time // when its chain was walked last
	unwhole  atomic.Bool
}

// walkEvery is how often the chain of the audit is walked: a row that was changed shows
// only then.
const walkEvery = 6 * time.Hour

// AuditBroken reports whether the audit was found not to be whole since the process has
// started. A tail that was cut is seen once, so this stays until it starts anew.
func (k *keeper) AuditBroken() bool { return k.unwhole.Load() }

// walk walks the chain of the audit, when it is time to.
func (k *keeper) walk(ctx context.Context) error {
	if k.audit == nil || !k.walked.IsZero() && time.Since(k.walked) < walkEvery {
		return nil
	}
	_, _, err := store.VerifyAudit(ctx, k.audit.Pool)
	if why, is := errors.AsType[store.BrokenAudit](err); is {
		if !k.unwhole.Swap(true) {
			k.log.Error(why.Error() + "; \"touchline audit verify\" says more")
		}
		err = nil
	}
	if err == nil {
		k.walked = time.Now()
	}
	return err
}

// Anchor is how far this process has seen the audit come.
func (k *keeper) Anchor() store.Anchor {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept.Anchor()
}

// blind begins what is told when nothing can be kept.
const blind = "this process will not notice when the database is restored from a backup while it is down: "

func newKeeper(s Settings, e *engine.Engine, log *slog.Logger) (*keeper, error) {
	dir, err := dataDir(s)
	if err != nil {
		log.Warn(blind+"there is no data folder; set data_dir", "err", err)
		return &keeper{engine: e, log: log}, nil
	}
	kept, err := readMark(dir)
	return &keeper{dir: dir, engine: e, log: log, kept: kept}, err
}

// Keep compares and keeps the mark. It is cheap, and writes the file only when
// something was sent since.
func (k *keeper) Keep(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, found, err := k.engine.Compare(ctx, k.kept)
	if err != nil {
		return err
	}
	if found == engine.Another {
		k.log.Warn("the data folder belongs to another database; this one is empty, and is taken for a new deployment. "+
			"If it is not meant to be new, stop, and set database.url or data_dir", "data_dir", k.dir)
	}
	if cut := found == engine.AuditBroken; cut != k.broken {
		k.broken = cut
		if cut {
			k.unwhole.Store(true)
			k.log.Error("the audit is not whole: rows that this process has seen are missing, or others; \"touchline audit verify\" says more",
				"row_seen", k.kept.Audit)
		}
	}
	if err := errors.Join(k.walk(ctx), k.tell(ctx, found, now)); err != nil {
		return err
	}
	if k.kept != nil && *k.kept == now && !k.closed {
		return nil
	}
	k.kept = &now
	if k.dir == "" {
		return nil
	}
	err = writeMark(k.dir, now)
	if err != nil && !k.closed {
		k.log.Warn(blind+"its data folder cannot be written; set data_dir", "data_dir", k.dir, "err", err)
	}
	k.closed = err != nil
	return nil
}

// tell tells once when the database is RESTORED, and once when it is so no longer.
func (k *keeper) tell(ctx context.Context, found engine.Finding, now engine.Mark) error {
	if _, err := k.engine.EndRestored(ctx); err != nil {
		return err
	}
	r, err := k.engine.Restored(ctx)
	if err != nil {
		return err
	}
	if found == engine.Behind {
		k.log.Warn("the database is older than what this process has seen of it, or another one: it was restored from a backup",
			"epoch_seen", k.kept.Epoch, "journal_seen", k.kept.Journal, "epoch", now.Epoch, "journal", now.Journal)
	}
	switch {
	case r != nil && !k.restored:
		k.log.Warn("RESTORED: until every place was read whole nothing is created or removed and no consent is loosened; "+
			"it ends by itself, or run the scans now; see docs/runs.md, After restoring a backup", "since", r.Since, "places", len(r.Left))
	case r == nil && k.restored:
		k.log.Info("RESTORED is over: creates, removals and looser consents go on")
	}
	k.restored = r != nil
	return nil
}
