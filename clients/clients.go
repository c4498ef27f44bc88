// Package clients is the registry of the outside systems: one line a system,
// and one for its simulator. Only the program's composition root and tests
// import it.
package clients

import (
	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/chatwoot"
	"github.com/touchline-sync/touchline/clients/freescout"
	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/mailchimp"
	"github.com/touchline-sync/touchline/clients/mautic"
	"github.com/touchline-sync/touchline/clients/nikki"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/runsignup"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/tagserver"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// System is one line of the registry.
type System struct {
	Name   record.System
	Family string
	// New returns a pointer to the settings with their defaults.
	New func() connector.Config
	// Browse lends the settings a pool of browsers. Nil: the system has an API,
	// and its steps need no browser worker.
	Browse func(connector.Config, *browserworker.Pool)
	// NoWebhook says what to look at when the system announces nothing although there
	// is something to announce; empty where it never does.
	NoWebhook string
}

// Systems are the systems that touchline knows, sources first.
func Systems() []System {
	return []System{
		{Name: sportlink.System, Family: "club", New: func() connector.Config { return &sportlink.Config{} }, Browse: browse},
		{Name: nikki.System, Family: "club", New: func() connector.Config { return &nikki.Config{} }, Browse: browse},
		{Name: rondoclub.System, Family: "club", New: func() connector.Config { return &rondoclub.Config{} }},
		{Name: laposta.System, Family: "club", New: func() connector.Config { return &laposta.Config{} }},
		{Name: freescout.System, Family: "club", New: func() connector.Config { return &freescout.Config{} }, NoWebhook: freescout.NoWebhook},
		{Name: chatwoot.System, Family: "event", New: func() connector.Config { return &chatwoot.Config{} }, NoWebhook: chatwoot.NoWebhook},
		{Name: mailchimp.System, Family: "event", New: func() connector.Config { return &mailchimp.Config{} }},
		{Name: mautic.System, Family: "event", New: func() connector.Config { return &mautic.Config{} }},
		{Name: runsignup.System, Family: "event", New: func() connector.Config { return &runsignup.Config{} }},
		{Name: tagserver.System, Family: "event", New: func() connector.Config { return &tagserver.Config{} }},
	}
}

// browse lends a pool to settings that have the shared ones of an account.
func browse(c connector.Config, p *browserworker.Pool) {
	if cfg, ok := c.(interface{ UsePool(p *browserworker.Pool) }); ok {
		cfg.UsePool(p)
	}
}
