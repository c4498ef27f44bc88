package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// paged is a system in memory that lists what it is told to, page by page. In
// one variant it says that its listing is in order, in the other it does not.
type paged struct {
	connector.Connector
	ordered bool
	pages   []connector.Page
	cursors bool // the listing can go on after each page
	fail    int  // the page before which it breaks off, once; 0 never
	begun   int  // how often it was listed from its beginning
}

func (p *paged) Collections() []connector.Collection {
	c := p.Connector.Collections()[0]
	c.Ordered, c.List = p.ordered, p.list
	return []connector.Collection{c}
}

func (p *paged) list(_ context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		from, _ := strconv.Atoi(string(since))
		if from == 0 {
			p.begun++
		}
		for i := from; i < len(p.pages); i++ {
			if p.fail > 0 && i == p.fail {
				p.fail = 0
				yield(connector.Page{}, &connector.Error{Class: connector.Transient, System: "s", Op: "list"})
				return
			}
			page := p.pages[i]
			if p.cursors && i+1 < len(p.pages) {
				page.Next = connector.Cursor(strconv.Itoa(i + 1))
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// readers is one engine with the same system twice: in order and not.
type readers struct {
	*rig
	systems map[record.System]*paged
}

var variants = []record.System{"ordered", "loose"}

func newReaders(t *testing.T) *readers {
	t.Helper()
	r := &readers{
		rig:     enginetest.Bare(t),
		systems: map[record.System]*paged{},
	}
	policies, settings := policy.Set{people()}, engine.DefaultSettings()
	settings.DigestKey = []byte("test")
	var in []engine.System
	for _, name := range variants {
		s := memory.New(name, memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true})
		conn, err := s.Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatal(err)
		}
		r.systems[name] = &paged{Connector: conn, ordered: name == "ordered"}
		in = append(in, engine.System{Name: name, Connector: r.systems[name]})
	}
	var err error
	if r.Engine, err = engine.New(r.Store, policies, nil, in, settings, r.Clock); err != nil {
		t.Fatal(err)
	}
	return r
}

// read reads all slices of a listing; each page is one when sliced. A listing
// that breaks off is read again.
func (r *readers) read(run uuid.UUID, name record.System, sliced bool) (sum step.Counter, err error) {
	task := step.Task{Run: run}
	if sliced {
		task.Until = r.Clock()
	}
	for range 100 {
		s, err := r.Engine.Read(r.T.Context(), task, step.Read{System: name, Place: "members", View: "all"})
		for _, c := range s.Counters {
			sum = enginetest.Plus(sum, c)
		}
		if _, broken := errors.AsType[*connector.Error](err); broken {
			continue
		}
		if err != nil || s.Done {
			return sum, err
		}
	}
	return sum, errors.New("the listing does not end")
}

// exec runs one statement.
func (r *readers) exec(sql string, args ...any) {
	r.T.Helper()
	if _, err := r.Pool.Exec(r.T.Context(), sql, args...); err != nil {
		r.T.Fatal(err)
	}
}

// text returns the rows of a query as lines.
func (r *readers) text(sql string, args ...any) string {
	r.T.Helper()
	rows, err := r.Pool.Query(r.T.Context(), sql, args...)
	if err != nil {
		r.T.Fatal(err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			r.T.Fatal(err)
		}
		fmt.Fprintln(&out, values...)
	}
	if rows.Err() != nil {
		r.T.Fatal(rows.Err())
	}
	return out.String()
}

// staged is all that a run has staged of a system: the listing, then its items.
func (r *readers) staged(run uuid.UUID, name record.System) string {
	return r.text(`select complete, certificate <> 'null', why, signed_in, filters, ended, coalesce(stated, -1), count, absent
from staging_listing s join listing l on l.id = s.listing where s.run = $1 and l.system = $2`, run, name) +
		r.text(`select external_id, state, coalesce(encode(digest, 'hex'), '-'), fields::text, reason, successor, planned
from staging_item i join listing l on l.id = i.listing where i.run = $1 and l.system = $2 order by 1`, run, name)
}

// applyLastSeen lets what a run has staged become what was seen.
func (r *readers) applyLastSeen(run uuid.UUID) {
	r.exec(`insert into last_seen (listing, external_id, digest) select i.listing, i.external_id, i.digest
from staging_item i join staging_listing l on l.run = i.run and l.listing = i.listing
where i.run = $1 and i.state in ('changed', 'fault') and l.complete`, run)
}

func (r *readers) clear() {
	r.exec(`truncate last_seen, staging_listing, staging_item, staging_key`)
}

// drawn draws a listing of some ids: some changed, some unreadable, some said
// to be removed, in pages of any size, the first of a page sometimes that
// which the page before ended with.
func drawn(t *rapid.T, label string, ids []string) []connector.Page {
	var items []connector.Item
	var faults []connector.Fault
	var removed []connector.Removal
	for _, id := range ids {
		switch rapid.SampledFrom([]string{"", "same", "same", "same", "other", "fault", "removed", "merged"}).Draw(t, label+" "+id) {
		case "same":
			items = append(items, person(id, "Name "+id))
		case "other":
			items = append(items, person(id, "Other "+id))
		case "fault":
			faults = append(faults, connector.Fault{ID: record.ExternalID(id), Field: fName, Why: "odd"})
		case "removed":
			removed = append(removed, connector.Removal{ID: record.ExternalID(id), Reason: record.Removed})
		case "merged":
			removed = append(removed, connector.Removal{ID: record.ExternalID(id), Reason: record.Merged, Successor: "z"})
		}
	}
	if rapid.IntRange(0, 9).Draw(t, label+" nameless") == 0 {
		faults = append(faults, connector.Fault{Why: "no id"})
	}
	var pages []connector.Page
	for rest := items; len(pages) == 0 || len(rest) > 0; {
		n := rapid.IntRange(0, 5).Draw(t, label+" page")
		if len(pages) > 0 && len(pages[len(pages)-1].Items) == 0 {
			n = max(n, 1) // one empty page at a time
		}
		n = min(n, len(rest))
		p := connector.Page{Items: rest[:n], Evidence: connector.Evidence{SignedIn: true, Filters: true}}
		if len(rest) < len(items) && n > 0 && rapid.IntRange(0, 3).Draw(t, label+" twice") == 0 {
			at := len(items) - len(rest) - 1
			p.Items = items[at : at+1+n]
		}
		pages, rest = append(pages, p), rest[n:]
	}
	for _, f := range faults {
		p := &pages[rapid.IntRange(0, len(pages)-1).Draw(t, label+" fault on")]
		p.Faults = append(p.Faults, f)
	}
	for _, rm := range removed {
		p := &pages[rapid.IntRange(0, len(pages)-1).Draw(t, label+" removed on")]
		p.Removed = append(p.Removed, rm)
	}
	last := &pages[len(pages)-1].Evidence
	last.End = rapid.IntRange(0, 5).Draw(t, label+" end") > 0
	switch rapid.IntRange(0, 2).Draw(t, label+" states") {
	case 1:
		last.Stated, last.Count = true, len(items)+len(faults)
	case 2:
		last.Stated, last.Count = true, len(items)+len(faults)+1
	}
	return pages
}

func person(id, name string) connector.Item {
	return connector.Item{ID: record.ExternalID(id), Fields: record.Fields{
		fCode: id, fName: name, fMail: id + "@example.org", fFormer: "false",
	}}
}

// A listing in order is judged as one without: whatever was seen before,
// however it comes, wherever it breaks off, the same is staged.
func TestOrderedStagesWhatUnorderedStages(t *testing.T) {
	t.Parallel()
	r := newReaders(t)
	id := rapid.StringOfN(rapid.SampledFrom([]rune("0129aZé~ ")), 1, 3, -1)
	rapid.Check(t, func(rt *rapid.T) {
		r.clear()
		ids := rapid.SliceOfNDistinct(id, 0, 30, rapid.ID[string]).Draw(rt, "ids")
		slices.Sort(ids)
		before := drawn(rt, "before", ids)
		after := drawn(rt, "after", ids)
		cursors := rapid.Bool().Draw(rt, "cursors")
		sliced := rapid.Bool().Draw(rt, "sliced")
		fail := rapid.IntRange(0, len(after)).Draw(rt, "fail")
		missing := rapid.IntRange(1, 7).Draw(rt, "missing")

		first, second := uuid.New(), uuid.New()
		for _, name := range variants {
			s := r.systems[name]
			s.pages, s.cursors, s.fail = before, false, 0
			if _, err := r.read(first, name, false); err != nil && !isStop(err) {
				rt.Fatal(err)
			}
		}
		r.applyLastSeen(first)
		r.exec(`update last_seen set missing = 1 + ascii(external_id) % 2 where ascii(external_id) % $1 = 0 and digest <> ''`, missing)

		var sums, errs, staged []string
		for _, name := range variants {
			s := r.systems[name]
			s.pages, s.cursors, s.fail = after, cursors, fail
			sum, err := r.read(second, name, sliced)
			sum.System = ""
			sums = append(sums, fmt.Sprint(sum))
			errs = append(errs, strings.ReplaceAll(fmt.Sprint(err), string(name), "?"))
			staged = append(staged, r.staged(second, name))
			if err != nil && !isStop(err) {
				rt.Fatal(err)
			}
		}
		if sums[0] != sums[1] {
			rt.Errorf("counted in order %s, else %s", sums[0], sums[1])
		}
		if errs[0] != errs[1] {
			rt.Errorf("ended in order with %s, else with %s", errs[0], errs[1])
		}
		if errs[0] == "<nil>" && staged[0] != staged[1] {
			rt.Errorf("staged in order\n%selse\n%s", staged[0], staged[1])
		}
	})
}

func isStop(err error) bool {
	_, ok := errors.AsType[*step.Stop](err)
	return ok
}

// more items than one batch of the join holds.
const many = 12_001

// seenBefore says of both listings that they showed so many records, none of
// them with the fields that they have now.
func (r *readers) seenBefore(n int) {
	for _, name := range variants {
		r.exec(`insert into listing (system, place, scope, view) values ($1, 'members', '', 'all') on conflict do nothing`, name)
		r.exec(`insert into last_seen (listing, external_id, digest)
select l.id, 'P' || lpad(i::text, 6, '0'), '\x01' from listing l, generate_series(0, $2 - 1) i where l.system = $1`, name, n)
	}
}

// Absences fall out of the join over several batches, at the end as well.
func TestAbsencesOfALongListing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		listed func(i int) bool
		stated bool
		want   string
	}{
		{"each third", func(i int) bool { return i%3 == 0 }, true, "true  8000 4001"},
		{"the first few", func(i int) bool { return i < 3 }, true, "true  11998 3"},
		{"the last few", func(i int) bool { return i >= many-3 }, true, "true  11998 3"},
		{"all but none", func(i int) bool { return i < 1 }, true, "true  12000 1"},
		// A stated 0 is not believed either: it is what a broken page says.
		{"none", func(int) bool { return false }, true, "false nothing was read although records are known 0 0"},
		{
			"half, and no count stated", func(i int) bool { return i < many/2 }, false,
			"false no count is stated and too little of what the last whole listing showed was seen again 0 6000",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newReaders(t)
			r.seenBefore(many)
			run := uuid.New()
			page := connector.Page{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true, Stated: c.stated}}
			for i := range many {
				if c.listed(i) {
					page.Items = append(page.Items, person(fmt.Sprintf("P%06d", i), "Name"))
				}
			}
			page.Evidence.Count = len(page.Items)
			for _, name := range variants {
				r.systems[name].pages = []connector.Page{page}
				if _, err := r.read(run, name, false); err != nil {
					t.Fatal(err)
				}
				got := r.text(`select bool_and(s.certificate <> 'null'), min(s.why), count(*) filter (where i.state = 'absent'),
count(*) filter (where i.state = 'changed') from staging_listing s join listing l on l.id = s.listing
left join staging_item i on i.run = s.run and i.listing = s.listing where s.run = $1 and l.system = $2`, run, name)
				if strings.TrimSpace(got) != c.want {
					t.Errorf("%s: %s, want %s", name, got, c.want)
				}
			}
			if a, b := r.staged(run, "ordered"), r.staged(run, "loose"); a != b {
				t.Error("the two ways staged different things")
			}
		})
	}
}

