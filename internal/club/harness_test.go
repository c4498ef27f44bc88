package club_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/freescout"
	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// world is a club: its members in Sportlink, its site and its helpdesk.
type world struct {
	t         *testing.T
	pool      *pgxpool.Pool
	engine    *engine.Engine
	sportlink *memory.System
	nikki     *memory.System // nil: none
	rondo     clients.SimRemote
	desk      clients.SimRemote
	lists     clients.SimRemote // with setupWithLists
	seen      map[string]int    // requests counted, by system
	hook      connector.WebhookReceiver
	approvals []string // why a person was asked to approve a plan
	mu        sync.Mutex
	skew      time.Duration
}

var memberFields = append([]record.Field{
	person.RelationCode, person.FirstName, person.Infix, person.LastName, person.BirthDate, person.Gender, person.Email1,
	person.UnionTeams, person.ClubTeams, person.Teams, person.MemberSince, person.MemberUntil, person.FormerMember,
	person.Parent1Name, person.Parent1Email, person.Parent1Phone, person.ChangedOn, person.Functions, person.History, person.VOGDate, person.FinancialBlock, person.HelpdeskID,
}, invoice.Fields...)

// visitFields are what the own pages of a member show.
var visitFields = append([]record.Field{
	person.RelationCode, person.Functions, person.History, person.VOGDate, person.FinancialBlock, person.HelpdeskID,
}, invoice.Fields...)

var teamFields = []record.Field{team.Number, team.Name, team.Activity, team.Gender, team.Members}

var caseFields = []record.Field{
	discipline.Dossier, discipline.Person, discipline.MatchDate, discipline.ProcessedOn, discipline.Match, discipline.Team,
	discipline.ChargeCodes, discipline.Charge, discipline.Sanction, discipline.Fee, discipline.Season, discipline.Charged,
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), seen: map[string]int{}}
	w.sportlink = memory.New("sportlink",
		memory.Place{Name: "members", Kind: person.Kind, Reads: memberFields, Key: []record.Field{person.RelationCode}, ReadOnly: true, Visits: visitFields, Shows: isMember, Views: []memory.View{{Name: "inactive", Shows: hasLeft}}},
		memory.Place{Name: "teams", Kind: team.Kind, Reads: teamFields, Key: team.KeyFields, ReadOnly: true},
		memory.Place{
			Name: "cases", Kind: discipline.Kind, Reads: caseFields, Key: discipline.KeyFields, ReadOnly: true,
			Refs: map[record.Field]connector.Ref{discipline.Person: {Kind: person.Kind}},
		})
	w.rondo, w.desk = w.simulate("rondoclub"), w.simulate("freescout")
	w.start()
	return w
}

// setupWithLists is a club with a mailing list, too.
func setupWithLists(t *testing.T) *world {
	t.Helper()
	w := setup(t)
	w.lists = w.simulate("laposta")
	w.control(w.lists, "PATCH", "/settings", map[string]any{"per_minute": 0}, nil)
	w.start()
	return w
}

// Who is on the list of those who have left is not among the members.
func hasLeft(f record.Fields) bool  { return f[person.FormerMember] == "true" }
func isMember(f record.Fields) bool { return !hasLeft(f) }

