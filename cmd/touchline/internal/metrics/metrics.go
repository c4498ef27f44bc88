// Package metrics shows a process to Prometheus: what it has done since its start, and
// how everything stands in the database when it is asked. No label is a value, a key or
// an id of a record; all labels are names of the program's own, of which there are few.
package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Metrics are those of one process.
type Metrics struct {
	registry *prometheus.Registry

	runs    *prometheus.CounterVec
	records *prometheus.CounterVec
	calls   *prometheus.HistogramVec
	waits   *prometheus.CounterVec
	waited  *prometheus.CounterVec
	signIns *prometheus.CounterVec
}

// seconds are the classes of how long a call takes: an API answers in a tenth of a
// second, a page behind a sign-in in ten.
var seconds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120}

// New makes the metrics of a process of a version.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		runs: counter("touchline_runs_total", "Runs that this process has brought to their end, by outcome; PLANNED: its plan waits.",
			"pipeline", "outcome"),
		records: counter("touchline_records_total", "What the steps of this process have counted, by part of the run and action.",
			"system", "kind", "part", "action"),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "touchline_remote_call_seconds", Buckets: seconds,
			Help: "Calls to the systems, by how they ended: ok, or the class of the failure.",
		}, []string{"system", "class"}),
		waits:   counter("touchline_limiter_waits_total", "Calls that have asked a system's limiter for their turn.", "system"),
		waited:  counter("touchline_limiter_wait_seconds_total", "How long they have waited for it.", "system"),
		signIns: counter("touchline_sign_ins_total", "Sign-ins in the browser, by result: ok or failed.", "system", "result"),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "touchline_build_info", Help: "The version that runs."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(
		m.runs, m.records, m.calls, m.waits, m.waited, m.signIns, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// outcomes are all that a run can end with.
var outcomes = []string{
	string(step.Succeeded), string(step.Partial), string(step.Failed), string(step.GuardStopped), string(step.Drifted),
	string(step.NeedsAuth), string(step.Cancelled), string(jobs.Planned),
}

// Pipelines makes the counters of pipelines begin at 0, so that their first run is seen
// to count.
func (m *Metrics) Pipelines(all []jobs.Pipeline) {
	for _, p := range all {
		for _, outcome := range outcomes {
			m.runs.WithLabelValues(p.Name, outcome)
		}
	}
}

// Observer counts runs and records.
func (m *Metrics) Observer() jobs.Observer {
	return jobs.Observer{
		Ended: func(pipeline, outcome string) { m.runs.WithLabelValues(pipeline, outcome).Inc() },
		Counted: func(part jobs.Action, all []step.Counter) {
			for _, c := range all {
				for _, n := range c.Numbers() {
					if n.N > 0 {
						m.records.WithLabelValues(string(c.System), string(c.Kind), strings.ToLower(string(part)), n.Name).Add(float64(n.N))
					}
				}
			}
		},
	}
}

// Watch counts the calls that go through a meter.
func (m *Metrics) Watch(system record.System, meter *engine.Meter) {
	name := string(system)
	m.calls.WithLabelValues(name, "ok")
	waits, waited := m.waits.WithLabelValues(name), m.waited.WithLabelValues(name)
	meter.Called = func(class string, took time.Duration) { m.calls.WithLabelValues(name, class).Observe(took.Seconds()) }
	meter.Waited = func(d time.Duration) {
		waits.Inc()
		waited.Add(d.Seconds())
	}
}

// Browses makes the counters of sign-ins at a system begin at 0.
func (m *Metrics) Browses(system record.System) {
	for _, result := range []string{"ok", "failed"} {
		m.signIns.WithLabelValues(string(system), result)
	}
}

// SignedIn counts a sign-in.
func (m *Metrics) SignedIn(system record.System, well bool) {
	result := "ok"
	if !well {
		result = "failed"
	}
	m.signIns.WithLabelValues(string(system), result).Inc()
}
