package main

import (
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

// systems are those that settings can be made for.
func systems() []app.System { return nil }
