package app

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// The database quotes values in its messages; the log has none of them.
func TestLogIsDiscreet(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	err := fmt.Errorf("store: %w", &pgconn.PgError{
		Code: "22P02", Message: `invalid input syntax for type uuid: "zoe@example.org"`, Detail: "Key (key)=(zoe@example.org)", TableName: "entity",
	})
	log, _ := NewLog(Log{Level: "info", Format: "json"}, &b)
	log.Info("it failed", "err", err)
	if got := b.String(); strings.Contains(got, "zoe") || !strings.Contains(got, "22P02") {
		t.Fatalf("logged %s", got)
	}
}
