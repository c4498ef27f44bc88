package browserworker

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// The limit of refused sign-ins, after which sites lock an account.
const (
	maxFailed    = 2
	failedWithin = time.Hour
)

// refusal is one refused sign-in, and the credentials that it was made with.
type refusal struct {
	At   time.Time `json:"at"`
	With string    `json:"with"`
}

func failedKey(s Site) string { return "browser/" + s.Account + "/failed" }

func (p *Pool) mayTry(ctx context.Context, s *session, site Site) error {
	b, err := site.Host.GetSecret(ctx, failedKey(site))
	if err != nil {
		return fmt.Errorf("failed sign-ins: %w", err)
	}
	var shared []refusal
	if b != nil {
		if err := json.Unmarshal(b, &shared); err != nil {
			return fmt.Errorf("failed sign-ins: %w", err)
		}
	}
	if b == nil {
		shared = s.failed // nothing is kept without a sealing key
	}
	// Others than those refused are a person's answer, and tried at once.
	recent := slices.DeleteFunc(shared, func(r refusal) bool {
		return site.Host.Now().Sub(r.At) >= failedWithin || r.With != site.Credentials
	})
	s.failed = recent
	if len(recent) < maxFailed {
		return nil
	}
	return &connector.Error{
		Class: connector.Denied, Reason: SignInPaused, System: site.System, Op: "sign in",
		Why: fmt.Sprintf("not tried: %d sign-ins have failed within the hour, and more would lock the account. "+
			"Put the right name, password and otp_secret into the settings and start touchline again; with those it has it is tried after %s",
			len(recent), recent[0].At.Add(failedWithin).UTC().Format(time.RFC3339)),
	}
}

// refused tells a sign-in whose name, password or code was refused. A page in
// the way refuses nothing, and a person who has cleared it need not wait.
func refused(err error) bool {
	reason := connector.ReasonOf(err)
	return connector.ClassOf(err) == connector.Denied && (reason == "" || reason == Refused)
}

func (p *Pool) noteFailed(ctx context.Context, s *session, site Site) error {
	s.failed = append(s.failed, refusal{site.Host.Now(), site.Credentials})
	b, err := json.Marshal(s.failed)
	if err != nil {
		return err
	}
	return site.Host.PutSecret(ctx, failedKey(site), b)
}

// forgetFailed begins to count anew: the site does so, too.
func (p *Pool) forgetFailed(ctx context.Context, s *session, site Site) error {
	if len(s.failed) == 0 {
		return nil // mayTry has just looked what the others have
	}
	s.failed = nil
	return site.Host.PutSecret(ctx, failedKey(site), []byte("[]"))
}
