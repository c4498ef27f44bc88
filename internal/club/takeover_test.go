package club_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/internal/rondosync"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// members are how many rondo-sync has synced: so many that its file has several pages.
const members = 120

// before puts the members at the site, as rondo-sync has, and its file. Those of whom
// keyless says so have lost their code at the site.
func (w *world) before(keyless func(i int) bool) (dir string, ids map[string]int64) {
	w.t.Helper()
	dir, ids = w.t.TempDir(), map[string]int64{}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "rondo-sync.sqlite")+"?_pragma=journal_mode(wal)")
	if err != nil {
		w.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	w.t.Cleanup(func() { _ = db.Close() })
	exec := func(query string, args ...any) {
		if _, err := db.ExecContext(w.t.Context(), query, args...); err != nil {
			w.t.Fatal(err)
		}
	}
	exec(`create table rondo_club_members (knvb_id text primary key, rondo_club_id integer, email text, data_json text not null,
		source_hash text not null, last_seen_at text not null, last_synced_at text, last_synced_hash text, created_at text not null)`)
	for i := range members {
		code := fmt.Sprintf("M%03d", i)
		w.member(code)
		fields := map[string]any{"first_name": "Voornaam " + code, "infix": "van", "last_name": "Test", "gender": "female", "birthdate": "2012-05-17", "knvb_id": code}
		if keyless(i) {
			delete(fields, "knvb_id")
		}
		ids[code] = w.person(fields)
		exec(`insert into rondo_club_members (knvb_id, rondo_club_id, data_json, source_hash, last_seen_at, created_at) values (?, ?, '{"status":"publish"}', 'h', 't', 't')`, code, ids[code])
	}
	return dir, ids
}

// person makes a person at the site, as somebody else does.
func (w *world) person(fields map[string]any) int64 {
	w.t.Helper()
	var made struct {
		ID int64 `json:"id"`
	}
	w.control(w.rondo, "POST", "/people", map[string]any{"fields": fields}, &made)
	return made.ID
}

// look reads and plans, and writes nothing. A plan that nobody need approve is ours by then.
func (w *world) look(name string) {
	w.t.Helper()
	task, p := step.Task{Run: uuid.Must(uuid.NewV7())}, w.pipeline(name)
	for _, read := range p.Reads {
		for done := false; !done; {
			s, err := w.engine.Read(w.t.Context(), task, read)
			if err != nil {
				w.t.Fatal(err)
			}
			done = s.Done
		}
	}
	for done := false; !done; {
		s, err := w.engine.Plan(w.t.Context(), task, p)
		if stop, asked := errors.AsType[*step.Stop](err); asked && stop.Outcome == step.GuardStopped {
			return
		}
		if err != nil {
			w.t.Fatal(err)
		}
		done = s.Done
	}
}

