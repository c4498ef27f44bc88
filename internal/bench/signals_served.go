package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/osthread"
)

// served is "touchline serve" as a process of its own, beside a simulated Rondo Club.
type served struct {
	dir, binary, address, token string

	env    []string
	sim    clients.Simulator
	info   clients.SimInfo
	roots  *x509.CertPool
	thread *osthread.Thread // children die with the thread that made them
	cmd    *exec.Cmd
	ended  chan struct{}
	log    lines
}

func startServed(ctx context.Context) (_ *served, err error) {
	s := &served{roots: x509.NewCertPool(), thread: osthread.New()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "touchline-bench-serve-"); err != nil {
		return nil, err
	}
	s.binary = filepath.Join(s.dir, "touchline")
	build := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "./cmd/touchline")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, text)
	}
	if err := s.settings(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(s.dir, 0o711), s.start(ctx)); err != nil {
		return nil, err
	}
	create := exec.CommandContext(ctx, s.binary, "token", "create", "--role", "operator", "--name", "bench")
	create.Env = s.env
	token, err := create.Output()
	if err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	s.token = strings.TrimSpace(string(token))
	return s, s.first(ctx)
}

// first has the simulator's records known, which a person approves, and slows it then.
func (s *served) first(ctx context.Context) error {
	c, closeAll, err := s.client(1)
	if err != nil {
		return err
	}
	defer func() { _ = closeAll() }() // of a benchmark
	got, err := c(0).RunPipeline(c(0).with(ctx), &touchlinev1.RunPipelineRequest{Pipeline: signalRun})
	if err != nil {
		return err
	}
	run := got.GetRun().GetId()
	if err := s.until(ctx, c(0), run, touchlinev1.RunState_RUN_STATE_ENDED); err != nil {
		return err
	}
	is, err := c(0).GetRun(c(0).with(ctx), &touchlinev1.GetRunRequest{Run: run})
	if err != nil {
		return err
	}
	if hash := is.GetRun().GetPlanHash(); hash != "" {
		if _, err := c(0).ApplyPlan(c(0).with(ctx), &touchlinev1.ApplyPlanRequest{Run: run, PlanHash: hash}); err != nil {
			return err
		}
		if err := s.until(ctx, c(0), run, touchlinev1.RunState_RUN_STATE_ENDED); err != nil {
			return err
		}
	}
	return clients.SimRemote{Info: s.info}.Call(ctx, http.MethodPost, "/faults", map[string]any{
		"match": map[string]any{"method": "GET"}, "do": map[string]any{"kind": "delay", "delay": signalDelay},
	}, nil)
}

// settings are those of the process: one system, whose answers take their time.
func (s *served) settings(ctx context.Context) error {
	sim, info, err := clients.StartSimulator("rondoclub", clients.SimOptions{Seed: 1})
	if err != nil {
		return err
	}
	s.sim, s.info = sim, info
	if _, _, _, err := s.certificate(1); err != nil {
		return err
	}
	free, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.address = free.Addr().String()
	seal := make([]byte, 32)
	_, err = rand.Read(seal)
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + os.TempDir(),
		"TOUCHLINE_DATA_DIR=" + filepath.Join(s.dir, "data"), "TOUCHLINE_SEAL_KEY=" + hex.EncodeToString(seal), "TOUCHLINE_SCHEDULE_ENABLED=false",
		"TOUCHLINE_SERVER_LISTEN=" + s.address, "TOUCHLINE_SERVER_CERT_FILE=" + filepath.Join(s.dir, "cert.pem"), "TOUCHLINE_SERVER_KEY_FILE=" + filepath.Join(s.dir, "key.pem"),
		"TOUCHLINE_LOG_FORMAT=text", "TOUCHLINE_SYSTEMS_RONDOCLUB_BASE_URL=" + info.Addresses["api"],
		"TOUCHLINE_SYSTEMS_RONDOCLUB_USERNAME=" + info.Credentials["username"], "TOUCHLINE_SYSTEMS_RONDOCLUB_APP_PASSWORD=" + info.Credentials["app_password"],
	}
	return errors.Join(err, free.Close())
}

// start starts the process and waits until it is ready.
func (s *served) start(ctx context.Context) error {
	cmd := exec.Command(s.binary, "serve") //nolint:noctx // it is ended by signals
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = s.env, "/", &s.log, &s.log
	cmd.WaitDelay = 2 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.thread.Do(cmd.Start); err != nil {
		return err
	}
	ended := make(chan struct{})
	s.cmd, s.ended = cmd, ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ends is asked of its log
	}()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for {
		if _, err := s.shownSerial(ctx); err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("serve has ended:\n%s", strings.Join(s.log.told(), "\n"))
		default:
		}
		if err := wait(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("serve does not answer: %w", err)
		}
	}
}

func (s *served) signal(sig syscall.Signal) error { return s.cmd.Process.Signal(sig) }

// again ends the process by a signal, and starts it as a system manager would.
func (s *served) again(ctx context.Context, sig syscall.Signal) error {
	if err := s.signal(sig); err != nil {
		return err
	}
	<-s.ended
	return s.start(ctx)
}

func (s *served) close() error {
	if s.cmd != nil {
		_ = s.signal(syscall.SIGTERM) // it may have ended
		<-s.ended
	}
	s.thread.Close()
	var err error
	if s.sim != nil {
		err = s.sim.Close()
	}
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// client opens connections for so many callers, which come again soon when one breaks.
func (s *served) client(n int) (at func(i int) *caller, closeAll func() error, err error) {
	soon := grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.5, MaxDelay: 500 * time.Millisecond}, MinConnectTimeout: time.Second}
	return callersOf(n, s.token, func() (*grpc.ClientConn, error) {
		return grpc.NewClient(s.address, grpc.WithConnectParams(soon), grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12})))
	})
}

// certificate makes one for 127.0.0.1 that callers trust. The first takes its place.
func (s *served) certificate(serial int64) (cert, key, number string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err1 := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	secret, err2 := x509.MarshalECPrivateKey(private)
	if err := errors.Join(err1, err2); err != nil {
		return "", "", "", err
	}
	cert, key = filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem")
	if serial > 1 {
		cert, key = cert+".new", key+".new"
	}
	var public, hidden bytes.Buffer
	err1 = pem.Encode(&public, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	err2 = pem.Encode(&hidden, &pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	s.roots.AppendCertsFromPEM(public.Bytes())
	return cert, key, template.SerialNumber.String(), errors.Join(err1, err2,
		os.WriteFile(cert, public.Bytes(), 0o600), os.WriteFile(key, hidden.Bytes(), 0o600))
}

// shownSerial is the number of the certificate that who comes now is shown.
func (s *served) shownSerial(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return "", errors.New("the connection has no TLS")
	}
	return secure.ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
}

// callersOf opens connections for so many callers, and returns whom each calls.
func callersOf(n int, token string, open func() (*grpc.ClientConn, error)) (at func(i int) *caller, closeAll func() error, err error) {
	var conns []*grpc.ClientConn
	var all []*caller
	closeAll = func() error {
		var faults []error
		for _, c := range conns {
			faults = append(faults, c.Close())
		}
		return errors.Join(faults...)
	}
	for range (n + callersAConnection - 1) / callersAConnection {
		conn, err := open()
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		conns = append(conns, conn)
		all = append(all, &caller{PipelineServiceClient: touchlinev1.NewPipelineServiceClient(conn), token: token})
	}
	return func(i int) *caller { return all[i/callersAConnection] }, closeAll, nil
}
