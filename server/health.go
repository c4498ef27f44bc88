package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
)

// health answers who asks whether we can work: while the server stops, or the
// database is away, we cannot.
type health struct {
	ready    func(context.Context) error // nil: always
	stopping atomic.Bool
}

// Check answers for all services alike: none works without the database.
func (h *health) Check(ctx context.Context, req *grpchealth.CheckRequest) (*grpchealth.CheckResponse, error) {
	if req.Service != "" && !slices.Contains(services, req.Service) {
		return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("unknown service %s", req.Service))
	}
	status := grpchealth.StatusServing
	if h.fault(ctx) != nil {
		status = grpchealth.StatusNotServing
	}
	return &grpchealth.CheckResponse{Status: status}, nil
}

func (h *health) fault(ctx context.Context) error {
	if h.stopping.Load() {
		return errShutdown
	}
	if h.ready == nil {
		return nil
	}
	return h.ready(ctx)
}

// alive says that the process answers, whatever else is away.
func alive(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, "touchline is up")
}

// readiness says whether we can work.
func (h *health) readiness(w http.ResponseWriter, r *http.Request) {
	if err := h.fault(r.Context()); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the caller has gone
}
