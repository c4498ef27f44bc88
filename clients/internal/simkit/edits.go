package simkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Edits are the control calls by which somebody else makes, changes and deletes rows:
// a person in the system's own pages, or another program. They are not in the journal.
type Edits[R any] struct {
	// Collection is the path to which a row is posted; Row is that of one row, with
	// {id}, for PATCH and DELETE.
	Collection, Row string
	// Into returns the table that a new row goes into, or nil where there is none.
	Into func(r *http.Request) *Table[R]
	// Find returns the row that a path names, and its table, or nil.
	Find func(r *http.Request) (*Table[R], *R)
	// New returns a row as the system makes one. Nil: an empty one.
	New func() *R
	// Edit changes a row as the body says. Nil: the body has the members of the row
	// that change, as in a dump.
	Edit func(t *Table[R], row *R, body []byte) error
	// Delete is what somebody does who deletes a row. Nil: it is gone.
	Delete func(r *http.Request, t *Table[R], row *R) error
}

// EditsOf are the control calls of one table: POST path, PATCH and DELETE path/{id}.
func EditsOf[R any](path string, t *Table[R]) Edits[R] {
	return Edits[R]{
		Collection: path, Row: path + "/{id}",
		Into: func(*http.Request) *Table[R] { return t },
		Find: func(r *http.Request) (*Table[R], *R) { return t, t.Get(r.PathValue("id")) },
	}
}

// Serve adds the calls to a simulator.
func (e Edits[R]) Serve(k *Kit) {
	Act(k, "POST "+e.Collection, func(r *http.Request, body []byte) (any, error) {
		t := e.Into(r)
		if t == nil {
			return nil, ErrMissing
		}
		row := new(R)
		if e.New != nil {
			row = e.New()
		}
		if err := e.edit(t, row, body); err != nil {
			return nil, err
		}
		return row, t.Insert(nil, row)
	})
	e.Act(k, "PATCH "+e.Row, e.edit)
	Act(k, "DELETE "+e.Row, func(r *http.Request, _ []byte) (any, error) {
		t, row := e.Find(r)
		if row == nil {
			return nil, ErrMissing
		}
		if e.Delete != nil {
			return nil, e.Delete(r, t, row)
		}
		_, err := t.Delete(nil, t.rules.ID(row))
		return nil, err
	})
}

// Act adds a call by which somebody does something to a row that Find finds, such as
// "POST /people/{id}/restore". Do changes a copy, which takes the row's place.
func (e Edits[R]) Act(k *Kit, pattern string, do func(t *Table[R], row *R, body []byte) error) {
	Act(k, pattern, func(r *http.Request, body []byte) (any, error) {
		t, row := e.Find(r)
		if row == nil {
			return nil, ErrMissing
		}
		return t.Update(nil, t.rules.ID(row), func(next *R) error { return do(t, next, body) })
	})
}

func (e Edits[R]) edit(t *Table[R], row *R, body []byte) error {
	if e.Edit != nil {
		return e.Edit(t, row, body)
	}
	return merge(row, body)
}

// Patch adds a control call that changes what of returns, by the members that its body
// has. Of returns nil for what is not there.
func Patch[T any](k *Kit, path string, of func(r *http.Request) *T) {
	Act(k, "PATCH "+path, func(r *http.Request, body []byte) (any, error) {
		t := of(r)
		if t == nil {
			return nil, ErrMissing
		}
		return nil, merge(t, body)
	})
}

// Post adds a control call of the system's own, which takes its body strictly and is
// done with the kit locked. ErrMissing is answered 404; nothing to answer is 204.
func Post[T any](k *Kit, path string, do func(r *http.Request, in T) (any, error)) {
	Act(k, "POST "+path, func(r *http.Request, body []byte) (any, error) {
		var in T
		if err := Strict(body, &in); err != nil {
			return nil, err
		}
		return do(r, in)
	})
}

// Act adds a control call of what it does with the kit locked. What do returns is the
// answer, nothing is 204; ErrMissing is 404, another error 400. The answer is sent with
// the kit unlocked: what follows from the call (Within) comes before it.
func Act(k *Kit, pattern string, do func(r *http.Request, body []byte) (any, error)) {
	locked := func(r *http.Request, body []byte) ([]byte, error) {
		k.Lock()
		defer k.Unlock()
		out, err := do(r, body)
		if err != nil || out == nil {
			return nil, err
		}
		return json.Marshal(out)
	}
	k.Control(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			Fail(w, http.StatusBadRequest, err)
			return
		}
		switch out, err := locked(r, body); {
		case errors.Is(err, ErrMissing):
			Fail(w, http.StatusNotFound, err)
		case err != nil:
			Fail(w, http.StatusBadRequest, err)
		case out == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			Write(w, json.RawMessage(out))
		}
	})
}

// Strict decodes JSON and refuses a member that v does not know.
func Strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// merge lays the members of a body over a value. They are decoded into a new one:
// decoding into lists that are there would mix old elements into new ones.
func merge[T any](into *T, body []byte) error {
	was, err := json.Marshal(into)
	if err != nil {
		return err
	}
	var all, set map[string]json.RawMessage
	if err := json.Unmarshal(was, &all); err != nil {
		return err
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return err
	}
	for name, v := range set {
		all[name] = v
	}
	whole, err := json.Marshal(all)
	if err != nil {
		return err
	}
	next := new(T)
	if err := Strict(whole, next); err != nil {
		return err
	}
	*into = *next
	return nil
}
