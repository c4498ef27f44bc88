package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

// gate is the interceptor around every call of ours: it checks the role once
// more, the request against the rules in the proto files, and turns errors
// into what the API promises.
type gate struct {
	rules protovalidate.Validator
	turns turns
	log   *slog.Logger
}

func newGate(log *slog.Logger) (*gate, error) {
	rules, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("server: rules of the API: %w", err)
	}
	return &gate{rules: rules, turns: make(turns, callsAtOnce), log: log}, nil
}

// WrapUnary wraps a call with one answer.
func (g *gate) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (_ connect.AnyResponse, err error) {
		defer g.finish(ctx, req.Spec().Procedure, &err)
		if err := callerOf(ctx).may(req.Spec().Procedure); err != nil {
			return nil, err
		}
		if err := g.check(req.Any()); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, callWithin)
		defer cancel()
		giveBack, err := g.turns.take(ctx)
		if err != nil {
			return nil, err
		}
		defer giveBack()
		return next(ctx, req)
	}
}

// WrapStreamingHandler wraps a call that answers with a stream.
func (g *gate) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		defer g.finish(ctx, conn.Spec().Procedure, &err)
		if err := callerOf(ctx).may(conn.Spec().Procedure); err != nil {
			return err
		}
		return next(ctx, &checked{conn, g})
	}
}

// WrapStreamingClient leaves clients as they are.
func (g *gate) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// finish makes the error what the API promises, also after a panic.
func (g *gate) finish(ctx context.Context, procedure string, err *error) {
	if p := recover(); p != nil {
		// The value of the panic may hold anything; where it was is enough.
		*err = fmt.Errorf("panic (%T) at %s", p, debug.Stack())
	}
	if *err == nil {
		return
	}
	c := toConnect(ctx, *err, g.log.With("call", procedure))
	if c.Code() != connect.CodeInternal {
		g.log.DebugContext(ctx, "api call refused", "call", procedure, "code", c.Code().String())
	}
	*err = c
}

// check holds a request against its rules.
func (g *gate) check(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	err := g.rules.Validate(m)
	invalid, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return err
	}
	c := connect.NewError(connect.CodeInvalidArgument, errors.New(explain(invalid)))
	if d, err := connect.NewErrorDetail(invalid.ToProto()); err == nil {
		c.AddDetail(d)
	}
	return detailed(c, reasonOf(invalid), nil)
}

// explain says what is wrong, field by field. The rules' own messages hold no
// value of the request.
func explain(e *protovalidate.ValidationError) string {
	parts := make([]string, 0, len(e.Violations))
	for _, v := range e.Violations {
		parts = append(parts, protovalidate.FieldPathString(v.Proto.GetField())+": "+v.Proto.GetMessage())
	}
	return "the request breaks rules of the API: " + strings.Join(parts, "; ")
}

// reasonOf gives the malformed fields that callers ask about a reason of their
// own.
func reasonOf(e *protovalidate.ValidationError) string {
	for _, v := range e.Violations {
		path := v.Proto.GetField().GetElements()
		for _, p := range path {
			switch p.GetFieldName() {
			case "keys", "key":
				return "MALFORMED_KEY"
			case "request_id":
				return "MALFORMED_REQUEST_ID"
			case "page_token":
				return "MALFORMED_PAGE_TOKEN"
			}
		}
	}
	return "INVALID_REQUEST"
}

// checked is a stream whose requests are held against their rules.
type checked struct {
	connect.StreamingHandlerConn
	gate *gate
}

// Receive reads one request.
func (c *checked) Receive(m any) error {
	if err := c.StreamingHandlerConn.Receive(m); err != nil {
		return err
	}
	return c.gate.check(m)
}
