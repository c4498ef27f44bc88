package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/sync/store"
)

func TestConnectClients(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, options := range map[string][]connect.ClientOption{
		"connect":      nil,
		"connect json": {connect.WithProtoJSON()},
		"connect get":  {connect.WithHTTPGet()},
		"gzip":         {connect.WithSendGzip()},
		"grpc":         {connect.WithGRPC()},
		"grpc-web":     {connect.WithGRPCWeb()},
	} {
		c := b.pipelines(b.operator, options...)
		res, err := c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		stream, err := c.WatchRun(t.Context(), &touchlinev1.WatchRunRequest{Run: res.GetRun().GetId()})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		events := 0
		for stream.Receive() {
			events++
		}
		if stream.Err() != nil || events == 0 {
			t.Errorf("%s: %d events, %v", name, events, stream.Err())
		}
		if list, err := c.ListRuns(t.Context(), &touchlinev1.ListRunsRequest{}); err != nil || len(list.GetRuns()) == 0 {
			t.Errorf("%s: %v, %v; want runs", name, list, err)
		}
		_, err = b.pipelines("tl_wrong", options...).ListRuns(t.Context(), &touchlinev1.ListRunsRequest{})
		if connect.CodeOf(err) != connect.CodeUnauthenticated || reason(err) != "TOKEN_INVALID" {
			t.Errorf("%s with a wrong token: %v, reason %q", name, err, reason(err))
		}
		_, err = c.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "nobody"})
		if connect.CodeOf(err) != connect.CodeNotFound || reason(err) != "UNKNOWN_PIPELINE" {
			t.Errorf("%s, unknown pipeline: %v, reason %q", name, err, reason(err))
		}
	}
}

func TestGRPCClient(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn, err := grpc.NewClient(b.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	as := func(token string) context.Context {
		return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	}
	c := touchlinev1.NewPipelineServiceClient(conn)

	res, err := c.RunPipeline(as(b.operator), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := c.WatchRun(as(b.viewer), &touchlinev1.WatchRunRequest{Run: res.GetRun().GetId()})
	if err != nil {
		t.Fatal(err)
	}
	var last *touchlinev1.RunEvent
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		last = m.GetEvent()
	}
	if last.GetRun().GetOutcome() != touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
		t.Errorf("the last event is %v; want the run, succeeded", last)
	}

	_, err = c.RunPipeline(as(b.viewer), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	st := status.Convert(err)
	if st.Code() != codes.PermissionDenied || len(st.Details()) != 1 {
		t.Fatalf("a viewer runs: %v, details %v; want permission denied, with a detail", err, st.Details())
	}
	info, ok := st.Details()[0].(*errdetails.ErrorInfo)
	if !ok || info.GetReason() != "ROLE_TOO_SMALL" || info.GetMetadata()["needs"] != "operator" {
		t.Errorf("the detail is %v; want ROLE_TOO_SMALL", st.Details()[0])
	}

	health, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{
		Service: "touchline.v1.PipelineService",
	})
	if err != nil || health.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("health without a token: %v, %v; want serving", health, err)
	}
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := func(method, path, token, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+b.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if token != "" {
			req.Header.Set("Authorization", "bearer "+token)
		}
		res, err := http.DefaultClient.Do(req) // HTTP/1.1
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(answer)
	}
	const call = "/touchline.v1.ScheduleService/ListSchedules"
	if code, answer := send(http.MethodPost, call, b.viewer, "{}"); code != http.StatusOK || !json.Valid([]byte(answer)) {
		t.Errorf("JSON: %d %s; want 200", code, answer)
	}
	query := call + "?encoding=json&message=" + url.QueryEscape("{}")
	if code, answer := send(http.MethodGet, query, b.viewer, ""); code != http.StatusOK {
		t.Errorf("GET: %d %s; want 200", code, answer)
	}
	if code, answer := send(http.MethodPost, call, "", "{}"); code != http.StatusUnauthorized || !strings.Contains(answer, `"unauthenticated"`) {
		t.Errorf("without a token: %d %s; want 401 in the form of Connect", code, answer)
	}
	if code, _ := send(http.MethodGet, call, "", ""); code != http.StatusUnauthorized {
		t.Errorf("a browser without a token: %d; want 401", code)
	}
	if code, _ := send(http.MethodPost, "/touchline.v1.ScheduleService/Nothing", b.viewer, "{}"); code != http.StatusNotFound {
		t.Errorf("an unknown call: %d; want 404", code)
	}
	if code, page := send(http.MethodGet, "/", "", ""); code != http.StatusOK || !strings.Contains(page, `name="token"`) {
		t.Errorf("the root: %d; want the page to sign in at", code)
	}
	if code, _ := send(http.MethodGet, "/nothing", b.viewer, ""); code != http.StatusNotFound {
		t.Errorf("an address that is none: %d; want 404", code)
	}
	large := `{"x": "` + strings.Repeat("x", 5<<20) + `"}`
	if code, answer := send(http.MethodPost, call, b.viewer, large); code != http.StatusTooManyRequests {
		t.Errorf("5 MB: %d %.80s; want 429, resource exhausted", code, answer)
	}
}

