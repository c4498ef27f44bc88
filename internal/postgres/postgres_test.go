package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// The test binary plays a program that is killed: with this variable it starts
// a server, says so and waits.
const playProgram = "TOUCHLINE_TEST_POSTGRES_PROGRAM"

func TestMain(m *testing.M) {
	dir := os.Getenv(playProgram)
	if dir == "" {
		os.Exit(m.Run())
	}
	_, err := postgres.Start(context.Background(), postgres.Options{DataDir: dir})
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("ready\n")
	select {}
}

func TestDataOutlivesAStopAndAKill(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, dir)
	query(t, s.URL(), "CREATE TABLE kept AS SELECT 42 AS n")

	pid := s.PID()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != 42 {
		t.Errorf("after kill -9: %d, want 42", got)
	}
	if s.PID() == pid {
		t.Error("the same postmaster answers; want a new one")
	}

	stop(t, s)
	s = start(t, dir)
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != 42 {
		t.Errorf("after a stop: %d, want 42", got)
	}
	stop(t, s)
	stop(t, s) // twice is quiet
}

func TestServerEndsWithAKilledProgram(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "child processes")
	dir := folder(t)
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), playProgram+"="+dir)
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Skipf("SKIPPED, the server did not start: %q %v", line, err)
	}
	url, err := postgres.URL(dir)
	if err != nil {
		t.Fatal(err)
	}
	query(t, url, "CREATE TABLE kept AS SELECT 7 AS n")
	if _, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir}); err == nil ||
		!strings.Contains(err.Error(), "in use by another touchline") {
		t.Errorf("a second program: %v, want it refused", err)
	}

	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait() // it was killed: the error says so

	// At once, while the orphan may still be shutting down.
	s := start(t, dir)
	if got := query(t, s.URL(), "SELECT n FROM kept"); got != 7 {
		t.Errorf("after the program was killed: %d, want 7", got)
	}
	stop(t, s)
}

func TestForeignFoldersAreRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, content, want string
	}{
		"another major version": {"PG_VERSION", "9\n", "was made by Postgres 9"},
		"something else":        {"letter.txt", "dear", "not a Postgres data folder"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			cluster := filepath.Join(dir, "postgres")
			if err := os.Mkdir(cluster, 0o700); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(cluster, test.file)
			if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir})
			skipWithout(t, err)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("the folder has %v now (%v); want it untouched", entries, err)
			}
			if data, err := os.ReadFile(file); err != nil || string(data) != test.content {
				t.Errorf("the file holds %q now (%v)", data, err)
			}
		})
	}
}

func TestAClosedParentIsExplained(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root starts the server as another user")
	}
	closed := filepath.Join(folder(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.Start(t.Context(), postgres.Options{DataDir: filepath.Join(closed, "data")})
	skipWithout(t, err)
	if err == nil || !strings.Contains(err.Error(), closed+" is closed to user") {
		t.Errorf("error %v, want it to name the closed folder", err)
	}
}

func TestALongPathGetsAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long/", 20))
	s := start(t, dir)
	if got := query(t, s.URL(), "SELECT 1"); got != 1 {
		t.Errorf("got %d", got)
	}
	stop(t, s)
}

func TestNoBinaries(t *testing.T) {
	t.Parallel()
	_, err := postgres.FindBinaries(t.Context(), t.TempDir())
	if !errors.Is(err, postgres.ErrNoBinaries) {
		t.Errorf("error %v, want ErrNoBinaries", err)
	}
}

// folder is one that the server's user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "touchline-postgres-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func start(t *testing.T, dir string) *postgres.Server {
	t.Helper()
	sizetest.Skip(t, "a cluster of its own")
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir, Log: log})
	skipWithout(t, err)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func skipWithout(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, postgres.ErrNoBinaries) && os.Getenv("TOUCHLINE_TEST_STRICT") == "" {
		t.Skipf("SKIPPED, no Postgres: %v", err)
	}
}

func stop(t *testing.T, s *postgres.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
	<-s.Done()
}

// query runs one statement, for up to 20 s: the server may be coming back. It
// returns the number that a SELECT yields.
func query(t *testing.T, url, sql string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := tryQuery(ctx, url, sql)
		if err == nil {
			return n
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func tryQuery(ctx context.Context, url, sql string) (n int, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if strings.HasPrefix(sql, "SELECT") {
		err = conn.QueryRow(ctx, sql).Scan(&n)
		return n, err
	}
	_, err = conn.Exec(ctx, sql)
	return 0, err
}
