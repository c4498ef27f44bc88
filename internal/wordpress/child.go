package wordpress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child starts a process that ends with the server, and with this process.
func (s *Server) child(who runner, name, program string, args ...string) (*exec.Cmd, error) {
	log, err := os.Create(filepath.Join(s.dir, "log", name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Join(s.dir, "tmp")
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "TMPDIR=" + filepath.Join(s.dir, "tmp"),
		"TOUCHLINE_SOCKET=" + s.socket(), "TOUCHLINE_SECRET=" + s.secret,
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes(who)
	if err := s.thread.Do(cmd.Start); err != nil {
		return nil, err
	}
	s.children = append(s.children, cmd)
	return cmd, nil
}

// database starts MariaDB on a socket alone. It has no tables of users, so
// nothing is to be installed: who reaches the socket may do everything, and its
// folder is closed to all but the servers' user.
func (s *Server) database(program string, who runner) error {
	_, err := s.child(who, "mariadb", program,
		"--no-defaults", // first, and so that no file in /etc is read
		"--datadir="+filepath.Join(s.dir, "db"), "--tmpdir="+filepath.Join(s.dir, "tmp"),
		"--socket="+s.socket(), "--pid-file="+filepath.Join(s.dir, "run", "pid"),
		"--skip-networking", "--skip-grant-tables", "--skip-log-bin",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-use-native-aio=0",
		"--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M",
	)
	return err
}

// php starts one of PHP's own servers and returns its address. A port that
// somebody else takes in between costs another try.
func (s *Server) php(ctx context.Context, program string, who runner) (string, error) {
	for range 20 {
		address, err := freeAddress(ctx)
		if err != nil {
			return "", err
		}
		cmd, err := s.child(who, fmt.Sprintf("php-%d", len(s.children)), program,
			"-d", "display_errors=0", "-d", "log_errors=1", "-d", "memory_limit=256M",
			"-d", "opcache.enable=1", "-d", "opcache.validate_timestamps=0", "-d", "opcache.jit=off",
			"-S", address, "-t", filepath.Join(s.dir, "www"), filepath.Join(s.dir, "bin", "router.php"))
		if err != nil {
			return "", err
		}
		if s.listens(ctx, cmd, address) {
			return address, nil
		}
	}
	return "", errors.New("PHP's server does not start; its log says why")
}

// listens waits until the server is there. One that found its port taken has
// ended; another program's server on it does not know the secret.
func (s *Server) listens(ctx context.Context, cmd *exec.Cmd, address string) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.control(ctx, address, "ready", nil, nil)
		if code, ok := errors.AsType[status](err); err == nil || ok && code == http.StatusServiceUnavailable {
			return true // though the database may not be up yet
		}
		if ended(cmd.Process.Pid) {
			return false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// ended reports whether a child is over, though nobody has waited for it.
func ended(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(syscall.Kill(pid, 0), nil)
	}
	_, state, _ := strings.Cut(string(data), ") ")
	return strings.HasPrefix(state, "Z")
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// stop ends all children, waits for them and removes the folder: nothing in it
// is worth an end in good order.
func (s *Server) stop() error {
	for _, c := range s.children {
		_ = c.Process.Kill() // it may have ended already
	}
	for _, c := range s.children {
		_ = c.Wait() // killed
	}
	s.thread.Close()
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// logs are the ends of what the servers have said, for a test that fails.
func (s *Server) logs() string {
	var b strings.Builder
	files, err := filepath.Glob(filepath.Join(s.dir, "log", "*"))
	if err != nil {
		return err.Error()
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(data)), "\n")
		b.WriteString(filepath.Base(file) + ":\n")
		for _, line := range lines[max(0, len(lines)-8):] {
			b.WriteString("  " + line[:min(len(line), 300)] + "\n")
		}
	}
	return b.String()
}
