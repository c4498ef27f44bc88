package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Folder is the folder of a server that does not run, and is not started meanwhile.
type Folder struct {
	Cluster string // where its files are; it may not be there

	as *account
}

// WithFolder calls f while no server runs on the data folder and none can be started.
// It answers ErrInUse when one runs.
func WithFolder(ctx context.Context, o Options, f func(Folder) error) error {
	s, err := newServer(ctx, o)
	if err != nil {
		return err
	}
	if err := makeParents(s.dir, s.as); err != nil {
		return err
	}
	if err := s.takeLock(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if err = s.waitFree(ctx); err == nil {
		err = f(Folder{Cluster: s.cluster, as: s.as})
	}
	return errors.Join(err, s.lock.Close())
}

// Own gives a file of a folder to the server's user.
func (f Folder) Own(dir *os.Root, name string) error {
	if !f.as.drop {
		return nil
	}
	return dir.Lchown(name, f.as.uid, f.as.gid)
}

// Aside puts what is there under another name, and answers it; "" when nothing is.
func (f Folder) Aside() (string, error) {
	aside := f.Cluster + ".before-" + time.Now().UTC().Format("20060102T150405")
	switch err := os.Rename(f.Cluster, aside); {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("data folder: %w", err)
	}
	return aside, nil
}

// Back puts what Aside has put aside in its place again; what is there is removed.
func (f Folder) Back(aside string) error {
	if err := os.RemoveAll(f.Cluster); err != nil || aside == "" {
		return err
	}
	return os.Rename(aside, f.Cluster)
}
