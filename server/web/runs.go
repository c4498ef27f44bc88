package web

import (
	"net/url"
	"slices"
	"strings"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// changesAPage is how many changes of a plan a page shows.
const changesAPage = 200

// task is something that needs a person, and where.
type task struct {
	What     string // a phrase
	Pipeline string
	Reason   string
	Detail   string
	Link     string
	N        int
}

// today is how all stands, what needs a person first.
func today(v *visit) (any, error) {
	list, err := v.pipelines.ListPipelines(v.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil {
		return nil, err
	}
	var tasks []task
	for _, p := range list.GetPipelines() {
		if len(p.GetChildren()) > 0 { // its children say so
			continue
		}
		stopped, stands := p.GetStoppedRun(), p.GetStandingRun()
		if stopped != nil {
			tasks = append(tasks, taskOf(stopped, "/plan"))
		}
		if waits := stopped != nil && stands.GetOutcome() == touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED; !waits && wanting[stands.GetOutcome()] != "" {
			tasks = append(tasks, taskOf(stands, ""))
		}
	}
	open, err := v.conflicts.ListConflicts(v.Context(), &touchlinev1.ListConflictsRequest{Open: true, PageSize: 1000})
	if err != nil {
		return nil, err
	}
	if n := len(open.GetConflicts()); n > 0 {
		tasks = append(tasks, task{What: "Conflicts wait for a decision", Link: "/conflicts", N: n})
	}
	findings, err := v.records.ListFindings(v.Context(), &touchlinev1.ListFindingsRequest{})
	if err != nil {
		return nil, err
	}
	held := slices.DeleteFunc(findings.GetFindings(), func(f *touchlinev1.Finding) bool { return f.GetAcceptedBy() != "" })
	if n := len(held); n > 0 {
		tasks = append(tasks, task{What: "Fields are held, since a reading is not like the ones before", Link: "/held", N: n})
	}
	browsed, err := v.browsers.ListSessions(v.Context(), &touchlinev1.ListSessionsRequest{})
	if err != nil {
		return nil, err
	}
	for _, s := range browsed.GetSessions() {
		if s.GetState() == touchlinev1.SessionState_SESSION_STATE_NEEDS_A_PERSON {
			tasks = append(tasks, task{What: "A session needs a person", Pipeline: s.GetSystem(), Reason: s.GetReason(), Detail: s.GetDetail(), Link: "/sessions"})
		}
	}
	restored, err := v.pipelines.GetRestored(v.Context(), &touchlinev1.GetRestoredRequest{})
	if err != nil {
		return nil, err
	}
	if restored.GetSince() != nil {
		tasks = append(tasks, task{What: "The database was restored from a backup", Link: "/schedules", N: len(restored.GetPlaces())})
	}
	if n := list.GetStanding().GetQuarantined(); n > 0 {
		tasks = append(tasks, task{What: "Records are refused and set aside", Link: "/quarantine", N: int(n)})
	}
	if n := list.GetStanding().GetUnreadable(); n > 0 {
		tasks = append(tasks, task{What: "Records at systems cannot be read", Link: "/quarantine#unreadable", N: int(n)})
	}
	if n := list.GetStanding().GetHeld(); n > 0 {
		tasks = append(tasks, task{What: "Fields of records are refused", Link: "/quarantine?held=yes", N: int(n)})
	}
	return shown{"today", map[string]any{"Tasks": tasks, "Pipelines": list.GetPipelines(), "Leaving": list.GetStanding().GetLeaving()}}, nil
}

// taskOf is what the outcome of a run wants, and the page of it where it is done.
func taskOf(r *touchlinev1.Run, page string) task {
	return task{
		What: wanting[r.GetOutcome()], Pipeline: r.GetPipeline(), Reason: r.GetReason(), Detail: r.GetDetail(), Link: "/runs/" + r.GetId() + page,
	}
}

// wanting says what an outcome wants of a person; nothing where it is not there.
var wanting = map[touchlinev1.RunOutcome]string{
	touchlinev1.RunOutcome_RUN_OUTCOME_GUARD_STOPPED: "A plan waits for you",
	touchlinev1.RunOutcome_RUN_OUTCOME_NEEDS_AUTH:    "A system wants somebody to sign in",
	touchlinev1.RunOutcome_RUN_OUTCOME_FAILED:        "The last run has failed",
	touchlinev1.RunOutcome_RUN_OUTCOME_DRIFTED:       "A system answers otherwise than before",
	touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL:       "The last run has not done all",
}

// run is one run with its steps, or its children.
func run(v *visit) (any, error) {
	res, err := v.pipelines.GetRun(v.Context(), &touchlinev1.GetRunRequest{Run: v.PathValue("run")})
	if err != nil {
		return nil, err
	}
	r := res.GetRun()
	active := r.GetState() == touchlinev1.RunState_RUN_STATE_RUNNING || r.GetState() == touchlinev1.RunState_RUN_STATE_QUEUED
	return shown{"run", map[string]any{"Run": r, "Steps": bySteps(r.GetSteps()), "Active": active}}, nil
}

// bySteps puts together what is about one step; they come in that order.
func bySteps(all []*touchlinev1.StepStatus) [][]*touchlinev1.StepStatus {
	var out [][]*touchlinev1.StepStatus
	for _, s := range all {
		if n := len(out); n == 0 || out[n-1][0].GetNumber() != s.GetNumber() {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], s)
	}
	return out
}

// namedRun goes to the page of a run that is named as it is shown, such as people/1.
func namedRun(v *visit) (any, error) {
	name := v.PathValue("pipeline") + "/" + v.PathValue("number")
	res, err := v.pipelines.GetRun(v.Context(), &touchlinev1.GetRunRequest{Run: name})
	return goTo("/runs/" + res.GetRun().GetId() + strings.TrimPrefix(v.URL.Path, "/runs/"+name)), err
}

// plan is what a run would do, or did, record by record.
func plan(v *visit) (any, error) {
	id := v.PathValue("run")
	res, err := v.pipelines.GetRun(v.Context(), &touchlinev1.GetRunRequest{Run: id})
	if err != nil {
		return nil, err
	}
	list, err := v.pipelines.ListChanges(v.Context(), &touchlinev1.ListChangesRequest{
		Run: id, System: v.FormValue("system"), Kind: v.FormValue("kind"), PageSize: changesAPage, PageToken: v.FormValue("page"),
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if list.GetNextPageToken() != "" {
		next = "?" + url.Values{"system": {v.FormValue("system")}, "kind": {v.FormValue("kind")}, "page": {list.GetNextPageToken()}}.Encode()
	}
	return shown{"plan", map[string]any{
		"Run": res.GetRun(), "Counts": list.GetCounts(), "Changes": byRecord(list.GetChanges()), "Next": next, "Sees": v.sees(),
		"System": v.FormValue("system"), "Kind": v.FormValue("kind"),
	}}, nil
}

// reject drops a plan, with the reason why.
func reject(v *visit) (any, error) {
	id := v.PathValue("run")
	_, err := v.pipelines.RejectPlan(v.Context(), &touchlinev1.RejectPlanRequest{
		Run: id, PlanHash: v.PostFormValue("hash"), Reason: v.PostFormValue("reason"),
	})
	return goTo("/runs/" + id), err
}

// changed is a record with its changes.
type changed struct {
	Kind, Key string
	Entity    int64
	Changes   []*touchlinev1.Change
}

// Name is the record in a form.
func (c changed) Name() string { return c.Kind + " " + c.Key }

// byRecord puts changes together that are about one record; they come in that order.
func byRecord(changes []*touchlinev1.Change) []changed {
	var out []changed
	for _, c := range changes {
		if n := len(out); n == 0 || out[n-1].Kind != c.GetKind() || out[n-1].Key != c.GetKey() {
			out = append(out, changed{Kind: c.GetKind(), Key: c.GetKey()})
		}
		of := &out[len(out)-1]
		of.Entity = max(of.Entity, c.GetEntityId())
		of.Changes = append(of.Changes, c)
	}
	return out
}

// start asks for a run.
func start(v *visit) (any, error) {
	res, err := v.pipelines.RunPipeline(v.Context(), &touchlinev1.RunPipelineRequest{
		Pipeline: v.PostFormValue("pipeline"), ValidateOnly: v.PostFormValue("plan") != "",
	})
	return goTo("/runs/" + res.GetRun().GetId()), err
}

func cancel(v *visit) (any, error) {
	id := v.PathValue("run")
	_, err := v.pipelines.CancelRun(v.Context(), &touchlinev1.CancelRunRequest{Run: id, Reason: v.PostFormValue("reason")})
	return goTo("/runs/" + id), err
}

// apply approves a plan or a part of it. A part is shown before it is approved.
func apply(v *visit) (any, error) {
	id := v.PathValue("run")
	if err := v.ParseForm(); err != nil {
		return nil, err
	}
	req := &touchlinev1.ApplyPlanRequest{Run: id, PlanHash: v.PostFormValue("hash"), ValidateOnly: v.PostFormValue("sure") == ""}
	for _, name := range v.PostForm["only"] {
		kind, key, _ := strings.Cut(name, " ")
		req.Only = append(req.Only, &touchlinev1.RecordKey{Kind: kind, Key: key})
	}
	res, err := v.pipelines.ApplyPlan(v.Context(), req)
	if err != nil || !req.GetValidateOnly() {
		return goTo("/runs/" + id), err
	}
	return shown{"part", map[string]any{
		"Run": res.GetRun(), "Hash": req.GetPlanHash(), "Only": v.PostForm["only"], "Records": res.GetRecords(), "Open": res.GetLeftOpen(),
		"Exceeds": res.GetExceeds(), "Changes": byRecord(res.GetChanges()), "Whole": len(req.GetOnly()) == 0,
	}}, nil
}
