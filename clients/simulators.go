package clients

import (
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/freescout/freescoutsim"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/clients/nikki/nikkisim"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/clients/tagserver/tagserversim"
)

// SimInfo is what a client must know of a started simulator.
type SimInfo = simkit.Info

// SimRemote drives a simulator through its control address.
type SimRemote = simkit.Remote

// SimOptions says what a simulator starts with.
type SimOptions struct {
	Listen  string // host:port of the first part; empty: a free port on loopback
	Members int
	Former  int // people who were members of the source once
	Seed    int64
	// Bulk: the Laposta account may make bulk calls.
	Bulk bool
}

// Simulator is a simulator that can be started and ended.
type Simulator interface {
	Start(listen string) (SimInfo, error)
	Close() error
}

// simulators makes a simulator by the name of its system, one line a system.
// Members are the source's; targets are born empty.
var simulators = []struct {
	system string
	make   func(SimOptions) Simulator
}{
	{"sportlink", func(o SimOptions) Simulator {
		return sportlinksim.New(sportlinksim.Options{Members: o.Members, Former: o.Former, Seed: o.Seed})
	}},
	{"nikki", func(o SimOptions) Simulator {
		return nikkisim.New(nikkisim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"laposta", func(o SimOptions) Simulator {
		return lapostasim.New(lapostasim.Options{Members: o.Members, Seed: o.Seed, Bulk: o.Bulk})
	}},
	{"freescout", func(o SimOptions) Simulator {
		return freescoutsim.New(freescoutsim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"rondoclub", func(o SimOptions) Simulator {
		return rondosim.New(rondosim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"mailchimp", func(o SimOptions) Simulator {
		return mailchimpsim.New(mailchimpsim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"chatwoot", func(o SimOptions) Simulator {
		return chatwootsim.New(chatwootsim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"mautic", func(o SimOptions) Simulator {
		return mauticsim.New(mauticsim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"runsignup", func(o SimOptions) Simulator {
		return runsignupsim.New(runsignupsim.Options{Members: o.Members, Seed: o.Seed})
	}},
	{"tagserver", func(o SimOptions) Simulator {
		return tagserversim.New(tagserversim.Options{Members: o.Members, Seed: o.Seed})
	}},
}

// SimulatorsOf returns the names of the systems of a family that can be
// simulated.
func SimulatorsOf(family string) []string {
	return slices.DeleteFunc(Simulators(), func(name string) bool {
		return !slices.ContainsFunc(Systems(), func(s System) bool { return string(s.Name) == name && s.Family == family })
	})
}

// Simulators returns the names of the systems that can be simulated.
func Simulators() []string {
	names := make([]string, len(simulators))
	for i, s := range simulators {
		names[i] = s.system
	}
	return names
}

// StartSimulator starts the simulator of a system.
func StartSimulator(system string, o SimOptions) (Simulator, SimInfo, error) {
	for _, s := range simulators {
		if s.system != system {
			continue
		}
		sim := s.make(o)
		info, err := sim.Start(o.Listen)
		if err != nil {
			return nil, SimInfo{}, fmt.Errorf("simulator of %s: %w", system, err)
		}
		return sim, info, nil
	}
	names := slices.Sorted(slices.Values(Simulators()))
	return nil, SimInfo{}, fmt.Errorf("no simulator of %q; there are %s", system, strings.Join(names, ", "))
}
