package simkit

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238, as the simulated sites have it
	"encoding/binary"
	"fmt"
	"time"
)

const stepSeconds = 30

// StepOf is the number of the half minute in which a one-time code is good.
func StepOf(t time.Time) int64 { return t.Unix() / stepSeconds }

// TOTP is the code of a step: RFC 6238, SHA-1, 6 digits. It shares nothing with the
// connectors.
func TOTP(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}
