// Command go asks touchline what a pipeline would do now, waits for the plan and
// prints how many changes it has at each system. Nothing is changed.
//
//	TOUCHLINE_ADDRESS=127.0.0.1:8080 TOUCHLINE_TOKEN=$(cat token) go run ./examples/go people
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./examples/go PIPELINE")
		os.Exit(2)
	}
	if err := plan(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err) // says what is wrong
		os.Exit(1)
	}
}

func plan(out io.Writer, pipeline string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	client := touchlinev1connect.NewPipelineServiceClient(signedIn(os.Getenv("TOUCHLINE_TOKEN")), "http://"+os.Getenv("TOUCHLINE_ADDRESS"))

	// With an id of one's own the call may be repeated: the second starts nothing.
	request := &touchlinev1.RunPipelineRequest{Pipeline: pipeline, ValidateOnly: true, RequestId: uuid.NewString()}
	asked, err := client.RunPipeline(ctx, request)
	if err != nil {
		return err
	}
	run := asked.GetRun()

	// A stream that breaks off is taken up again after the last event that was seen.
	for seen := int64(0); run.GetOutcome() == touchlinev1.RunOutcome_RUN_OUTCOME_UNSPECIFIED; {
		events, err := client.WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: run.GetId(), AfterSequence: seen})
		if err != nil {
			return err
		}
		for events.Receive() {
			event := events.Msg().GetEvent()
			seen = event.GetSequence()
			if event.GetRun() != nil {
				run = event.GetRun()
			}
		}
		if err := events.Err(); err != nil && connect.CodeOf(err) != connect.CodeUnavailable {
			return err
		}
	}

	changes := map[string]int{}
	page := &touchlinev1.ListChangesRequest{Run: run.GetId(), PageSize: 1000}
	for {
		res, err := client.ListChanges(ctx, page)
		if err != nil {
			return err
		}
		for _, c := range res.GetChanges() {
			changes[c.GetSystem()]++
		}
		if page.PageToken = res.GetNextPageToken(); page.PageToken == "" {
			break
		}
	}
	_, err = fmt.Fprintln(out, run.GetId(), run.GetOutcome(), changes)
	return err
}

// signedIn sends a token with each call.
func signedIn(token string) *http.Client { return &http.Client{Transport: bearer(token)} }

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
