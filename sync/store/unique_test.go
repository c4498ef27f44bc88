package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Who holds a value that only one record may hold is looked up by an index, however
// many records there are and however many hold none; also a value that is longer than
// an ordinary index takes.
func TestRecordsWithValueIsIndexed(t *testing.T) {
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
	ask := store.RecordsWithValueParams{System: "holds", Place: "people", Kind: "test.person", Field: "email"}
	for value, want := range map[string]string{
		fmt.Sprintf("k%d@example.org", n): fmt.Sprint("k", n), long: "k2", "nobody@example.org": "", "": "",
	} {
		ask.Value = value
		got, err := st.RecordsWithValue(ctx, ask)
		switch {
		case err != nil || want == "" && len(got) != 0:
			t.Errorf("a value of nobody is held by %d, %v", len(got), err)
		case want != "" && (len(got) != 1 || *got[0].ExternalID != want):
			t.Errorf("the value of %s is held by %d others", want, len(got))
		}
	}
	ask.Value, ask.Field = "x", "it's"
	if got, err := st.RecordsWithValue(ctx, ask); err != nil || len(got) != 0 {
		t.Errorf("a field with a quote: %v", err)
	}
	// Only among those that are alike in another field.
	if _, err := pool.Exec(ctx, `update sync_record set remote = remote || jsonb_build_object('email', 'both', 'at', external_id) where external_id in ('k4', 'k6')`); err != nil {
		t.Fatal(err)
	}
	ask.Value, ask.Field, ask.Within = "both", "email", "at"
	for of, want := range map[string]int{"k6": 1, "k8": 0} {
		ask.Of = of
		if got, err := st.RecordsWithValue(ctx, ask); err != nil || len(got) != want {
			t.Errorf("within %s: %d, %v", of, len(got), err)
		}
	}
	ask.Within = ""
	if got, err := st.RecordsWithValue(ctx, ask); err != nil || len(got) != 2 {
		t.Errorf("within all: %d, %v", len(got), err)
	}
	var plan []byte
	err := pool.QueryRow(ctx, "explain (format json) "+store.RecordsWithValueText("email", ""), "holds", "people", "", "test.person", "k2@example.org", int64(0)).Scan(&plan)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(plan) || strings.Contains(string(plan), "Seq Scan") || !strings.Contains(string(plan), "sync_record_holds_email_held") {
		t.Errorf("not looked up by the index:\n%s", plan)
	}
}
