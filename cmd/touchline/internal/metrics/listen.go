package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Off is the address that switches the port off.
const Off = "off"

// nearby is how many ports are tried where no address is set.
const nearby = 10

// Listen opens the port of the metrics: that of the address, or where it is empty the
// first free one on loopback from first on, so that several processes of a machine
// need no settings. It returns nil when there is to be none.
func Listen(ctx context.Context, address string, first int) (net.Listener, error) {
	var lc net.ListenConfig
	if address == Off {
		return nil, nil
	}
	if address != "" {
		l, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("metrics.listen: %w", err)
		}
		return l, nil
	}
	var faults []error
	for port := first; port < first+nearby; port++ {
		l, err := lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		faults = append(faults, err)
	}
	return nil, fmt.Errorf("no port of 127.0.0.1:%d to %d is free for the metrics; set metrics.listen, or to off: %w",
		first, first+nearby-1, errors.Join(faults...))
}

// Server answers /metrics, /healthz and /readyz.
type Server struct{ http *http.Server }

// Serve answers on l until Close. ready says what keeps the process from working; nil:
// nothing.
func (m *Metrics) Serve(l net.Listener, ready func(context.Context) error, log *slog.Logger) *Server {
	if l == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4, Timeout: 2 * askWithin,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "touchline is up") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			say(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	s := &Server{&http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the port of the metrics has ended", "err", err)
		}
	}()
	return s
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the caller has gone
}

// Close ends the port.
func (s *Server) Close() error {
	if s == nil {
		return nil
	}
	return s.http.Close()
}
