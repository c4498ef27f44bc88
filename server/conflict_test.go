package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	fCode record.Field = "code"
	fMail record.Field = "email_1"
	fCity record.Field = "city"
	fName record.Field = "first_name"
)

// whole is a server with the real engine between two systems in memory. The
// mail may be changed at both, in a conflict the source wins; of the city a
// person is asked; the name is the source's alone.
type whole struct {
	*bundle

	source, target *memory.System
}

func setupWhole(t *testing.T, change ...func(*bundle)) *whole {
	t.Helper()
	fields := []record.Field{fCode, fMail, fCity, fName}
	pool := pgtest.New(t)
	r := &whole{
		bundle: &bundle{club: newClub(pool)},
		source: memory.New("source", memory.Place{Name: "members", Kind: kind, Reads: fields, Writes: fields, Key: []record.Field{fCode}}),
		target: memory.New("target", memory.Place{Name: "people", Kind: kind, Reads: fields, Writes: fields, Key: []record.Field{fCode}}),
	}
	policies := policy.Set{{
		Kind: kind, KeyFields: []record.Field{fCode}, Key: func(f record.Fields) string { return f[fCode] },
		Sources: []record.System{"source"},
		Targets: []policy.Target{policy.TargetAt("source", "members"), policy.TargetAt("target", "people")},
		Fields: map[record.Field]policy.Rule{
			fCode: policy.Owned("source"), fName: policy.Owned("source"),
			fMail: policy.Shared("source", "target"), fCity: policy.Shared("source", "target").AskAPerson(),
		},
	}}
	pipeline := jobs.Pipeline{Kinds: []record.Kind{kind}, Pipeline: step.Pipeline{
		Name: "people", Family: "club",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "people", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "source", Place: "members"}, {System: "target", Place: "people"}},
	}}
	var systems []engine.System
	for _, s := range []*memory.System{r.source, r.target} {
		opened, err := s.Open(connectortest.NewHost(t))
		if err != nil {
			t.Fatal(err)
		}
		systems = append(systems, engine.System{Name: s.Name, Connector: opened})
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait = []byte("test"), time.Millisecond
	e, err := engine.New(store.Open(pool), policies, nil, systems, settings, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	r.individual = server.Individual{Key: individualSecret, Pipeline: "people", Kind: kind, System: "target", Place: "people", KeyName: "knvb_id", IDName: "rondo_club_id"}
	for _, c := range change {
		c(r.bundle)
	}
	r.serve(t, e, pipeline, "source", "target")
	for i := range 20 {
		r.source.Put("members", member(i), memberFields(i))
	}
	r.sync(t)
	return r
}

// member is the id of one of the invented members.
func member(i int) record.ExternalID { return record.ExternalID(fmt.Sprintf("QXZ%04d", i)) }

func memberFields(i int) record.Fields {
	code := string(member(i))
	return record.Fields{fCode: code, fMail: strings.ToLower(code) + "@example.org", fCity: "Nergens", fName: "Quirine"}
}

// sync runs the pipeline to its end.
func (r *whole) sync(t *testing.T) *touchlinev1.Run {
	t.Helper()
	run := r.run(t)
	if run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Fatalf("the run is %v, %s %s", run.GetOutcome(), run.GetReason(), run.GetDetail())
	}
	return run
}

