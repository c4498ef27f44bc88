package discipline_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/record/discipline"
)

func TestSeasonOf(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{
		"2025-07-31": "2024-2025", "2025-08-01": "2025-2026", "2026-01-01": "2025-2026", "2024-02-29": "2023-2024",
		"": "", "2025-02-29": "", "01-08-2025": "",
	} {
		if is := discipline.SeasonOf(date); is != want {
			t.Errorf("the season of %q is %q, want %q", date, is, want)
		}
	}
}