// A listing that says it is in order and is not ends before anything is taken
// for absent.
func TestOutOfOrderIsDrifted(t *testing.T) {
	t.Parallel()
	for name, ids := range map[string][][]string{
		"in a page":     {{"a", "c", "b", "d"}},
		"between pages": {{"a", "c"}, {"b", "d"}},
		"by case":       {{"a", "B"}},
		"as numbers":    {{"9", "10"}},
	} {
		for _, sliced := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sliced %t", name, sliced), func(t *testing.T) {
				t.Parallel()
				r := newReaders(t)
				var pages []connector.Page
				for i, of := range ids {
					p := connector.Page{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: i == len(ids)-1}}
					for _, id := range of {
						p.Items = append(p.Items, person(id, "Name"))
					}
					pages = append(pages, p)
				}
				for _, v := range variants {
					r.systems[v].pages, r.systems[v].cursors = pages, true
				}
				run := uuid.New()
				_, err := r.read(run, "ordered", sliced)
				stop, ok := errors.AsType[*step.Stop](err)
				if !ok || stop.Outcome != step.Drifted || stop.Reason != "OUT_OF_ORDER" || !strings.Contains(stop.Detail, "ordered members") {
					t.Fatalf("ended with %v", err)
				}
				if got := r.staged(run, "ordered"); strings.HasPrefix(got, "true") || strings.Contains(got, "absent") {
					t.Errorf("staged all the same: %s", got)
				}
				if _, err := r.read(run, "loose", sliced); err != nil {
					t.Errorf("without the claim: %v", err)
				}
			})
		}
	}
}

// A listing that can go on is never begun anew, also when the end was seen and
// only the judgement is missing.
func TestReadGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	r := newReaders(t)
	pages := make([]connector.Page, 5)
	for i := range pages {
		pages[i] = connector.Page{
			Items:    []connector.Item{person(fmt.Sprintf("P%d", i), "Name")},
			Evidence: connector.Evidence{SignedIn: true, Filters: true, End: i == len(pages)-1},
		}
	}
	for _, name := range variants {
		s, run := r.systems[name], uuid.New()
		s.pages, s.cursors, s.fail = pages, true, 3
		sum, err := r.read(run, name, false)
		if err != nil || sum.Read != 5 || s.begun != 1 {
			t.Fatalf("%s: read %d records in %d listings, %v", name, sum.Read, s.begun, err)
		}
		r.exec(`update staging_listing set complete = false, count = 0, absent = 0 where run = $1`, run)
		if sum, err = r.read(run, name, false); err != nil || sum.Read != 0 || s.begun != 1 {
			t.Fatalf("%s: the end was seen, and %d records were read again in %d listings, %v", name, sum.Read, s.begun, err)
		}
		if got := r.text(`select complete, certificate <> 'null' from staging_listing where run = $1`, run); got != "true true\n" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
