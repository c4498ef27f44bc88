package nikki_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/nikki"
	"github.com/touchline-sync/touchline/clients/nikki/nikkisim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// world is a simulated club and a connector with a real browser.
type world struct {
	t    *testing.T
	sim  *nikkisim.Sim
	host *connectortest.Host
	nikki.Config
	connector.Connector
}

// now is the simulator's day: the years to come have no lines.
var now = time.Date(2025, 11, 29, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T, o nikkisim.Options) *world {
	t.Helper()
	w := &world{t: t, sim: nikkisim.New(o)}
	info, err := w.sim.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := w.sim.SetTime(simkit.Time{Now: &now}); err != nil {
		t.Fatal(err)
	}
	w.host = connectortest.NewHost(t).Follow(w.sim.Now)
	w.BaseURL, w.Username = info.Addresses["nikki"], info.Credentials["username"]
	w.Password, w.OTPSecret = connector.Secret(info.Credentials["password"]), connector.Secret(info.Credentials["otp_secret"])
	w.Pool = browsertest.Shared(t)
	w.Timeouts = nikki.Timeouts{SignIn: 20 * time.Second, Page: 20 * time.Second, Table: 20 * time.Second, Export: 20 * time.Second}
	w.reopen()
	return w
}

func (w *world) reopen() {
	w.t.Helper()
	c, err := w.Open(w.host)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Connector = c
}

func (w *world) list() (connector.Page, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	defer cancel()
	for page, err := range w.Collections()[0].List(ctx, "") {
		return page, err
	}
	return connector.Page{}, fmt.Errorf("no page")
}

// must reads the contributions and wants them to be whole.
func (w *world) must(when string) map[record.ExternalID]record.Fields {
	w.t.Helper()
	page, err := w.list()
	if err != nil {
		w.t.Fatalf("%s: %v", when, err)
	}
	if want := (connector.Evidence{SignedIn: true, Filters: true, End: true}); page.Evidence != want || len(page.Faults) > 0 {
		w.t.Fatalf("%s: evidence %+v, %d faults", when, page.Evidence, len(page.Faults))
	}
	out := map[record.ExternalID]record.Fields{}
	for _, i := range page.Items {
		out[i.ID] = i.Fields
	}
	return out
}

// told is what the simulator's lines come to, without the totals where totals is false;
// only what is filled.
func (w *world) told(totals bool) map[record.ExternalID]record.Fields {
	rank := map[string]int{"Open": 0, "Debet": 1, "Credit": 2, "Betaald": 3}
	names := []string{"open", "debit", "credit", "paid"}
	sums, worst := map[string]map[string]int{}, map[string]map[int]int{}
	for _, l := range w.sim.Lines() {
		if sums[l.Member] == nil {
			sums[l.Member], worst[l.Member] = map[string]int{}, map[int]int{}
		}
		if l.Year < 2022 {
			continue
		}
		sums[l.Member][fmt.Sprint("balance_", l.Year)] += l.Balance
		sums[l.Member][fmt.Sprint("total_", l.Year)] += l.Total
		if before, seen := worst[l.Member][l.Year]; !seen || rank[l.Status] < before {
			worst[l.Member][l.Year] = rank[l.Status]
		}
	}
	out := map[record.ExternalID]record.Fields{}
	for member, all := range sums {
		f := record.Fields{person.RelationCode: member}
		for name, cents := range all {
			if totals || !strings.HasPrefix(name, "total") {
				f[record.Field(name)] = fmt.Sprint(cents)
			}
		}
		for year, r := range worst[member] {
			f[record.Field(fmt.Sprint("status_", year))] = names[r]
		}
		maps.DeleteFunc(f, func(name record.Field, _ string) bool { return strings.HasSuffix(string(name), "_2027") })
		out[record.ExternalID(member)] = f
	}
	return out
}

