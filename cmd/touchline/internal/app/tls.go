package app

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/internal/loopback"
)

// sheltered refuses an address of a database on another machine that may be spoken to
// in the clear without anybody having said so. sslmode=disable says so; the default of
// Postgres, prefer, does not: it takes no for an answer.
func sheltered(cfg *pgx.ConnConfig) error {
	type way struct{ tls, clear bool }
	hosts := map[string]way{}
	add := func(host string, tls bool) {
		w := hosts[host]
		hosts[host] = way{w.tls || tls, w.clear || !tls}
	}
	add(cfg.Host, cfg.TLSConfig != nil)
	for _, f := range cfg.Fallbacks {
		add(f.Host, f.TLSConfig != nil)
	}
	for host, w := range hosts {
		if w.tls && w.clear && !strings.HasPrefix(host, "/") && !loopback.Is(host) {
			return errors.New("database.url: the database is on another machine, and without sslmode it is also spoken to in the clear; " +
				"add ?sslmode=verify-full (or require), or sslmode=disable when nobody else is on the way there")
		}
	}
	return nil
}
