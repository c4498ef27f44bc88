package mauticsim_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
)

// exchange is a call to a real Mautic and what it answered; see testdata/README.md.
type exchange struct {
	Name   string
	Call   string
	Body   any
	Times  int
	As     string
	Status int
	Has    any
	Lacks  []string
	Header map[string]string
	Save   map[string]string
}

// named puts what was saved in place of its names. A name alone is a number.
func named(v any, ids map[string]any) any {
	switch v := v.(type) {
	case string:
		if id, ok := ids[strings.TrimPrefix(v, "$")]; ok && strings.HasPrefix(v, "$") {
			return id
		}
		for name, id := range ids {
			v = strings.ReplaceAll(v, "$"+name, fmt.Sprint(id))
		}
		return v
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = named(out[i], ids)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, one := range v {
			out[fmt.Sprint(named(key, ids))] = named(one, ids)
		}
		return out
	}
	return v
}

// differs says where an answer has not what is wanted; a list is compared whole.
func differs(at string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		all, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %T, want an object", at, got)}
		}
		var out []string
		for key, v := range want {
			one, there := all[key]
			if !there {
				out = append(out, at+"."+key+" is missing")
				continue
			}
			out = append(out, differs(at+"."+key, v, one)...)
		}
		return out
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return []string{fmt.Sprintf("%s: %T %v, want a list of %d", at, got, got, len(want))}
		}
		var out []string
		for i := range want {
			out = append(out, differs(fmt.Sprintf("%s.%d", at, i), want[i], list[i])...)
		}
		return out
	}
	if want != "*" && want != got {
		return []string{fmt.Sprintf("%s: %v, want %v", at, got, want)}
	}
	return nil
}

// at returns what stands at a path of an answer, and whether anything does.
func at(v any, path string) (any, bool) {
	for step := range strings.SplitSeq(path, ".") {
		switch all := v.(type) {
		case map[string]any:
			one, ok := all[step]
			if !ok {
				return nil, false
			}
			v = one
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n >= len(all) {
				return nil, false
			}
			v = all[n]
		default:
			return nil, false
		}
	}
	return v, true
}

// TestExchanges makes the calls that were made to a real Mautic, which the simulator
// answers alike.
func TestExchanges(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, mauticsim.New(mauticsim.Options{Seed: 2, Bare: true}))
	file, err := os.Open("testdata/exchanges.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	ids := map[string]any{"long": strings.Repeat("x", 300)}
	lines := bufio.NewScanner(file)
	n := 0
	for ; lines.Scan(); n++ {
		var x exchange
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&x); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		if list, ok := x.Body.([]any); ok && x.Times > 0 {
			x.Body = slices.Repeat(list, x.Times)
		}
		method, path, _ := strings.Cut(fmt.Sprint(named(x.Call, ids)), " ")
		var body io.Reader
		if x.Body != nil {
			data, err := json.Marshal(named(x.Body, ids))
			if err != nil {
				t.Fatal(err)
			}
			body = bytes.NewReader(data)
		}
		u, err := url.Parse(sim.Info.Addresses["api"] + strings.ReplaceAll(path, " ", "%20"))
		if err != nil {
			t.Fatal(err)
		}
		u.RawQuery = strings.NewReplacer("[", "%5B", "]", "%5D").Replace(u.RawQuery)
		req, err := http.NewRequestWithContext(t.Context(), method, u.String(), body)
		if err != nil {
			t.Fatal(err)
		}
		switch x.As {
		case "nobody":
		case "bad basic":
			req.SetBasicAuth(sim.Info.Credentials["username"], "wrong")
		case "bad bearer":
			req.Header.Set("Authorization", "Bearer wrong")
		default:
			req.SetBasicAuth(sim.Info.Credentials["username"], sim.Info.Credentials["password"])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var got any
		if err == nil && len(data) > 0 {
			err = json.Unmarshal(data, &got)
		}
		if err != nil || resp.StatusCode != x.Status {
			t.Fatalf("%s: status %d, want %d; %v: %.300s", x.Name, resp.StatusCode, x.Status, err, data)
		}
		for name, path := range x.Save {
			v, ok := at(got, path)
			if !ok {
				t.Fatalf("%s: no %s", x.Name, path)
			}
			ids[name] = v
		}
		for _, wrong := range differs("", named(x.Has, ids), got) {
			if x.Has != nil {
				t.Errorf("%s: %s", x.Name, wrong)
			}
		}
		for _, path := range x.Lacks {
			if v, ok := at(got, path); ok {
				t.Errorf("%s: %s is %v, and should not be there", x.Name, path, v)
			}
		}
		for name, want := range x.Header {
			if got := resp.Header.Get(name); got != fmt.Sprint(named(want, ids)) {
				t.Errorf("%s: header %s is %q", x.Name, name, got)
			}
		}
	}
	if err := lines.Err(); err != nil || n < 70 {
		t.Errorf("%d exchanges, %v", n, err)
	}
}
