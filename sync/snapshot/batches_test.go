package snapshot_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	clubperson "github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/step"
)

// clubRig is an engine with the pages and rules of a club that has two lists.
func clubRig(t *testing.T, batch int) (r *enginetest.Rig, members, people *memory.System) {
	t.Helper()
	r, members, people, lists := clubSystems(t)
	r.PlanBatch = batch
	r.Start(policy.Club(2), derive.Club(2), members, people, lists)
	return r, members, people
}

// clubSystems are the systems of such a club, and a rig without an engine.
func clubSystems(t *testing.T) (r *enginetest.Rig, members, people, lists *memory.System) {
	t.Helper()
	fieldsOf := func(p *policy.Policy) (out []record.Field) {
		for f := range p.Fields {
			out = append(out, f)
		}
		slices.Sort(out)
		return out
	}
	children := []record.Field{family.Children}
	persons, entries := fieldsOf(policy.ClubPerson()), fieldsOf(policy.ClubSubscriber(2))
	members = memory.New("sportlink", memory.Place{Name: "members", Kind: clubperson.Kind, Reads: persons, ReadOnly: true})
	people = memory.New("rondoclub", memory.Place{
		Name: "people", Kind: clubperson.Kind, Reads: persons, Writes: persons, Key: []record.Field{clubperson.RelationCode, clubperson.Email1, clubperson.FirstName},
		Parts: []memory.Part{{
			Kind: family.Kind, Reads: children, Writes: children,
			Refs: map[record.Field]connector.Ref{family.Children: {Kind: clubperson.Kind}},
		}},
	})
	list := func(name string) memory.Place {
		return memory.Place{Name: name, Kind: subscriber.Kind, Reads: entries, Writes: entries, Key: []record.Field{subscriber.Email}, Delete: true}
	}
	lists = memory.New("laposta", list("list-1"), list("list-2"))
	r = enginetest.Bare(t)
	r.TakesMany, r.Override = true, engine.LimitNames()
	r.Pipeline = step.Pipeline{
		Name: "club", Family: "club",
		Reads: []step.Read{
			{System: "sportlink", Place: "members", Needed: true},
			{System: "rondoclub", Place: "people"},
			{System: "laposta", Place: "list-1"},
			{System: "laposta", Place: "list-2"},
		},
		Writes: []step.Write{{System: "rondoclub", Place: "people"}, {System: "laposta", Place: "list-1"}, {System: "laposta", Place: "list-2"}},
	}
	return r, members, people, lists
}

func putMember(s *memory.System, no int, address, parent, parentName string) {
	s.Put("members", record.ExternalID(fmt.Sprintf("M%04d", no)), record.Fields{
		clubperson.RelationCode: fmt.Sprintf("M%04d", no), clubperson.FirstName: fmt.Sprint("First", no), clubperson.LastName: "Example",
		clubperson.Email1: address, clubperson.Parent1Email: parent, clubperson.Parent1Name: parentName, clubperson.FormerMember: "false",
	})
}

// What stands in the database after runs that decide one record at a time, seven,
// and all at once is the same.
func TestPlanBatches(t *testing.T) {
	t.Parallel()
	n := sizetest.Of(t, 12, 40, 600)
	var want string
	for _, batch := range []int{10_000, 1, 7} {
		r, members, people := clubRig(t, batch)
		chance := rand.New(rand.NewPCG(sizetest.Seed(t), 3)) //nolint:gosec // a population, no secret
		for no := range n / 4 {                              // some parents are there before us
			people.Put("people", record.ExternalID(fmt.Sprint("before", no)), record.Fields{
				clubperson.FirstName: "Sam Example", clubperson.Email1: fmt.Sprintf("p%d@example.org", no),
			})
		}
		for round := range 4 {
			for no := range n {
				switch what := chance.IntN(8); {
				case round > 0 && what > 2:
				case round > 0 && what == 0:
					members.Drop("members", record.ExternalID(fmt.Sprintf("M%04d", no)), record.Absent)
				default:
					near := no + chance.IntN(3)
					putMember(members, no, fmt.Sprintf("m%d@example.org", near), fmt.Sprintf("p%d@example.org", near/2), "Sam Example")
				}
			}
			r.MustSync()
			r.Pass(2 * time.Hour)
		}
		got := known(r)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("decided %d at a time, other things are known than all at once:\n%s", batch, firstDifference(want, got))
		}
	}
}

// known is what the database knows of records, but for the numbers of rows.
func known(r *enginetest.Rig) string {
	r.T.Helper()
	rows, err := r.Pool.Query(r.T.Context(), `
select concat_ws(' ', 'entity', kind, key, fields, deleted, made_rule, made_group, made) from entity
union all select concat_ws(' ', 'record', r.system, r.place, r.kind, e.key, r.natural_key, r.created_by, r.remote, r.base_local, r.pending_op, r.quarantine, r.confirm_why)
  from sync_record r left join entity e on e.id = r.entity
union all select concat_ws(' ', 'group', g.rule, g.key, e.key) from group_key g left join entity e on e.id = g.entity
union all select concat_ws(' ', 'alias', kind, from_key, to_key) from entity_alias
union all select concat_ws(' ', 'row', kind, key, system, place, op, fields, reason, effect, state) from plan_row
union all select concat_ws(' ', 'seen', listing, missing, count(*)) from last_seen group by listing, missing`)
	if err != nil {
		r.T.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		r.T.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "- " + w[i] + "\n+ " + g[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(w), len(g))
}

// An address that more members have than a group may is left as it is, and the
// others are taken up.
func TestLargeGroupIsLeft(t *testing.T) {
	t.Parallel()
	sizetest.Skip(t, "a group of more than 1,000")
	r, members, _ := clubRig(t, 0)
	for no := range plan.GroupMost + 1 {
		putMember(members, no, "club@example.org", "", "")
	}
	putMember(members, 9000, "own@example.org", "", "")
	r.Pipeline.Writes = nil
	r.MustSync()
	var persons, entries int
	err := r.Pool.QueryRow(t.Context(), `select count(*) filter (where kind = 'club.person'), count(*) filter (where kind = 'club.subscriber') from entity`).Scan(&persons, &entries)
	if err != nil {
		t.Fatal(err)
	}
	if persons != plan.GroupMost+2 || entries != 1 {
		t.Errorf("%d persons and %d entries, want %d and 1", persons, entries, plan.GroupMost+2)
	}
	if r.Notes[step.PartialNote] != "GROUP_TOO_LARGE" {
		t.Errorf("the notes are %v", r.Notes)
	}
}
