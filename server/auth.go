package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"connectrpc.com/connect"

	api "github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/sync/store"
)

// needs says which role each call needs. A call that is not in it is refused.
var needs = map[string]store.Role{
	api.PipelineServiceRunPipelineProcedure:        store.Operator,
	api.PipelineServiceGetRunProcedure:             store.Viewer,
	api.PipelineServiceListRunsProcedure:           store.Viewer,
	api.PipelineServiceWatchRunProcedure:           store.Viewer,
	api.PipelineServiceCancelRunProcedure:          store.Operator,
	api.PipelineServiceListChangesProcedure:        store.Viewer,
	api.PipelineServiceApplyPlanProcedure:          store.Operator,
	api.PipelineServiceRejectPlanProcedure:         store.Operator,
	api.PipelineServiceListPipelinesProcedure:      store.Viewer,
	api.PipelineServiceGetRestoredProcedure:        store.Viewer,
	api.PipelineServiceEndRestoredProcedure:        store.Operator,
	api.RecordServiceGetSyncRecordProcedure:        store.Viewer,
	api.RecordServiceListSyncRecordsProcedure:      store.Viewer,
	api.RecordServiceGetSyncRecordHistoryProcedure: store.Viewer,
	api.RecordServiceRetrySyncRecordProcedure:      store.Operator,
	api.RecordServicePauseRecordProcedure:          store.Operator,
	api.RecordServiceResumeRecordProcedure:         store.Operator,
	api.RecordServiceFindRecordsProcedure:          store.Operator,
	api.RecordServiceListLeaversProcedure:          store.Viewer,
	api.RecordServiceListUnreadableProcedure:       store.Viewer,
	api.RecordServiceDecideLeaversProcedure:        store.Operator,
	api.RecordServiceListFindingsProcedure:         store.Viewer,
	api.RecordServiceAcceptChangeProcedure:         store.Operator,
	api.ConflictServiceListConflictsProcedure:      store.Viewer,
	api.ConflictServiceGetConflictProcedure:        store.Viewer,
	api.ConflictServiceResolveConflictProcedure:    store.Operator,
	api.ScheduleServiceListSchedulesProcedure:      store.Viewer,
	api.ScheduleServiceSetScheduleProcedure:        store.Operator,
	api.ScheduleServicePauseScheduleProcedure:      store.Operator,
	api.ScheduleServiceResumeScheduleProcedure:     store.Operator,
	api.ScheduleServiceResetScheduleProcedure:      store.Operator,
	api.ScheduleServiceRunNowProcedure:             store.Operator,
	api.SessionServiceListSessionsProcedure:        store.Viewer,
	api.SessionServiceGetSessionProcedure:          store.Viewer,
	api.SessionServiceSignInNowProcedure:           store.Operator,
	api.AuditServiceListAuditProcedure:             store.Admin,
	api.AuditServiceVerifyAuditProcedure:           store.Admin,
	api.EvidenceServiceListEvidenceProcedure:       store.Admin,
	api.EvidenceServiceGetEvidenceProcedure:        store.Admin,
	api.EntityServicePutEntityProcedure:            store.Operator,
	api.EntityServiceGetEntityProcedure:            store.Viewer,
	api.EntityServiceListEntitiesProcedure:         store.Viewer,
	api.EntityServiceDeleteEntityProcedure:         store.Operator,
	api.EntityServiceMergePersonsProcedure:         store.Operator,
	api.EntityServiceErasePersonProcedure:          store.Admin,
}

// caller is who calls, as the token says.
type caller struct {
	token int64 // its id
	name  string
	role  store.Role
}

// actor is the caller as the audit names them.
func (c caller) actor() store.Actor { return store.Actor{Name: c.name, Token: c.token} }

// sees reports whether the caller may see values and keys.
func (c caller) sees() bool { return c.role.Rank() >= store.Operator.Rank() }

type callerKey struct{}

// callerOf returns who calls. Without one, it is somebody who may nothing.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// guard lets a request through when its token has the role that the call
// needs. It stands before Connect, so that unary calls and streams are treated
// alike and no body is read for a stranger.
type guard struct {
	access *store.Access
	log    *slog.Logger
	errors *connect.ErrorWriter
	fails  *failures
	client clients
	away   *turnedAway
	next   http.Handler
}

// ServeHTTP answers one request.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := g.apply(r)
	if err != nil {
		g.refuse(w, r, toConnect(r.Context(), err, g.log))
		return
	}
	g.next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
}

func (g *guard) apply(r *http.Request) (caller, error) {
	host := g.client.of(r)
	refused := func(why string) { g.away.note(refusedCall{what: refusedToken, why: why, client: host}) }
	token, ok := bearer(r.Header.Get("Authorization"))
	if !ok {
		refused("none was sent")
		return caller{}, problem(connect.CodeUnauthenticated, "TOKEN_MISSING",
			`the call needs a token: send the header "authorization: Bearer TOKEN"; `+
				`"touchline token create" makes one`)
	}
	if !g.fails.allowed(host, token) {
		refused("too many wrong ones before")
		return caller{}, problem(connect.CodeResourceExhausted, "TOO_MANY_FAILURES",
			"too many calls with a wrong token came from this address; wait a minute")
	}
	t, err := g.access.Token(r.Context(), token)
	switch {
	case errors.Is(err, store.ErrTokenUnknown), errors.Is(err, store.ErrTokenExpired), errors.Is(err, store.ErrTokenRevoked):
		g.fails.failed(host, token)
		refused(err.Error())
		return caller{}, problem(connect.CodeUnauthenticated, "TOKEN_INVALID",
			"the "+err.Error()+`; "touchline token create" makes a new one`)
	case err != nil:
		return caller{}, err
	}
	g.fails.passed(token)
	c := caller{token: t.ID, name: t.Name, role: store.Role(t.Role)}
	if _, asked := needs[r.URL.Path]; !asked {
		return c, nil // no such call; Connect says so
	}
	return c, c.may(r.URL.Path)
}

// may returns nil when the caller's role is enough for a call.
func (c caller) may(procedure string) error {
	need, ok := needs[procedure]
	if ok && c.role.Rank() >= need.Rank() {
		return nil
	}
	return problem(connect.CodePermissionDenied, "ROLE_TOO_SMALL",
		"the call needs a token of the role "+string(need)+"; this one is of the role "+string(c.role),
		"needs", string(need), "has", string(c.role))
}

func (g *guard) refuse(w http.ResponseWriter, r *http.Request, err *connect.Error) {
	if g.errors.IsSupported(r) {
		_ = g.errors.Write(w, r, err) // the caller has gone
		return
	}
	status := http.StatusForbidden
	if err.Code() == connect.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
		status = http.StatusUnauthorized
	}
	http.Error(w, err.Message(), status)
}

// bearer takes the token out of an Authorization header.
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != ""
}
