package rondosim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// side is one that the list of requests is sent to.
type side struct {
	base     string // without /wp-json
	accounts map[string][2]string
	merge    func(t *testing.T, from string, into int)
	account  func(t *testing.T, of object)
	// role, where an account has no name of its own, gives the sync's account the
	// role of the one who asks until undo is called.
	role func(t *testing.T, as string) (undo func())
}

// reply is what is compared of an answer.
type reply struct {
	Status int
	Header map[string]string
	Body   any
}

// compared are the headers that a client may read.
var compared = []string{"Content-Type", "X-WP-Total", "X-WP-TotalPages", "Link", "Location", "Allow"}

func (s side) send(t *testing.T, r request) reply {
	t.Helper()
	if r.Into != 0 {
		s.merge(t, r.Path, r.Into)
		return reply{}
	}
	if r.Account != "" {
		of := object{}
		if err := json.Unmarshal([]byte(r.Body), &of); err != nil {
			t.Fatal(err)
		}
		of["knvb_id"], of["role"] = r.Path, r.Account
		s.account(t, of)
		return reply{}
	}
	in, err := http.NewRequestWithContext(t.Context(), r.Method, s.base+"/wp-json/"+r.Path, strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	if account, ok := s.accounts[r.As]; ok {
		in.SetBasicAuth(account[0], account[1])
	}
	if s.role != nil {
		defer s.role(t, r.As)()
	}
	in.Header.Set("Accept", "application/json")
	switch {
	case r.Type != "" && r.Type != "none":
		in.Header.Set("Content-Type", r.Type)
	case r.Body != "" && r.Type == "":
		in.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(in)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	out := reply{Status: answer.StatusCode, Header: map[string]string{}}
	for _, name := range compared {
		if name == "Allow" && r.Method != http.MethodOptions {
			continue // what else may be done: nobody asks a list for that
		}
		out.Header[name] = strings.ReplaceAll(answer.Header.Get(name), s.base, "{site}")
		if name == "Link" {
			out.Header[name] = pages(answer.Header.Values(name))
		}
	}
	if json.Unmarshal(data, &out.Body) != nil {
		out.Body = "not JSON"
	}
	out.Body = s.plain(out.Body)
	return out
}

// pages are the links to other pages, by their numbers: the order of their
// parameters says nothing, and the link to the API itself is in every answer.
func pages(links []string) string {
	var out []string
	for _, m := range pageLink.FindAllStringSubmatch(strings.Join(links, ", "), -1) {
		out = append(out, m[2]+" "+m[1])
	}
	return strings.Join(out, ", ")
}

var pageLink = regexp.MustCompile(`[?&]page=(\d+)[^<>]*>; rel="(next|prev)"`)

// plain takes out of a value what differs from run to run: times and the
// address of the site.
func (s side) plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = s.plain(inner)
			if _, err := time.Parse("2006-01-02T15:04:05", fmt.Sprint(inner)); err == nil && strings.HasPrefix(key, "date") || strings.HasPrefix(key, "modified") {
				v[key] = "a time"
			}
		}
	case []any:
		for i := range v {
			v[i] = s.plain(v[i])
		}
	case string:
		return strings.ReplaceAll(v, s.base, "{site}")
	}
	return v
}

// differences are the places where two answers are not the same.
func differences(sim, real reply) []string {
	var out []string
	if sim.Status != real.Status {
		out = append(out, fmt.Sprintf("status: simulator %d, WordPress %d", sim.Status, real.Status))
	}
	for _, name := range compared {
		if sim.Header[name] != real.Header[name] {
			out = append(out, fmt.Sprintf("header %s: simulator %q, WordPress %q", name, sim.Header[name], real.Header[name]))
		}
	}
	return append(out, unlike("body", sim.Body, real.Body)...)
}

func unlike(at string, sim, real any) []string {
	a, ok1 := sim.(map[string]any)
	b, ok2 := real.(map[string]any)
	if ok1 && ok2 {
		var out []string
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			x, has1 := a[key]
			y, has2 := b[key]
			switch {
			case has1 && has2:
				out = append(out, unlike(at+"."+key, x, y)...)
			case has1:
				out = append(out, fmt.Sprintf("%s.%s: the simulator alone has it: %s", at, key, brief(x)))
			default:
				out = append(out, fmt.Sprintf("%s.%s: WordPress alone has it: %s", at, key, brief(y)))
			}
		}
		return out
	}
	c, ok1 := sim.([]any)
	d, ok2 := real.([]any)
	if ok1 && ok2 && len(c) == len(d) {
		var out []string
		for i := range c {
			out = append(out, unlike(fmt.Sprintf("%s[%d]", at, i), c[i], d[i])...)
		}
		return out
	}
	if reflect.DeepEqual(sim, real) {
		return nil
	}
	return []string{fmt.Sprintf("%s: simulator %s, WordPress %s", at, brief(sim), brief(real))}
}

func brief(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if len(data) > 160 {
		return string(data[:160]) + "…"
	}
	return string(data)
}
