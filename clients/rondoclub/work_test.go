package rondoclub_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
)

const post = "12" // Jeugdcommissie, which every site of the simulator has

func doing(role, start, end string, current bool) person.Function {
	return person.Function{Committee: post, Role: role, Start: start, End: end, Current: current}
}

// history is what stands in a person's work, as text.
func (b *bundle) history(id record.ExternalID) string {
	b.t.Helper()
	var out []string
	for _, r := range b.rows(id, "work_history") {
		row, _ := r.(object)
		out = append(out, fmt.Sprint(row["job_title"], " ", row["start_date"], "-", row["end_date"], " ", row["is_current"], " ", row["description"]))
	}
	return strings.Join(out, "; ")
}

// TestWork: a row is known by commissie, role and start, and never by its place; rows of
// people stay, with all that is in them; a row of ours that is not told any more goes.
func TestWork(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			id := b.create(zoe()).ID
			team := map[string]string{rondosim.Fields: "team_id", rondosim.ACF: "team"}[theme]
			by := func(title, start, description string, post any) object {
				return object{team: post, "job_title": title, "start_date": start, "description": description, "is_current": true}
			}
			start := "2019-01-01"
			if theme == rondosim.ACF {
				start = "20190101" // as other programs write it there
			}
			b.control("PATCH", "/people/"+string(id), object{"fields": object{"work_history": []any{
				by("Trainer", "2018-01-01", "van hun team", 11), by("Lid", start, "met de hand", 12),
			}}}, nil)
			put := func(ours string, all ...person.Function) connector.Item {
				t.Helper()
				item, err := b.people.Update(b.ctx(), id, connector.Patch{
					Set: record.Fields{work.Functions: person.FunctionSet(all)}, Key: zoe(), Ours: record.Fields{work.Functions: ours},
				})
				if err != nil {
					t.Fatal(err)
				}
				return item
			}
			chair := doing("Voorzitter", "2024-08-01", "", true)
			item := put("", chair, doing("Lid", "2019-01-01", "", true))
			shown := person.FunctionsOf(item.Fields[work.Functions])
			if len(shown) != 2 || item.Fields[work.TeamFunctions] != (person.Function{Committee: "11", Role: "Trainer", Start: "2018-01-01", Current: true}).Row() || !strings.Contains(item.Fields[work.Functions], chair.Row()) {
				t.Errorf("shown %v", shown)
			}
			if got := b.history(id); strings.Count(got, ";") != 2 || !strings.Contains(got, "van hun team; Lid") || !strings.Contains(got, "met de hand; Voorzitter 2024-08-01") {
				t.Errorf("stored as %s", got)
			}
			writes := len(b.kit.Writes(0))
			put("", chair, doing("Lid", "2019-01-01", "", true))
			if n := len(b.kit.Writes(0)) - writes; n != 0 {
				t.Errorf("%d writes of what stands there", n)
			}
			ours := person.FunctionSet([]person.Function{chair, doing("Lid", "2019-01-01", "", true)})
			put(ours, doing("Voorzitter", "2024-08-01", "2026-06-30", false))
			if got := b.history(id); strings.Contains(got, "Lid") || !strings.Contains(got, "2026-06-30 false") || !strings.Contains(got, "Trainer 2018") {
				t.Errorf("after an end, and one that goes: %s", got)
			}
		})
	}
}

// TestARowGetsItsStart: a row of ours without a start goes on as the one that is told with
// one, and keeps what people have written into it; of two it is rather the current one. One
// that is told with its start already goes.
func TestARowGetsItsStart(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		b := setup(t, rondosim.Options{Theme: theme})
		id := b.create(zoe()).ID
		put := func(ours string, all ...person.Function) string {
			t.Helper()
			set := person.FunctionSet(all)
			if _, err := b.people.Update(b.ctx(), id, connector.Patch{
				Set: record.Fields{work.Functions: set}, Key: zoe(), Ours: record.Fields{work.Functions: ours},
			}); err != nil {
				t.Fatal(err)
			}
			return set
		}
		ours := put("", doing("Lid", "", "", true))
		team := map[string]string{rondosim.Fields: "team_id", rondosim.ACF: "team"}[theme]
		b.control("PATCH", "/people/"+string(id), object{"fields": object{"work_history": []any{
			object{team: 12, "job_title": "Lid", "description": "met de hand", "is_current": true},
		}}}, nil)
		ours = put(ours, doing("Lid", "2019-08-01", "2020-06-30", false), doing("Lid", "2024-08-01", "", true))
		if got := b.history(id); got != "Lid 2024-08-01- true met de hand; Lid 2019-08-01-2020-06-30 false " {
			t.Errorf("%s: stored as %s", theme, got)
		}
		ours = put(ours, doing("Lid", "2019-08-01", "2020-06-30", false), doing("Lid", "2024-08-01", "", true), doing("Lid", "", "", true))
		put(ours, doing("Lid", "2019-08-01", "2020-06-30", false), doing("Lid", "2024-08-01", "2026-06-30", false))
		if got := b.history(id); got != "Lid 2024-08-01-2026-06-30 false met de hand; Lid 2019-08-01-2020-06-30 false " {
			t.Errorf("%s: one that is there with its start: %s", theme, got)
		}
	}
}

