package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/sync/store"
)

// A webhook that is lost is no sign, nor is a change of a kind that a system does not
// tell. So the last one may have come deaf before a change that nobody announced, and
// fewer such changes than silent say nothing where one has ever come.
const (
	deaf   = 30 * time.Minute
	silent = 3
)

// undefinedTable is Postgres's word for a table that is not there.
const undefinedTable = "42P01"

// examineWebhooks says of each system that is on and announces its changes whether it
// does. Without a database that runs, or one that is not set up yet, there is nothing
// to say.
func examineWebhooks(ctx context.Context, s Settings) []Checked {
	var all []Checked
	url := s.Database.URL.Reveal()
	if url == "" {
		dir, err := dataDir(s)
		if err != nil {
			return nil
		}
		if url, err = postgres.URL(dir); err != nil {
			return nil
		}
	}
	db, err := connect(ctx, url, false, nil)
	if err != nil {
		return nil // that is told by itself, where it is wrong
	}
	defer db.Close()
	for _, known := range clients.Systems() {
		if set := s.system(string(known.Name)); set == nil || !set.Enabled || known.NoWebhook == "" {
			continue
		}
		found, err := webhooks(ctx, db.Pool, string(known.Name), known.NoWebhook)
		if failure, ok := errors.AsType[*pgconn.PgError](err); ok && failure.Code == undefinedTable {
			return nil
		}
		all = append(all, Checked{"webhooks of " + string(known.Name), found, err})
	}
	return all
}

// webhooks says when a webhook of a system was last believed; the error what is wrong
// with them, and what to look at.
func webhooks(ctx context.Context, pool *pgxpool.Pool, system, look string) (found string, err error) {
	w, err := store.Open(pool).Webhook(ctx, system)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "none has come, and no change was found that one should have told", nil
	case err != nil:
		return "", fmt.Errorf("read what came of the webhooks: %w", err)
	}
	told := "none was ever believed"
	if w.HeardOn != nil {
		told = "the last was believed at " + stamp(*w.HeardOn)
	}
	if w.RefusedOn != nil {
		told += fmt.Sprintf("; one that came at %s was not (%s)", stamp(*w.RefusedOn), w.RefusedWhy)
	}
	switch {
	case w.MissedOn != nil && (w.HeardOn == nil || w.Missed >= silent && w.HeardOn.Before(w.MissedOn.Add(-deaf))):
		return "", fmt.Errorf("until %s readings found %d changed records of %s, and no webhook had told of any; %s: %s",
			stamp(*w.MissedOn), w.Missed, w.MissedKind, told, look)
	case w.HeardOn == nil:
		return "", fmt.Errorf("%s: look at the webhook's secret in the settings, and at the clock of this machine", told)
	}
	return told, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
