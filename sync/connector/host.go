package connector

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// Host is what the program lends to a connector. All of it is shared by every
// process, through the database. Keys name systems and accounts, never
// persons.
type Host interface {
	// Now is the time. Connectors never ask the machine's clock.
	Now() time.Time
	// Log is a logger that names the system already. No value of a field, no
	// natural key is ever logged.
	Log() *slog.Logger
	// RateLimit returns when the caller may start, so that starts with one key are
	// at least every apart, in all processes together.
	RateLimit(ctx context.Context, key string, every time.Duration) error
	// ClaimNonce reports whether this value was never given with this key before, and
	// remembers it. It is how a one-time code is used once.
	ClaimNonce(ctx context.Context, key, value string) (bool, error)
	// Exclusive waits until nobody else holds the key and takes it. It is let
	// go by release, or when the process dies.
	Exclusive(ctx context.Context, key string) (release func(), err error)
	// PutSecret seals a secret state and stores it, in place of the one before.
	// Without a sealing key it keeps nothing and returns nil.
	PutSecret(ctx context.Context, key string, state []byte) error
	// GetSecret returns what PutSecret stored last, or nil.
	GetSecret(ctx context.Context, key string) ([]byte, error)
	// PutBlob seals bytes and keeps them, once however often they are put, and returns the
	// value of a field that names them. What no record of ours names is dropped after a
	// few days. Without a sealing key it is ErrNoKey.
	PutBlob(ctx context.Context, b Blob) (value string, err error)
	// Blob returns what such a value names; ErrNoBlob when it is not kept any more.
	Blob(ctx context.Context, value string) (Blob, error)
	// Evidence seals and stores what was seen when something broke, for seven
	// days. The caller has masked it.
	Evidence(ctx context.Context, name, mediaType string, data []byte) error
}

// Blob is bytes that the value of a field names, such as a photo.
type Blob struct {
	MediaType string
	Data      []byte
}

// The errors of Host.PutBlob and Host.Blob.
var (
	ErrNoKey  = errors.New("there is no sealing key; set seal.key")
	ErrNoBlob = errors.New("the bytes are not kept any more; have them read anew")
)

// Secret is a credential. It prints as [secret] wherever it is printed.
type Secret string

const masked = "[secret]"

// String returns a mask.
func (Secret) String() string { return masked }

// GoString returns a mask.
func (Secret) GoString() string { return masked }

// LogValue returns a mask.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalJSON writes a mask.
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(masked) }

// Reveal returns the credential itself.
func (s Secret) Reveal() string { return string(s) }
