package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/internal/loopback"
)

// defaultServer is where "touchline serve" listens by default.
const defaultServer = "http://127.0.0.1:8080"

func usage(format string, args ...any) error {
	return app.Usage(fmt.Errorf(format, args...))
}

// client is how the commands speak to the API.
type client struct {
	pipelines touchlinev1connect.PipelineServiceClient
	records   touchlinev1connect.RecordServiceClient
	conflicts touchlinev1connect.ConflictServiceClient
	schedules touchlinev1connect.ScheduleServiceClient
	evidence  touchlinev1connect.EvidenceServiceClient
	audit     touchlinev1connect.AuditServiceClient
	sessions  touchlinev1connect.SessionServiceClient
}

// clientFlags adds the flags that say where the server is and who we are.
func clientFlags(cmd *cobra.Command) *cobra.Command {
	flags := cmd.PersistentFlags()
	flags.String("server", firstOf(os.Getenv("TOUCHLINE_ADDRESS"), defaultServer), "address of the server (TOUCHLINE_ADDRESS)")
	flags.String("token-file", "", "file with the token (TOUCHLINE_TOKEN_FILE; or TOUCHLINE_TOKEN itself)")
	flags.String("profile", os.Getenv("TOUCHLINE_PROFILE"), "server and token of this name in touchline/profiles.yaml (TOUCHLINE_PROFILE)")
	return cmd
}

// newClient makes the client that the flags and the environment ask for.
func newClient(cmd *cobra.Command) (*client, error) {
	address, token, err := access(cmd)
	if err != nil {
		return nil, err
	}
	return clientOf(address, token), nil
}

// clientOf is the client of one server, with one token.
func clientOf(address, token string) *client {
	options := connect.WithInterceptors(bearer(token))
	http := &http.Client{Transport: reaching{http.DefaultTransport, address}}
	return &client{
		pipelines: touchlinev1connect.NewPipelineServiceClient(http, address, options),
		records:   touchlinev1connect.NewRecordServiceClient(http, address, options),
		conflicts: touchlinev1connect.NewConflictServiceClient(http, address, options),
		schedules: touchlinev1connect.NewScheduleServiceClient(http, address, options),
		evidence:  touchlinev1connect.NewEvidenceServiceClient(http, address, options),
		audit:     touchlinev1connect.NewAuditServiceClient(http, address, options),
		sessions:  touchlinev1connect.NewSessionServiceClient(http, address, options),
	}
}

// serverAddress checks an address. A token never goes in clear text to another
// machine.
func serverAddress(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", usage("--server %q is not an address such as %s", text, defaultServer)
	}
	if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
		return "", usage("--server %s is not this machine: use https, so that the token is not sent in clear text", text)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

func readToken(file, value string) (string, error) {
	if file != "" {
		content, err := os.ReadFile(file) //nolint:gosec // the user names the file
		if err != nil {
			return "", usage("token: %v", err)
		}
		value = string(content)
	}
	if value = strings.TrimSpace(value); value == "" {
		return "", usage("a token is needed: --token-file, TOUCHLINE_TOKEN_FILE or TOUCHLINE_TOKEN; " +
			`"touchline token create" makes one`)
	}
	return value, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// reaching says of a server that is not reached where it was looked for.
type reaching struct {
	http.RoundTripper

	address string
}

// RoundTrip makes one call.
func (r reaching) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.RoundTripper.RoundTrip(req)
	if err != nil && req.Context().Err() == nil {
		return nil, fmt.Errorf("no answer from %s: %w; is \"touchline serve\" running there? --server, --profile or TOUCHLINE_ADDRESS say where it is", r.address, err)
	}
	return res, err
}

// bearer sends the token with every call.
type bearer string

// WrapUnary adds the token to a call.
func (b bearer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		req.Header().Set("Authorization", "Bearer "+string(b))
		return next(ctx, req)
	}
}

// WrapStreamingClient adds the token to a stream.
func (b bearer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		conn.RequestHeader().Set("Authorization", "Bearer "+string(b))
		return conn
	}
}

// WrapStreamingHandler leaves handlers as they are.
func (b bearer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// explain turns an error of the API into what the user is told, with the exit
// code.
func explain(err error) error {
	c, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return err
	}
	code := app.ExitFailed
	switch c.Code() {
	case connect.CodeInvalidArgument, connect.CodeNotFound, connect.CodeAlreadyExists:
		code = app.ExitUsage
	}
	text := c.Message()
	for _, d := range c.Details() {
		if value, err := d.Value(); err == nil {
			if failure, ok := value.(*errdetails.PreconditionFailure); ok {
				for _, v := range failure.GetViolations() {
					text += "\n  " + v.GetSubject() + ": " + v.GetDescription()
				}
			}
		}
	}
	switch reason := reasonOf(c); {
	case reason != "":
		text = reason + ": " + text
	case c.Code() == connect.CodeUnimplemented:
		text = "what answers there is no touchline, or one of another version: " + text
	}
	return &app.Exit{Code: code, Err: errors.New(text)}
}

// reasonOf is the stable reason of an error, if it has one.
func reasonOf(c *connect.Error) string {
	for _, d := range c.Details() {
		if value, err := d.Value(); err == nil {
			if info, ok := value.(*errdetails.ErrorInfo); ok {
				return info.GetReason()
			}
		}
	}
	return ""
}

// eachOf goes through all pages of a list. ask returns the page that token, of its request,
// stands for, and the token of the next; none after the last.
func eachOf[T any](token *string, ask func() (page []T, next string, err error), f func(T) error) error {
	for {
		page, next, err := ask()
		if err != nil {
			return explain(err)
		}
		for _, item := range page {
			if err := f(item); err != nil {
				return err
			}
		}
		if *token = next; next == "" {
			return nil
		}
	}
}

// more says that a list was cut off, if it was, so that nobody takes it for the whole.
func more(cmd *cobra.Command, nextPage string) {
	if nextPage != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "there are more: --most says how many are shown, up to 1000")
	}
}

// printLine writes a value as one line of JSON.
func printLine(cmd *cobra.Command, v any) error {
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command, asJSON *bool, what string) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print "+what+" as one line of JSON")
}

// printJSON writes a message as one line.
func printJSON(cmd *cobra.Command, m proto.Message) error {
	line, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(line))
	return err
}
