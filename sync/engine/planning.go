package engine

import (
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
)

// system is an opened system as Plan asks it.
type system struct {
	*remote.System

	collections connector.Collections
}

func newSystem(s *remote.System) *system { return &system{System: s, collections: s.Collections} }

func (s *system) host(place, view string) (*connector.Collection, error) { return s.Host(place, view) }

func (s *system) at(place, view string) []*connector.Collection { return s.collections.At(place, view) }

func (s *system) of(place string, kind record.Kind) *connector.Collection {
	return s.collections.Of(place, kind)
}
