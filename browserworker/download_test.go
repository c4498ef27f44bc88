package browserworker_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// A page gives a file, which is read whole and stays nowhere; one that breaks off is
// none; what the page may not load it does not load.
func TestDownload(t *testing.T) {
	t.Parallel()
	loaded := make(chan string, 10)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<!doctype html><nav></nav><a id=file href=/file>x</a><a id=half href=/half>x</a><a id=page href=/page>x</a><p id=none>x</p>
<script src=/bad.js></script><script src=/good.js></script>`)
	})
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		switch name := r.PathValue("name"); name {
		case "file", "half":
			w.Header().Set("Content-Disposition", `attachment; filename="members.csv"`)
			w.Header().Set("Content-Length", "18")
			if io.WriteString(w, "Noor Voorbeeld;12\n"[:map[string]int{"file": 18, "half": 9}[name]]); name == "half" {
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
		case "good.js", "bad.js":
			loaded <- name
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	pool := browsertest.Pool(t)
	site := browserworker.Site{
		System: "tiny", Account: newAccount(), Host: newShared(t), Sources: []string{server.URL}, Downloads: true, Blocked: []string{server.URL + "/bad.js"},
		SignIn:   func(context.Context, browserworker.Page) error { return nil },
		Probe:    func(context.Context, browserworker.Page) (bool, error) { return true, nil },
		AtSignIn: func(context.Context, browserworker.Page) (bool, error) { return false, nil },
	}
	get := func(link string) (body []byte, err error) {
		err = pool.Do(within(t, 2*time.Minute), site, func(ctx context.Context, p browserworker.Page) error {
			if _, err := p.Goto(ctx, server.URL+"/", 20*time.Second); err != nil {
				return err
			}
			if f := p.Failure(); f.Status != 0 {
				t.Errorf("what is blocked is a failure: %+v", f)
			}
			body, err = p.Download(ctx, 3*time.Second, func(url string) bool { return strings.HasSuffix(url, "/page") },
				func() error { return p.Click(ctx, link) })
			return err
		})
		return body, err
	}
	for range 2 {
		if body, err := get("#file"); err != nil || string(body) != "Noor Voorbeeld;12\n" {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
	}
	for link, want := range map[string]error{"#half": browserworker.ErrNetwork, "#page": browserworker.ErrElsewhere, "#none": browserworker.ErrUnasked} {
		if body, err := get(link); !errors.Is(err, want) || len(body) > 0 || strings.Contains(err.Error(), "members") {
			t.Errorf("%s: %d bytes, %v, want %v", link, len(body), err, want)
		}
	}
	if body, err := get("#file"); err != nil || len(body) == 0 {
		t.Errorf("after these: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(pool.Dir(), "playwright-artifacts-*", "*"))
	for _, path := range left {
		if data, _ := os.ReadFile(path); strings.Contains(string(data), "Noor") {
			t.Error("a file was left on the disk")
		}
	}
	close(loaded)
	for name := range loaded {
		if name == "bad.js" {
			t.Error("what is blocked was loaded")
		}
	}
}

func TestPlainKey(t *testing.T) {
	t.Parallel()
	for secret, want := range map[connector.Secret]string{
		"12345678901234567890": "12345678901234567890",
		"otpauth://totp/Nikki:jo?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=sha1&digits=6&period=30": "12345678901234567890",
		"otpauth://totp/x?secret=GEZDGNBV&period=60":                                                        "",
		"otpauth://totp/x": "",
	} {
		key, err := browserworker.PlainKey(secret)
		if string(key) != want || (err == nil) != (want != "") {
			t.Errorf("%q, %v, want %q", key, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "GEZDGNBV") {
			t.Error("the error holds the secret")
		}
	}
}