// grpcurl returns the path of the tool: as "make tools" has built it, else it
// is built now, which takes its time.
func grpcurl(t *testing.T) string {
	t.Helper()
	sizetest.Skip(t, "grpcurl and curl")
	built, err := filepath.Abs("../bin/tools/grpcurl")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(built); err == nil {
		return built
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/grpcurl/go.mod", "-n", "grpcurl")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	path, err := cmd.Output()
	if err != nil {
		t.Fatalf("build grpcurl: %v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(path))
}

// TestGRPCurlLines runs each line of the manual that begins with grpcurl or
// curl, against a server on another port.
func TestGRPCurlLines(t *testing.T) {
	t.Parallel()
	tool := grpcurl(t)
	b := setup(t)
	folder := t.TempDir()
	if err := os.Symlink(tool, filepath.Join(folder, "grpcurl")); err != nil {
		t.Fatal(err)
	}
	res, err := b.pipelines(b.operator).RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte(b.operator), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"../README.md", "../docs/api.md", "../docs/ems.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		lines := 0
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
			line = strings.TrimSpace(line)
			if !strings.HasPrefix(line, "grpcurl ") && !strings.HasPrefix(line, "curl ") {
				continue
			}
			lines++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(line, "127.0.0.1:8080", b.address))
			cmd.Dir = folder
			cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"), "TOKEN="+b.operator, "ADMIN_TOKEN="+b.token(t, store.Admin, time.Hour), "RUN="+res.GetRun().GetId())
			out, err := cmd.CombinedOutput()
			if err != nil || len(out) == 0 {
				t.Errorf("%s: %s\n%v\n%s", page, line, err, out)
			}
		}
		if lines == 0 {
			t.Errorf("%s has no line to run", page)
		}
	}
}

func TestGRPCurlIsTurnedAway(t *testing.T) {
	t.Parallel()
	tool := grpcurl(t)
	b := setup(t)
	for name, c := range map[string]struct{ token, data, call, want string }{
		"no token":         {"", "{}", "PipelineService/ListRuns", "TOKEN_MISSING"},
		"wrong token":      {"tl_wrong", "{}", "PipelineService/ListRuns", "TOKEN_INVALID"},
		"stream, no token": {"", `{"run": "x"}`, "PipelineService/WatchRun", "TOKEN_MISSING"},
		"too small a role": {b.viewer, `{"pipeline": "people"}`, "PipelineService/RunPipeline", "ROLE_TOO_SMALL"},
		"unknown pipeline": {b.operator, `{"pipeline": "x"}`, "PipelineService/RunPipeline", "UNKNOWN_PIPELINE"},
	} {
		args := []string{"-plaintext", "-d", c.data}
		if c.token != "" {
			args = append(args, "-H", "authorization: Bearer "+c.token)
		}
		out, err := exec.CommandContext(t.Context(), tool, append(args, b.address, "touchline.v1."+c.call)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s\nwant %s", name, err, out, c.want)
		}
	}
}
