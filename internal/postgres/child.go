package postgres

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"syscall"
)

// run runs one of the server's programs to its end.
func (s *Server) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin.Dir, name), args...)
	s.dress(cmd, syscall.SIGKILL)
	var out []byte
	err := s.thread.Do(func() (err error) {
		out, err = cmd.CombinedOutput()
		return err
	})
	return out, err
}

func (s *Server) dress(cmd *exec.Cmd, death syscall.Signal) {
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + s.bin.Dir + ":/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = attributes(s.as, death)
}

// launch starts the postmaster and waits until it takes connections. The
// channel is closed when the postmaster has ended.
func (s *Server) launch(ctx context.Context) (<-chan struct{}, error) {
	if err := s.waitFree(ctx); err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(s.bin.Dir, "postgres"), s.settings()...)
	s.dress(cmd, syscall.SIGINT)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.thread.Do(cmd.Start); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	s.setCommand(cmd)
	if s.stopping() { // Stop came while there was nothing to signal
		s.signal(syscall.SIGINT)
	}
	died := make(chan struct{})
	go func() {
		defer close(died)
		s.copyLog(stderr)
		err := cmd.Wait()
		s.setCommand(nil)
		s.log.Debug("postgres has ended", "error", err)
	}()
	if err := s.waitReady(ctx, died); err != nil {
		s.signal(syscall.SIGQUIT)
		<-died
		return nil, err
	}
	return died, nil
}

func (s *Server) setCommand(cmd *exec.Cmd) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cmd = cmd
}

func (s *Server) copyLog(r io.Reader) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		s.log.Debug("postgres: " + lines.Text())
	}
	// A line too long for the scanner must not block the server.
	_, _ = io.Copy(io.Discard, r)
}