// same wants what was read to be what the lines come to.
func (w *world) same(when string, got map[record.ExternalID]record.Fields, totals bool) {
	w.t.Helper()
	want := w.told(totals)
	if len(got) != len(want) {
		w.t.Errorf("%s: %d members, want %d", when, len(got), len(want))
	}
	for id, f := range want {
		filled := got[id].Clone()
		maps.DeleteFunc(filled, func(_ record.Field, v string) bool { return v == "" })
		if !maps.Equal(filled, f) {
			w.t.Fatalf("%s: a member has %v, want %v", when, filled.Names(), f.Names())
		}
	}
}

// nextCode moves the clock on, so that the next code need not be waited for.
func (w *world) nextCode() {
	w.t.Helper()
	at := w.sim.Now().Add(31 * time.Second)
	if err := w.sim.SetTime(simkit.Time{Now: &at}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) inject(at, name string, times int) {
	w.t.Helper()
	f := simkit.Fault{Match: simkit.Match{Path: at}, Times: times, Do: simkit.Do{Kind: simkit.FaultNamed, Name: name}}
	if _, err := w.sim.Inject(f); err != nil {
		w.t.Fatal(err)
	}
}

// Two readings within a session's life sign in once, in whatever form the table comes
// and whatever dialect the export is in; a code is used once.
func TestContributions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nikkisim.Options{Members: 40, Seed: 7, OTP: true})
	w.same("as it is", w.must("as it is"), true)
	for _, c := range []struct {
		name   string
		site   func(*nikkisim.Site)
		totals bool
	}{
		{"a table that fills late", func(s *nikkisim.Site) { s.Table, s.Delay = "late", 2000 }, true},
		{"in two halves", func(s *nikkisim.Site) { s.Table, s.Delay = "staged", 2500 }, true},
		{"commas and Latin-1", func(s *nikkisim.Site) { s.Export.Delimiter, s.Export.Latin1, s.Export.Quotes = ",", true, "all" }, true},
		{"a mark, and broken quotation marks", func(s *nikkisim.Site) { s.Export.BOM, s.Export.Quotes = true, "names" }, true},
		{"other names, and the year", func(s *nikkisim.Site) { s.Export.Key, s.Export.Amount, s.Export.Year = "NikkiId", "Totaal", "Jaar" }, true},
	} {
		w.sim.Behave(func(s *nikkisim.Site) {
			s.Table, s.Export = "html", nikkisim.Export{Delimiter: ";", Key: "nikki_id", Amount: "hoofdsom"}
			c.site(s)
		})
		w.same(c.name, w.must(c.name), c.totals)
	}
	for _, fault := range []string{"extra-column", "second-table"} {
		w.inject("/leden", fault, 1)
		w.same(fault, w.must(fault), true)
	}
	if fingerprint, err := w.Check(t.Context()); err != nil || fingerprint == "" {
		t.Fatalf("check: %q, %v", fingerprint, err)
	}
	if ins := w.sim.SignIns(); len(ins) != 1 || !ins[0].Accepted || ins[0].Step == 0 {
		t.Fatalf("%d sign-ins: %+v", len(ins), ins)
	}
	for _, r := range w.sim.Requests(0) {
		if strings.HasPrefix(r.Path, "/js/main.js") {
			t.Error("the script that takes the table apart was loaded")
		}
	}
}

