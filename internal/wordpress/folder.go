package wordpress

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ours are the files that make the WordPress of a test of Debian's.
//
//go:embed site
var ours embed.FS

// places says where they go, below the server's folder.
var places = map[string]string{
	"site/wp-config.php": "www/wp-config.php",
	"site/install.php":   "www/wp-content/install.php",
	"site/rondo.php":     "www/wp-content/mu-plugins/rondo.php",
	"site/rondo":         "www/wp-content/mu-plugins/rondo",
	"site/router.php":    "bin/router.php",
	"site/control.php":   "bin/control.php",
}

const prefix = "tl-wp-"

// memory is a folder whose files lie in memory, with a short name: the path of
// a socket has room for a hundred letters.
const memory = "/dev/shm"

// newFolder makes the server's folder, and removes those of processes that
// have been killed.
func newFolder() (string, error) {
	parent := memory
	var free syscall.Statfs_t
	if err := syscall.Statfs(memory, &free); err != nil || free.Bavail*uint64(free.Bsize) < 1<<30 {
		parent = os.TempDir()
	}
	left, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		// The name ends with the process that made the folder.
		pid, err := strconv.Atoi(dir[strings.LastIndex(dir, "-")+1:])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // somebody else may be at it, too
		}
	}
	dir, err := os.MkdirTemp(parent, prefix+"*-"+strconv.Itoa(os.Getpid()))
	if err != nil {
		return "", err
	}
	if len(dir) > 90 {
		return "", errors.Join(fmt.Errorf("the folder %s is too long a path for a socket; set TMPDIR to a short one", dir), os.Remove(dir))
	}
	return dir, os.Chmod(dir, 0o711) //nolint:gosec // the servers' user must pass
}

// runner is the user that the servers run as.
type runner struct {
	uid, gid int
	drop     bool // we are root and must become this user
}

// account is the current user or, for root, whom MariaDB refuses to run as,
// nobody.
func account() (runner, error) {
	if os.Geteuid() != 0 {
		return runner{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return runner{}, fmt.Errorf("root cannot run MariaDB, and there is no user nobody: %w", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return runner{uid: uid, gid: gid, drop: true}, errors.Join(err1, err2)
}

// fill copies WordPress and our own files, and makes the folders that the
// servers write to.
func (s *Server) fill(tree string, who runner) error {
	if err := copyTree(os.DirFS(tree), ".", filepath.Join(s.dir, "www"), wanted); err != nil {
		return err
	}
	for from, to := range places {
		if err := copyTree(ours, from, filepath.Join(s.dir, to), func(string) bool { return true }); err != nil {
			return err
		}
	}
	for _, name := range []string{"run", "db", "tmp", "log", "www/wp-content/uploads"} {
		dir := filepath.Join(s.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		if err := os.Chown(dir, who.uid, who.gid); err != nil {
			return err
		}
	}
	return nil
}

// forBrowsers are files that no request of ours reads: half of WordPress.
var forBrowsers = []string{".js", ".css", ".map", ".png", ".gif", ".jpg", ".svg", ".woff", ".woff2", ".ttf", ".eot", ".txt", ".html"}

func wanted(name string) bool { return !slices.Contains(forBrowsers, filepath.Ext(name)) }

// copyTree copies a file or a folder. Links are left out: those of Debian's
// package lead to other packages, and WordPress takes the folder that a file
// really lies in for its own.
func copyTree(from fs.FS, root, to string, wanted func(string) bool) error {
	return fs.WalkDir(from, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755) //nolint:gosec // the servers' user reads it
		case !d.Type().IsRegular() || !wanted(path):
			return nil
		}
		data, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil { //nolint:gosec // as above
			return err
		}
		return os.WriteFile(target, data, 0o644) //nolint:gosec // as above
	})
}
