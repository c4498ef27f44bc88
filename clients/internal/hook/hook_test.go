package hook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/hook"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// signed is what the header of a signature holds.
func signed(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// A call is believed that bears the signature of its own body, and of its own time where
// there is one; any other is refused, and why.
func TestCheck(t *testing.T) {
	t.Parallel()
	const body = `{"id":812}`
	plain := hook.Signature{System: "acme", Secret: "invented", Hash: sha256.New, Header: "X-Signature", Decode: hex.DecodeString}
	timed := plain
	timed.Prefix, timed.Stamp, timed.Now = "sha256=", "X-Time", func() time.Time { return now }
	at := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	secretless := plain
	secretless.Secret = ""
	for name, c := range map[string]struct {
		by              hook.Signature
		signature, time string
		body            string
		err             error
	}{
		"signed":               {by: plain, signature: signed("invented", body), body: body},
		"a time is passed by":  {by: plain, signature: signed("invented", body), time: "1", body: body},
		"by another secret":    {by: plain, signature: signed("other", body), body: body, err: hook.Forged},
		"of another body":      {by: plain, signature: signed("invented", body+" "), body: body, err: hook.Forged},
		"a part of it":         {by: plain, signature: signed("invented", body)[:32], body: body, err: hook.Forged},
		"not hexadecimal":      {by: plain, signature: "zz", body: body, err: hook.Forged},
		"unsigned":             {by: plain, body: body, err: hook.Unsigned},
		"no secret":            {by: secretless, signature: signed("", body), body: body, err: hook.Unsigned},
		"as large as may be":   {by: plain, signature: signed("invented", strings.Repeat("x", hook.Limit)), body: strings.Repeat("x", hook.Limit)},
		"too large":            {by: plain, signature: signed("invented", strings.Repeat("x", hook.Limit+1)), body: strings.Repeat("x", hook.Limit+1), err: hook.TooLarge},
		"signed with its time": {by: timed, signature: "sha256=" + signed("invented", at(now)+"."+body), time: at(now), body: body},
		"without its time":     {by: timed, signature: "sha256=" + signed("invented", at(now)+"."+body), body: body, err: hook.Unsigned},
		"with another time":    {by: timed, signature: "sha256=" + signed("invented", at(now)+"."+body), time: at(now.Add(1e9)), body: body, err: hook.Forged},
		"another kind of sum":  {by: timed, signature: "sha1=" + signed("invented", at(now)+"."+body), time: at(now), body: body, err: hook.Unsigned},
		"nothing but the kind": {by: timed, signature: "sha256=", time: at(now), body: body, err: hook.Forged},
		"no time in seconds":   {by: timed, signature: "sha256=" + signed("invented", "noon."+body), time: "noon", body: body, err: hook.Forged},
		"six minutes late":     {by: timed, signature: "sha256=" + signed("invented", at(now.Add(-6*time.Minute))+"."+body), time: at(now.Add(-6 * time.Minute)), body: body, err: hook.TooOld},
		"six minutes ahead":    {by: timed, signature: "sha256=" + signed("invented", at(now.Add(6*time.Minute))+"."+body), time: at(now.Add(6 * time.Minute)), body: body, err: hook.TooOld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/hooks/acme", nil)
			for header, v := range map[string]string{"X-Signature": c.signature, "X-Time": c.time} {
				if v != "" {
					r.Header.Set(header, v)
				}
			}
			err := c.by.Check(r, []byte(c.body))
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%v, want %v", err, c.err)
			}
			if err != nil && err.Error() != "acme: "+c.err.Error() {
				t.Errorf("told as %q", err)
			}
		})
	}
}
