package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/promtest"
)

// shown is where a process says that it shows its metrics.
func shown(t testing.TB, p *process) string {
	t.Helper()
	for line := range strings.Lines(p.Log.After(0)) {
		var said struct{ Msg, Metrics string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "ready" && said.Metrics != "" {
			return "http://" + said.Metrics
		}
	}
	t.Fatalf("%s does not say where it shows its metrics", p.verb)
	return ""
}

func get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

var seriesLine = regexp.MustCompile(`(?m)^([a-z_]+)(?:\{(.*)\})? [0-9+eEIN.-]+$`)

// scraped are by metric the names of the labels of a scrape.
func scraped(text string) map[string][]string {
	out := map[string][]string{}
	for _, m := range seriesLine.FindAllStringSubmatch(text, -1) {
		for _, label := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(m[2], -1) {
			out[m[1]] = append(out[m[1]], label[1])
		}
		out[m[1]] = append(out[m[1]], "job", "instance") // Prometheus gives these
	}
	return out
}

// TestMetrics: what the dashboard and the alerts ask for is shown by a process that
// runs, a run counts, and neither metrics nor labels hold a value of a person.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 20, Env: map[string]string{"TOUCHLINE_SCHEDULE_ENABLED": "true"}})
	s.Succeed(t, "people")

	_, serve := get(t, shown(t, s.Serve)+"/metrics")
	_, worker := get(t, shown(t, s.Worker)+"/metrics")
	s.free(t, "the metrics", serve+worker)
	has := scraped(serve + worker)
	has["up"] = []string{"job", "instance"}
	ask := func(where, expr string) {
		all, err := promtest.Selectors(expr)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		for _, sel := range all {
			labels, ok := has[sel.Metric]
			if !ok {
				t.Errorf("%s asks for %s, which nobody shows", where, sel.Metric)
			}
			for _, l := range sel.Labels {
				if ok && !slices.Contains(labels, l) {
					t.Errorf("%s asks for the label %s of %s, which has %q", where, l, sel.Metric, slices.Compact(slices.Sorted(slices.Values(labels))))
				}
			}
		}
	}
	alerts, err := promtest.Alerts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		ask("the alert "+a.Name, a.Expr)
	}
	panels, err := promtest.Panels()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range panels {
		for _, target := range p.Targets {
			ask("the panel "+p.Title, target.Expr)
		}
	}
	if len(alerts) < 10 || len(panels) < 10 {
		t.Errorf("only %d alerts and %d panels", len(alerts), len(panels))
	}
	both := serve + worker
	for _, line := range []string{
		`touchline_runs_total{outcome="SUCCEEDED",pipeline="people"} 1`,
		`touchline_pipeline_last_outcome{outcome="SUCCEEDED",pipeline="people"} 1`,
		`touchline_sign_ins_total{result="ok",system="sportlink"} 1`,
		`touchline_records_total{action="created",kind="club.person",part="write",system="rondoclub"}`,
		`touchline_remote_call_seconds_count{class="ok",system="rondoclub"}`,
		`touchline_browser_sessions{state="signed_in"} 1`,
		`touchline_database_up 1`,
	} {
		if !strings.Contains(both, line) {
			t.Errorf("the metrics have no %s", line)
		}
	}

	for _, p := range []*process{s.Serve, s.Worker} {
		for path, want := range map[string]string{"/healthz": "touchline is up", "/readyz": "ready"} {
			if status, body := get(t, shown(t, p)+path); status != http.StatusOK || strings.TrimSpace(body) != want {
				t.Errorf("%s of %s: %d %q", path, p.verb, status, body)
			}
		}
	}
	if told := strings.Contains(s.Worker.Log.After(0), "Chromium runs without its sandbox"); told != (os.Geteuid() == 0) {
		t.Errorf("that Chromium has no sandbox is told: %v", told)
	}
	log := s.Serve.Log.After(0) + s.Worker.Log.After(0)
	for _, said := range []string{"run started", "run ended"} { // beside what the schedule runs
		of := regexp.MustCompile(`"msg":"` + said + `","run":"[^"]*","pipeline":"people"`)
		if n := len(of.FindAllString(log, -1)); n != 1 {
			t.Errorf("%d lines of the logs say %q of the run, want 1", n, said)
		}
	}
}
