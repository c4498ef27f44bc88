package sportlinksim

import "github.com/touchline-sync/touchline/clients/internal/simkit"

// TOTP returns the code that the account's app would show now.
func (s *Sim) TOTP() string { return simkit.TOTP(s.account.secret, simkit.StepOf(s.Now())) }
