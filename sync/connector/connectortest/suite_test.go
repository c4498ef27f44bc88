package connectortest_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
)

// defect is the environment variable that names what is wrong with the fake in
// a child process.
const defect = "CONNECTORTEST_DEFECT"

// defects are what the suite must find, with the test that must fail.
var defects = map[string]string{
	"list misses one":          "is_complete",
	"list is not ordered":      "is_complete",
	"list says no end":         "is_complete",
	"list states another sum":  "is_complete",
	"list hides a broken line": "cut_short",
	"list cannot be cancelled": "stops_when",
	"create doubles":           "creating_twice",
	"create answers otherwise": "what_was_created",
	"create takes a rival":     "a_unique_value",
	"create says gone":         "deleted_meanwhile",
	"create is made unsaid":    "a_create_that_ends",
	"update clears others":     "an_update_leaves",
	"update skips empty":       "an_empty_value",
	"update always writes":     "nothing_new",
	"update asks for no key":   "is_stale",
	"delete twice fails":       "deleting_twice",
	"find finds the first":     "find_finds",
	"refusal comes late":       "a_refusal",
	"batch mixes up":           "a_batch",
	"denied is transient":      "failing/denied",
	"error has a value":        "",
	"log has a value":          "",
	"letters are lost":         "decode_after_encode",
}

// TestSuite runs the suite on a fake without a defect, and on itself in child
// processes: each defect must make it fail, in the test that is for it.
func TestSuite(t *testing.T) {
	t.Parallel()
	if os.Getenv(defect) != "" {
		t.Skip("a child process runs TestFake only")
	}
	sizetest.Skip(t, "child processes")
	for name, where := range defects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFake$", "-test.count=1", "-test.v")
			cmd.Env = append(os.Environ(), defect+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the suite did not notice")
			}
			if !slices.ContainsFunc(strings.Split(string(out), "\n"), func(line string) bool {
				return strings.Contains(line, "--- FAIL") && strings.Contains(line, where)
			}) {
				t.Errorf("noticed in the wrong place:\n%s", out)
			}
		})
	}
}

// TestFake is the suite on the fake.
func TestFake(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench {
		h := connectortest.NewHost(t)
		f := &fake{defect: os.Getenv(defect), host: h, records: map[record.ExternalID]record.Fields{}}
		return &connectortest.Bench{
			Connector: f, Host: h, Kind: "club.fake",
			Want: func(n int) record.Fields {
				return record.Fields{"email": fmt.Sprintf("zoe%d@example.org", n), "code": fmt.Sprintf("ZZ%05d", n), "name": "Zoë van 't Hof-Ünal", "born": "2012-02-29", "phone": "", "city": "Elders"}
			},
			Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{"code"}) },
			Change: func(record.Fields) record.Fields { return record.Fields{"city": "Nergens"} },
			Clear:  "city",
			Refused: func() (record.Fields, record.Field) {
				return record.Fields{"email": "", "code": "ZZ99999"}, "email"
			},
			Rival: func(want record.Fields) (record.Fields, record.Field) {
				r := want.Clone()
				r["code"] = "ZZ88888"
				return r, "email"
			},
			Edit:   func(_ *testing.T, id record.ExternalID, set record.Fields) { maps.Copy(f.records[id], set) },
			Writes: func(*testing.T) int { return f.writes },
			Reopen: func(*testing.T) connector.Connector { return f },
			Disturb: func(_ *testing.T, op connectortest.Op, trouble connectortest.Trouble) func() {
				f.op, f.trouble = op, trouble
				return func() { f.op = "" }
			},
		}
	}})
}

// fake is a system in memory with one kind, whose unique value is the address.
type fake struct {
	defect  string
	host    *connectortest.Host
	records map[record.ExternalID]record.Fields
	next    int
	writes  int
	op      connectortest.Op
	trouble connectortest.Trouble
}

func (f *fake) Close() error { return nil }

func (f *fake) Check(context.Context) (string, error) {
	return "account", f.fails(connectortest.Check)
}

func (f *fake) Collections() []connector.Collection {
	all := []record.Field{"born", "city", "code", "email", "name", "phone"}
	return []connector.Collection{{
		Kind: "club.fake", Place: "all", Complete: true, Ordered: true, Unique: []record.Field{"email"},
		Reads: all, Writes: all, Batch: 10,
		List: f.list, Get: f.get, Find: f.find, Accepts: f.accepts,
		Create: f.create, Update: f.update, Delete: f.delete, WriteMany: f.many,
	}}
}

func (f *fake) err(class connector.Class, why string) *connector.Error {
	return &connector.Error{Class: class, System: "fake", Op: "do it", Why: why}
}

// fails is the error of an operation that is disturbed.
func (f *fake) fails(op connectortest.Op) error {
	if f.op != op {
		return nil
	}
	why := ""
	if f.defect == "error has a value" {
		why = "about zoe0@example.org"
	}
	if f.defect == "log has a value" {
		f.host.Log().Info("about ZZ00000")
	}
	switch f.trouble {
	case connectortest.Denied:
		if f.defect == "denied is transient" {
			return f.err(connector.Transient, why)
		}
		return f.err(connector.Denied, why)
	case connectortest.Throttled:
		e := f.err(connector.Throttled, why)
		e.After = connectortest.ThrottledFor * time.Second
		return e
	case connectortest.Unexpected:
		return f.err(connector.Drifted, why)
	default:
		return f.err(connector.Transient, why)
	}
}

