// Package hook tells the calls that a system signs from those of anybody else. It knows no
// system: what a call says, and what of that counts, is the connector's.
package hook

import (
	"crypto/hmac"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Limit is how many bytes the body of a call has at most.
const Limit = 256 << 10

// fresh is how far the time of a call may be from ours.
const fresh = 5 * time.Minute

// Refusal is why a call is not believed.
type Refusal string

// The refusals. Their texts are stable.
const (
	Unsigned Refusal = "hook: no signature, or no webhook_secret to check it with"
	Forged   Refusal = "hook: wrong signature"
	TooOld   Refusal = "hook: not of the last five minutes"
	TooLarge Refusal = "hook: body of more than 256 KiB"
	Garbled  Refusal = "hook: the body cannot be read"
)

// Error returns the refusal itself.
func (r Refusal) Error() string { return string(r) }

// Signature is how a system signs its calls: by HMAC over the body or, where it has a
// Stamp, over that, a dot and the body.
type Signature struct {
	System record.System
	Secret connector.Secret // empty: no call is believed
	Hash   func() hash.Hash
	// Header holds the signature, after Prefix and in the form that Decode reads.
	Header, Prefix string
	Decode         func(string) ([]byte, error)
	// Stamp is the header with the time of the call, in seconds. "": it is not signed, so
	// that a call of old may be sent again.
	Stamp string
	Now   func() time.Time // asked where there is a Stamp
}

// Check returns why a call is not believed, as a Refusal of the system, or nil. It looks
// at the signature before the time, so that only the system learns how our clock stands.
func (s Signature) Check(r *http.Request, body []byte) error {
	if len(body) > Limit {
		return s.Refuse(TooLarge)
	}
	given, stamp := r.Header.Get(s.Header), r.Header.Get(s.Stamp)
	signature, signed := strings.CutPrefix(given, s.Prefix)
	if given == "" || !signed || s.Stamp != "" && stamp == "" || s.Secret == "" {
		return s.Refuse(Unsigned)
	}
	sum, err := s.Decode(signature)
	mac := hmac.New(s.Hash, []byte(s.Secret.Reveal()))
	if s.Stamp != "" {
		mac.Write([]byte(stamp + "."))
	}
	mac.Write(body)
	if err != nil || !hmac.Equal(sum, mac.Sum(nil)) {
		return s.Refuse(Forged)
	}
	if s.Stamp == "" {
		return nil
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return s.Refuse(Forged)
	}
	if age := s.Now().Sub(time.Unix(at, 0)); age > fresh || age < -fresh {
		return s.Refuse(TooOld)
	}
	return nil
}

// Refuse makes a refusal name the system.
func (s Signature) Refuse(why Refusal) error { return fmt.Errorf("%s: %w", s.System, why) }
