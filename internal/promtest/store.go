package promtest

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Series is one series, a sample a minute: At says what it is so many minutes after
// the beginning.
type Series struct {
	Name   string
	Labels map[string]string
	At     func(minute int) float64
}

// Firing reports whether an alert fires at the end of so many minutes of series.
func Firing(a Alert, all []Series, minutes int) (bool, error) {
	wait := time.Duration(0)
	if a.For != "" {
		d, err := model.ParseDuration(a.For)
		if err != nil {
			return false, err
		}
		wait = time.Duration(d)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	end := time.Unix(0, 0).Add(time.Duration(minutes) * time.Minute)
	query, err := engine.NewRangeQuery(context.Background(), store(all, minutes), nil, a.Expr, end.Add(-wait), end, time.Minute)
	if err != nil {
		return false, err
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return false, result.Err
	}
	matrix, err := result.Matrix()
	if err != nil {
		return false, err
	}
	steps := int(wait/time.Minute) + 1
	return slices.ContainsFunc(matrix, func(s promql.Series) bool { return len(s.Floats) == steps }), nil
}

func store(all []Series, minutes int) storage.Queryable {
	var series []storage.Series
	for _, s := range all {
		names := map[string]string{labels.MetricName: s.Name}
		for k, v := range s.Labels {
			names[k] = v
		}
		samples := make([]chunks.Sample, 0, minutes+1)
		for m := range minutes + 1 {
			samples = append(samples, sample{int64(m) * time.Minute.Milliseconds(), s.At(m)})
		}
		series = append(series, storage.NewListSeries(labels.FromMap(names), samples))
	}
	slices.SortFunc(series, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
			set := &set{at: -1}
			for _, s := range series {
				if matches(s.Labels(), matchers) {
					set.all = append(set.all, s)
				}
			}
			return set
		},
	}}
}

func matches(l labels.Labels, all []*labels.Matcher) bool {
	return !slices.ContainsFunc(all, func(m *labels.Matcher) bool { return !m.Matches(l.Get(m.Name)) })
}

type set struct {
	all []storage.Series
	at  int
}

func (s *set) Next() bool                      { s.at++; return s.at < len(s.all) }
func (s *set) At() storage.Series              { return s.all[s.at] }
func (*set) Err() error                        { return nil }
func (*set) Warnings() annotations.Annotations { return nil }

type sample struct {
	t int64
	v float64
}

func (s sample) T() int64                    { return s.t }
func (s sample) F() float64                  { return s.v }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Copy() chunks.Sample         { return s }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
