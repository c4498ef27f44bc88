package app

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestADatabaseElsewhereIsNotSpokenToInTheClear(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"postgres://touchline@db.example.org/touchline":                     false,
		"postgres://touchline@db.example.org/touchline?sslmode=prefer":      false,
		"postgres://touchline@db.example.org/touchline?sslmode=allow":       false,
		"postgres://touchline@db.example.org/touchline?sslmode=disable":     true,
		"postgres://touchline@db.example.org/touchline?sslmode=require":     true,
		"postgres://touchline@127.0.0.1/touchline":                          true,
		"postgres://touchline@localhost/touchline":                          true,
		"postgres://touchline@/touchline?host=/var/run/postgresql":          true,
		"host=127.0.0.1,db.example.org user=touchline dbname=touchline":     false,
		"host=db.example.org user=touchline sslmode=require dbname=t":       true,
		"postgres://touchline@10.0.0.7:6432/touchline?sslmode=verify-full&": true,
	} {
		cfg, err := pgx.ParseConfig(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := sheltered(cfg); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}
