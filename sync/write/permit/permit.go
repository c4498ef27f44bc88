// Package permit says whether a record may be made that is not known, and when only a
// person can tell.
package permit

import (
	"context"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Permit is the right to make a record that is not known: it is certainly not there, or
// no second one is made. The zero Permit permits nothing; Of alone makes another.
type Permit struct {
	certificate reconcile.Certificate
	idempotent  bool
	once        bool
	asked       bool // a Find of our own has not found it
}

// Of returns the right to make records at a place, by the certificate of its listing.
// Where records show no key no listing says who is not there: each is looked for. What is
// made once is made by nobody but us, and what we have made the journal knows.
func Of(c reconcile.Certificate, host *connector.Collection, p *policy.Policy) Permit {
	switch {
	case p.Once != nil:
		return Permit{once: true}
	case !host.Shows(p.KeyFields):
		return Permit{idempotent: host.IdempotentCreate}
	}
	return Permit{certificate: c, idempotent: host.IdempotentCreate}
}

// Holds reports whether the record may be made.
func (p Permit) Holds() bool { return p.certificate.Holds() || p.idempotent || p.once || p.asked }

// Asked is the right after a search that has not found the record.
func (p Permit) Asked() Permit { p.asked = true; return p }

// Journal tells when the database was last brought back from a backup; nil: never.
type Journal interface {
	LastRestored(ctx context.Context) (*time.Time, error)
}

// Lost returns an error (Rejected) when only a person can tell whether what is made once
// was made already: it happened before the database was brought back from a backup, so
// that the journal of that time is lost, and the system cannot be asked. looked is when a
// person has last looked.
func Lost(ctx context.Context, j Journal, s record.System, host *connector.Collection, p *policy.Policy, f record.Fields, looked *time.Time) error {
	if p.Once == nil || host.Find != nil {
		return nil
	}
	restored, err := j.LastRestored(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("ask when the database was restored: %w", err)
	case restored == nil, looked != nil && looked.After(*restored), !p.Once.Before(f, restored.Add(slack)):
		return nil
	}
	return &connector.Error{
		Class: connector.Rejected, System: s, Op: "create", Unsent: true,
		Why: "it happened before the database was restored, and the system cannot be asked; a person must look whether it is there",
	}
}

// slack is how far apart two clocks may be.
const slack = time.Hour
