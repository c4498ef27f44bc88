package photo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/internal/loopback"
)

// DefaultTimeout is the whole time of one picture, to its last byte.
const DefaultTimeout = 10 * time.Second

// Fetcher fetches pictures from some origins, and from nowhere else. It may be used
// concurrently.
type Fetcher struct {
	origins map[string]bool
	timeout time.Duration
	http    *http.Client
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
}

// NewFetcher returns a Fetcher of these origins (scheme://host), whatever stands behind
// the host. A timeout of 0 is the default. It makes no call.
func NewFetcher(origins []string, timeout time.Duration) (*Fetcher, error) {
	f := &Fetcher{origins: map[string]bool{}, timeout: cmp.Or(timeout, DefaultTimeout)}
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || !secure(u) {
			return nil, errors.New("photos come by https, except from this machine: scheme://host")
		}
		f.origins[originOf(u)] = true
	}
	f.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	f.http = &http.Client{
		// No proxy: it would look the name up itself. No compression: what is said to be
		// small must be small.
		Transport: &http.Transport{
			DialContext: f.dial, DisableCompression: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: f.timeout, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: f.redirect,
	}
	return f, nil
}

// Close lets go of idle connections.
func (f *Fetcher) Close() { f.http.CloseIdleConnections() }

// secure reports whether an address is one that may be called at all.
func secure(u *url.URL) bool {
	return u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname()))
}

// originOf has the port only where it is not the scheme's own.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// may refuses an address that is none of the origins.
func (f *Fetcher) may(u *url.URL) error {
	if !secure(u) || !f.origins[originOf(u)] {
		return &Refusal{Kind: Forbidden, Why: "the address of the photo is at a host that photos are not fetched from; " +
			"when the system has moved them, name the new one in the settings"}
	}
	return nil
}

func (f *Fetcher) redirect(next *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return &Refusal{Kind: Failed, Why: "the address of the photo leads in circles"}
	}
	next.Header.Del("Referer") // the address before it is a right by itself
	return f.may(next.URL)
}

// Fetch returns what stands at an address, as it came. It sends no credentials. The error
// is a *Refusal, or that of the context.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &Refusal{Kind: Forbidden, Why: "the address of the photo is none"}
	}
	if err := f.may(u); err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &Refusal{Kind: Forbidden, Why: "the address of the photo is none"}
	}
	req.Header.Set("Accept", "image/*")
	req.Header.Set("User-Agent", "touchline (+https://github.com/touchline-sync/touchline)")
	answer, err := f.http.Do(req)
	if err != nil {
		return nil, broken(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxBytes+1))
	switch {
	case err != nil:
		return nil, broken(ctx, err)
	case answer.StatusCode != http.StatusOK:
		return nil, judge(answer.StatusCode, body)
	case len(body) > MaxBytes:
		return nil, unusable("the photo has more than %d MB%s", MaxBytes>>20, instead)
	case len(body) < leastSize:
		return nil, &Refusal{Kind: Failed, Why: fmt.Sprintf("the photo has %d bytes, which is none; it is tried again", len(body))}
	}
	return body, nil
}

// judge says what a status means. Of a photo that is not there the body says no more than
// that; a page says something else.
func judge(status int, body []byte) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &Refusal{Kind: Expired, Why: "the address of the photo has expired; it is read anew"}
	case http.StatusNotFound:
		if string(bytes.TrimSpace(body)) == "Not Found" {
			return &Refusal{Kind: Gone, Why: "the source has lost the photo; put it there again"}
		}
	}
	return &Refusal{Kind: Failed, Why: fmt.Sprintf("status %d in place of the photo; it is tried again", status)}
}

// broken is the error of a call without an answer. What was refused on the way stays so.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Kind: Failed, Why: "the photo did not come whole, or not in time; it is tried again", Err: err}
}

// dial looks a name up, and connects only where none of its addresses is inside: what is
// connected to is what was looked at.
func (f *Fetcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	if loopback.Is(host) {
		return dialer.DialContext(ctx, network, address)
	}
	all, err := f.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, inside) {
		return nil, &Refusal{Kind: Forbidden, Why: "the host of the photos leads into a network of its own, which is not called; look at its name in the DNS"}
	}
	err = errors.New("the name has no address")
	for _, ip := range all {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// reserved are addresses that lead inside although they look global (IANA special-purpose
// registries, 2026-11): shared, benchmarking, documentation and future use, and those that
// carry another address in them.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fec0::/10"),
}

func inside(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return true
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
