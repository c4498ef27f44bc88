package rondoclub

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record/discipline"
)

// The seasons are terms that people may add to (docs/systems/rondoclub.md, "Discipline
// cases"): "2025-2026", known by the slug.
const seasonsPath = "/wp/v2/seizoen"

type season struct {
	ID   int64  `json:"id"`
	Slug string `json:"slug"`
}

// readSeasons asks for all seasons, and keeps them for what comes.
func (s *site) readSeasons(ctx context.Context, op string) error {
	all := map[int64]string{}
	for number, last := 1, false; !last; number++ {
		var page []season
		q := url.Values{"_fields": {"id,slug"}, "per_page": {strconv.Itoa(pageSize)}, "page": {strconv.Itoa(number)}}
		if _, err := s.call(ctx, rest.Call{Op: op, Path: seasonsPath, Query: q, Into: &page}); err != nil {
			return err
		}
		for _, t := range page {
			all[t.ID] = t.Slug
		}
		last = len(page) < pageSize
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seasons = all
	return nil
}

// seasonNamed is a season by its id; "" where the site had none when it was asked.
func (s *site) seasonNamed(id int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seasons[id]
}

// seasonCalled is the id of a season, which is made where there is none. WordPress makes no
// second one of a name, and says whose it is.
func (s *site) seasonCalled(ctx context.Context, op, name string) (int64, error) {
	var found []season
	q := url.Values{"_fields": {"id,slug"}, "slug": {name}}
	if _, err := s.call(ctx, rest.Call{Op: op, Path: seasonsPath, Query: q, Into: &found}); err != nil {
		return 0, err
	}
	if len(found) == 0 {
		var made season
		body := map[string]string{"name": name, "slug": name}
		if _, err := s.call(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: seasonsPath, JSON: body, Into: &made}); err != nil {
			return 0, err
		}
		found = []season{made}
	}
	if found[0].ID <= 0 || found[0].Slug != name {
		return 0, s.fail(op, connector.Drifted, discipline.Season, "the site gives a season another slug")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seasons == nil {
		s.seasons = map[int64]string{}
	}
	s.seasons[found[0].ID] = name
	return found[0].ID, nil
}
