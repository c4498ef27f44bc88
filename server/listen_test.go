package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/store"
)

func TestWhereItListens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config server.Config
		ok     bool
	}{
		{server.Config{Listen: "127.0.0.1:8080"}, true},
		{server.Config{Listen: "localhost:8080"}, true},
		{server.Config{Listen: "[::1]:8080"}, true},
		{server.Config{Listen: "0.0.0.0:8080"}, false},
		{server.Config{Listen: ":8080"}, false},
		{server.Config{Listen: "192.0.2.7:8080"}, false},
		{server.Config{Listen: "club.example.org:8080"}, false},
		{server.Config{Listen: "0.0.0.0:8080", BehindProxy: true}, true},
		{server.Config{Listen: "0.0.0.0:8080", CertFile: "c", KeyFile: "k"}, true},
		{server.Config{Listen: "127.0.0.1:8080", CertFile: "c"}, false},
		{server.Config{Listen: "127.0.0.1:8080", KeyFile: "k"}, false},
		{server.Config{Listen: "8080"}, false},
		{server.Config{}, false},
	} {
		if err := c.config.Validate(); (err == nil) != c.ok {
			t.Errorf("%+v: %v; want allowed %v", c.config, err, c.ok)
		}
		if !c.ok {
			if l, err := server.Listen(t.Context(), c.config); err == nil {
				l.Close()
				t.Errorf("%+v: it listens all the same", c.config)
			}
		}
	}
}

// TestTLS speaks Connect over HTTP/1.1 and gRPC over HTTP/2 to one port with a
// certificate.
func TestTLS(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	access := store.NewAccess(pool, time.Now)
	token, _, err := access.Create(t.Context(), "ann", store.Viewer, time.Hour, store.Actor{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Backend{Store: store.Open(pool), Access: access}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile, roots := certificate(t)
	l, err := server.Listen(t.Context(), server.Config{Listen: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for name, c := range map[string]struct {
		http2   bool
		options []connect.ClientOption
	}{
		"connect over http/1.1": {false, nil},
		"connect over http/2":   {true, nil},
		"grpc over http/2":      {true, []connect.ClientOption{connect.WithGRPC()}},
	} {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: c.http2,
		}
		client := touchlinev1connect.NewConflictServiceClient(
			&http.Client{Transport: &bearer{token: token, next: transport}}, "https://"+l.Addr().String(), c.options...)
		if _, err := client.ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		transport.CloseIdleConnections()
	}
}

// certificate makes one for 127.0.0.1.
// TestRenewedCertificate: who comes after a renewal sees the new certificate; one that
// cannot be used changes nothing.
func TestRenewedCertificate(t *testing.T) {
	t.Parallel()
	certFile, keyFile, roots := certificate(t)
	l, err := server.Listen(t.Context(), server.Config{Listen: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).HandshakeContext(context.WithoutCancel(t.Context())) // the client says when it fails
			_ = conn.Close()
		}
	}()
	trusted := func(roots *x509.CertPool) bool {
		d := &tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
		conn, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	if !trusted(roots) {
		t.Fatal("the first certificate is not shown")
	}
	newCert, newKey, newRoots := certificate(t)
	if err := os.WriteFile(certFile, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Renew(); err == nil || !trusted(roots) {
		t.Errorf("with a file that cannot be used: %v", err)
	}
	if err := errors.Join(os.Rename(newCert, certFile), os.Rename(newKey, keyFile), l.Renew()); err != nil {
		t.Fatal(err)
	}
	if !trusted(newRoots) || trusted(roots) {
		t.Error("the new certificate is not shown")
	}
}

func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile:  {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(cert)
	return certFile, keyFile, roots
}
