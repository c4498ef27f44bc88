package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// CheckSystems signs in to the systems named, or to all that are on, and says
// for each with which account: the fingerprint holds no personal data. It
// changes nothing at them. The error is that of the check itself; what is
// wrong with a system stands in its answer.
func CheckSystems(ctx context.Context, s Settings, db *Database, log *slog.Logger, names []string) ([]Checked, error) {
	seal, err := sealer(s.Seal)
	if err != nil {
		return nil, err
	}
	c := checker{s: s, db: db, log: log, seal: seal}
	var all []Checked
	for _, known := range clients.Systems() {
		set := s.system(string(known.Name))
		asked := len(names) == 0 || slices.Contains(names, string(known.Name))
		if set == nil || !set.Enabled || !asked {
			continue
		}
		account, err := c.check(ctx, known, set)
		all = append(all, Checked{Name: string(known.Name), Found: "account " + account, Err: err})
	}
	return all, c.close()
}

// HasOn returns an error that is the caller's when a system does not exist or is off,
// or when none is on.
func (s *Settings) HasOn(names []string) error {
	for _, name := range names {
		if set := s.system(name); set == nil {
			return Usage(fmt.Errorf("no system %q; there are %s", name, strings.Join(s.systemNames(), ", ")))
		} else if !set.Enabled {
			return Usage(fmt.Errorf("system %s is off", name))
		}
	}
	if !slices.ContainsFunc(s.Systems, func(sys SystemSettings) bool { return sys.Enabled }) {
		return Usage(errors.New("no system is on; see touchline config validate"))
	}
	return nil
}

// checker opens the browsers when the first system needs them.
type checker struct {
	s    Settings
	db   *Database
	log  *slog.Logger
	seal *store.Sealer
	pool *browserworker.Pool
}

func (c *checker) check(ctx context.Context, known clients.System, set *SystemSettings) (account string, err error) {
	if known.Browse != nil {
		if c.pool == nil {
			if c.pool, err = newBrowsers(ctx, c.s, c.log, nil, nil); err != nil {
				return "", err
			}
		}
		known.Browse(set.Config, c.pool)
	}
	conn, err := set.Config.Open(store.NewHost(c.db.Pool, known.Name, c.seal, c.log, Now))
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := conn.Close(); err == nil {
			err = closed
		}
	}()
	account, err = conn.Check(ctx)
	if connector.ClassOf(err) == connector.Transient && ctx.Err() == nil {
		// As a run does, which would not end with it either.
		c.log.Info("the check failed in a way that may pass: it is tried once more", "system", known.Name, "err", err)
		select {
		case <-time.After(c.s.Sync.Wait):
			account, err = conn.Check(ctx)
		case <-ctx.Done():
		}
	}
	return account + lacking(conn), err
}

// lacking says which fields a site has no place for, of a system whose sites differ.
func lacking(conn connector.Connector) string {
	shaped, ok := conn.(connector.Shaped)
	if !ok || shaped.Shape() == "" {
		return ""
	}
	has := map[record.Field]bool{}
	for _, c := range shaped.CollectionsIn(shaped.Shape()) {
		for _, f := range c.Reads {
			has[f] = true
		}
	}
	var none []string
	for _, c := range shaped.Collections() {
		for _, f := range c.Reads {
			if !has[f] {
				none = append(none, string(f))
			}
		}
	}
	if len(none) == 0 {
		return ""
	}
	return "; the site has no place for " + strings.Join(years(none), ", ")
}

var ofAYear = regexp.MustCompile(`^(.*_)(20[0-9]{2})$`)

func yearAfter(year string) string {
	n, _ := strconv.Atoi(year) // four digits
	return strconv.Itoa(n + 1)
}

// years makes one name of several of years that follow each other.
func years(names []string) (out []string) {
	slices.Sort(names)
	for i := 0; i < len(names); {
		from, last := ofAYear.FindStringSubmatch(names[i]), ""
		for i++; from != nil && i < len(names); i++ {
			next := ofAYear.FindStringSubmatch(names[i])
			if next == nil || next[1] != from[1] || yearAfter(cmp.Or(last, from[2])) != next[2] {
				break
			}
			last = next[2]
		}
		switch {
		case from == nil:
			out = append(out, names[i-1])
		case last == "":
			out = append(out, from[0])
		default:
			out = append(out, from[0]+" to "+last)
		}
	}
	return out
}

func (c *checker) close() error {
	if c.pool == nil {
		return nil
	}
	return closeBrowsers(c.pool)
}

func (s *Settings) systemNames() []string {
	names := make([]string, len(s.Systems))
	for i := range s.Systems {
		names[i] = s.Systems[i].Name
	}
	return names
}