// takeOver plans what the files say.
func (w *world) takeOver(dir string) (*rondosync.Files, *rondosync.Plan) {
	w.t.Helper()
	f, err := rondosync.Read(w.t.Context(), dir)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := rondosync.Make(w.t.Context(), store.New(w.pool), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return f, p
}

func (w *world) apply(f *rondosync.Files, hash string) (*rondosync.Plan, error) {
	return rondosync.Apply(w.t.Context(), w.pool, f, hash, store.Actor{Name: "tester"}, w.now())
}

// codes are the ids of the persons at the site, by code.
func (w *world) codes() (ids map[string]int64, all int) {
	w.t.Helper()
	var dump struct {
		People []struct {
			ID     int64          `json:"id"`
			Fields map[string]any `json:"fields"`
		} `json:"people"`
	}
	w.control(w.rondo, "GET", "/dump", nil, &dump)
	ids = map[string]int64{}
	for _, p := range dump.People {
		if code, _ := p.Fields["knvb_id"].(string); code != "" {
			ids[code] = p.ID
		}
	}
	return ids, len(dump.People)
}

// TestTakeOverRondoSync: rondo-sync has synced the members, and some of them have lost their
// code at the site since. What its file says is taken over, and the first run makes nobody
// and writes what differs. Taken over once more, nothing is left to be.
func TestTakeOverRondoSync(t *testing.T) {
	t.Parallel()
	w := setup(t)
	dir, ids := w.before(func(i int) bool { return i%6 == 0 })
	if _, p := w.takeOver(dir); !p.Tables[0].Unread || p.Hash != "" {
		t.Fatalf("a site that was never read is looked up: %+v", p.Tables[0])
	}
	w.look("people")
	f, p := w.takeOver(dir)
	if got := p.Tables[0]; got.Rows != members || got.New != members/6 || got.Shown != members-members/6 || len(got.Misfits) > 0 || p.Hash == "" {
		t.Fatalf("the plan: %+v", got)
	}
	if _, err := w.apply(f, "another"); !errors.As(err, &rondosync.Changed{}) {
		t.Fatalf("another plan is applied: %v", err)
	}
	if _, err := w.apply(f, p.Hash); err != nil {
		t.Fatal(err)
	}
	if sum := w.cycle("people"); sum.Created != 0 || sum.Failed+sum.Quarantined+sum.Held > 0 {
		t.Errorf("the first run: %+v", sum)
	}
	if now, all := w.codes(); !maps.Equal(now, ids) || all != members {
		t.Errorf("the site has %d persons, and %d with a code", all, len(now))
	}
	var unlike int
	if err := w.pool.QueryRow(t.Context(), `select count(*) from sync_record r where r.system = 'rondoclub' and r.kind = 'club.person' and (r.created_by <> 'us'
		or not exists (select from journal j where j.sync_record = r.id and j.op = 'take_over'))`).Scan(&unlike); err != nil || unlike > 0 {
		t.Errorf("%d records are not taken over on a person's word: %v", unlike, err)
	}
	if sum := w.cycle("people"); sum.Created+sum.Updated > 0 {
		t.Errorf("the second run: %+v", sum)
	}
	f, p = w.takeOver(dir)
	if got := p.Tables[0]; got.Done != members || got.New+got.Shown+len(got.Misfits) > 0 || p.Hash != "" {
		t.Errorf("once more: %+v", got)
	}
	if _, err := w.apply(f, "any"); !errors.As(err, &rondosync.Changed{}) {
		t.Errorf("a plan of nothing is applied: %v", err)
	}
}

// TestTakeOverLater: the site is in step already, and a record without a code is nobody's.
// The member whose it is has turned up, and is about to be made at the site: what is said
// comes first.
func TestTakeOverLater(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("A1")
	w.cycle("people")
	id := w.person(map[string]any{"first_name": "Voornaam B2", "infix": "van", "last_name": "Test", "gender": "female", "birthdate": "2012-05-17"})
	w.cycle("people")
	w.member("B2")
	dir := w.file(map[string]int64{"B2": id})
	_, p := w.takeOver(dir)
	if got := p.Tables[0]; got.New != 0 || len(got.Misfits) != 1 {
		t.Fatalf("a member who was not read is known: %+v", got)
	}
	w.look("people")
	f, p := w.takeOver(dir)
	if p.Tables[0].New != 1 {
		t.Fatalf("the plan: %+v", p.Tables[0])
	}
	if _, err := w.apply(f, p.Hash); err != nil {
		t.Fatal(err)
	}
	if sum := w.cycle("people"); sum.Created != 0 {
		t.Errorf("%+v", sum)
	}
	w.cycle("people")
	if now, all := w.codes(); now["B2"] != id || all != 2 {
		t.Errorf("%v of %d persons", now, all)
	}
	var by string
	if err := w.pool.QueryRow(t.Context(), "select created_by from sync_record where system = 'rondoclub' and kind = 'club.person' and external_id = $1", fmt.Sprint(id)).Scan(&by); err != nil || by != "us" {
		t.Errorf("made by %q, %v", by, err)
	}
}

// file makes a file of rondo-sync, of members at the site.
func (w *world) file(ids map[string]int64, more ...string) (dir string) {
	w.t.Helper()
	dir = w.t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "rondo-sync.sqlite"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	statements := []string{
		"create table rondo_club_members (knvb_id text primary key, rondo_club_id integer, data_json text)",
		"create table rondo_club_parents (email text primary key, rondo_club_id integer, data_json text)",
	}
	for _, code := range slices.Sorted(maps.Keys(ids)) {
		statements = append(statements, fmt.Sprintf("insert into rondo_club_members values ('%s', %d, '{}')", code, ids[code]))
	}
	for _, s := range append(statements, more...) {
		if _, err := db.ExecContext(w.t.Context(), s); err != nil {
			w.t.Fatal(err)
		}
	}
	return dir
}

// TestTakeOverMisfits: what the files say, and the site or Sportlink does not, is left alone
// with a reason.
func TestTakeOverMisfits(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, code := range []string{"A1", "B2", "C3", "D4", "E5"} {
		w.member(code)
	}
	named := func(more ...any) map[string]any {
		f := map[string]any{"first_name": "Iemand", "last_name": "Test"}
		for i := 0; i+1 < len(more); i += 2 {
			f[more[i].(string)] = more[i+1]
		}
		return f
	}
	blank, twice, stranger, another := w.person(named()), w.person(named()), w.person(named()), w.person(named("knvb_id", "A1"))
	dir := w.file(map[string]int64{"A1": 99_999, "B2": twice, "C3": twice, "D4": another, "E5": blank, "ZZ": stranger},
		fmt.Sprintf(`insert into rondo_club_parents values ('ans@example.org', %d, '{"data":{"acf":{"first_name":"Ans","last_name":"Test"}}}')`, blank))
	w.look("people")
	_, p := w.takeOver(dir)
	got := map[string]int{}
	for _, m := range p.Tables[0].Misfits {
		got[m.Why] = m.Rows
	}
	if people := p.Tables[0]; people.New != 1 || len(got) != 4 || people.Rows != 6 {
		t.Errorf("members: %+v", people)
	}
	for why, n := range got {
		if want := map[bool]int{true: 2, false: 1}[why[:7] == "several"]; n != want {
			t.Errorf("%s: %d", why, n)
		}
	}
	if parents := p.Tables[1]; parents.Shown != 1 || parents.New > 0 {
		t.Errorf("a parent who is a member: %+v", parents)
	}
}
