package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
)

const (
	runPage    = 50
	changePage = 100
)

// pipelineService answers touchline.v1.PipelineService.
type pipelineService struct{ Backend }

// RunPipeline starts a run or makes a plan.
func (s *pipelineService) RunPipeline(ctx context.Context, req *touchlinev1.RunPipelineRequest) (*touchlinev1.RunPipelineResponse, error) {
	var within jobs.Within // who started a run stands with the run; a limit that was lifted is for the audit
	if o := req.GetOverride(); o != nil {
		within = s.auditRun("Override", " "+strings.Join(o.GetLimits(), ","), o.GetReason())
	}
	run, how, err := s.Control.Run(ctx, jobs.Request{
		Pipeline: req.GetPipeline(), RequestID: req.GetRequestId(), PlanOnly: req.GetValidateOnly(),
		Kind: record.Kind(req.GetScope().GetKind()), Keys: req.GetScope().GetKeys(),
		Override: req.GetOverride().GetLimits(), Why: req.GetOverride().GetReason(), By: callerOf(ctx).name, Within: within,
	})
	if err != nil {
		return nil, s.withNames(ctx, err, req.GetPipeline())
	}
	return &touchlinev1.RunPipelineResponse{
		Run:        runOf(run),
		Acceptance: acceptanceOf(how),
	}, nil
}

func acceptanceOf(how jobs.Acceptance) touchlinev1.Acceptance {
	return touchlinev1.Acceptance(touchlinev1.Acceptance_value["ACCEPTANCE_"+string(how)])
}

// GetRun returns a run with its steps.
func (s *pipelineService) GetRun(ctx context.Context, req *touchlinev1.GetRunRequest) (*touchlinev1.GetRunResponse, error) {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	run, err := s.Control.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &touchlinev1.GetRunResponse{Run: runOf(run)}, nil
}

// ListRuns lists runs, newest first.
func (s *pipelineService) ListRuns(ctx context.Context, req *touchlinev1.ListRunsRequest) (*touchlinev1.ListRunsResponse, error) {
	question := []string{"runs", req.GetPipeline()}
	row, err := pageRow(req.GetPageToken(), question...)
	if err != nil {
		return nil, err
	}
	var before *uuid.UUID
	if row != nil {
		id, err := uuid.FromBytes(row)
		if err != nil {
			return nil, badPage()
		}
		before = &id
	}
	size := int(pageSize(req.GetPageSize(), runPage))
	runs, err := s.Control.List(ctx, req.GetPipeline(), before, size+1)
	if err != nil {
		return nil, s.withNames(ctx, err, req.GetPipeline())
	}
	var next []byte
	if len(runs) > size {
		runs = runs[:size]
		next = runs[size-1].ID[:]
	}
	out := &touchlinev1.ListRunsResponse{NextPageToken: pageToken(next, question...)}
	for _, r := range runs {
		out.Runs = append(out.Runs, runOf(r))
	}
	return out, nil
}

// WatchRun sends the events of a run until it is over.
func (s *pipelineService) WatchRun(ctx context.Context, req *touchlinev1.WatchRunRequest, stream *connect.ServerStream[touchlinev1.WatchRunResponse]) error {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return err
	}
	for event, err := range s.Control.Watch(ctx, id, req.GetAfterSequence()) {
		if err != nil {
			return err
		}
		if err := stream.Send(&touchlinev1.WatchRunResponse{Event: eventOf(event)}); err != nil {
			return err
		}
	}
	return nil
}

// CancelRun asks a run to end.
func (s *pipelineService) CancelRun(ctx context.Context, req *touchlinev1.CancelRunRequest) (*touchlinev1.CancelRunResponse, error) {
	id, err := s.runID(ctx, req.GetRun())
	if err != nil {
		return nil, err
	}
	run, err := s.Control.Cancel(ctx, id, callerOf(ctx).name, s.auditRun("CancelRun", "", req.GetReason()))
	if err != nil {
		return nil, err
	}
	return &touchlinev1.CancelRunResponse{Run: runOf(run)}, nil
}

// ListPipelines lists the pipelines with their steps.
func (s *pipelineService) ListPipelines(ctx context.Context, _ *touchlinev1.ListPipelinesRequest) (*touchlinev1.ListPipelinesResponse, error) {
	infos, err := s.Control.Pipelines(ctx)
	if err != nil {
		return nil, err
	}
	out := &touchlinev1.ListPipelinesResponse{}
	for _, p := range infos {
		shown := &touchlinev1.Pipeline{
			Name: p.Name, Family: p.Family, Kinds: texts(p.Kinds),
			Steps: stepsOf(p.Steps), NextTime: stamp(p.NextAt), LastSuccessTime: stamp(p.LastGood), OffReason: p.Off, Needs: p.Needs, Children: p.Children,
		}
		for into, run := range map[**touchlinev1.Run]*jobs.Run{
			&shown.LastRun: p.LastRun, &shown.StandingRun: p.StandingRun, &shown.StoppedRun: p.StoppedRun,
		} {
			if run != nil {
				*into = runOf(*run)
			}
		}
		out.Pipelines = append(out.Pipelines, shown)
	}
	out.Standing, err = s.standing(ctx)
	return out, err
}

// standing counts what waits for somebody.
func (s *pipelineService) standing(ctx context.Context) (*touchlinev1.Standing, error) {
	aside, err1 := s.Store.CountAside(ctx)
	leaving, err2 := s.Store.CountLeavers(ctx, s.Policies.SourceNames())
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	return &touchlinev1.Standing{Quarantined: aside.Quarantined, Held: aside.Held, Leaving: leaving, Unreadable: aside.Unreadable}, nil
}

// withNames adds to an error about an unknown pipeline those that there are.
func (s *pipelineService) withNames(ctx context.Context, err error, name string) error {
	if !errors.Is(err, jobs.ErrUnknownPipeline) {
		return err
	}
	infos, listErr := s.Control.Pipelines(ctx)
	if listErr != nil {
		return err
	}
	names := make([]string, len(infos))
	for i, p := range infos {
		names[i] = p.Name
	}
	return unknown(jobs.ErrUnknownPipeline.Reason, "pipeline", name, names)
}

// runID reads what names a run: its id, or its pipeline and number as they are shown, such
// as "people/1". What is neither names no run.
func (b Backend) runID(ctx context.Context, text string) (uuid.UUID, error) {
	if id, err := uuid.Parse(text); err == nil {
		return id, nil
	}
	pipeline, number, _ := strings.Cut(text, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return uuid.Nil, jobs.ErrRunNotFound
	}
	return b.Control.Find(ctx, pipeline, n)
}

// target names a run in the audit.
func target(run jobs.Run) string {
	return "run " + run.ID.String() + " " + run.Pipeline + "/" + strconv.FormatInt(run.Number, 10)
}
