package browserworker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gate is the only way out of a session: a forward proxy on loopback that
// passes what goes to the site's hosts and refuses the rest. Unlike request
// interception it also sees redirects, web sockets and workers.
type gate struct {
	allowed []string
	server  *http.Server
	out     *http.Transport
	addr    string
	tunnels sync.WaitGroup
	ended   context.Context
	end     context.CancelFunc

	shut    atomic.Bool // nothing passes: the page is being left
	mu      sync.Mutex
	refused map[string]bool // hosts, in this use
	told    map[string]bool // hosts that the log has named
}

// refusedHeader marks the gate's own refusal, which is no answer of the site.
const refusedHeader = "touchline-refused"

// openGate starts a gate for the origins given, such as
// "https://club.example.org" or "https://*.example.org".
func openGate(sources []string) (*gate, error) {
	g := &gate{refused: map[string]bool{}, told: map[string]bool{}}
	for _, o := range sources {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" {
			return nil, errors.New("site: an origin is not scheme://host")
		}
		g.allowed = append(g.allowed, withPort(u.Scheme, u.Host))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open gate: %w", err)
	}
	g.addr = listener.Addr().String()
	g.ended, g.end = context.WithCancel(context.Background())
	g.out = &http.Transport{Proxy: nil, DisableCompression: true, IdleConnTimeout: 30 * time.Second}
	forward := &httputil.ReverseProxy{
		Rewrite:      func(*httputil.ProxyRequest) {},
		Transport:    g.out,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		// It would name addresses, and the page learns of the break anyway.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	forward.FlushInterval = -1
	g.server = &http.Server{ReadHeaderTimeout: 30 * time.Second, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			switch {
			case g.shut.Load():
				w.Header().Set(refusedHeader, "all")
				w.WriteHeader(http.StatusForbidden)
			case !g.passes(r):
				g.refuse(hostAsked(r))
				w.Header().Set(refusedHeader, "host")
				w.WriteHeader(http.StatusForbidden)
			case r.Method == http.MethodConnect:
				g.tunnel(w, r)
			default:
				// Else an answer closes the request's body while the rest of
				// it is still read on its way out, which then breaks the line,
				// and the answer with it, now and then (seen 2026-11).
				_ = http.NewResponseController(w).EnableFullDuplex()
				forward.ServeHTTP(w, r)
			}
		})}
	g.tunnels.Go(func() { _ = g.server.Serve(listener) })
	return g, nil
}

func (g *gate) close() {
	g.end()
	_ = g.server.Close()
	g.out.CloseIdleConnections()
	g.tunnels.Wait()
}

// hostAsked is where a request wants to go: host:port.
func hostAsked(r *http.Request) string {
	if r.Method == http.MethodConnect {
		return strings.ToLower(r.Host)
	}
	return withPort(r.URL.Scheme, r.URL.Host)
}

func (g *gate) passes(r *http.Request) bool {
	host := hostAsked(r)
	for _, a := range g.allowed {
		if a == host {
			return true
		}
		if suffix, ok := strings.CutPrefix(a, "*"); ok && strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// mostHosts bounds what is remembered of a page that asks for everything.
const mostHosts = 20

func (g *gate) refuse(host string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.refused) < mostHosts {
		g.refused[host] = true
	}
}

// begin lets pass again and forgets what was refused before.
func (g *gate) begin() {
	g.shut.Store(false)
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.refused)
}

func (g *gate) hasRefused(host string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refused[host]
}

func (g *gate) refusedHosts() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.refused))
}

// untold returns the hosts that were refused for the first time.
func (g *gate) untold() (hosts []string) {
	for _, h := range g.refusedHosts() {
		g.mu.Lock()
		if !g.told[h] && len(g.told) < most {
			g.told[h] = true
			hosts = append(hosts, h)
		}
		g.mu.Unlock()
	}
	return hosts
}

// tunnel joins the browser with the host until either end closes.
func (g *gate) tunnel(w http.ResponseWriter, r *http.Request) {
	dialer := net.Dialer{Timeout: 30 * time.Second}
	remote, err := dialer.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = remote.Close()
		return
	}
	shut := sync.OnceFunc(func() { _, _ = near.Close(), remote.Close() })
	g.tunnels.Go(func() {
		stop := context.AfterFunc(g.ended, shut)
		defer stop()
		var both sync.WaitGroup
		both.Go(func() { defer shut(); _, _ = io.Copy(remote, near) })
		both.Go(func() { defer shut(); _, _ = io.Copy(near, remote) })
		both.Wait()
	})
	_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
}

func withPort(scheme, host string) string {
	host = strings.ToLower(host)
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	switch scheme {
	case "https", "wss":
		return host + ":443"
	default:
		return host + ":80"
	}
}
