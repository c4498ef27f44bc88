package rest

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Settings are what an operator may turn at every system with an API. A connector
// embeds them in its own (mapstructure:",squash"). Zero is the connector's default
// everywhere, which may be that nothing is limited. Delay and PerMinute say one thing
// in two ways: with one of them set, nothing of the other is a default.
type Settings struct {
	// BaseURL is the address of the API: https, or http on loopback.
	BaseURL string `mapstructure:"base_url"`
	// Timeout is the whole time of one call, to the last byte of its answer.
	Timeout time.Duration `mapstructure:"timeout"`
	// Delay is the least time between the starts of two calls.
	Delay time.Duration `mapstructure:"delay"`
	// PerMinute is how many calls may start within a minute.
	PerMinute int `mapstructure:"per_minute"`
	// Parallel is how many calls may be open at once.
	Parallel int `mapstructure:"parallel"`
}

// Or returns the settings with defaults in place of what is zero, and the address
// without a slash at its end.
func (s Settings) Or(d Settings) Settings {
	if s.Delay == 0 && s.PerMinute == 0 {
		s.Delay, s.PerMinute = d.Delay, d.PerMinute
	}
	return Settings{
		BaseURL: strings.TrimRight(cmp.Or(s.BaseURL, d.BaseURL), "/"), Timeout: cmp.Or(s.Timeout, d.Timeout, DefaultTimeout),
		Delay: s.Delay, PerMinute: s.PerMinute, Parallel: cmp.Or(s.Parallel, d.Parallel),
	}
}

// Faults returns all faults of settings that have their defaults, joined, or nil.
func (s Settings) Faults() error {
	var errs []error
	if err := CheckBase(s.BaseURL); err != nil {
		errs = append(errs, fmt.Errorf("base_url: %w", err))
	}
	for name, negative := range map[string]bool{
		"timeout": s.Timeout < 0, "delay": s.Delay < 0, "per_minute": s.PerMinute < 0, "parallel": s.Parallel < 0,
	} {
		if negative {
			errs = append(errs, fmt.Errorf("%s must not be negative; 0 is the default", name))
		}
	}
	return errors.Join(errs...)
}

// Faults collects what is wrong with the settings of a system.
type Faults struct {
	system record.System
	errs   []error
}

// NewFaults begins with the faults of those settings that all systems have.
func NewFaults(system record.System, s Settings) *Faults {
	f := &Faults{system: system}
	if err := s.Faults(); err != nil {
		f.Add("%w", err)
	}
	return f
}

// Add adds a fault, under the name of the system.
func (f *Faults) Add(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(string(f.system)+": "+format, args...))
}

// Err returns all faults, joined, or nil.
func (f *Faults) Err() error { return errors.Join(f.errs...) }

// every is how far apart the starts of two calls are at least.
func (s Settings) every() time.Duration {
	if s.PerMinute > 0 {
		return max(s.Delay, time.Minute/time.Duration(s.PerMinute))
	}
	return s.Delay
}
