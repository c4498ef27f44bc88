package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// desk is a server on which people decide: two who are leaving, three conflicts, and what
// could not be read. It refuses what the real one refuses by the rules of the proto files.
type desk struct {
	touchlinev1connect.UnimplementedPipelineServiceHandler
	touchlinev1connect.UnimplementedRecordServiceHandler
	touchlinev1connect.UnimplementedConflictServiceHandler

	leavers   []*touchlinev1.Leaver
	conflicts []*touchlinev1.Conflict
	resolved  *touchlinev1.ResolveConflictRequest
	rejected  *touchlinev1.RejectPlanRequest
}

func newDesk() *desk {
	d := &desk{}
	for i, key := range []string{"ABCD123", "EFGH456"} {
		d.leavers = append(d.leavers, &touchlinev1.Leaver{
			EntityId: int64(i + 1), Kind: "club.person", Key: key, Identity: []*touchlinev1.FieldValue{{Field: "last_name", Value: "Proefstra"}},
			Leavings: []*touchlinev1.Leaving{{
				System: "sportlink", Place: "members", Why: touchlinev1.LeavingWhy_LEAVING_WHY_MISSING,
				Since: timestamppb.New(time.Unix(0, 0)), LeavesOn: timestamppb.New(time.Unix(3600, 0)),
				Evidence: []*touchlinev1.LeavingEvidence{{System: "sportlink", Place: "members", View: "all", Readings: 1}},
			}},
		})
		d.conflicts = append(d.conflicts, &touchlinev1.Conflict{
			Id: int64(i + 11), Kind: "club.person", Key: key, Field: "birth_date", System: "laposta", HubValue: "2011-02-27", RemoteValue: "2011-02-26",
			Why: touchlinev1.ConflictWhy_CONFLICT_WHY_A_PERSON_DECIDES, Etag: "etag-" + key,
		})
	}
	d.conflicts = append(d.conflicts, &touchlinev1.Conflict{
		Id: 13, Kind: "club.person", Key: "ABCD123", Field: "city", System: "laposta", Why: touchlinev1.ConflictWhy_CONFLICT_WHY_A_PERSON_DECIDES, Etag: "etag-city",
	})
	return d
}

func (d *desk) call(t *testing.T, cmd *cobra.Command, args ...string) (out, echo string, err error) {
	t.Helper()
	strict := connect.WithInterceptors(connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			if m, ok := req.Any().(proto.Message); ok {
				if err := protovalidate.Validate(m); err != nil {
					return nil, connect.NewError(connect.CodeInvalidArgument, err)
				}
			}
			return next(ctx, req)
		}
	}))
	mux := http.NewServeMux()
	mux.Handle(touchlinev1connect.NewPipelineServiceHandler(d, strict))
	mux.Handle(touchlinev1connect.NewRecordServiceHandler(d, strict))
	mux.Handle(touchlinev1connect.NewConflictServiceHandler(d, strict))
	return callServer(t, mux, cmd, args...)
}

func (d *desk) ListPipelines(context.Context, *touchlinev1.ListPipelinesRequest) (*touchlinev1.ListPipelinesResponse, error) {
	return &touchlinev1.ListPipelinesResponse{Pipelines: []*touchlinev1.Pipeline{{Name: "people", Kinds: []string{"club.person"}}}}, nil
}

func (d *desk) ListSyncRecords(context.Context, *touchlinev1.ListSyncRecordsRequest) (*touchlinev1.ListSyncRecordsResponse, error) {
	return &touchlinev1.ListSyncRecordsResponse{}, nil
}

// ListUnreadable has one page a record.
func (d *desk) ListUnreadable(_ context.Context, req *touchlinev1.ListUnreadableRequest) (*touchlinev1.ListUnreadableResponse, error) {
	if req.GetPageToken() != "" {
		return &touchlinev1.ListUnreadableResponse{Records: []*touchlinev1.UnreadableRecord{
			{System: "laposta", Place: "list-1", Kind: "club.person", ExternalId: "m78", Reason: "unreadable: two keys"},
		}}, nil
	}
	return &touchlinev1.ListUnreadableResponse{NextPageToken: "more", Records: []*touchlinev1.UnreadableRecord{
		{System: "laposta", Place: "list-1", Kind: "club.person", ExternalId: "m77", Reason: "unreadable: no key"},
	}}, nil
}

