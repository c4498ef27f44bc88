package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
)

// Listener is an open address. With TLS its certificate can be renewed.
type Listener struct {
	net.Listener

	config Config
	cert   atomic.Pointer[tls.Certificate]
}

// Listen opens the address of a config, with TLS if it says so.
func Listen(ctx context.Context, c Config) (*Listener, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	l := &Listener{config: c}
	if err := l.Renew(); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	open, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	l.Listener = open
	if c.CertFile != "" {
		l.Listener = tls.NewListener(open, &tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.cert.Load(), nil },
			MinVersion:     tls.VersionTLS12,
			NextProtos:     []string{"h2", "http/1.1"},
		})
	}
	return l, nil
}

// Renew reads the files of the certificate again: connections that come get the new
// one. When they cannot be used the old one stays.
func (l *Listener) Renew() error {
	if l.config.CertFile == "" {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(l.config.CertFile, l.config.KeyFile)
	if err != nil {
		return fmt.Errorf("server: certificate: %w", err)
	}
	l.cert.Store(&cert)
	return nil
}
