package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

const sealKeySize = 32

// errSeal says nothing of what was to be opened.
var errSeal = errors.New("sealed data does not open: another key, another place, or damaged")

// Sealer encrypts what must not lie open in the database: session states and
// evidence. A nil Sealer has no key; who gets it keeps nothing.
type Sealer struct {
	aead cipher.AEAD
}

// NewSealer returns a Sealer with a key of 32 bytes.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != sealKeySize {
		return nil, fmt.Errorf("the seal key has %d bytes, not %d", len(key), sealKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal key: %w", err)
	}
	return &Sealer{aead: aead}, nil
}

// Seal encrypts data for one place; it opens nowhere else.
func (s *Sealer) Seal(place string, data []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce) //nolint:errcheck // never returns an error (crypto/rand, Go 1.24)
	return s.aead.Seal(nonce, nonce, data, []byte(place))
}

// Open decrypts what Seal made for the same place.
func (s *Sealer) Open(place string, sealed []byte) ([]byte, error) {
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return nil, errSeal
	}
	data, err := s.aead.Open(nil, sealed[:size], sealed[size:], []byte(place))
	if err != nil {
		return nil, errSeal
	}
	return data, nil
}

// OpenedSize is how many bytes something has that is sealed in so many.
func OpenedSize(sealed int) int { return max(0, sealed-sealOverhead) }

// sealOverhead are the nonce and the tag of AES-GCM.
const sealOverhead = 12 + 16
