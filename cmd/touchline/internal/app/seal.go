package app

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/sync/store"
)

// sealer makes the sealer of the key in the settings: 32 bytes in hex or
// base64. Without a key there is none.
func sealer(s Seal) (*store.Sealer, error) {
	text := s.Key.Reveal()
	if text == "" {
		return nil, nil
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		if key, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, errors.New("seal.key: is neither hex nor base64; openssl rand -hex 32 makes one")
		}
	}
	seal, err := store.NewSealer(key)
	if err != nil {
		return nil, fmt.Errorf("seal.key: %w", err)
	}
	return seal, nil
}