// ListLeavers has one page a leaver.
func (d *desk) ListLeavers(_ context.Context, req *touchlinev1.ListLeaversRequest) (*touchlinev1.ListLeaversResponse, error) {
	if req.GetPageToken() != "" {
		return &touchlinev1.ListLeaversResponse{Leavers: d.leavers[1:]}, nil
	}
	return &touchlinev1.ListLeaversResponse{Leavers: d.leavers[:1], NextPageToken: "more"}, nil
}

// DecideLeavers decides about all that are named, or none.
func (d *desk) DecideLeavers(_ context.Context, req *touchlinev1.DecideLeaversRequest) (*touchlinev1.DecideLeaversResponse, error) {
	res := &touchlinev1.DecideLeaversResponse{}
	for _, name := range req.GetRecords() {
		for _, l := range d.leavers {
			if name.GetEntityId() == l.GetEntityId() || name.GetKey().GetKind() == l.GetKind() && name.GetKey().GetKey() == l.GetKey() {
				res.Leavers = append(res.Leavers, l)
			}
		}
	}
	if len(res.GetLeavers()) != len(req.GetRecords()) {
		return nil, connect.NewError(connect.CodeFailedPrecondition, errors.New("it is not leaving"))
	}
	for _, l := range res.GetLeavers() {
		at := l.GetLeavings()[0]
		at.Decision, at.DecideReason, at.DecidedBy, at.DecideTime = req.GetDecision(), req.GetReason(), "a volunteer", timestamppb.New(time.Unix(60, 0))
	}
	return res, nil
}

func (d *desk) ListConflicts(context.Context, *touchlinev1.ListConflictsRequest) (*touchlinev1.ListConflictsResponse, error) {
	return &touchlinev1.ListConflictsResponse{Conflicts: d.conflicts}, nil
}

func (d *desk) GetConflict(_ context.Context, req *touchlinev1.GetConflictRequest) (*touchlinev1.GetConflictResponse, error) {
	for _, c := range d.conflicts {
		if c.GetId() == req.GetId() {
			return &touchlinev1.GetConflictResponse{Conflict: c}, nil
		}
	}
	return nil, connect.NewError(connect.CodeNotFound, errors.New("there is no such conflict"))
}

func (d *desk) ResolveConflict(ctx context.Context, req *touchlinev1.ResolveConflictRequest) (*touchlinev1.ResolveConflictResponse, error) {
	is, err := d.GetConflict(ctx, &touchlinev1.GetConflictRequest{Id: req.GetId()})
	if err != nil {
		return nil, err
	}
	if is.GetConflict().GetEtag() != req.GetEtag() {
		return nil, connect.NewError(connect.CodeAborted, errors.New("it has changed since it was looked at"))
	}
	d.resolved = req
	c := proto.CloneOf(is.GetConflict())
	c.ResolvedBy = "a volunteer"
	return &touchlinev1.ResolveConflictResponse{Conflict: c, Resolved: int32(1 + len(req.GetAlike()))}, nil
}

