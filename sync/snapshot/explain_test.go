package snapshot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/store"
)

// node is one node of a plan of Postgres, as it was carried out.
type node struct {
	Type     string  `json:"Node Type"`
	Table    string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Joined   float64 `json:"Rows Removed by Join Filter"`
	Plans    []node
}

// looked is how many rows the node and those below it have looked at.
func (n node) looked() float64 {
	sum := (n.Rows + n.Filtered + n.Joined) * n.Loops
	for _, p := range n.Plans {
		sum += p.looked()
	}
	return sum
}

// again names the tables that are gone through from their first row to the last
// more than once in one statement: a nested loop without an index.
func (n node) again() (out []string) {
	if n.Type == "Seq Scan" && n.Loops > 1 && n.Rows+n.Filtered > 100 {
		out = append(out, n.Table)
	}
	for _, p := range n.Plans {
		out = append(out, p.again()...)
	}
	return out
}

// explained collects how Postgres has carried out each statement.
type explained struct {
	sync.Mutex

	looked map[string]float64
	times  map[string]int
	again  map[string][]string
}

var named = regexp.MustCompile(`-- name: (\w+)`)

func (e *explained) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	_, text, ok := strings.Cut(n.Message, "plan:\n")
	var out struct {
		Text string `json:"Query Text"`
		Plan node
	}
	if !ok || json.Unmarshal([]byte(text), &out) != nil {
		return
	}
	if m := named.FindStringSubmatch(out.Text); m != nil {
		e.Lock()
		defer e.Unlock()
		e.looked[m[1]] += out.Plan.looked()
		e.times[m[1]]++
		e.again[m[1]] = append(e.again[m[1]], out.Plan.again()...)
	}
}

// explain has each statement of a rig explained, where Postgres can.
func explain(t *testing.T, r *enginetest.Rig) *explained {
	t.Helper()
	e := &explained{looked: map[string]float64{}, times: map[string]int{}, again: map[string][]string{}}
	cfg := r.Pool.Config()
	cfg.ConnConfig.OnNotice = e.notice
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// Of a small table all is quicker to read than an index. Without that, what is
		// read as a whole has no index that serves.
		small := fmt.Sprintf("; set enable_seqscan = %t", sizetest.Full(t))
		_, err := conn.Exec(ctx, `load 'auto_explain'; set auto_explain.log_level = notice; set auto_explain.log_format = json;
set auto_explain.log_analyze = on; set auto_explain.log_timing = off; set auto_explain.log_min_duration = 0; set max_parallel_workers_per_gather = 0`+small)
		return err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := pool.Ping(t.Context()); err != nil {
		t.Skipf("SKIPPED, this Postgres does not explain: %v", err)
	}
	r.Pool, r.Store = pool, store.Open(pool)
	return e
}

// No statement of Read, Plan and Apply looks at more rows than a small multiple of
// what there is, however many batches ask it, and none goes through a table again
// and again: not when all is new, and not when all has changed.
func TestStatementsAreLinear(t *testing.T) {
	t.Parallel()
	n := sizetest.Of(t, 300, 1000, 100_000)
	r, members, people, lists := clubSystems(t)
	e := explain(t, r)
	r.PlanBatch = n / 10 // many batches, whatever the size
	if sizetest.Full(t) {
		r.PlanBatch = 0
	}
	r.Pipeline.Writes = nil
	r.Start(policy.Club(2), derive.Club(2), members, people, lists)
	for season := range 2 {
		for no := range n {
			putMember(members, no, fmt.Sprintf("m%d-%d@example.org", no, season), fmt.Sprintf("p%d@example.org", no/2), "Sam Example")
		}
		r.MustSync()
		r.Pass(2 * time.Hour)
	}
	var there float64
	err := r.Pool.QueryRow(t.Context(), `select (select count(*) from entity) + (select count(*) from sync_record) + (select count(*) from plan_row)`).Scan(&there)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"StagedItemsOf", "MembersOfGroups", "ApplyNewEntities", "ApplySyncRecords", "ApplyPlanRows", "StaleSyncRecords"} {
		if e.times[name] == 0 {
			t.Errorf("%s was not explained", name)
		}
	}
	const most = 20
	for _, name := range slices.Sorted(maps.Keys(e.looked)) {
		if share := e.looked[name] / there; share > most {
			t.Errorf("%s, %d times: looked at %.0f rows, %.0f times as many as there are (%.0f)", name, e.times[name], e.looked[name], share, there)
		}
		if len(e.again[name]) > 0 {
			t.Errorf("%s goes through all of %v again and again", name, slices.Compact(slices.Sorted(slices.Values(e.again[name]))))
		}
	}
}
