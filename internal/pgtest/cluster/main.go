// Command cluster runs a command, such as go test, with one throw-away Postgres
// cluster for all the test binaries that it starts: to make a cluster and its
// tables costs each of them more than most tests.
//
//	go run ./internal/pgtest/cluster go test ./...
//
// It ends as the command does. Without Postgres on the machine the command runs
// all the same, and the tests say what they lack.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/internal/postgres"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: cluster COMMAND...")
		os.Exit(2)
	}
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
	}
	os.Exit(code)
}

func run(command []string) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	address, end, err := pgtest.Cluster(ctx)
	switch {
	case errors.Is(err, postgres.ErrNoBinaries):
	case err != nil:
		return 1, err
	default:
		defer func() { err = errors.Join(err, end()) }()
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // that is what we are for
	cmd.Env = append(os.Environ(), pgtest.Variable+"="+address)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