func TestLeaversByCommand(t *testing.T) {
	t.Parallel()
	d := newDesk()
	out, echo, err := d.call(t, newLeaversCommand(), "list")
	if err != nil || strings.Count(out, "Proefstra") != 2 || !strings.Contains(out, "missing from 1 full readings of sportlink members (all)") || !strings.Contains(echo, "2 records") {
		t.Errorf("%v\n%s%s", err, out, echo)
	}
	out, _, err = d.call(t, newLeaversCommand(), "keep", "club.person/ABCD123", "2", "--reason", "a typing error at the source")
	if err != nil || strings.Count(out, "keep: a volunteer") != 2 || !strings.Contains(out, "a typing error at the source") {
		t.Errorf("keep: %v\n%s", err, out)
	}
	out, _, err = d.call(t, newLeaversCommand(), "let-go", "club.person/EFGH456", "--reason", "has cancelled", "--json")
	if err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, "LEAVER_DECISION_LET_GO") || strings.Contains(out, "ABCD123") {
		t.Errorf("let go: %v\n%s", err, out)
	}
	for name, args := range map[string][]string{
		"without a reason": {"keep", "club.person/ABCD123"}, "of nobody": {"keep", "--reason", "a test"},
		"a reason too short": {"keep", "club.person/ABCD123", "--reason", "x"}, "who stays": {"let-go", "club.person/ZZZZ999", "--reason", "a test"},
	} {
		if _, _, err := d.call(t, newLeaversCommand(), args...); err == nil {
			t.Errorf("%s: it was decided", name)
		}
	}
}

func TestConflictsAreResolvedByCommand(t *testing.T) {
	t.Parallel()
	d := newDesk()
	out, _, err := d.call(t, newConflictsCommand(), "resolve", "11", "--take", "value", "--value", "2011-02-28", "--reason", "as the passport has it")
	if err != nil || !strings.Contains(out, "settled by a volunteer") {
		t.Fatalf("%v\n%s", err, out)
	}
	want := &touchlinev1.ResolveConflictRequest{
		Id: 11, Etag: "etag-ABCD123", Take: touchlinev1.Take_TAKE_VALUE, Value: "2011-02-28", Reason: "as the passport has it",
	}
	if !proto.Equal(d.resolved, want) {
		t.Errorf("asked for %v, want %v", d.resolved, want)
	}
	_, echo, err := d.call(t, newConflictsCommand(), "resolve", "12", "--take", "far", "--all-alike", "--reason", "asked the member")
	want = &touchlinev1.ResolveConflictRequest{
		Id: 12, Etag: "etag-EFGH456", Take: touchlinev1.Take_TAKE_REMOTE, Reason: "asked the member",
		Alike: []*touchlinev1.ConflictName{{Id: 11, Etag: "etag-ABCD123"}},
	}
	if err != nil || !proto.Equal(d.resolved, want) || !strings.Contains(echo, "2 are resolved") {
		t.Errorf("all alike: %v, %v\n%s", err, d.resolved, echo)
	}
	d.resolved = nil
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"no value":            {[]string{"11", "--take", "value"}, app.ExitUsage},
		"a value for nothing": {[]string{"11", "--take", "hub", "--value", "x"}, app.ExitUsage},
		"no such side":        {[]string{"11", "--take", "both"}, app.ExitUsage},
		"no number":           {[]string{"people/1", "--take", "hub"}, app.ExitUsage},
		"none":                {[]string{"99", "--take", "hub"}, app.ExitUsage},
		"looked at before":    {[]string{"11", "--take", "hub", "--etag", "other"}, app.ExitFailed},
	} {
		_, _, err := d.call(t, newConflictsCommand(), append([]string{"resolve", "--reason", "a test"}, c.args...)...)
		if app.ExitCode(err) != c.code || d.resolved != nil {
			t.Errorf("%s: exit code %d, %v, asked for %v; want %d", name, app.ExitCode(err), err, d.resolved, c.code)
		}
	}
}

func TestQuarantineTellsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	d := newDesk()
	out, echo, err := d.call(t, newQuarantineCommand())
	if err != nil || !strings.Contains(echo, "2 records") {
		t.Fatalf("%v\n%s%s", err, out, echo)
	}
	for i, why := range []string{"no key", "two keys"} {
		if want := fmt.Sprintf("m%d", 77+i); !strings.Contains(out, want) || !strings.Contains(out, "laposta list-1") || !strings.Contains(out, "unreadable: "+why) {
			t.Errorf("%s is not told:\n%s", want, out)
		}
	}
	if out, _, err = d.call(t, newQuarantineCommand(), "--json"); err != nil || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"external_id":"m78"`) {
		t.Errorf("as JSON: %v\n%s", err, out)
	}
}