func (w *world) simulate(system string) clients.SimRemote {
	w.t.Helper()
	sim, info, err := clients.StartSimulator(system, clients.SimOptions{Seed: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return clients.SimRemote{Info: info}
}

// start begins with a new process.
func (w *world) start() {
	w.t.Helper()
	site := rondoclub.Config{Username: w.rondo.Info.Credentials["username"], AppPassword: connector.Secret(w.rondo.Info.Credentials["app_password"])}
	site.BaseURL = w.rondo.Info.Addresses["api"]
	desk := freescout.Config{
		APIKey: connector.Secret(w.desk.Info.Credentials["api_key"]), WebhookSecret: connector.Secret(w.desk.Info.Credentials["webhook_secret"]),
		FieldPublicPersonID: 4, FieldUnionTeams: 1, FieldMemberSince: 5, FieldRelationEnd: 9,
	}
	desk.BaseURL = w.desk.Info.Addresses["api"]
	var systems []engine.System
	all := map[record.System]connector.Config{"sportlink": w.sportlink, rondoclub.System: site, freescout.System: desk}
	if w.lists.Info.System != "" {
		lists := laposta.Config{APIKey: connector.Secret(w.lists.Info.Credentials["api_key"]), Lists: []string{w.lists.Info.Credentials["list_1"]}, IP: "192.0.2.1"}
		lists.BaseURL, lists.PerMinute = w.lists.Info.Addresses["api"], 60_000
		all[laposta.System] = lists
	}
	if w.nikki != nil {
		all["nikki"] = w.nikki
	}
	for name, c := range all {
		conn, err := c.Open(connectortest.NewHost(w.t).Follow(w.now))
		if err != nil {
			w.t.Fatal(err)
		}
		systems = append(systems, engine.System{Name: name, Connector: conn})
		if hook, ok := conn.(connector.WebhookReceiver); ok {
			w.hook = hook
		}
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait, settings.Linger = []byte("test"), time.Millisecond, 0
	var err error
	if w.engine, err = engine.New(store.Open(w.pool), policy.Club(1), derive.Club(1), systems, settings, w.now); err != nil {
		w.t.Fatal(err)
	}
	if err := engine.TakeShapes(w.t.Context(), w.engine); err != nil {
		w.t.Fatal(err)
	}
}

// now is the time of the engine, which may be ahead of the machine's.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skew)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew += d
}

// pipeline is one of the club's, without the systems that this world has not.
func (w *world) pipeline(name string) step.Pipeline {
	i := slices.IndexFunc(pipelines.Club(), func(p jobs.Pipeline) bool { return p.Name == name })
	if i < 0 {
		w.t.Fatalf("no pipeline %s", name)
	}
	p := pipelines.Club()[i].Pipeline
	none := w.lists.Info.System == ""
	p.Reads = slices.DeleteFunc(slices.Clone(p.Reads), func(r step.Read) bool { return none && r.System == "laposta" || r.Place == "photos" })
	p.Writes = slices.DeleteFunc(slices.Clone(p.Writes), func(x step.Write) bool { return none && x.System == "laposta" })
	for i := range p.Writes {
		if p.Writes[i].Place == "*" {
			p.Writes[i].Place = "list-1"
		}
	}
	for i := range p.Reads {
		if p.Reads[i].Place == "*" {
			p.Reads[i].Place = "list-1"
		}
		if s := p.Reads[i].System; (s == "sportlink" || s == "nikki") && p.Reads[i].View != "inactive" {
			p.Reads[i].View = "" // in memory all others are one
		}
	}
	return p
}

// run runs a pipeline as jobs would, for some members or for all, with a person who says yes
// where one is asked, and returns the sum of what was written.
func (w *world) run(name string, codes ...string) (sum step.Counter, err error) {
	w.t.Helper()
	task, p := step.Task{Run: uuid.Must(uuid.NewV7())}, w.pipeline(name)
	if len(codes) > 0 {
		task.Kind, task.Keys = person.Kind, codes
	}
	for _, read := range p.Reads {
		for done := false; !done; {
			s, err := w.engine.Read(w.t.Context(), task, read)
			if err != nil {
				return sum, err
			}
			done = s.Done
		}
	}
	if err := w.plan(&task, p); err != nil {
		return sum, err
	}
	for _, write := range p.Writes {
		for done := false; !done; {
			s, err := w.engine.Write(w.t.Context(), task, write)
			if err != nil {
				return sum, err
			}
			for _, c := range s.Counters {
				sum.Created += c.Created
				sum.Updated += c.Updated
				sum.Removed += c.Removed
				sum.Failed += c.Failed
				sum.Quarantined += c.Quarantined
				sum.Held += c.Held
			}
			done = s.Done
			w.pass(s.After)
		}
	}
	return sum, pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error { return w.engine.Discard(w.t.Context(), tx, task.Run) })
}

// plan decides. What wants approval gets it.
func (w *world) plan(task *step.Task, p step.Pipeline) error {
	w.t.Helper()
	for done := false; !done; {
		s, err := w.engine.Plan(w.t.Context(), *task, p)
		stop, asked := errors.AsType[*step.Stop](err)
		switch {
		case asked && stop.Outcome == step.GuardStopped && !task.Approved:
			w.approvals = append(w.approvals, stop.Reason)
			w.approve(*task)
			task.Approved = true
		case err != nil:
			return err
		default:
			done = s.Done
		}
	}
	return nil
}

func (w *world) approve(task step.Task) {
	w.t.Helper()
	hash, err := w.engine.PlanHash(w.t.Context(), task.Run)
	if err != nil {
		w.t.Fatal(err)
	}
	err = pgx.BeginFunc(w.t.Context(), w.pool, func(tx pgx.Tx) error {
		_, err := w.engine.Apply(w.t.Context(), tx, task.Run, engine.Word{Hash: hash})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// cycle runs pipelines one after another. Every run must end well.
func (w *world) cycle(names ...string) (sum step.Counter) {
	w.t.Helper()
	for _, name := range names {
		got, err := w.run(name)
		if err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
		sum.Created += got.Created
		sum.Updated += got.Updated
		sum.Removed += got.Removed
		sum.Failed += got.Failed
		sum.Quarantined += got.Quarantined
		sum.Held += got.Held
	}
	return sum
}

// calls counts the requests to a system since it was asked last.
func (w *world) calls(remote clients.SimRemote) int {
	w.t.Helper()
	got, err := remote.Requests(w.t.Context(), w.seen[remote.Info.System])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range got {
		w.seen[remote.Info.System] = max(w.seen[remote.Info.System], r.Seq)
	}
	return len(got)
}

// rows is by table a number that changes with each row that is written about records.
func (w *world) rows() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, table := range []string{"entity", "entity_alias", "sync_record", "last_seen", "shown", "group_key", "plan_row", "journal", "conflict", "binding", "limit_effect", "whose"} {
		var n string
		if err := w.pool.QueryRow(w.t.Context(), `select count(*) || '/' || coalesce(sum(xmin::text::bigint), 0) from `+table).Scan(&n); err != nil {
			w.t.Fatal(err)
		}
		out[table] = n
	}
	return out
}

func (w *world) control(remote clients.SimRemote, method, path string, in, out any) {
	w.t.Helper()
	if err := remote.Call(w.t.Context(), method, path, in, out); err != nil {
		w.t.Fatal(err)
	}
}

// member makes or changes a member.
func (w *world) member(code string, more ...string) {
	f := record.Fields{}
	if w.sportlink.All("members")[record.ExternalID(code)] == nil {
		f = record.Fields{
			person.RelationCode: code, person.FirstName: "Voornaam " + code, person.Infix: "van", person.LastName: "Test", person.Gender: "female",
			person.BirthDate: "2012-05-17", person.UnionTeams: "JO14-2", person.Teams: "JO14-2", person.MemberSince: "2020-08-01",
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		f[record.Field(more[i])] = more[i+1]
	}
	w.sportlink.Put("members", record.ExternalID(code), f)
}
