package server_test

import (
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"google.golang.org/grpc/health/grpc_health_v1"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// BenchmarkCalls measures calls one after the other, beside a health check,
// which is the same way through Connect without any work.
func BenchmarkCalls(b *testing.B) {
	s := setup(b)
	if _, err := s.pool.Exec(b.Context(), `insert into entity (kind, key, fields, modified_on)
		select $1, 'BENCH' || n, '{"first_name": "Quirine", "city": "Nergens"}', now() from generate_series(10000, 19999) n`, string(kind)); err != nil {
		b.Fatal(err)
	}
	health := connect.NewClient[grpc_health_v1.HealthCheckRequest, grpc_health_v1.HealthCheckResponse](
		s.http(""), "http://"+s.address+"/"+grpchealth.HealthV1ServiceName+"/Check")
	one := &touchlinev1.GetSyncRecordRequest{Record: byID(s.entity)}
	page := &touchlinev1.ListSyncRecordsRequest{Kind: string(kind), PageSize: 100}
	viewer, operator := s.records(s.viewer), s.records(s.operator)
	for _, c := range []struct {
		name string
		call func() error
	}{
		{"echo", func() error {
			_, err := health.CallUnary(b.Context(), connect.NewRequest(&grpc_health_v1.HealthCheckRequest{}))
			return err
		}},
		{"GetSyncRecord/viewer", func() error { _, err := viewer.GetSyncRecord(b.Context(), one); return err }},
		{"GetSyncRecord/operator", func() error { _, err := operator.GetSyncRecord(b.Context(), one); return err }},
		{"ListSyncRecords/viewer", func() error { _, err := viewer.ListSyncRecords(b.Context(), page); return err }},
		{"ListSyncRecords/operator", func() error { _, err := operator.ListSyncRecords(b.Context(), page); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
		})
	}
}
