package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// caller calls the API as another program does: gRPC over loopback, with a token.
type caller struct {
	touchlinev1.PipelineServiceClient

	token string
	stop  func() error
}

// serve starts the API beside a process, and returns who calls it.
func (db *database) serve(ctx context.Context, control *jobs.Control) (*caller, error) {
	access := store.NewAccess(db.pool, time.Now)
	token, _, err := access.Create(ctx, "bench", store.Operator, time.Hour, store.Actor{Name: "bench"})
	if err != nil {
		return nil, fmt.Errorf("make a token: %w", err)
	}
	s, err := server.New(server.Backend{
		Store: store.Open(db.pool), Access: access, Control: control, Systems: []record.System{sourceName, targetName},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	listener, err := server.Listen(ctx, server.Config{Listen: "127.0.0.1:0"})
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, errors.Join(err, s.Shutdown(ctx), <-done)
	}
	return &caller{
		PipelineServiceClient: touchlinev1.NewPipelineServiceClient(conn), token: token,
		stop: func() error {
			return errors.Join(conn.Close(), s.Shutdown(context.WithoutCancel(ctx)), <-done)
		},
	}, nil
}

// run asks for a run, and returns its id.
func (c *caller) run(ctx context.Context) (string, error) {
	got, err := c.RunPipeline(c.with(ctx), &touchlinev1.RunPipelineRequest{Pipeline: people.Name})
	return got.GetRun().GetId(), err
}

// over waits until a run has ended.
func (c *caller) over(ctx context.Context, id string) error {
	for {
		got, err := c.GetRun(c.with(ctx), &touchlinev1.GetRunRequest{Run: id})
		if err != nil || got.GetRun().GetState() == touchlinev1.RunState_RUN_STATE_ENDED {
			return err
		}
		if err := wait(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
}

func (c *caller) with(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+c.token)
}
