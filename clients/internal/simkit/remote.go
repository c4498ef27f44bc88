package simkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Remote drives a simulator through its control API, in this process or in
// another.
type Remote struct{ Info Info }

// Call makes one control call, such as Call(ctx, "POST", "/clock", in, &out).
// In and out may be nil.
func (r Remote) Call(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, r.Info.Control+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.Info.ControlToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("control %s %s: status %d", method, path, resp.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// Inject adds a fault and returns its number.
func (r Remote) Inject(ctx context.Context, f Fault) (int, error) {
	var out struct{ ID int }
	err := r.Call(ctx, http.MethodPost, "/faults", f, &out)
	return out.ID, err
}

// ClearFault takes a fault away.
func (r Remote) ClearFault(ctx context.Context, id int) error {
	return r.Call(ctx, http.MethodDelete, fmt.Sprintf("/faults/%d", id), nil, nil)
}

// Requests returns the lines of the request log after number since.
func (r Remote) Requests(ctx context.Context, since int) ([]Request, error) {
	var out []Request
	err := r.Call(ctx, http.MethodGet, fmt.Sprintf("/requests?since=%d", since), nil, &out)
	return out, err
}

// Writes returns the lines of the journal after number since.
func (r Remote) Writes(ctx context.Context, since int) ([]Change, error) {
	var out []Change
	err := r.Call(ctx, http.MethodGet, fmt.Sprintf("/writes?since=%d", since), nil, &out)
	return out, err
}