// run runs the pipeline, whatever comes of it.
func (r *whole) run(t *testing.T) *touchlinev1.Run {
	t.Helper()
	res, err := r.pipelines(r.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	return r.finish(t, res.GetRun().GetId())
}

// quiet wants a run that changes nothing.
func (r *whole) quiet(t *testing.T) {
	t.Helper()
	before := r.source.Writes + r.target.Writes
	r.sync(t)
	if n := r.source.Writes + r.target.Writes - before; n != 0 {
		t.Errorf("a run with nothing to do has written %d times", n)
	}
}

// remote is the record at the target that has this code.
func (r *whole) remote(t *testing.T, code string) (record.ExternalID, record.Fields) {
	t.Helper()
	for id, f := range r.target.All("people") {
		if f[fCode] == code {
			return id, f
		}
	}
	t.Fatal("the record is not at the target")
	return "", nil
}

// addConflict changes a field at both sides, runs, and returns the conflict.
func (r *whole) addConflict(t *testing.T, code string, field record.Field, ours, theirs string) *touchlinev1.Conflict {
	t.Helper()
	id, _ := r.remote(t, code)
	r.source.Put("members", record.ExternalID(code), record.Fields{field: ours})
	r.target.Put("people", id, record.Fields{field: theirs})
	r.sync(t)
	res, err := r.conflicts(r.operator).ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{Kind: string(kind)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range res.GetConflicts() {
		if c.GetKey() == code && c.GetField() == string(field) {
			return c
		}
	}
	t.Fatalf("no conflict is kept: %v", res)
	return nil
}

// resolve settles a conflict.
func (r *whole) resolve(t *testing.T, c *touchlinev1.Conflict, take touchlinev1.Take) {
	t.Helper()
	res, err := r.conflicts(r.operator).ResolveConflict(t.Context(), &touchlinev1.ResolveConflictRequest{
		Id: c.GetId(), Etag: c.GetEtag(), Take: take, Reason: "a test",
	})
	if err != nil {
		t.Fatal(err)
	}
	if res.GetConflict().GetResolvedBy() != "test operator" || res.GetConflict().GetResolveTime() == nil {
		t.Errorf("the conflict is %v; want it settled by the operator", res.GetConflict())
	}
}

// holds wants a value at both systems.
func (r *whole) holds(t *testing.T, code string, field record.Field, want string) {
	t.Helper()
	_, f := r.remote(t, code)
	if ours := r.source.All("members")[record.ExternalID(code)][field]; ours != want || f[field] != want {
		t.Errorf("the source holds %q, the target %q; want %q", ours, f[field], want)
	}
}

func TestADecisionIsOverruled(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.addConflict(t, "QXZ0003", fMail, "ours@example.org", "theirs@example.org")
	r.holds(t, "QXZ0003", fMail, "ours@example.org")
	if c.GetWhy() != touchlinev1.ConflictWhy_CONFLICT_WHY_BY_ORDER || c.GetRemoteValue() != "theirs@example.org" || c.GetWonBy() != "source" {
		t.Errorf("the conflict is %v", c)
	}
	r.resolve(t, c, touchlinev1.Take_TAKE_REMOTE)
	r.sync(t)
	r.holds(t, "QXZ0003", fMail, "theirs@example.org")
	r.quiet(t)
	r.wantActs(t, "ResolveConflict", 1)
}

func TestAPersonDecides(t *testing.T) {
	t.Parallel()
	for take, want := range map[touchlinev1.Take]string{touchlinev1.Take_TAKE_HUB: "hub", touchlinev1.Take_TAKE_REMOTE: "far"} {
		t.Run(take.String(), func(t *testing.T) {
			t.Parallel()
			r := setupWhole(t)
			c := r.addConflict(t, "QXZ0004", fCity, "Ergens", "Overal")
			if c.GetWhy() != touchlinev1.ConflictWhy_CONFLICT_WHY_A_PERSON_DECIDES || c.GetWonBy() != "" {
				t.Errorf("the conflict is %v; want one that waits for a person", c)
			}
			value := map[string]string{"hub": c.GetHubValue(), "far": c.GetRemoteValue()}[want]
			r.resolve(t, c, take)
			r.sync(t)
			r.holds(t, "QXZ0004", fCity, value)
			r.quiet(t)
			open, err := r.conflicts(r.operator).ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{Open: true})
			if err != nil || len(open.GetConflicts()) != 0 {
				t.Errorf("still open: %v, %v; want none", open, err)
			}
		})
	}
}

func TestConflictsThatAreNotResolved(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.addConflict(t, "QXZ0005", fMail, "ours@example.org", "theirs@example.org")
	id, _ := r.remote(t, "QXZ0006")
	r.target.Put("people", id, record.Fields{fName: "Nobody"})
	r.sync(t)
	list, err := r.conflicts(r.operator).ListConflicts(t.Context(), &touchlinev1.ListConflictsRequest{PageSize: 1})
	if err != nil || len(list.GetConflicts()) != 1 || list.GetNextPageToken() == "" {
		t.Fatalf("the first page is %v, %v", list, err)
	}
	name := list.GetConflicts()[0]
	if name.GetWhy() != touchlinev1.ConflictWhy_CONFLICT_WHY_NOT_THEIRS {
		t.Errorf("the newest conflict is %v; want the name that is not theirs", name)
	}

	operator := r.conflicts(r.operator)
	req := func(id int64, etag string) *touchlinev1.ResolveConflictRequest {
		return &touchlinev1.ResolveConflictRequest{Id: id, Etag: etag, Take: touchlinev1.Take_TAKE_REMOTE, Reason: "a test"}
	}
	for what, c := range map[string]struct {
		req    *touchlinev1.ResolveConflictRequest
		token  string
		code   connect.Code
		reason string
	}{
		"unknown":          {req(999, "x"), r.operator, connect.CodeNotFound, "CONFLICT_NOT_FOUND"},
		"of another state": {req(c.GetId(), "x"), r.operator, connect.CodeAborted, "ETAG_MISMATCH"},
		"not theirs":       {req(name.GetId(), name.GetEtag()), r.operator, connect.CodeFailedPrecondition, "NOT_RESOLVABLE"},
		"by a viewer":      {req(c.GetId(), c.GetEtag()), r.viewer, connect.CodePermissionDenied, "ROLE_TOO_SMALL"},
		"without a choice": {
			&touchlinev1.ResolveConflictRequest{Id: c.GetId(), Etag: c.GetEtag(), Reason: "a test"}, r.operator,
			connect.CodeInvalidArgument, "INVALID_REQUEST",
		},
	} {
		if _, err := r.conflicts(c.token).ResolveConflict(t.Context(), c.req); connect.CodeOf(err) != c.code || reason(err) != c.reason {
			t.Errorf("%s: %v, reason %q; want %s", what, err, reason(err), c.reason)
		}
	}
	r.resolve(t, c, touchlinev1.Take_TAKE_HUB)
	if _, err := operator.ResolveConflict(t.Context(), req(c.GetId(), c.GetEtag())); reason(err) != "CONFLICT_RESOLVED" {
		t.Errorf("a second time: %v; want CONFLICT_RESOLVED", err)
	}

	masked, err := r.conflicts(r.viewer).GetConflict(t.Context(), &touchlinev1.GetConflictRequest{Id: c.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if text := protojson.Format(masked); strings.Contains(text, "theirs@example.org") || strings.Contains(text, "QXZ0005") {
		t.Errorf("a viewer sees %s", text)
	}
}
