package app_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func TestRetentionOfTheSettings(t *testing.T) {
	t.Parallel()
	for file, says := range map[string]string{
		"retention: {runs: 192h, plan_rows: 192h, journal: 192h, conflicts: 48h, evidence: 24h, audit: 720h, events: 24h, scopes: 24h, notices: 192h}": "",
		"retention: {evidence: 23h}":               "retention.evidence: must be at least 24h",
		"retention: {journal: 191h}":               "retention.journal: must be at least 192h",
		"retention: {plan_rows: 191h}":             "retention.plan_rows: must be at least 192h",
		"retention: {audit: 719h}":                 "retention.audit: must be at least 720h",
		"retention: {runs: 200h, plan_rows: 201h}": "retention.runs: must be at least retention.plan_rows",
		"retention: {audit: 90}":                   "retention.audit: needs a unit",
	} {
		_, err := app.Load(app.Sources{File: write(t, file)})
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want %q", file, err, says)
		}
	}
}
