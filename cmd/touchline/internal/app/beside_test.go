package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// Beside a server that answers no database is started: a token that is made there
// would be of no use.
func TestNoDatabaseBesideAServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "touchline is up\n")
	}))
	t.Cleanup(server.Close)
	s := app.Defaults()
	s.DataDir = filepath.Join(t.TempDir(), "data")
	s.Server.Listen = strings.TrimPrefix(server.URL, "http://")
	db, err := app.OpenDatabase(t.Context(), s, slog.New(slog.DiscardHandler))
	if err == nil {
		db.Close()
		t.Fatal("a database was started")
	}
	if app.ExitCode(err) != app.ExitUsage || !strings.Contains(err.Error(), s.DataDir) || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("code %d: %v", app.ExitCode(err), err)
	}
	if _, err := os.Stat(s.DataDir); err == nil {
		t.Error("a data folder was made")
	}
}