// TestRolesThatTheSiteChanges: a role that would be stored otherwise would be written
// again and again.
func TestRolesThatTheSiteChanges(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	for _, role := range []string{`Lid <16`, `Lid \ reserve`, `Lid %41`} {
		_, err := b.people.Update(b.ctx(), id, connector.Patch{
			Set: record.Fields{work.Functions: doing(role, "", "", true).Row()}, Key: zoe(),
		})
		if e := b.class(err, connector.Rejected); e.Field != work.Functions || !e.Unsent {
			t.Errorf("%+v", e)
		}
	}
	if n := len(b.kit.Writes(0)); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// TestBlockAndCertificate are fields of the person.
func TestBlockAndCertificate(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		b := setup(t, rondosim.Options{Theme: theme})
		id := b.create(zoe()).ID
		b.update(id, record.Fields{person.VOGDate: "2024-02-29", person.FinancialBlock: "true"})
		if f := b.get(id); f[person.VOGDate] != "2024-02-29" || f[person.FinancialBlock] != "true" {
			t.Errorf("%s: read back as %q, %q", theme, f[person.VOGDate], f[person.FinancialBlock])
		}
		b.update(id, record.Fields{person.VOGDate: "", person.FinancialBlock: ""})
		if f := b.get(id); f[person.VOGDate] != "" || f[person.FinancialBlock] != "false" {
			t.Errorf("%s: emptied as %q, %q", theme, f[person.VOGDate], f[person.FinancialBlock])
		}
	}
}

// TestCommissies: committees are posts, found by their name whatever its capitals; those
// of others are listed and left alone; a create whose answer was lost is found again.
func TestCommissies(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	c := connector.Collections(b.conn.Collections()).Host(rondoclub.Commissies, "")
	want := record.Fields{committee.Name: "Sponsoring & PR"}
	item, err := c.Create(b.ctx(), want)
	if err != nil || item.Fields[committee.Name] != want[committee.Name] {
		t.Fatalf("%v, %v", item, err)
	}
	found, err := c.Find(b.ctx(), record.Fields{committee.Name: "SPONSORING & pr"})
	if err != nil || found.ID != item.ID {
		t.Errorf("found %v, %v", found.ID, err)
	}
	var names []string
	for page, err := range c.List(b.ctx(), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			names = append(names, it.Fields[committee.Name])
		}
		if page.Next == "" && (!page.Evidence.End || page.Evidence.Count != len(names)) {
			t.Errorf("%+v", page.Evidence)
		}
	}
	if strings.Join(names, ", ") != "Jeugdcommissie, Sponsoring & PR" {
		t.Errorf("listed %v", names)
	}
	item, err = c.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{committee.Name: "Sponsoring & pr"}, Key: want})
	if err != nil || item.Fields[committee.Name] != "Sponsoring & pr" {
		t.Errorf("renamed to %v, %v", item.Fields, err)
	}
	_, err = c.Update(b.ctx(), post, connector.Patch{Set: record.Fields{committee.Name: "Bar"}, Key: want})
	b.class(err, connector.Stale)
	_, err = c.Get(b.ctx(), "4711")
	b.class(err, connector.NotFound)
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/commissies"}, Do: simkit.Do{Kind: simkit.FaultNamed, Name: "anonymous"}})
	for _, err := range c.List(b.ctx(), "") {
		if err == nil {
			t.Error("a list without rights is taken for an empty one")
		}
		break
	}
	if c.Delete != nil {
		t.Error("committees can be deleted")
	}
}

// What a site refuses of one row of work is held by itself: the refusal names the field, in
// the theme's own form and in WordPress'.
func TestWorkRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"theme":  `{"code":"rondo_invalid_field","data":{"status":400,"field":"fields.work_history.0.team_id","detail":"fields.work_history.0.team_id names no post."}}`,
		"schema": `{"code":"rest_invalid_param","data":{"status":400,"params":{"fields":"fields[work_history][0][team_id] is not of type integer,null."}}}`,
		"whole":  `{"code":"rondo_invalid_field","data":{"status":400,"field":"fields.work_history","detail":"x"}}`,
	} {
		b := setup(t, rondosim.Options{})
		id := b.create(zoe()).ID
		b.inject(simkit.Fault{Match: simkit.Match{Method: "PUT"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 400, Body: body}})
		set := record.Fields{person.City: "Elders", work.Functions: person.FunctionSet([]person.Function{doing("Lid", "2024-01-01", "", true)})}
		_, err := b.people.Update(b.ctx(), id, connector.Patch{Set: set})
		if e := b.class(err, connector.Rejected); e.Field != work.Functions {
			t.Errorf("%s: field %q", name, e.Field)
		}
	}
}