// TestTrouble is one club and each thing that can go wrong, one after the other: each
// says what it is, none shows a value, none gives a record, and the next reading is
// whole again.
func TestTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nikkisim.Options{Members: 30, Seed: 3})
	w.must("at first")
	w.Timeouts.Table, w.Timeouts.Export, w.Timeouts.Page = 2*time.Second, 4*time.Second, 8*time.Second
	w.reopen()
	for _, c := range []struct {
		at, name string
		class    connector.Class
		reason   string
		says     string
	}{
		{"/leden", "no-rows", connector.Drifted, browserworker.PageChanged, "no line"},
		{"/leden", "short-table", connector.Drifted, browserworker.PageChanged, "lacks"},
		{"/leden", "renamed-column", connector.Drifted, browserworker.PageChanged, "no column Saldo"},
		{"/leden", "no-link", connector.Drifted, browserworker.PageChanged, "no link"},
		{"/leden", "maintenance", connector.Transient, browserworker.Maintenance, ""},
		{"/leden", "no-rights", connector.Denied, browserworker.MissingRights, ""},
		{"/rapporten/export", "no-file", connector.Drifted, browserworker.PageChanged, "no file"},
		{"/rapporten/export", "export-empty", connector.Drifted, browserworker.PageChanged, "no line"},
		{"/rapporten/export", "export-html", connector.Drifted, browserworker.PageChanged, "a page"},
		{"/rapporten/export", "export-renamed", connector.Drifted, browserworker.PageChanged, "hoofdsom"},
		{"/rapporten/export", "export-ragged", connector.Drifted, browserworker.PageChanged, "another form"},
	} {
		t.Logf("case %s", c.name)
		w.inject(c.at, c.name, 0)
		page, err := w.list()
		if connector.ClassOf(err) != c.class || connector.ReasonOf(err) != c.reason || !strings.Contains(fmt.Sprint(err), c.says) || len(page.Items) > 0 {
			t.Fatalf("%s: %v with %d records, want %s %s and %q", c.name, err, len(page.Items), c.class, c.reason, c.says)
		}
		w.free(fmt.Sprint(err))
		w.sim.ClearFaults()
	}
	w.sim.Behave(func(s *nikkisim.Site) { s.Table = "paged" })
	if _, err := w.list(); connector.ClassOf(err) != connector.Drifted || !strings.Contains(err.Error(), "part of its lines") {
		t.Fatalf("a table that is paged: %v", err)
	}
	w.sim.Behave(func(s *nikkisim.Site) { s.Table = "html" })
	for _, at := range []string{"/leden", "/rapporten/export"} { // the session is lost before the table, and before the file
		w.inject(at, "expire", 1)
		w.same("lost at "+at, w.must("lost at "+at), true)
	}
	w.inject("/rapporten/export", "export-short", 1)
	page, err := w.list()
	if err != nil || len(page.Items) == 0 {
		t.Fatalf("a file that lacks lines: %v", err)
	}
	unknown := 0
	for _, i := range page.Items {
		for f := range i.Unreadable {
			if !strings.HasPrefix(string(f), "total_") {
				t.Errorf("%s is unreadable", f)
			}
			unknown++
		}
	}
	if unknown == 0 {
		t.Error("no total is unknown")
	}
	for _, s := range w.host.Shown() {
		if s.MediaType != "image/png" {
			w.free(string(s.Data))
		}
	}
	w.free(w.host.Logged())
}

// free wants a text to hold no value.
func (w *world) free(text string) {
	w.t.Helper()
	for _, v := range w.sim.Values() {
		if len(v) > 3 && strings.Contains(text, v) {
			w.t.Error("a value of a person is told")
		}
	}
}

// A sign-in that is refused says what to do, and is not tried again and again.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nikkisim.Options{Members: 5, Seed: 1, OTP: true})
	right := w.Config
	for _, c := range []struct {
		name  string
		set   func(*nikki.Config)
		says  string
		tried int
	}{
		{"no secret", func(c *nikki.Config) { c.OTPSecret = "" }, "otp_secret", 0},
		{"another secret", func(c *nikki.Config) { c.OTPSecret = "otpauth://totp/nikki?secret=GEZDGNBV" }, "code is refused", 1},
		{"another password", func(c *nikki.Config) { c.Password = "another" }, "password", 1},
	} {
		before := len(w.sim.SignIns())
		w.Config = right
		c.set(&w.Config)
		w.reopen()
		_, err := w.list()
		if connector.ReasonOf(err) != browserworker.Refused || !strings.Contains(err.Error(), c.says) || len(w.sim.SignIns())-before != c.tried {
			t.Fatalf("%s: %v after %d tries", c.name, err, len(w.sim.SignIns())-before)
		}
		w.nextCode()
		if _, err := w.list(); connector.ClassOf(err) != connector.Denied {
			t.Fatalf("%s, again: %v", c.name, err)
		}
		w.nextCode()
		if _, err := w.list(); connector.ReasonOf(err) != browserworker.SignInPaused {
			t.Fatalf("%s, a third time: %v", c.name, err)
		}
	}
	w.Config = right
	w.reopen()
	w.must("with the right ones")
}
