package server

import (
	"context"
	"slices"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
)

// sessionService answers touchline.v1.SessionService.
type sessionService struct{ Backend }

// ListSessions lists how the session of each system behind web pages stands.
func (s *sessionService) ListSessions(ctx context.Context, _ *touchlinev1.ListSessionsRequest) (*touchlinev1.ListSessionsResponse, error) {
	all, err := s.Control.Sessions(ctx, s.Browsed)
	if err != nil {
		return nil, err
	}
	out := make([]*touchlinev1.Session, len(all))
	for i, one := range all {
		out[i] = sessionOf(ctx, one)
	}
	return &touchlinev1.ListSessionsResponse{Sessions: out}, nil
}

// GetSession returns how the session of one system stands.
func (s *sessionService) GetSession(ctx context.Context, req *touchlinev1.GetSessionRequest) (*touchlinev1.GetSessionResponse, error) {
	is, err := s.session(ctx, req.GetSystem())
	return &touchlinev1.GetSessionResponse{Session: is}, err
}

// SignInNow asks a worker to sign in.
func (s *sessionService) SignInNow(ctx context.Context, req *touchlinev1.SignInNowRequest) (*touchlinev1.SignInNowResponse, error) {
	if err := s.browsed(req.GetSystem()); err != nil {
		return nil, err
	}
	if err := s.Control.SignIn(ctx, record.System(req.GetSystem()), callerOf(ctx).actor(), req.GetReason()); err != nil {
		return nil, err
	}
	is, err := s.session(ctx, req.GetSystem())
	return &touchlinev1.SignInNowResponse{Session: is}, err
}

func (s *sessionService) session(ctx context.Context, system string) (*touchlinev1.Session, error) {
	if err := s.browsed(system); err != nil {
		return nil, err
	}
	all, err := s.Control.Sessions(ctx, []record.System{record.System(system)})
	if err != nil {
		return nil, err
	}
	return sessionOf(ctx, all[0]), nil
}

// browsed refuses a system that has no session.
func (s *sessionService) browsed(system string) error {
	if err := s.knownSystem(system); err != nil {
		return err
	}
	if slices.Contains(s.Browsed, record.System(system)) {
		return nil
	}
	return problem(connect.CodeNotFound, "NO_SESSION", system+" is not behind web pages, and has no session; ListSessions has those that do")
}

// sessionOf shows a session. The account's digest could be tried out by who knows names:
// a viewer is not shown it.
func sessionOf(ctx context.Context, s jobs.Session) *touchlinev1.Session {
	out := &touchlinev1.Session{
		System: string(s.System), State: touchlinev1.SessionState(touchlinev1.SessionState_value["SESSION_STATE_"+string(s.State)]),
		SinceTime: stamp(s.Since), Reason: s.Reason, Detail: s.Detail, Worker: s.Worker, SignInTime: stamp(s.SignedInOn), ExpireTime: stamp(s.EndsOn),
		CheckTime: stamp(s.LookedOn), NextCheckTime: stamp(s.NextOn), NextCheckPipeline: s.Next, Evidence: int32(s.Evidence), //nolint:gosec // of seven days
	}
	if callerOf(ctx).sees() {
		out.Session = s.Account
	}
	if a := s.Asked; a != nil {
		out.LastSignIn = &touchlinev1.SignIn{
			AskTime: stamp(&a.AskedOn), AskedBy: a.AskedBy, Worker: a.Worker, EndTime: stamp(a.EndedOn),
			Succeeded: a.EndedOn != nil && a.Detail == "", Reason: a.Reason, Detail: a.Detail,
		}
	}
	return out
}
