package rondosync

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// schema is what rondo-sync makes, as far as it is read (docs/import-rondo-sync.md).
var schema = map[string]string{
	"rondo_club_members": `(knvb_id text primary key, rondo_club_id integer, email text, data_json text not null, source_hash text not null,
		last_seen_at text not null, last_synced_at text, last_synced_hash text, created_at text not null, photo_state text)`,
	"rondo_club_parents": `(email text primary key, rondo_club_id integer, data_json text not null, source_hash text not null,
		last_seen_at text not null, last_synced_hash text, created_at text not null)`,
	"rondo_club_teams": `(id integer primary key, team_name text collate nocase, sportlink_id text unique, team_code text, rondo_club_id integer,
		game_activity text, gender text, source_hash text, created_at text)`,
	"rondo_club_commissies":   `(id integer primary key, commissie_name text unique, sportlink_id text unique, rondo_club_id integer, source_hash text, created_at text)`,
	"rondo_club_work_history": `(knvb_id text, team_name text, rondo_club_work_history_id integer, is_backfill integer, unique (knvb_id, team_name))`,
	"discipline_cases":        `(dossier_id text unique, public_person_id text, season text, is_charged integer, dismissed integer, rondo_club_id integer)`,
	"freescout_customers":     `(knvb_id text primary key, email text, freescout_id integer, data_json text not null, rondo_club_synced_at text)`,
	"freescout_conversations": `(conversation_id integer primary key, knvb_id text, subject text, rondo_club_activity_id integer)`,
}

// write makes a file with some of the tables, in the way in which rondo-sync writes.
func write(t *testing.T, dir, file string, tables []string, statements ...string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, file)+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	for _, name := range tables {
		statements = append([]string{"create table " + name + " " + schema[name]}, statements...)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

const member = "insert into rondo_club_members (knvb_id, rondo_club_id, data_json, source_hash, last_seen_at, created_at) values (%s, %s, '{}', 'h', 't', 't')"

func parentOf(address, id, data string) string {
	return fmt.Sprintf("insert into rondo_club_parents (email, rondo_club_id, data_json, source_hash, last_seen_at, created_at) values ('%s', %s, '%s', 'h', 't', 't')", address, id, data)
}

// TestRead: what each table says, of rows that say something, is read; what a version has
// not is passed over, and the folder stays as it is, also while rondo-sync has the files open.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rondo-sync.sqlite", []string{"rondo_club_members", "rondo_club_parents", "rondo_club_teams", "rondo_club_commissies", "rondo_club_work_history", "discipline_cases"},
		fmt.Sprintf(member, "' aa-1 '", "17"), fmt.Sprintf(member, "'B2'", "null"), fmt.Sprintf(member, "'C3'", "'x1'"), fmt.Sprintf(member, "''", "19"),
		parentOf("Ans@Example.org", "20", `{"data":{"acf":{"first_name":"Ans","last_name":"de Vries"}},"childKnvbIds":["B2"]}`),
		parentOf("no@example.org", "21", `{"data":{"acf":{}}}`), parentOf("bad@example.org", "22", `{`),
		"insert into rondo_club_teams (team_name, sportlink_id, rondo_club_id) values ('JO11', 'T1', 30), ('JO12', null, 31)",
		"insert into rondo_club_commissies (commissie_name, sportlink_id, rondo_club_id) values ('Bar  Commissie', 'C', 40)",
		"insert into rondo_club_work_history values ('B2', 'JO11', 0, 0)",
		"insert into discipline_cases (dossier_id, rondo_club_id) values ('T-1', 50)")
	before := listing(t, dir)
	f, err := Read(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{
		"rondo_club_members":    "17 AA-1 |  whose remote id is no number|19  without a relation code",
		"rondo_club_parents":    "20 parent/ans@example.org/ans de vries |21  a parent without an address or a name|22  a parent whose data cannot be read",
		"rondo_club_teams":      "30 T1 |31  without the number that Sportlink knows it by",
		"rondo_club_commissies": "40 bar commissie ",
		"discipline_cases":      "50 T-1 ",
		"freescout_customers":   "",
	} {
		var got []string
		for _, r := range f.rows[table] {
			got = append(got, r.id+" "+r.key+" "+r.why)
		}
		if is := strings.Join(got, "|"); is != want {
			t.Errorf("%s: %q, want %q", table, is, want)
		}
	}
	if len(f.Left) != 1 || f.Left[0].Rows != 1 || f.Left[0].Table != "rondo_club_work_history" {
		t.Errorf("left: %+v", f.Left)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("the folder has changed: %s, was %s", after, before)
	}
	// The code keeps discipline cases in a file of their own, which comes first.
	write(t, dir, "discipline-sync.sqlite", []string{"discipline_cases"}, "insert into discipline_cases (dossier_id, rondo_club_id) values ('T-2', 51)")
	write(t, dir, "freescout-sync.sqlite", []string{"freescout_customers"}, "insert into freescout_customers (knvb_id, freescout_id, data_json) values ('B2', 60, '{}')")
	if f, err = Read(t.Context(), dir); err != nil || f.rows["discipline_cases"][0].id != "51" || f.rows["freescout_customers"][0].key != "B2" {
		t.Errorf("%+v, %v", f, err)
	}
}

// listing is what a folder has, with sizes and times.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&out, e.Name(), " ", info.Size(), " ", info.ModTime().UnixNano(), "\n")
	}
	return out.String()
}

// TestUnreadable: a folder or a file that cannot be read says what and where, and what to
// do; nothing of it is taken for empty, and no value is told.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(dir string)
		says []string
	}{
		"no files":    {func(string) {}, []string{"none of the files", "folder data"}},
		"no database": {func(dir string) { put(t, dir, "rondo-sync.sqlite", strings.Repeat("Noor Voorbeeld ", 99)) }, []string{"rondo-sync.sqlite", "stop rondo-sync"}},
		"an empty column": {func(dir string) {
			write(t, dir, "rondo-sync.sqlite", nil, "create table rondo_club_members (knvb_id text, stadion_id integer)")
		}, []string{"rondo_club_members", "rondo_club_id", "version"}},
		"half a file": {func(dir string) {
			db := write(t, dir, "rondo-sync.sqlite", []string{"rondo_club_members"}, "pragma journal_mode = delete")
			for i := range 300 {
				if _, err := db.ExecContext(t.Context(), fmt.Sprintf(member, fmt.Sprintf("'M%d'", i), fmt.Sprint(i+1))); err != nil {
					t.Fatal(err)
				}
			}
			_ = db.Close()
			path := filepath.Join(dir, "rondo-sync.sqlite")
			info, err := os.Stat(path)
			if err != nil || os.Truncate(path, info.Size()/2) != nil {
				t.Fatal(err)
			}
		}, []string{"damaged", "backup"}},
	} {
		dir := t.TempDir()
		c.make(dir)
		_, err := Read(t.Context(), dir)
		for _, says := range c.says {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want %q", name, err, says)
			}
		}
		if err != nil && strings.Contains(err.Error(), "Voorbeeld") {
			t.Errorf("%s: the error holds a value", name)
		}
	}
}

func put(t *testing.T, dir, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
