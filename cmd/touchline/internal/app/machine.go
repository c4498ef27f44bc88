package app

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/metrics"
	"github.com/touchline-sync/touchline/internal/postgres"
)

// examine looks at what the settings name on this machine, for a program that is to
// serve: what would end it after its start is a fault of its settings.
func (l *loader) examine() {
	if !l.src.Serves {
		return
	}
	s := &l.settings
	if s.Server.CertFile != "" && s.Server.KeyFile != "" {
		if _, err := tls.LoadX509KeyPair(s.Server.CertFile, s.Server.KeyFile); err != nil {
			l.fault("%sserver.cert_file, server.key_file: %w", l.where("server.cert_file"), err)
		} else {
			l.closed(s.Server.KeyFile, "it holds a private key")
		}
	}
	l.bindable("server.listen", s.Server.Listen)
	if s.Metrics.Listen != metrics.Off {
		l.bindable("metrics.listen", s.Metrics.Listen)
	}
	if s.Database.URL != "" {
		return
	}
	if _, err := postgres.FindBinaries(context.Background(), s.Database.Binaries); err != nil {
		l.fault("%sdatabase.binaries: %w; install Postgres 15 or later (%s), or set database.url", l.where("database.binaries"), err, installDeps)
	}
	dir, err := dataDir(*s)
	if err == nil {
		err = postgres.CheckDataDir(context.Background(), dir, s.Database.Binaries)
	}
	if err != nil {
		l.fault("%sdata_dir: %w", l.where("data_dir"), err)
	}
}

// bindable makes sure that the host of an address is one of this machine. The port
// is not tried: the program may be running.
func (l *loader) bindable(path, address string) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return // has been told
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		l.fault("%s%s: this machine has no address %q", l.where(path), path, host)
		return
	}
	_ = listener.Close()
}
