package server_test

import (
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// several are a pipeline whose system is off, and one that runs it and people.
func several() []jobs.Pipeline {
	return []jobs.Pipeline{
		{Kinds: []record.Kind{kind}, Needs: []string{"people"}, Pipeline: step.Pipeline{
			Name: "fees", Family: "club", Reads: []step.Read{{System: "sportlink", Place: "fees", Needed: true}},
		}},
		{Pipeline: step.Pipeline{Name: "all", Family: "club"}, Children: []string{"people", "fees"}},
	}
}

// A run of several shows its children, in answers, events, lists and on its page; each
// child shows its parent.
func TestARunOfSeveral(t *testing.T) {
	t.Parallel()
	b := setup(t, func(b *bundle) { b.more = several() })
	c := b.pipelines(b.operator)
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "all"})
	if err != nil {
		t.Fatal(err)
	}
	id := res.GetRun().GetId()
	run := b.finish(t, id)
	all := run.GetChildren()
	if run.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED || len(all) != 2 || len(run.GetSteps()) != 0 {
		t.Fatalf("the run is %v", run)
	}
	if p := all[0]; p.GetState() != touchlinev1.ChildState_CHILD_STATE_ENDED || p.GetNumber() != 1 ||
		p.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Errorf("people is %v", p)
	}
	if p := all[1]; p.GetState() != touchlinev1.ChildState_CHILD_STATE_SKIPPED || p.GetReason() != "SYSTEM_OFF" || p.GetRun() != "" ||
		!slices.Equal(p.GetNeeds(), []string{"people"}) {
		t.Errorf("fees is %v", p)
	}
	child, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: all[0].GetRun()})
	if err != nil || child.GetRun().GetParentRun() != id {
		t.Errorf("the child is %v, %v", child, err)
	}
	list, err := c.ListRuns(t.Context(), &touchlinev1.ListRunsRequest{})
	if err != nil || len(list.GetRuns()) != 2 || list.GetRuns()[0].GetParentRun() != id || list.GetRuns()[1].GetId() != id {
		t.Errorf("listed: %v, %v", list, err)
	}
	stream, err := c.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: id})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for stream.Receive() {
		if p := stream.Msg().GetEvent().GetChild(); p != nil {
			told = append(told, p.GetPipeline()+" "+strings.TrimPrefix(p.GetState().String(), "CHILD_STATE_"))
		}
	}
	if got := strings.Join(told, ", "); stream.Err() != nil || got != "people RUNNING, people ENDED, fees SKIPPED" {
		t.Errorf("watched %s, %v", got, stream.Err())
	}
	pipelines, err := c.ListPipelines(t.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil || !slices.Equal(pipelines.GetPipelines()[0].GetChildren(), []string{"people", "fees"}) ||
		!slices.Equal(pipelines.GetPipelines()[1].GetNeeds(), []string{"people"}) {
		t.Errorf("pipelines: %v, %v", pipelines, err)
	}
	r := b.reader(t)
	r.signIn(b.operator)
	_, page := r.get("/runs/all/1")
	shows(t, page, "Runs", `<a href="/runs/`+all[0].GetRun()+`">people/1</a>`, "fees", "SYSTEM_OFF", "sportlink is off")
	_, page = r.get("/runs/people/1")
	shows(t, page, "Steps", `<a href="/runs/`+id+`">It belongs to a run of several</a>`)
}

// A run of several is about all records, and what it has under way is cancelled with it.
func TestARunOfSeveralIsRefusedAndCancelled(t *testing.T) {
	t.Parallel()
	b := setup(t, func(b *bundle) { b.more = several() })
	release := b.hold()
	defer release()
	c := b.pipelines(b.operator)
	_, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: "all", Scope: &touchlinev1.Scope{Kind: string(kind), Keys: []string{key}},
	})
	if connect.CodeOf(err) != connect.CodeInvalidArgument || reason(err) != "PARENT_RUN" || !strings.Contains(err.Error(), "by itself") {
		t.Errorf("with a scope: %v", err)
	}
	res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "all", ValidateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	id := res.GetRun().GetId()
	for range 1000 {
		if got, err := c.GetRun(t.Context(), &touchlinev1.GetRunRequest{Run: id}); err != nil || got.GetRun().GetChildren()[0].GetRun() != "" {
			break
		}
	}
	if _, err := c.CancelRun(t.Context(), &touchlinev1.CancelRunRequest{Run: id, Reason: "a test"}); err != nil {
		t.Fatal(err)
	}
	run := b.finish(t, id)
	child := b.finish(t, run.GetChildren()[0].GetRun())
	for _, r := range []*touchlinev1.Run{run, child} {
		if r.GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_CANCELLED || !r.GetValidateOnly() {
			t.Errorf("%s ended %v", r.GetPipeline(), r.GetOutcome())
		}
	}
}
