package sportlinksim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as Keycloak has it by default
	"encoding/binary"
	"fmt"
	"time"
)

const stepSeconds = 30

func stepOf(t time.Time) int64 { return t.Unix() / stepSeconds }

// totp is the code of a step of 30 s: RFC 6238, SHA-1, 6 digits.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// TOTP returns the code that the account's app would show now.
func (s *Sim) TOTP() string { return totp(s.account.secret, stepOf(s.Now())) }
