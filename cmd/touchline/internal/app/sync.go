package app

import (
	"errors"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/value"
)

// Sync says how careful the program is. A bound is exceeded by more than both
// its count and its share of the records of a kind at one place, or in our own
// copy, that had a value there.
type Sync struct {
	Removed     Bound `mapstructure:"removed"` // records removed, ended or left alone
	Emptied     Bound `mapstructure:"emptied"` // values of one field
	Changed     Bound `mapstructure:"changed"`
	Overwritten Bound `mapstructure:"overwritten"` // unmanaged records, when they are taken over
	Created     Bound `mapstructure:"created"`
	Missing     Bound `mapstructure:"missing"` // from a full listing that states no count
	// Window is over what time removed and emptied are added up.
	Window time.Duration `mapstructure:"window"`
	// AbsentListings in which a record must be absent, the first and the last
	// AbsentGap apart.
	AbsentListings int           `mapstructure:"absent_listings"`
	AbsentGap      time.Duration `mapstructure:"absent_gap"`
	Attempts       int           `mapstructure:"attempts"` // of one call in one cycle
	Wait           time.Duration `mapstructure:"wait"`     // before the second; doubles
	// BreakerWait is how long a system that keeps failing is left alone at first; it
	// doubles with each probe that fails, to BreakerMost.
	BreakerWait time.Duration `mapstructure:"breaker_wait"`
	BreakerMost time.Duration `mapstructure:"breaker_most"`
	// Region is the country of phones in our own tables that name none, ISO 3166-1
	// alpha-2; Zone is where a day begins there, an IANA name.
	Region string `mapstructure:"region"`
	Zone   string `mapstructure:"zone"`
}

// Bound is a count and a share.
type Bound struct {
	Count int64   `mapstructure:"count"`
	Share float64 `mapstructure:"share"`
}

func defaultSync() Sync {
	d := engine.DefaultSettings()
	bound := func(t reconcile.Tolerance) Bound { return Bound(t) }
	return Sync{
		Removed: bound(d.Limits.Removed), Emptied: bound(d.Limits.Emptied), Changed: bound(d.Limits.Changed),
		Overwritten: bound(d.Limits.Overwritten), Window: d.Limits.Window,
		Created: bound(d.Limits.Created), Missing: bound(d.Missing), AbsentListings: d.AbsentListings, AbsentGap: d.AbsentGap,
		Attempts: d.Attempts, Wait: d.Wait, BreakerWait: d.BreakerWait, BreakerMost: d.BreakerMost, Region: "NL", Zone: "Europe/Amsterdam",
	}
}

// maxWindow is as long as is remembered what was removed and emptied.
const maxWindow = 48 * time.Hour

// maxAttempts is how often a call is made at most: the last of these waits is longer
// than any lease.
const maxAttempts = 10

// validate returns all faults. A bound of zero stops at the first record,
// which may be wanted; one above everything never stops.
func (s Sync) validate() []error {
	var faults []error
	for _, b := range []struct {
		name string
		Bound
	}{{"removed", s.Removed}, {"emptied", s.Emptied}, {"changed", s.Changed}, {"overwritten", s.Overwritten}, {"created", s.Created}, {"missing", s.Missing}} {
		if b.Count < 0 || b.Share < 0 || b.Share > 1 {
			faults = append(faults, fmt.Errorf("sync.%s: count must be at least 0, share between 0 and 1", b.name))
		}
	}
	if s.Window < 0 || s.Window > maxWindow {
		faults = append(faults, fmt.Errorf("sync.window: must be between 0 and %s", maxWindow))
	}
	if s.AbsentListings < 1 {
		faults = append(faults, errors.New("sync.absent_listings: must be at least 1"))
	}
	if s.AbsentGap < 0 || s.Wait < 0 {
		faults = append(faults, errors.New("sync.absent_gap, sync.wait: must be at least 0"))
	}
	if s.BreakerWait < time.Second || s.BreakerMost < s.BreakerWait {
		faults = append(faults, errors.New("sync.breaker_wait, sync.breaker_most: must be at least 1s, the second not below the first"))
	}
	if code, err := value.Country(s.Region); err != nil || code != s.Region || code == "" {
		faults = append(faults, errors.New("sync.region: must be a country's code of two capitals"))
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		faults = append(faults, errors.New("sync.zone: must be the name of a time zone, such as Europe/Amsterdam"))
	}
	if s.Attempts < 1 || s.Attempts > maxAttempts {
		faults = append(faults, fmt.Errorf("sync.attempts: must be from 1 to %d: the waits between them double", maxAttempts))
	}
	return faults
}

func (s Sync) engine() engine.Settings {
	out := engine.DefaultSettings()
	out.Limits = reconcile.Limits{
		Removed: reconcile.Tolerance(s.Removed), Emptied: reconcile.Tolerance(s.Emptied),
		Changed: reconcile.Tolerance(s.Changed), Created: reconcile.Tolerance(s.Created),
		Overwritten: reconcile.Tolerance(s.Overwritten), Window: s.Window,
	}
	out.Missing, out.AbsentListings, out.AbsentGap = reconcile.Tolerance(s.Missing), s.AbsentListings, s.AbsentGap
	out.Attempts, out.Wait, out.Region = s.Attempts, s.Wait, s.Region
	out.BreakerWait, out.BreakerMost = s.BreakerWait, s.BreakerMost
	out.Zone, _ = time.LoadLocation(s.Zone) // validate has tried it
	return out
}
