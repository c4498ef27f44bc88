package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// The goals of a politely read site.
const (
	goalPolite = 1.1
	goalWarm   = 120 << 20 // bytes above an empty browser
)

// scaled is by how much all is quicker than at a real site: the delays, the pages and
// the silence that tells the reference that a page is done.
const scaled = 5

// The site, and the pace at which its members are visited.
const (
	pageTime  = 350 * time.Millisecond / scaled
	delayMin  = 500 * time.Millisecond / scaled
	delayMax  = 1500 * time.Millisecond / scaled
	silence   = 500 * time.Millisecond / scaled // what is called network idle
	tabs      = 2                               // of a member, each waited for
	reference = 100                             // members that are enough to know its pace
	settles   = 5 * time.Second                 // in which a browser starts what it needs, and lets go of what it needed
)

// pace is a host that notes the delays that were drawn.
type pace struct {
	connector.Host
	drawn []time.Duration
	// after has it wait once a member is read, and each page opened, as the reference does,
	// and not from the start of one to the start of the next.
	after bool
}

func (p *pace) RateLimit(ctx context.Context, key string, every time.Duration) error {
	if p.after && len(p.drawn) > 0 {
		if err := wait(ctx, tabs*silence+p.drawn[len(p.drawn)-1]); err != nil {
			return err
		}
	}
	p.drawn = append(p.drawn, every)
	if p.after {
		return nil
	}
	return p.Host.RateLimit(ctx, key, every)
}

// floor is the least that the visits can take: all delays but the last, after which
// nothing follows.
func (p *pace) floor() (sum time.Duration) {
	for _, d := range p.drawn[:len(p.drawn)-1] {
		sum += d
	}
	return sum
}

// politeness measures how long it takes to visit the pages of members in turn, beside
// the delays alone and beside the reference's sequence: load, wait until the network is
// idle, then sleep.
func politeness(ctx context.Context, out io.Writer, db *database, members int) (err error) {
	sim := sportlinksim.New(sportlinksim.Options{Members: members, Seed: 1, Settings: func(s *sportlinksim.Settings) {
		s.XHRDelay = sportlinksim.Duration(pageTime)
	}})
	info, err := sim.Start("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	pool, dir, err := browsers()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close(), os.RemoveAll(dir)) }()
	if err := pool.Open(ctx); err != nil {
		return err
	}
	if err := wait(ctx, settles); err != nil {
		return err
	}
	empty := pool.Stats().Memory

	cfg := sportlink.Config{}
	cfg.BaseURL, cfg.AuthURLs = info.Addresses["club"], []string{info.Addresses["idm"]}
	cfg.Username, cfg.Password = info.Credentials["username"], connector.Secret(info.Credentials["password"])
	cfg.OTPSecret = connector.Secret(info.Credentials["otp_secret"])
	cfg.DelayMin, cfg.DelayMax = delayMin, delayMax
	cfg.UsePool(pool)
	var ids []record.ExternalID
	for _, m := range sim.Members() {
		ids = append(ids, record.ExternalID(m.PublicPersonID))
	}
	sealer, err := store.NewSealer(make([]byte, 32))
	if err != nil {
		return err
	}
	visit := func(p *pace, ids []record.ExternalID) (time.Duration, error) {
		cfg.PagesOnly = p.after
		p.Host = store.NewHost(db.pool, sportlink.System, sealer, slog.New(slog.DiscardHandler), nil)
		c, err := cfg.Open(p)
		if err != nil {
			return 0, err
		}
		return visits(ctx, connector.Collections(c.Collections()).Host("members", "tabs"), ids)
	}
	if _, err := visit(&pace{}, ids[:1]); err != nil { // the sign-in
		return err
	}
	ours, theirs := &pace{}, &pace{after: true}
	wall, err := visit(ours, ids)
	if err != nil {
		return err
	}
	if err := wait(ctx, settles); err != nil {
		return err
	}
	warm := pool.Stats().Memory - empty
	few := ids[:min(len(ids), reference)]
	other, err := visit(theirs, few)
	if err != nil {
		return err
	}
	floor := ours.floor()
	fmt.Fprintf(out, "Visits of %d members, two tabs each, delays and pages 1:%d (pages of %s, %s to %s from start to start):\n\n",
		len(ids), scaled, pageTime, delayMin, delayMax)
	fmt.Fprintf(out, "  the delays alone        %8.1f s\n  ours                    %8.1f s\n", floor.Seconds(), wall.Seconds())
	fmt.Fprintf(out, "  load, idle, sleep       %8.1f s  (by %d of them)\n", (other * time.Duration(len(ids)) / time.Duration(len(few))).Seconds(), len(few))
	fmt.Fprintf(out, "  memory of the session   %8.1f MB above an empty browser's %.1f\n\n", float64(warm)/(1<<20), float64(empty)/(1<<20))
	ratio := wall.Seconds() / floor.Seconds()
	fmt.Fprintf(out, "  at most %.1f times the delays: %s (%.2f); at most %d MB: %s (%.1f)\n\n",
		goalPolite, verdict(ratio <= goalPolite), ratio, goalWarm>>20, verdict(warm <= goalWarm), float64(warm)/(1<<20))
	return nil
}

// visits visits members in order and says how long it took.
func visits(ctx context.Context, c *connector.Collection, ids []record.ExternalID) (time.Duration, error) {
	start, seen := time.Now(), 0
	for page, err := range c.Visit(ctx, ids) {
		if err != nil {
			return 0, err
		}
		seen += len(page.Items)
	}
	if seen != len(ids) {
		return 0, fmt.Errorf("%d of %d members were read", seen, len(ids))
	}
	return time.Since(start), nil
}

// browsers makes a pool with the driver of the repository, in a folder of its own.
func browsers() (*browserworker.Pool, string, error) {
	driver := os.Getenv("PLAYWRIGHT_DRIVER_PATH")
	if driver == "" {
		driver = filepath.Join("runtime", "driver")
	}
	if _, err := os.Stat(filepath.Join(driver, "package", "cli.js")); err != nil {
		return nil, "", fmt.Errorf("no driver of a browser: %w; install it with make runtime, or leave this out with -members 0", err)
	}
	driver, err := filepath.Abs(driver)
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "touchline-bench-browser-")
	if err != nil {
		return nil, "", err
	}
	pool, err := browserworker.New(browserworker.Config{
		Driver: driver, Executable: browserworker.DefaultExecutable, TempDir: dir, NoSandbox: os.Geteuid() == 0, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return pool, dir, nil
}
