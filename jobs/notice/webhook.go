package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// callWithin is how long a call may take.
const callWithin = 10 * time.Second

// Signature is the header that signs a webhook: "t=SECONDS,v1=HEX", where HEX is the
// HMAC-SHA256 of the seconds, a dot and the body.
const Signature = "Touchline-Signature"

// Webhook posts notices as JSON, signed.
type Webhook struct {
	Words

	URL    string
	Secret []byte
	Now    func() time.Time
}

// posted is the body of a webhook: the notice, and how it reads.
type posted struct {
	Notice

	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// Send posts a notice once. Any answer but 2xx is an error.
func (w Webhook) Send(ctx context.Context, n Notice) error {
	body, err := json.Marshal(posted{n, w.Subject(n), w.Body(n)})
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	seconds := strconv.FormatInt(w.Now().Unix(), 10)
	mac := hmac.New(sha256.New, w.Secret)
	_, _ = mac.Write(append([]byte(seconds+"."), body...))
	header := http.Header{
		"Content-Type": {"application/json"},
		Signature:      {"t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))},
	}
	if err := call(ctx, http.MethodPost, w.URL, header, body); err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	return nil
}

// Ping calls the address that watches over a pipeline: when it hears nothing for too
// long, it tells by itself.
func Ping(ctx context.Context, address string) error {
	if err := call(ctx, http.MethodGet, address, nil, nil); err != nil {
		return fmt.Errorf("dead-man address: %w", err)
	}
	return nil
}

// client follows no redirect: what is signed goes where the setting says.
var client = &http.Client{
	Timeout:       callWithin,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// call makes a call and wants 2xx. The error names the host alone, since a path may be
// a secret.
func call(ctx context.Context, method, address string, header http.Header, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address cannot be used")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := client.Do(req)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return fmt.Errorf("%s: %w", req.URL.Host, err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing of it is used
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: status %d", req.URL.Host, res.StatusCode)
	}
	return nil
}
