package postgres

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// ErrNoTool says that a client's program is not there, or too old.
var ErrNoTool = errors.New("an older program cannot read the server")

// Tool finds a client's program, such as pg_dump, that is at least as new as a server:
// in a folder when it is not empty, on the path, and where FindBinaries looks.
func Tool(ctx context.Context, name string, version int, beside string) (string, error) {
	var places []string
	if beside != "" {
		places = append(places, filepath.Join(beside, name))
	}
	if path, err := exec.LookPath(name); err == nil {
		places = append(places, path)
	}
	for _, dir := range candidates(ctx) {
		places = append(places, filepath.Join(dir, name))
	}
	for _, path := range places {
		if major(ctx, path) >= version {
			return path, nil
		}
	}
	return "", fmt.Errorf("no %s of version %d or newer found: apt-get install postgresql-client-%d; %w", name, version, version, ErrNoTool)
}

// major is the version that a program says it has, 0 when it does not run.
func major(ctx context.Context, path string) int {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(number.FindString(string(out)))
	if err != nil {
		return 0
	}
	return n
}
