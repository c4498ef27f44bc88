package photo

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// A photo comes from the system's own hosts, whole, or is refused with what to do.
func TestFetch(t *testing.T) {
	t.Parallel()
	picture := strings.Repeat("p", 200)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(picture)) }))
	t.Cleanup(elsewhere.Close)
	var asked http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, elsewhere.URL+"/p.jpg", http.StatusFound)
		case "/on":
			http.Redirect(w, r, "/p.jpg", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case "/gone":
			http.Error(w, "Not Found", http.StatusNotFound)
		case "/page":
			http.Error(w, "<html>Not Found</html>", http.StatusNotFound)
		case "/expired":
			http.Error(w, "", http.StatusUnauthorized)
		case "/broken":
			http.Error(w, picture, http.StatusBadGateway)
		case "/empty":
		case "/short":
			_, _ = w.Write([]byte("p"))
		case "/cut":
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write([]byte(picture))
		case "/large":
			for range MaxBytes/len(picture) + 2 {
				_, _ = w.Write([]byte(picture))
			}
		case "/slow":
			<-r.Context().Done()
		default:
			_, _ = w.Write([]byte(picture))
		}
	}))
	t.Cleanup(s.Close)
	f, err := NewFetcher([]string{s.URL, "https://photos.example.org"}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	f.lookup = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("10.1.2.3")}, nil
	}
	for address, want := range map[string]Kind{
		s.URL + "/away": Forbidden, s.URL + "/circle": Failed, s.URL + "/gone": Gone, s.URL + "/page": Failed, s.URL + "/expired": Expired,
		s.URL + "/broken": Failed, s.URL + "/empty": Failed, s.URL + "/short": Failed, s.URL + "/cut": Failed, s.URL + "/large": Unusable,
		elsewhere.URL + "/p.jpg": Forbidden, "https://photos.example.org/p.jpg": Forbidden,
		"http://photos.example.org/p.jpg": Forbidden, "https://photos.example.org:8443/p.jpg": Forbidden,
		"https://somebody@photos.example.org/p.jpg": Forbidden, "https://photos.example.org.example.com/p.jpg": Forbidden,
		"file:///etc/hosts": Forbidden, "//photos.example.org/p.jpg": Forbidden, "": Forbidden, "::": Forbidden,
	} {
		_, err := f.Fetch(t.Context(), address)
		r, ok := errors.AsType[*Refusal](err)
		if !ok || r.Kind != want || strings.Contains(err.Error(), "example.org") || strings.Contains(err.Error(), "p.jpg") {
			t.Errorf("%s: %v, want kind %d", address, err, want)
		}
	}
	short, err := NewFetcher([]string{s.URL}, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.Fetch(t.Context(), s.URL+"/slow"); KindOf(err) != Failed {
		t.Errorf("slow: %v", err)
	}
	for _, path := range []string{"/p.jpg", "/on"} {
		got, err := f.Fetch(t.Context(), s.URL+path)
		if err != nil || string(got) != picture {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	if asked.Get("Authorization") != "" || asked.Get("Cookie") != "" || asked.Get("Referer") != "" || asked.Get("Accept-Encoding") != "" {
		t.Errorf("more was sent than is needed: %v", asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Fetch(ctx, s.URL+"/p.jpg"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// No address inside is connected to, whatever it is written as.
func TestInside(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]bool{
		"10.0.0.1": true, "172.16.5.4": true, "192.168.1.1": true, "127.0.0.1": true, "169.254.169.254": true, "100.64.0.1": true,
		"0.0.0.0": true, "224.0.0.1": true, "255.255.255.255": true, "192.0.2.7": true, "198.18.0.1": true, "240.0.0.1": true,
		"::1": true, "::": true, "fe80::1": true, "fc00::1": true, "fd12::1": true, "::ffff:10.0.0.1": true, "::ffff:127.0.0.1": true,
		"64:ff9b::a00:1": true, "2002:a00:1::1": true, "2001:db8::1": true, "ff02::1": true,
		"93.184.215.14": false, "8.8.8.8": false, "172.32.0.1": false, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": false, "::ffff:8.8.8.8": false,
	} {
		if got := inside(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %t", ip, got)
		}
	}
}

func TestNewFetcherRefuses(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"", "photos.example.org", "http://photos.example.org", "ftp://photos.example.org", "https://u@photos.example.org", "http://10.0.0.1"} {
		if _, err := NewFetcher([]string{origin}, 0); err == nil {
			t.Errorf("%q is taken", origin)
		}
	}
}
