package browserworker

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

// maxRounds is how often one document may be asked for, after a page was sent
// there once, until the page counts as going in circles. A sign-in asks for
// none of its documents more than twice.
const maxRounds = 3

// Failure is an answer of the site to its own page that says that it cannot
// now, or that we may not.
type Failure struct {
	Host   string
	Status int           // 403, 429 or from 500 on; 0: there is none
	After  time.Duration // as Retry-After says; 0: it does not
	// Document says that it was the page itself, not a call or a script of it.
	Document bool
	// Challenge says that a guard before the site wants a person's proof.
	Challenge bool

	broken, script bool // no answer came that the page may read; to a script's address
}

// watch notes what a page is answered from one act of ours to the next. When a
// step fails, it tells why the page is not a changed one. Its methods are
// called on the reader of the driver's connection, so they make no call.
type watch struct {
	mu       sync.Mutex
	host     string // of the document that was asked for last
	failures map[string]Failure
	rounds   map[string]int
	circling bool
}

// begin forgets what was before: the page is sent somewhere now.
func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host, w.circling = "", false
	w.failures, w.rounds = map[string]Failure{}, map[string]int{}
}

// again begins to count the rounds anew: what is asked for now, we have asked.
func (w *watch) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rounds, w.circling = map[string]int{}, false
}

// asks notes a request, and reports whether the page goes in circles with it.
func (w *watch) asks(r playwright.Request) bool {
	if !isDocument(r) {
		return false
	}
	address, _, _ := strings.Cut(r.URL(), "?")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host = hostOf(address)
	if w.rounds == nil || r.Method() != "GET" {
		return false
	}
	w.rounds[address]++
	if w.rounds[address] > maxRounds && !w.circling {
		w.circling = true
		return true
	}
	return false
}

// isDocument tells a request for the page itself. A frame in it may not be known
// yet when its own is made; the page's always is.
func isDocument(r playwright.Request) bool {
	if !r.IsNavigationRequest() {
		return false
	}
	f := r.Frame()
	return f != nil && f.ParentFrame() == nil
}

// most bounds what is noted of one page.
const most = 200

// answered notes an answer. A later one to the same address counts.
func (w *watch) answered(r playwright.Response) {
	request := r.Request()
	switch request.ResourceType() {
	case "document", "script", "xhr", "fetch":
	default:
		return // a picture that is missing stops no page
	}
	address, _, _ := strings.Cut(request.URL(), "?")
	f := failureOf(address, r.Status(), r.Headers())
	f.Document = isDocument(request)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.failures, address)
	if w.failures != nil && len(w.failures) < most && f.Status != 0 {
		w.failures[address] = f
	}
}

// failed notes a request that has got no answer, or none that the page may
// read: that of another origin which says nothing of ours, as a proxy's 502. What
// the page breaks off itself is none.
func (w *watch) failed(r playwright.Request) {
	kind := r.ResourceType()
	if err := r.Failure(); err == nil || strings.Contains(err.Error(), "ERR_ABORTED") || kind != "script" && kind != "xhr" && kind != "fetch" {
		return
	}
	address, _, _ := strings.Cut(r.URL(), "?")
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, noted := w.failures[address]; !noted && w.failures != nil && len(w.failures) < most {
		w.failures[address] = Failure{Host: hostOf(address), broken: true, script: kind == "script"}
	}
}

func failureOf(address string, status int, header map[string]string) Failure {
	if header[refusedHeader] != "" || status != 403 && status != 429 && status < 500 {
		return Failure{}
	}
	return Failure{
		Host: hostOf(address), Status: status, After: retryAfter(header),
		// developers.cloudflare.com, "Detect a Challenge Page response", 2026-11
		Challenge: header["cf-mitigated"] == "challenge",
	}
}

// failure returns what weighs most of what is noted, but for the hosts excepted.
func (w *watch) failure(except func(host string) bool) Failure {
	w.mu.Lock()
	defer w.mu.Unlock()
	var worst Failure
	for _, f := range w.failures {
		if except != nil && except(f.Host) {
			continue
		}
		if f.weight() > worst.weight() {
			worst = f
		}
	}
	return worst
}

func (f Failure) weight() int {
	switch {
	case f.Challenge:
		return 8
	case f.Status == 429:
		return 7
	case f.Status >= 500 && f.Document:
		return 6
	case f.Status >= 500:
		return 5
	case f.Status == 403 && f.Document:
		return 4
	case f.broken && f.script:
		return 3
	case f.Status == 403:
		return 2
	case f.broken:
		return 1
	}
	return 0
}

func (w *watch) circles() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.circling
}

// sentTo is the host of the document that was asked for last.
func (w *watch) sentTo() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.host
}

// hostOf takes host and port out of an address, as the gate has them.
func hostOf(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return withPort(scheme, host)
}

// retryAfter reads the header in its two forms; a date is told by the site's own.
func retryAfter(header map[string]string) time.Duration {
	v := strings.TrimSpace(header["retry-after"])
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	until, err := time.Parse(time.RFC1123, v)
	from, wrong := time.Parse(time.RFC1123, header["date"])
	if err == nil && wrong == nil && until.After(from) {
		return until.Sub(from)
	}
	return 0
}
