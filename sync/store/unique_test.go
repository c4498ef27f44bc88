package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Who holds a value that only one record may hold is looked up by an index, however
// many records there are and however many hold none; also a value that is longer than
// an ordinary index takes.
func TestRecordWithValueIsIndexed(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t)
	n := sizetest.Of(t, 5_000, 100_000, 100_000)
	st := store.Open(pool)
	if err := st.Partition(ctx, []record.System{"holds"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as at every start
		if err := st.IndexUnique(ctx, "holds", []record.Field{"email", "it's"}); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("é", 10_000)
	for _, sql := range []string{
		`insert into entity (kind, key, fields) select 'test.person', 'k' || i, '{}' from generate_series(1, ` + fmt.Sprint(n) + `) i`,
		`insert into sync_record (system, place, kind, external_id, entity, remote)
			select 'holds', 'people', e.kind, e.key, e.id, jsonb_build_object('email', case when e.id % 2 = 0 then e.key || '@example.org' else '' end) from entity e`,
		`update sync_record set remote = jsonb_build_object('email', '` + long + `') where external_id = 'k2'`,
		`analyze sync_record`,
	} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	ask := store.RecordWithValueParams{System: "holds", Place: "people", Kind: "test.person", Field: "email"}
	for value, want := range map[string]string{
		fmt.Sprintf("k%d@example.org", n): fmt.Sprint("k", n), long: "k2", "nobody@example.org": "", "": "",
	} {
		ask.Value = value
		got, err := st.RecordWithValue(ctx, ask)
		switch {
		case want == "" && !errors.Is(err, pgx.ErrNoRows):
			t.Errorf("a value of nobody is held by %v, %v", got.ExternalID, err)
		case want != "" && (err != nil || *got.ExternalID != want):
			t.Errorf("the value of %s is held by %v, %v", want, got.ExternalID, err)
		}
	}
	ask.Value, ask.Field = "x", "it's"
	if _, err := st.RecordWithValue(ctx, ask); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a field with a quote: %v", err)
	}
	var plan []byte
	err := pool.QueryRow(ctx, "explain (format json) "+store.RecordWithValueText("email"), "holds", "people", "", "test.person", "k2@example.org", int64(0)).Scan(&plan)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(plan) || strings.Contains(string(plan), "Seq Scan") || !strings.Contains(string(plan), "sync_record_holds_email_held") {
		t.Errorf("not looked up by the index:\n%s", plan)
	}
}
