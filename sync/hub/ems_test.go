package hub_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/hub"
)

// Each table that keeps an audit is a type, and can be read.
func TestEMSTypesAreTheTables(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	rows, err := pool.Query(t.Context(), `select t.table_name::text from information_schema.tables t
		join information_schema.columns c using (table_schema, table_name)
		where t.table_schema = 'ems' and t.table_type = 'BASE TABLE' and c.column_name = 'version' and t.table_name <> 'audited' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !slices.Equal(tables, slices.Sorted(slices.Values(hub.EMSTypes))) {
		t.Errorf("the tables are %v, %v; the types %v", tables, err, hub.EMSTypes)
	}
	var ems hub.EMS
	for _, name := range tables {
		if rows, err := ems.List(t.Context(), pool, name, 0, 10, true); err != nil || len(rows) != 0 {
			t.Errorf("%s: %v, %v; want no row", name, rows, err)
		}
	}
}

// A key that is kept by an index, and one that spans columns, are told apart.
func TestEMSRefusalsNameTheConstraint(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var ems hub.EMS
	put := func(kind string, fields map[string]string) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			_, err := ems.Put(t.Context(), tx, hub.Change{Type: kind, Fields: fields, Actor: "user:test"})
			return err
		})
	}
	if err := put("tag", map[string]string{"epc": "E2"}); err != nil {
		t.Fatal(err)
	}
	if err := put("conversation", map[string]string{"number": "17"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "B"} {
		if err := put("person", map[string]string{"last_name": name}); err != nil {
			t.Fatal(err)
		}
	}
	entry := func(person string) map[string]string {
		return map[string]string{"event_id": "1", "person_id": person, "last_name": "A", "paid": "true", "bib": "7"}
	}
	for _, c := range []struct {
		kind   string
		fields map[string]string
	}{
		{"organisation", map[string]string{"name": "A"}},
		{"event", map[string]string{
			"organisation_id": "1", "name": "A", "start_date_time": "2027-04-01T08:00:00Z", "end_date_time": "2027-04-01T09:00:00Z", "all_day": "false", "timezone": "UTC",
		}},
		{"event_participant", entry("1")},
	} {
		if err := put(c.kind, c.fields); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		kind   string
		fields map[string]string
		want   hub.EMSRefusal
	}{
		{"event_participant", entry("2"), hub.EMSRefusal{Reason: hub.ConstraintHeld, Column: "bib", Constraint: "event_participant_bib"}},
		{"tag", map[string]string{"epc": "E2"}, hub.EMSRefusal{Reason: hub.ConstraintHeld, Column: "epc", Constraint: "tag_epc"}},
		{"conversation", map[string]string{"number": "17"}, hub.EMSRefusal{Reason: hub.ConstraintHeld, Column: "number", Constraint: "conversation_number_key"}},
		{"tag", map[string]string{"person_id": "9"}, hub.EMSRefusal{Reason: hub.ConstraintHeld, Column: "person_id", Constraint: "tag_person_id_fkey"}},
		{"person", map[string]string{"last_name": "A", "gender": "X"}, hub.EMSRefusal{Reason: hub.ConstraintViolated, Column: "gender", Constraint: "person_gender_check"}},
		{"person", map[string]string{"city": "A"}, hub.EMSRefusal{Reason: hub.ConstraintViolated, Column: "last_name", Constraint: "not_null"}},
		{"tag", map[string]string{"uuid": "no"}, hub.EMSRefusal{Reason: hub.InvalidValue, Column: "uuid"}},
	} {
		err := put(c.kind, c.fields)
		got, ok := err.(*hub.EMSRefusal)
		if !ok {
			t.Errorf("%s %v: %v; want a refusal", c.kind, c.fields, err)
			continue
		}
		c.want.Detail = got.Detail
		if *got != c.want || got.Detail == "" {
			t.Errorf("%s %v: %+v; want %+v", c.kind, c.fields, *got, c.want)
		}
	}
}
