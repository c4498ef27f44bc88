package main

import (
	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// systems are those that settings can be made for.
func systems() []app.System {
	var out []app.System
	for _, s := range clients.Systems() {
		out = append(out, app.System{Name: string(s.Name), NewConfig: s.New})
	}
	return out
}
