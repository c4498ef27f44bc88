package rest_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Zero is the default, everywhere; what is negative is told with its name.
func TestSettings(t *testing.T) {
	t.Parallel()
	d := rest.Settings{BaseURL: "https://api.example.org", Timeout: time.Minute, Delay: time.Second, PerMinute: 30, Parallel: 4}
	if got := (rest.Settings{}).Or(d); got != d || got.Faults() != nil {
		t.Errorf("%+v, %v", got, got.Faults())
	}
	own := rest.Settings{BaseURL: "https://own.example.org/", Timeout: 1, Delay: 2, PerMinute: 3, Parallel: 5}
	if got := own.Or(d); got.BaseURL != "https://own.example.org" || got.Timeout != 1 || got.Delay != 2 || got.PerMinute != 3 || got.Parallel != 5 {
		t.Errorf("%+v", got)
	}
	if got := (rest.Settings{}).Or(rest.Settings{}); got.Timeout != rest.DefaultTimeout {
		t.Errorf("without any default a call may take %s", got.Timeout)
	}
	err := rest.Settings{BaseURL: "http://example.org", Timeout: -1, Delay: -1, PerMinute: -1, Parallel: -1}.Or(d).Faults()
	for _, name := range []string{"base_url", "timeout", "delay", "per_minute", "parallel"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not told: %v", name, err)
		}
	}
}

// An operator who sets the pace in one way is not held to a default in the other.
func TestOnePace(t *testing.T) {
	t.Parallel()
	for _, d := range []rest.Settings{{PerMinute: 30}, {Delay: 2 * time.Second}, {Delay: 2 * time.Second, PerMinute: 30}} {
		for _, s := range []rest.Settings{{PerMinute: 120}, {Delay: 500 * time.Millisecond}, {Delay: time.Second, PerMinute: 120}} {
			if got := s.Or(d); got.Delay != s.Delay || got.PerMinute != s.PerMinute {
				t.Errorf("delay %s, per_minute %d beside the defaults %s, %d: %s, %d", s.Delay, s.PerMinute, d.Delay, d.PerMinute, got.Delay, got.PerMinute)
			}
		}
	}
}

// The stricter of delay and per_minute holds.
func TestPace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    rest.Settings
		want time.Duration
	}{
		{rest.Settings{}, 0},
		{rest.Settings{Delay: time.Second}, time.Second},
		{rest.Settings{PerMinute: 30}, 2 * time.Second},
		{rest.Settings{Delay: time.Second, PerMinute: 30}, 2 * time.Second},
		{rest.Settings{Delay: 3 * time.Second, PerMinute: 30}, 3 * time.Second},
	} {
		b := setup(t, func(http.ResponseWriter, *http.Request) {}, func(cfg *rest.Config) { cfg.Delay, cfg.PerMinute = c.s.Delay, c.s.PerMinute })
		for range 2 {
			if _, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/"}); err != nil {
				t.Fatal(err)
			}
		}
		if s := b.host.Starts("example"); len(s) != 2 || s[1].Sub(s[0]) != c.want {
			t.Errorf("%+v: starts %v, want %s apart", c.s, s, c.want)
		}
	}
}

// Who waits in vain until a call may be open has sent nothing.
func TestCallsAtOnce(t *testing.T) {
	t.Parallel()
	open, going := make(chan struct{}), make(chan struct{}, 9)
	var most, now atomic.Int32
	b := setup(t, func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		going <- struct{}{}
		<-open
		now.Add(-1)
	}, func(cfg *rest.Config) { cfg.Parallel = 2 })
	call := func(ctx context.Context) error {
		_, err := b.Do(ctx, rest.Call{Op: "get it", Path: "/"})
		return err
	}
	ended := make(chan error, 4)
	for range 4 {
		go func() { ended <- call(t.Context()) }()
	}
	<-going
	<-going
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e := asError(t, call(ctx)); e.Class != connector.Transient || !e.Unsent || !errors.Is(e, context.Canceled) {
		t.Errorf("%v, unsent %v", e, e.Unsent)
	}
	close(open)
	for range 4 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 2 {
		t.Errorf("%d calls were open at once, want 2", most.Load())
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	var got []string
	b := setup(t, func(_ http.ResponseWriter, r *http.Request) {
		_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		for mr := multipart.NewReader(r.Body, params["boundary"]); ; {
			p, err := mr.NextRawPart()
			if err != nil {
				return
			}
			data, _ := io.ReadAll(p)
			got = append(got, p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(data))
		}
	})
	_, err := b.Do(t.Context(), rest.Call{Op: "get it", Method: http.MethodPost, Path: "/", Parts: []rest.Part{
		{Name: "title", Data: []byte("Zoë")},
		{Name: "file", FileName: `a "b" ë.png`, ContentType: "image/png", Data: []byte("\x89PNG")},
	}})
	want := []string{"title", "", "", "Zoë", "file", `a "b" ë.png`, "image/png", "\x89PNG"}
	if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, %v", got, err)
	}
}

