package app

import (
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
)

// What doctor says of the webhooks of a system.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		heard, refused, missed any
		few                    bool // one change less than says something
		says                   []string
		wrong                  bool
	}{
		"nothing has happened":                 {says: []string{"none has come"}},
		"one has come":                         {heard: at, says: []string{"believed at 2026-03-02T09:00:00Z"}},
		"changes and none ever":                {missed: at, wrong: true, says: []string{"3 changed records of event.conversation", "none was ever believed", "what to look at"}},
		"changes, and one half an hour before": {heard: at.Add(-deaf), missed: at, says: []string{"believed at 2026-03-02T08:30:00Z"}},
		"changes, and one longer ago":          {heard: at.Add(-deaf - time.Second), missed: at, wrong: true, says: []string{"until 2026-03-02T09:00:00Z readings found 3", "what to look at"}},
		"a few changes, and one longer ago":    {heard: at.Add(-deaf - time.Second), missed: at, few: true, says: []string{"believed at 2026-03-02T08:29:59Z"}},
		"a few changes and none ever":          {missed: at, few: true, wrong: true, says: []string{"found 2", "what to look at"}},
		"changes, and one since":               {heard: at.Add(time.Hour), missed: at, says: []string{"believed at 2026-03-02T10:00:00Z"}},
		"none is believed":                     {refused: at, wrong: true, says: []string{"was not (wrong signature)", "secret", "clock"}},
		"a stranger's":                         {heard: at.Add(-time.Hour), refused: at, says: []string{"believed at 2026-03-02T08:00:00Z", "was not"}},
		"changes, and none is believed":        {refused: at, missed: at, wrong: true, says: []string{"was not (wrong signature)", "readings found", "what to look at"}},
	} {
		system := strings.ReplaceAll(name, " ", "-")
		if name != "nothing has happened" {
			n := silent
			if c.few {
				n--
			}
			_, err := pool.Exec(t.Context(), `insert into webhook values ($1, $2, $3, case when $3::timestamptz is null then '' else 'wrong signature' end, $4, 'event.conversation', $5)`,
				system, c.heard, c.refused, c.missed, n)
			if err != nil {
				t.Fatal(err)
			}
		}
		found, err := webhooks(t.Context(), pool, system, "what to look at")
		if err != nil {
			found = err.Error()
		}
		if (err != nil) != c.wrong {
			t.Errorf("%s: %q, %v", name, found, err)
		}
		for _, word := range c.says {
			if !strings.Contains(found, word) {
				t.Errorf("%s: no %q in %q", name, word, found)
			}
		}
	}
}
