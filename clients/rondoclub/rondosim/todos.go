package rondosim

import (
	"net/http"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// chore is one task: a post of a type of its own. Assigned is 0 for nobody.
type chore struct {
	ID       int64     `json:"id"`
	Person   int64     `json:"person"`
	Content  string    `json:"content"`
	Notes    string    `json:"notes"`
	Due      string    `json:"due_date"`
	Status   string    `json:"status"`
	Author   int64     `json:"author"`
	Assigned int64     `json:"assigned_user_id"`
	Created  time.Time `json:"created"`
}

func (s *sim) todoRules() simkit.Rules[chore] {
	return simkit.Rules[chore]{
		Kit: s.Kit, Collection: "todos",
		ID: func(t *chore) string {
			if t.ID == 0 {
				return ""
			}
			return key(t.ID)
		},
		Identify: func(t *chore) { t.ID = 7000 + int64(s.store.Number()) },
		Stamp: func(t *chore, now time.Time, made bool) {
			if made {
				t.Created = now
			}
		},
	}
}

// todosOf lists those of a person that are the account's own, latest first.
func (s *sim) todosOf(r *http.Request) (int, any, error) {
	p, err := s.owner(r)
	if err != nil {
		return 0, nil, err
	}
	found := s.todos.Select(func(t *chore) bool {
		return t.Person == p.ID && (t.Author == accountID || t.Assigned == accountID)
	})
	slices.Reverse(found)
	return http.StatusOK, simkit.Objects(found, func(t *chore) object { return only(r, s.shownTodo(t)) }), nil
}

func (s *sim) createTodo(r *http.Request) (int, any, error) {
	body, err := bodyOf(r)
	if err != nil {
		return 0, nil, err
	}
	p, err := s.owner(r)
	if err != nil {
		return 0, nil, err
	}
	text := func(name string) string { v, _ := body[name].(string); return v }
	t := &chore{Person: p.ID, Content: sanitize(text("content")), Notes: kses(text("notes")), Due: sanitize(text("due_date")), Status: "open", Author: accountID}
	switch status, sent := body["status"]; {
	case t.Content == "":
		return 0, nil, refuse(http.StatusBadRequest, "empty_content", "Todo content is required.")
	case sent && status != nil:
		t.Status = text("status")
		if !slices.Contains([]string{"open", "awaiting", "completed"}, t.Status) {
			return 0, nil, refuse(http.StatusBadRequest, "invalid_status", "Invalid status. Use: open, awaiting, or completed.")
		}
	}
	if s.theme().strict { // an older theme passes an assignee over
		if n, err := toNumber(body["assigned_user_id"]); err == nil {
			t.Assigned = int64(n)
		}
	}
	if err := s.todos.Insert(r, t); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.shownTodo(t)), nil
}

// giveTodo changes the author, as WordPress's own route for the posts does.
func (s *sim) giveTodo(r *http.Request) (int, any, error) {
	if err := s.manages(r); err != nil {
		return 0, nil, err
	}
	body, err := bodyOf(r)
	if err != nil {
		return 0, nil, err
	}
	if s.todos.Get(r.PathValue("id")) == nil {
		return 0, nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	author, err := toNumber(body["author"])
	if err != nil {
		return 0, nil, badParam("author", "author is not of type integer.")
	}
	t, err := s.todos.Update(r, r.PathValue("id"), func(t *chore) error { t.Author = int64(author); return nil })
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, object{"id": t.ID, "author": t.Author, "status": "rondo_" + t.Status}), nil
}

func (s *sim) shownTodo(t *chore) object {
	out := object{
		"id": t.ID, "type": "todo", "content": t.Content, "person_id": t.Person, "persons": []object{{"id": t.Person}},
		"notes": nil, "author_id": t.Author, "created": t.Created.Format(time.DateTime), "status": t.Status, "due_date": nil, "awaiting_since": nil,
	}
	if t.Notes != "" {
		out["notes"] = t.Notes
	}
	if t.Due != "" {
		out["due_date"] = t.Due
	}
	if s.theme().strict {
		out["assigned_user_id"] = nil
		if t.Assigned > 0 {
			out["assigned_user_id"] = t.Assigned
		}
	}
	return out
}
