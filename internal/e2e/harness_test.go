package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// strict is set by `make test`: there a missing browser or Postgres is a
// failure, not a reason to skip.
const strict = "TOUCHLINE_TEST_STRICT"

const chromium = "/usr/lib/chromium/chromium-headless-shell"

// scratch is the folder of this test binary; TestMain removes it.
var scratch = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tl-e2e-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) //nolint:gosec // Postgres runs as another user and passes through
})

// built builds bin/touchline once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "touchline")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/touchline") //nolint:gosec // our own
	cmd.Dir = root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// root is the folder of the module; tests run in that of their package.
func root() string {
	dir, _ := filepath.Abs(filepath.Join("..", ".."))
	return dir
}

// binary is the path of the built program.
func binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := scratch(); err == nil && os.Getenv("TOUCHLINE_TEST_KEEP") == "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// options say what a set starts with.
type options struct {
	Members int // of the club; 0 is 60
	Seed    int64
	// Env are further settings, such as "TOUCHLINE_SYNC_ABSENT_GAP": "0s".
	Env map[string]string
	// Nikki adds the contributions of the same club.
	Nikki bool
	// Photos reads the photos of members as well.
	Photos bool
	// Stopped leaves serve and worker for the test to start.
	Stopped bool
}

// set is one deployment: simulators, serve, worker, a data folder.
type set struct {
	Sportlink, Laposta, Rondo *simulator
	Nikki                     *simulator // nil unless it was asked for
	Serve, Worker             *process
	// Dir is the set's folder, Data the program's data folder in it.
	Dir, Data string
	// Address is where the API listens: host:port, the same after a restart.
	Address string
	// Env are the settings; changed ones are in force after a restart.
	Env map[string]string

	// values are the personal values of the club as it was at the start, and all
	// credentials: what no log may hold.
	values []string

	*api // of an operator; nil until the server has run
}

// newSet starts a deployment. All of it ends with the test.
func newSet(t testing.TB, o options) *set {
	t.Helper()
	need(t)
	if o.Members == 0 {
		o.Members = 60
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	parent, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	// Short, for a path of a socket must be.
	dir, err := os.MkdirTemp(parent, "s")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // see scratch
		t.Fatal(err)
	}
	s := &set{Dir: dir, Data: filepath.Join(dir, "data"), Address: freeAddress(t)}
	s.Sportlink = startSimulator(t, "sportlink", clients.SimOptions{Members: o.Members, Seed: o.Seed})
	s.Laposta = startSimulator(t, "laposta", clients.SimOptions{Seed: o.Seed})
	s.Rondo = startSimulator(t, "rondoclub", clients.SimOptions{Seed: o.Seed})
	if o.Nikki {
		s.Nikki = startSimulator(t, "nikki", clients.SimOptions{Members: o.Members, Seed: o.Seed})
	}
	s.Env = s.settings(t, o)
	s.Serve = newProcess(t, dir, "serve", s.environ)
	s.Worker = newProcess(t, dir, "worker", s.environ)
	s.Sportlink.Control(t, http.MethodGet, "/values", nil, &s.values)
	if s.Nikki != nil {
		var more []string
		s.Nikki.Control(t, http.MethodGet, "/values", nil, &more)
		s.values = append(s.values, more...)
	}
	s.values = append(s.values, s.Env["TOUCHLINE_SEAL_KEY"], s.Env["TOUCHLINE_SYSTEMS_LAPOSTA_API_KEY"],
		s.Env["TOUCHLINE_SYSTEMS_RONDOCLUB_APP_PASSWORD"])
	t.Cleanup(func() {
		s.report(t)
		for _, p := range []*process{s.Serve, s.Worker} {
			s.free(t, "the log of "+p.verb, p.Log.After(0))
		}
	})
	if !o.Stopped {
		s.Start(t)
	}
	return s
}

// Start starts serve and worker, and makes a client the first time.
func (s *set) Start(t testing.TB) {
	t.Helper()
	start := time.Now()
	s.Serve.Start(t)
	if s.api == nil {
		s.api = newAPI(s.Address, s.Token(t, "operator"))
	}
	s.Worker.Start(t)
	t.Logf("started in %.1f s", time.Since(start).Seconds())
}

// Stop ends worker and serve, and with it Postgres, in good order.
func (s *set) Stop(t testing.TB) {
	t.Helper()
	s.Worker.Stop(t)
	s.Serve.Stop(t)
}

// settings are the variables of serve and worker.
func (s *set) settings(t testing.TB, o options) map[string]string {
	t.Helper()
	seal := make([]byte, 32)
	if _, err := rand.Read(seal); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"TOUCHLINE_DATA_DIR": s.Data, "TOUCHLINE_SERVER_LISTEN": s.Address, "TOUCHLINE_SEAL_KEY": hex.EncodeToString(seal),
		"TOUCHLINE_SCHEDULE_ENABLED": "false", "TOUCHLINE_LOG_LEVEL": "debug", "TOUCHLINE_LOG_FORMAT": "json",
		"TOUCHLINE_WORKER_DRIVER": filepath.Join(root(), "runtime", "driver"),
	}
	s.connect(env, s.Sportlink, s.Laposta, s.Rondo)
	if s.Nikki != nil {
		s.connect(env, s.Nikki)
	}
	if o.Photos {
		delete(env, "TOUCHLINE_SYSTEMS_SPORTLINK_NO_PHOTOS")
	}
	for k, v := range o.Env {
		env[k] = v
	}
	return env
}

