package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	// longestSocket is what fits into sockaddr_un.sun_path on Linux, without
	// the closing zero.
	longestSocket = 107
	socketFile    = ".s.PGSQL.5432"
	roleName      = "touchline"
	databaseName  = "touchline"
)

// DefaultDataDir is where the program keeps its data when nothing else is
// said: /var/lib/touchline for root, because a home folder is closed to the
// user that Postgres must run as, else the user's XDG data folder.
func DefaultDataDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/touchline", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "touchline"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no data folder: %w", err)
	}
	return filepath.Join(home, ".local", "share", "touchline"), nil
}

// URL is the address of the database in a data folder, whether its server
// runs or not.
func URL(dataDir string) (string, error) {
	dataDir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	return address(socketDir(dataDir), databaseName), nil
}

func address(socketDir, database string) string {
	q := url.Values{"host": {socketDir}, "port": {"5432"}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(roleName), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// socketDir is below the data folder, or when that makes the path too long
// for a socket, below the folder for temporary files under a name that
// follows from the data folder.
func socketDir(dataDir string) string {
	dir := filepath.Join(dataDir, "run")
	if len(dir)+1+len(socketFile) <= longestSocket {
		return dir
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join("/tmp", "touchline-"+hex.EncodeToString(sum[:8]))
}

// ownDir makes a folder that only the server's user can enter, or checks that
// one which exists is such a folder.
func ownDir(path string, as *account) error {
	err := os.Mkdir(path, 0o700)
	if err == nil {
		return as.own(path)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: no owner to be seen", path)
	}
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", path)
	case int(stat.Uid) != as.uid:
		return fmt.Errorf("%s belongs to user %d; the database runs as %s", path, stat.Uid, as.name)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to others (mode %04o); it must be 0700", path, info.Mode().Perm())
	}
	return nil
}

// reachable checks that the server's user may pass through every folder above
// path. Without this check initdb fails with a message that does not say why.
func reachable(path string, as *account) error {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && !as.mayEnter(stat, info.Mode()) {
			return fmt.Errorf("the data folder cannot be used: %s is closed to user %s, "+
				"as which the database runs (mode %04o); choose another data folder "+
				"with --data-dir or TOUCHLINE_DATA_DIR, such as /var/lib/touchline",
				dir, as.name, info.Mode().Perm())
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// checkVersion refuses a cluster that another major version has made. It
// reads one file and changes nothing. It returns false when there is no
// cluster yet.
func checkVersion(cluster string, b Binaries) (bool, error) {
	data, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(cluster)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		if len(entries) > 0 {
			return false, fmt.Errorf("%s is not empty and not a Postgres data folder; "+
				"it was left as it is: move it away or choose another data folder", cluster)
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return false, fmt.Errorf("%s: PG_VERSION holds no number", cluster)
	}
	if major != b.Major {
		return true, fmt.Errorf("the data folder %s was made by Postgres %d, the programs in %s are version %d; "+
			"it was left as it is: install postgresql-%d, set database.binaries to its programs, "+
			"or move the data over with pg_upgrade", cluster, major, b.Dir, b.Major, major)
	}
	return true, nil
}

// CheckDataDir says why Start would refuse a data folder. It changes nothing.
func CheckDataDir(ctx context.Context, dataDir, binaries string) error {
	s, err := newServer(ctx, Options{DataDir: dataDir, Binaries: binaries})
	if errors.Is(err, ErrNoBinaries) {
		return nil // another complaint, and not about the folder
	}
	if err != nil {
		return err
	}
	if _, err := checkVersion(s.cluster, s.bin); err != nil {
		return err
	}
	// Folders that are missing will be made, open enough.
	dir := s.cluster
	for {
		if _, err := os.Stat(filepath.Dir(dir)); err == nil {
			return reachable(dir, s.as)
		}
		dir = filepath.Dir(dir)
	}
}
