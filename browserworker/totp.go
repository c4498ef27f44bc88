package browserworker

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238, as the sites have it
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// codeStep is how long a one-time code holds (RFC 6238).
const codeStep = 30 * time.Second

// Base32Key decodes a one-time code secret as identity providers show it.
// Blanks, dashes, padding and case do not matter.
func Base32Key(secret connector.Secret) ([]byte, error) {
	s := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(secret.Reveal()))
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	if err != nil || len(key) == 0 {
		return nil, errors.New("one-time code secret is not base32")
	}
	return key, nil
}

// PlainKey reads the secret of one-time codes of a site that has the letters of the
// secret itself as the key. An address of the form otpauth://totp/..., as an image for
// apps has it, has its own secret, in base32.
func PlainKey(secret connector.Secret) ([]byte, error) {
	text := secret.Reveal()
	if !strings.HasPrefix(text, "otpauth://") {
		return []byte(text), nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("one-time code secret is not a whole otpauth:// address")
	}
	q := u.Query()
	for name, only := range map[string]string{"algorithm": "SHA1", "digits": "6", "period": "30"} {
		if v := q.Get(name); v != "" && !strings.EqualFold(v, only) {
			return nil, errors.New("one-time codes of this kind are not known: " + name + " must be " + only)
		}
	}
	return Base32Key(connector.Secret(q.Get("secret")))
}

// Code returns a one-time code of the account that no process has used: if the
// code of this half minute has been given out, it waits for the next one.
func Code(ctx context.Context, h connector.Host, account string, key []byte) (connector.Secret, error) {
	for {
		now := h.Now()
		step := now.Unix() / int64(codeStep/time.Second)
		fresh, err := h.ClaimNonce(ctx, "code/"+account, strconv.FormatInt(step, 10))
		if err != nil {
			return "", fmt.Errorf("one-time code: %w", err)
		}
		if fresh {
			return connector.Secret(code(key, step)), nil
		}
		next := time.Unix((step+1)*int64(codeStep/time.Second), 0)
		if err := wait(ctx, next.Sub(now)+50*time.Millisecond); err != nil {
			return "", fmt.Errorf("one-time code: %w", err)
		}
	}
}

func code(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step)) //nolint:gosec // a step is positive
	mac.Write(b[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