// connect puts the addresses and credentials of simulators into settings, with
// short delays.
func (s *set) connect(env map[string]string, sims ...*simulator) {
	for _, sim := range sims {
		c, a := sim.Info.Credentials, sim.Info.Addresses
		p := "TOUCHLINE_SYSTEMS_" + strings.ToUpper(sim.System) + "_"
		switch sim.System {
		case "sportlink":
			env[p+"BASE_URL"], env[p+"AUTH_URLS"] = a["club"], a["idm"]
			env[p+"USERNAME"], env[p+"PASSWORD"], env[p+"OTP_SECRET"] = c["username"], c["password"], c["otp_secret"]
			env[p+"DELAY_MIN"], env[p+"DELAY_MAX"] = "1ms", "2ms"
			env[p+"PHOTO_URLS"], env[p+"NO_PHOTOS"] = a["bin"], "true"
		case "nikki":
			env[p+"BASE_URL"], env[p+"USERNAME"] = a["nikki"], c["username"]
			env[p+"PASSWORD"], env[p+"OTP_SECRET"] = c["password"], c["otp_secret"]
			env[p+"DELAY_MIN"], env[p+"DELAY_MAX"] = "1ms", "2ms"
		case "laposta":
			env[p+"BASE_URL"], env[p+"API_KEY"], env[p+"IP"] = a["api"], c["api_key"], c["ip"]
			env[p+"LISTS"] = strings.Join([]string{c["list_1"], c["list_2"], c["list_3"], c["list_4"]}, ",")
			env[p+"DELAY"], env[p+"PER_MINUTE"] = "1ms", "60000"
		case "rondoclub":
			env[p+"BASE_URL"], env[p+"USERNAME"], env[p+"APP_PASSWORD"] = a["api"], c["username"], c["app_password"]
			env[p+"CONTRIBUTION_DELAY"], env[p+"PHOTO_DELAY"] = "1ms", "1ms"
		}
	}
}

// environ is the environment of a child: the settings and nothing of ours but
// where programs are.
func (s *set) environ() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Dir, "TMPDIR=" + os.TempDir()}
	for k, v := range s.Env {
		env = append(env, k+"="+v)
	}
	return env
}

// Run runs a verb of the program in the set's environment, such as
// "token list", and returns what it printed.
func (s *set) Command(t testing.TB, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), args...) //nolint:gosec // our own program
	var out, errs bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.environ(), "/", &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// Token makes a token of a role by the command line.
func (s *set) Token(t testing.TB, role string) string {
	t.Helper()
	out, errs, err := s.Command(t, "token", "create", "--role", role, "--name", "e2e "+role)
	if err != nil {
		t.Fatalf("token create: %v\n%s", err, errs)
	}
	return strings.TrimSpace(out)
}

// DB is a connection of the test's own to the set's database.
func (s *set) DB(t testing.TB) *pgx.Conn {
	t.Helper()
	url, err := postgres.URL(s.Data)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// PostgresPID is the id of the postmaster, or 0 while none runs.
func (s *set) PostgresPID() int {
	data, err := os.ReadFile(filepath.Join(s.Data, "postgres", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(data), "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	return pid
}

// ChromiumPID is the id of the worker's browser, its main process, or 0.
func (s *set) ChromiumPID() int {
	for _, pid := range descendants(s.Worker.PID()) {
		cmd := commandOf(pid)
		if strings.Contains(cmd, "chromium") && strings.Contains(cmd, "--remote-debugging") && !strings.Contains(cmd, "--type=") {
			return pid
		}
	}
	return 0
}

// report shows the ends of the logs of a test that has failed.
func (s *set) report(t testing.TB) {
	if !t.Failed() {
		return
	}
	for _, p := range []*process{s.Serve, s.Worker} {
		t.Logf("the end of %s's log (%s):\n%s", p.verb, s.Dir, warnings(p.Log.Tail(0, 60000)))
	}
}

// warnings are the lines of a log that are above debug, the last 30 of them.
func warnings(log string) string {
	var out []string
	for line := range strings.SplitSeq(log, "\n") {
		if line != "" && !strings.Contains(line, `"level":"DEBUG"`) {
			out = append(out, line)
		}
	}
	return strings.Join(out[max(0, len(out)-30):], "\n")
}

// need skips a test with -short, and one that lacks what the machine must have.
func need(t testing.TB) {
	t.Helper()
	sizetest.Skip(t, "real processes")
	var lack []error
	if _, err := os.Stat(chromium); err != nil {
		lack = append(lack, err)
	}
	if _, err := os.Stat(filepath.Join(root(), "runtime", "driver", "package", "cli.js")); err != nil {
		lack = append(lack, fmt.Errorf("make runtime: %w", err))
	}
	if _, err := exec.LookPath("node"); err != nil {
		lack = append(lack, err)
	}
	if _, err := postgres.FindBinaries(t.Context(), ""); err != nil {
		lack = append(lack, err)
	}
	if err := errors.Join(lack...); err != nil {
		if os.Getenv(strict) != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %v", err)
	}
}

// lastPort is the port that was given last.
var lastPort atomic.Int32

// freeAddress finds a port for a server, which must be there again after a
// restart: below those that the system gives out by itself, and in each test
// binary from another place on.
func freeAddress(t testing.TB) string {
	t.Helper()
	lastPort.CompareAndSwap(0, 10_000+int32(os.Getpid()%400)*50)
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+lastPort.Add(1)%20_000)
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err == nil {
			_ = l.Close() // nobody has connected to it
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// pause waits; it fails the test when that ends first.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatal("the test ended while it waited")
	}
}

// eventually waits until f reports true.
func eventually(t testing.TB, within time.Duration, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.Now().Add(within)
	for !f() {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, within)
		}
		<-tick.C
	}
}
