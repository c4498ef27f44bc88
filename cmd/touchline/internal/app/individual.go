package app

import (
	"errors"

	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/server"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Individual lets the club's site ask for one member, at /api/sync/individual.
type Individual struct {
	// Key is what the site sends along. Empty: nobody may ask.
	Key connector.Secret `mapstructure:"key"`
}

// individualKeyLeast is how long the key must be: whoever guesses it may have members synced.
const individualKeyLeast = 16

func (i Individual) validate() error {
	if n := len(i.Key.Reveal()); n > 0 && n < individualKeyLeast {
		return errors.New("individual.key: must have at least 16 characters; openssl rand -hex 32 makes one")
	}
	return nil
}

// Asked is what the site may ask for.
func (i Individual) Asked() server.Individual {
	return server.Individual{
		Key: i.Key, Pipeline: "individual", Kind: person.Kind, System: rondoclub.System, Place: rondoclub.Place, Former: person.FormerMember,
		KeyName: "knvb_id", IDName: "rondo_club_id", // as the theme has them
	}
}