// What stands before the JSON is named: that is a fault of the site, and its people
// find it then.
func TestBeforeTheJSON(t *testing.T) {
	t.Parallel()
	for body, why := range map[string]string{
		"\xef\xbb\xbf{}": "byte order mark",
		"\n<br />\n<b>Notice</b>: Undefined index: " + sample + " in <b>/x.php</b><br />\n{\"a\":[1]}": "before the JSON",
		"Deprecated: " + sample + "\n[]": "before the JSON",
		"<b>Deprecated</b>: Using ${var} in strings is deprecated, [" + sample + "] {\n{\"a\":1}": "before the JSON",
		"<html>" + sample + "</html>": "malformed JSON",
	} {
		b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		})
		var into any
		_, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/", Into: &into})
		if e := asError(t, err); e.Class != connector.Drifted || !strings.Contains(e.Why, why) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// The same before an error: it is judged as it would be without, and named.
func TestBeforeAnError(t *testing.T) {
	t.Parallel()
	const notice = "<br />\n<b>Deprecated</b>:  " + sample + "[1] in /x.php on line 3<br />\n"
	for prefix, why := range map[string]string{
		"": "", "\xef\xbb\xbf": "; a byte order mark before the JSON", notice: "; 73 bytes of text before the JSON, such as a notice of PHP",
		"\n\xef\xbb\xbf" + notice: "; a byte order mark before the JSON",
	} {
		for body, want := range map[string]struct {
			class connector.Class
			why   string
		}{
			`{"code":"gone"}`:           {connector.NotFound, "not there" + why},
			`{"code":"` + sample + `"}`: {connector.Rejected, "status 400" + why},
		} {
			b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, prefix+body)
			}, func(cfg *rest.Config) {
				cfg.Judge = func(_ int, body []byte) *connector.Error {
					if string(body) == `{"code":"gone"}` {
						return &connector.Error{Class: connector.NotFound, Why: "not there"}
					}
					return nil
				}
			})
			_, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/"})
			if e := asError(t, err); e.Class != want.class || e.Why != want.why {
				t.Errorf("%q: %v, want %v: %s", prefix+body, err, want.class, want.why)
			}
		}
	}
}

func TestNextPage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		``: "", `</wp-json/x?page=2>; rel="prev"`: "",
		`</api/x?page=2&q=a%26b>; rel="next"`:                                   "/x?page=2&q=a%26b",
		`<HOST/api/x?page=1>; rel="prev", <HOST/api/x?page=3>; rel="next last"`: "/x?page=3",
		`<HOST/api/x?c=a,b>; title="a; b"; rel=next`:                            "/x?c=a%2Cb",
		`<https://other.example.org/api/x>; rel="next"`:                         "error",
		`</elsewhere/x>; rel="next"`:                                            "error",
		`</api/x?q=%zz>; rel="next"`:                                            "error",
	} {
		var host string
		b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.ReplaceAll(header, "HOST", host))
		}, func(cfg *rest.Config) {
			host = strings.TrimSuffix(cfg.BaseURL, "/")
			cfg.BaseURL = host + "/api"
		})
		call := rest.Call{Op: "get it", Path: "/x", Query: url.Values{"page": {"1"}}}
		answer, err := b.Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		next, ok, err := b.Next(call, answer)
		got := ""
		switch {
		case err != nil:
			asError(t, err)
			got = "error"
		case ok:
			got = next.Path + "?" + next.Query.Encode()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}
