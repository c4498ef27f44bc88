package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	// streamsAtOnce are the pages of one session that may be told of progress; others
	// look again by themselves.
	streamsAtOnce = 6
	// streamWithin is how long one stream lasts. The browser asks anew then, and who asks
	// is looked at anew.
	streamWithin = 10 * time.Minute
	// aliveEvery is how often a stream without news shows that it is one.
	aliveEvery = 20 * time.Second
)

// streams counts the streams of each session.
type streams struct {
	mu sync.Mutex
	of map[string]int
}

// begin reports whether a session may have one more; then end gives it back.
func (s *streams) begin(session string) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[session] >= streamsAtOnce {
		return nil, false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.of[session]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.of[session]--; s.of[session] == 0 {
			delete(s.of, session)
		}
	}, true
}

// events streams the progress of a run (server-sent events) until the run is over. Each
// has the parts of the run's page that are otherwise now, and a browser that comes back
// gets those after the last that it has seen. It is the API's WatchRun, with the token of
// the session.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	in, ok := s.sessions.of(r)
	if !ok {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	cookie, _ := r.Cookie(cookieName) // there is one, or there were no session
	end, ok := s.streams.begin(cookie.Value)
	if !ok {
		http.Error(w, "too many pages of this session are told of progress", http.StatusTooManyRequests)
		return
	}
	defer end()
	ctx, cancel := context.WithTimeout(r.Context(), streamWithin)
	defer cancel()
	after, err := afterOf(r)
	if err != nil {
		http.Error(w, "the number of an event is wanted", http.StatusBadRequest)
		return
	}
	stream, err := watcher(s.api, r, in.token).WatchRun(ctx, &touchlinev1.WatchRunRequest{Run: r.PathValue("run"), AfterSequence: after})
	if err != nil {
		refuseStream(w, err)
		return
	}
	defer func() {
		cancel() // else Close would read on to the end of the run
		_ = stream.Close()
	}()
	s.follow(ctx, w, stream, in.language)
}

// afterOf is the event after which a browser wants those to come: the last that it had, or
// the last that its page has shown.
func afterOf(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.FormValue("after")
	}
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, errors.New("no number of an event")
	}
	return after, nil
}

// follow writes what comes of a stream.
func (s *site) follow(ctx context.Context, w http.ResponseWriter, stream *connect.ServerStreamForClient[touchlinev1.WatchRunResponse], language string) {
	news := make(chan *touchlinev1.RunEvent)
	go func() {
		defer close(news)
		for stream.Receive() {
			select {
			case news <- stream.Msg().GetEvent():
			case <-ctx.Done():
				return
			}
		}
	}()
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	begun := false
	send := func(text string) bool {
		if !begun {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("X-Accel-Buffering", "no") // a proxy passes each event on at once
			begun = true
		}
		_, err := w.Write([]byte(text))
		return err == nil && http.NewResponseController(w).Flush() == nil
	}
	for {
		select {
		case e, ok := <-news:
			switch {
			case ok:
				parts, err := s.parts(e, language)
				if err != nil || !send(fmt.Sprintf("id: %d\ndata: %s\n\n", e.GetSequence(), strings.ReplaceAll(parts, "\n", "\ndata: "))) {
					return
				}
			case stream.Err() == nil:
				send("event: end\ndata:\n\n")
				return
			default:
				if !begun {
					refuseStream(w, stream.Err())
				}
				return
			}
		case <-alive.C:
			if !send(": still under way\n\n") {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// parts are those of the run's page that an event changes.
func (s *site) parts(e *touchlinev1.RunEvent, language string) (string, error) {
	var out bytes.Buffer
	if r := e.GetRun(); r != nil {
		if err := s.pages.part(&out, "run", "standing", language, r); err != nil {
			return "", err
		}
	}
	for _, step := range bySteps(e.GetSteps()) {
		if err := s.pages.part(&out, "run", "step", language, step); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// refuseStream says why there is no stream. A browser does not ask again then.
func refuseStream(w http.ResponseWriter, err error) {
	status := http.StatusServiceUnavailable
	switch connect.CodeOf(err) {
	case connect.CodeUnauthenticated:
		status = http.StatusUnauthorized
	case connect.CodePermissionDenied:
		status = http.StatusForbidden
	case connect.CodeNotFound, connect.CodeInvalidArgument:
		status = http.StatusNotFound
	}
	http.Error(w, messageOf(err), status)
}