func (f *fake) list(ctx context.Context, _ connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		if err := ctx.Err(); err != nil && f.defect != "list cannot be cancelled" {
			yield(connector.Page{}, f.err(connector.Transient, "cancelled"))
			return
		}
		err := f.fails(connectortest.List)
		if err != nil && f.defect != "list hides a broken line" {
			yield(connector.Page{}, err)
			return
		}
		p := connector.Page{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: f.defect != "list says no end", Stated: true, Count: len(f.records)}}
		for _, id := range slices.Sorted(maps.Keys(f.records)) {
			p.Items = append(p.Items, connector.Item{ID: id, Fields: f.records[id].Clone()})
		}
		switch f.defect {
		case "list misses one":
			p.Items = p.Items[min(1, len(p.Items)):]
		case "list is not ordered":
			slices.Reverse(p.Items)
		case "list states another sum":
			p.Evidence.Count++
		}
		yield(p, nil)
	}
}

func (f *fake) get(_ context.Context, id record.ExternalID) (connector.Item, error) {
	if err := f.fails(connectortest.Get); err != nil {
		return connector.Item{}, err
	}
	r, ok := f.records[id]
	if !ok {
		return connector.Item{}, f.err(connector.NotFound, "")
	}
	return connector.Item{ID: id, Fields: r.Clone()}, nil
}

func (f *fake) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	for _, id := range slices.Sorted(maps.Keys(f.records)) {
		if f.defect == "find finds the first" || f.records[id]["code"] == want["code"] {
			return f.get(ctx, id)
		}
	}
	return connector.Item{}, f.err(connector.NotFound, "")
}

func (f *fake) accepts(want record.Fields) error {
	if want["email"] == "" && f.defect != "refusal comes late" {
		e := f.err(connector.Rejected, "")
		e.Field = "email"
		return e
	}
	return nil
}

func (f *fake) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	if err := ctx.Err(); err != nil {
		e := f.err(connector.Transient, "cancelled")
		e.Err = err
		return connector.Item{}, e
	}
	if err := f.accepts(want); err != nil {
		return connector.Item{}, err
	}
	if err := f.fails(connectortest.Create); err != nil && f.trouble != connectortest.Lost {
		return connector.Item{}, err
	}
	for id, r := range f.records {
		switch {
		case r["code"] == want["code"] && f.defect != "create doubles":
			if f.defect == "create says gone" && f.op == connectortest.Update && f.trouble == connectortest.Deleted {
				return connector.Item{}, f.err(connector.NotFound, "")
			}
			return f.get(ctx, id)
		case r["email"] == want["email"] && r["code"] != want["code"] && f.defect != "create takes a rival":
			e := f.err(connector.Rejected, "")
			e.Field = "email"
			return connector.Item{}, e
		}
	}
	f.next++
	f.writes++
	id := record.ExternalID(fmt.Sprintf("%04d", f.next))
	f.records[id] = want.Clone()
	if f.defect == "letters are lost" {
		f.records[id]["name"] = strings.ReplaceAll(want["name"], "ë", "e")
	}
	if err := f.fails(connectortest.Create); err != nil {
		return connector.Item{}, err
	}
	if err := f.host.RateLimit(ctx, "fake", 0); err != nil { // to read it back
		e := f.err(connector.Transient, "no turn")
		e.Unsent = f.defect == "create is made unsaid"
		return connector.Item{}, e
	}
	item, err := f.get(ctx, id)
	if f.defect == "create answers otherwise" {
		item.Fields["city"] = ""
	}
	return item, err
}

func (f *fake) update(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	r, ok := f.records[id]
	switch {
	case !ok:
		return connector.Item{}, f.err(connector.NotFound, "")
	case p.Key["code"] != r["code"] && f.defect != "update asks for no key":
		return connector.Item{}, f.err(connector.Stale, "")
	}
	if err := f.fails(connectortest.Update); err != nil && f.trouble != connectortest.Lost {
		return connector.Item{}, err
	}
	next := r.Clone()
	for n, v := range p.Set {
		if v != "" || f.defect != "update skips empty" {
			next[n] = v
		}
	}
	if f.defect == "update clears others" {
		next["name"] = p.Set["name"]
	}
	if !maps.Equal(next, r) || f.defect == "update always writes" {
		f.writes++
	}
	f.records[id] = next
	if err := f.fails(connectortest.Update); err != nil {
		return connector.Item{}, err
	}
	return f.get(ctx, id)
}

func (f *fake) delete(_ context.Context, id record.ExternalID) error {
	if err := f.fails(connectortest.Delete); err != nil {
		return err
	}
	if _, ok := f.records[id]; !ok && f.defect == "delete twice fails" {
		return f.err(connector.NotFound, "")
	}
	delete(f.records, id)
	return nil
}

func (f *fake) many(ctx context.Context, ops []connector.Op) ([]connector.Result, error) {
	var out []connector.Result
	for _, op := range ops {
		item, err := f.create(ctx, op.Want)
		out = append(out, connector.Result{Item: item, Err: err})
	}
	if f.defect == "batch mixes up" {
		slices.SortStableFunc(out, func(a, b connector.Result) int { return cmp.Compare(b.Item.ID, a.Item.ID) })
	}
	return out, nil
}
