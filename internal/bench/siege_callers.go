package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
)

// callersAConnection is how many share one connection; Go's server lets 250.
const callersAConnection = 100

// callers opens connections for so many callers, and returns whom each calls.
func (w *besiegedServer) callers(n int) (at func(i int) *caller, closeAll func() error, err error) {
	return callersOf(n, w.token, func() (*grpc.ClientConn, error) {
		return grpc.NewClient(w.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	})
}

// watchers watch one run that has news twice a second.
func (w *besiegedServer) watchers(n int) siege {
	return siege{fmt.Sprintf("%d watchers", n), func(ctx context.Context) (func() (string, error), error) {
		release := w.engine.hold()
		run, _, err := w.process.Control().Run(ctx, jobs.Request{Pipeline: held.Name, By: "bench"})
		if err != nil {
			return nil, err
		}
		at, closeAll, err := w.callers(n)
		if err != nil {
			return nil, err
		}
		var events, ended atomic.Int64
		var first, all sync.WaitGroup
		first.Add(n)
		for i := range n {
			all.Go(func() {
				begun := sync.OnceFunc(first.Done)
				defer begun()
				stream, err := at(i).WatchRun(at(i).with(ctx), &touchlinev1.WatchRunRequest{Run: run.ID.String()})
				for err == nil {
					if _, err = stream.Recv(); err == nil {
						events.Add(1)
						begun()
					}
				}
				if errors.Is(err, io.EOF) {
					ended.Add(1)
				}
			})
		}
		first.Wait()
		return func() (string, error) {
			release()
			all.Wait()
			return fmt.Sprintf("%d of %d saw the end, %d events", ended.Load(), n, events.Load()), errors.Join(w.ended(ctx, run.ID.String(), time.Minute), closeAll())
		}, nil
	}}
}

// callsAtOnce ask for lists of a thousand runs, all at the same time.
func (w *besiegedServer) callsAtOnce(n int) siege {
	return siege{fmt.Sprintf("%d calls at once", n), func(ctx context.Context) (func() (string, error), error) {
		at, closeAll, err := w.callers(n)
		if err != nil {
			return nil, err
		}
		var answered, refused, other atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for i := range n {
			all.Go(func() {
				_, err := at(i).ListRuns(at(i).with(ctx), &touchlinev1.ListRunsRequest{PageSize: 1000})
				switch {
				case err == nil:
					answered.Add(1)
				case status.Code(err) == codes.ResourceExhausted:
					refused.Add(1)
				default:
					other.Add(1)
				}
			})
		}
		return func() (string, error) {
			all.Wait()
			return fmt.Sprintf("%d answered, %d told TOO_MANY_CALLS, %d failed, within %.1f s", answered.Load(), refused.Load(), other.Load(),
				time.Since(began).Seconds()), closeAll()
		}, nil
	}}
}

// halfBodies are requests whose bodies stop halfway, each on a connection of its own.
func (w *besiegedServer) halfBodies(n int) siege {
	return siege{fmt.Sprintf("%d half-sent bodies", n), func(ctx context.Context) (func() (string, error), error) {
		half := "POST /touchline.v1.PipelineService/ListRuns HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + w.token +
			"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
		var open []net.Conn
		var dialer net.Dialer
		for range n {
			conn, err := dialer.DialContext(ctx, "tcp", w.address)
			if err == nil {
				_, err = io.WriteString(conn, half)
			}
			if err != nil {
				return nil, err
			}
			open = append(open, conn)
		}
		began := time.Now()
		return func() (string, error) {
			cut := 0
			var faults []error
			for _, conn := range open {
				faults = append(faults, conn.SetReadDeadline(began.Add(time.Minute)))
				if _, err := io.Copy(io.Discard, conn); err == nil { // answered or not, it is closed
					cut++
				}
				faults = append(faults, conn.Close())
			}
			return fmt.Sprintf("%d of %d cut within %.1f s", cut, n, time.Since(began).Seconds()), errors.Join(faults...)
		}, nil
	}}
}
