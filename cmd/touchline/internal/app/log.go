package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgconn"
)

func level(name string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return 0, errors.New("must be debug, info, warn or error")
	}
	return l, nil
}

// NewLog returns the program's log: JSON, or text where a person reads along.
// The settings have been validated. How much it says can be set while it is used.
func NewLog(s Log, w io.Writer) (*slog.Logger, *LogLevel) {
	l := new(LogLevel)
	l.Set(s)
	o := &slog.HandlerOptions{Level: &l.LevelVar, ReplaceAttr: discreet}
	if s.Format == "text" || s.Format == "auto" && IsTerminal(w) {
		return slog.New(slog.NewTextHandler(w, o)), l
	}
	return slog.New(slog.NewJSONHandler(w, o)), l
}

// LogLevel is how much a log says.
type LogLevel struct{ slog.LevelVar }

// Set takes the level of the settings over.
func (l *LogLevel) Set(s Log) {
	is, err := level(s.Level)
	if err != nil {
		is = slog.LevelInfo
	}
	l.LevelVar.Set(is)
}

// discreet keeps values out of the log: the database quotes them in some of its
// messages.
func discreet(_ []string, a slog.Attr) slog.Attr {
	err, ok := a.Value.Any().(error)
	if !ok {
		return a
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slog.String(a.Key, fmt.Sprintf("database error %s, table %q, constraint %q", pg.Code, pg.TableName, pg.ConstraintName))
	}
	return a
}

// IsTerminal reports whether a person reads what is written there.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
