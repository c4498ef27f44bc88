package rondosim

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// activity is one activity in a person's timeline: a comment of a type of its own.
type activity struct {
	ID      int64     `json:"id"`
	Person  int64     `json:"person"`
	Content string    `json:"content"`
	Type    string    `json:"activity_type"`
	Date    string    `json:"activity_date"`
	Time    string    `json:"activity_time"`
	Created time.Time `json:"created"`
}

func (s *sim) activityRules() simkit.Rules[activity] {
	return simkit.Rules[activity]{
		Kit: s.Kit, Collection: "activities",
		ID: func(a *activity) string {
			if a.ID == 0 {
				return ""
			}
			return key(a.ID)
		},
		Identify: func(a *activity) { a.ID = 5000 + int64(s.store.Number()) },
		Stamp: func(a *activity, now time.Time, made bool) {
			if made {
				a.Created = now
			}
		},
	}
}

// owner is the published person whose timeline a path names. The theme asks whether the
// account may see them before anything else, and nobody may see one who is not there.
func (s *sim) owner(r *http.Request) (*person, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, noRoute
	}
	p := s.person(id)
	open := p != nil && p.Status != "trash" && s.site.Role == administrator
	return p, s.holds(r, open, "rest_forbidden", "Sorry, you are not allowed to do that.")
}

// activities lists those of a person, latest first.
func (s *sim) activitiesOf(r *http.Request) (int, any, error) {
	p, err := s.owner(r)
	if err != nil {
		return 0, nil, err
	}
	found := s.activities.Select(func(a *activity) bool { return a.Person == p.ID })
	slices.Reverse(found)
	return http.StatusOK, simkit.Objects(found, func(a *activity) object { return only(r, s.shownActivity(a)) }), nil
}

func (s *sim) createActivity(r *http.Request) (int, any, error) {
	in, err := parameters(r)
	if err != nil {
		return 0, nil, err
	}
	p, err := s.owner(r)
	if err != nil {
		return 0, nil, err
	}
	a := &activity{
		Person: p.ID, Content: kses(in("content")), Type: sanitize(in("activity_type")), Date: sanitize(in("activity_date")), Time: sanitize(in("activity_time")),
	}
	if a.Content == "" {
		return 0, nil, refuse(http.StatusBadRequest, "empty_content", "Activity description is required.")
	}
	if err := s.activities.Insert(r, a); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.shownActivity(a)), nil
}

// shownActivity is an activity as the theme shows it: links open in a window of their own.
func (s *sim) shownActivity(a *activity) object {
	return object{
		"id": a.ID, "type": "activity", "content": strings.ReplaceAll(a.Content, "<a href=", `<a target="_blank" rel="noopener noreferrer" href=`),
		"person_id": a.Person, "author_id": accountID, "author": username,
		"created": a.Created.Format(time.DateTime), "modified": a.Created.Format(time.DateTime),
		"activity_type": a.Type, "activity_date": a.Date, "activity_time": a.Time, "participants": []int64{},
	}
}

// parameters reads the parameters of a route of the theme's. A body that does not say
// that it is JSON is passed over.
func parameters(r *http.Request) (func(name string) string, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	return func(name string) string {
		text, _ := body[name].(string)
		return text
	}, nil
}

// foreign are the tags that WordPress takes out of what is written by hand.
var foreign = regexp.MustCompile(`(?is)</?(?:script|style|iframe|form|input|object|embed)[^>]*>`)

func kses(s string) string { return unslash(foreign.ReplaceAllString(s, "")) }
