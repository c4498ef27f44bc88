package browserworker_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// shared is what several processes share through the database: one host, whose
// clock can be moved.
type shared struct {
	*connectortest.Host
	offset atomic.Int64
}

func newShared(t *testing.T) *shared {
	t.Helper()
	s := &shared{}
	s.Host = connectortest.NewHost(t).Follow(func() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) })
	return s
}
