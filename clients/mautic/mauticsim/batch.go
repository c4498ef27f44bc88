package mauticsim

import (
	"net/http"
	"strconv"
	"strings"
)

// maxBatch is how many items a batch may have.
const maxBatch = 200

// items reads the items of a batch.
func items(r *http.Request) ([]map[string]any, error) {
	var in []map[string]any
	if err := body(r, &in); err != nil {
		return nil, err
	}
	return in, tooMany(len(in))
}

func tooMany(n int) error {
	if n > maxBatch {
		return refuse(http.StatusInternalServerError, "A max of 200 entities are supported at a time.")
	}
	return nil
}

// answers are those of a batch, by the index of the item.
type answers struct {
	contacts, errors map[int]any
	codes            map[int]int
}

func newAnswers() *answers {
	return &answers{contacts: map[int]any{}, errors: map[int]any{}, codes: map[int]int{}}
}

// missing answers an item that is not there.
func (a *answers) missing(i int) {
	a.codes[i] = http.StatusNotFound
	a.errors[i] = map[string]any{"message": "Item was not found.", "code": http.StatusNotFound, "type": "api"}
}

// add answers an item. One that is refused stays among the contacts when it is shown.
func (a *answers) add(i int, o outcome) {
	a.codes[i] = o.status
	if o.shown != nil {
		a.contacts[i] = o.shown
	}
	if o.err != nil {
		a.errors[i] = map[string]any{"code": o.err.status, "message": o.err.message, "details": o.err.details, "type": nil}
	}
}

func (a *answers) body() map[string]any {
	out := map[string]any{"contacts": php(a.contacts), "statusCodes": php(a.codes)}
	if len(a.errors) > 0 {
		out["errors"] = php(a.errors)
	}
	return out
}

// batchNew is POST for each item. The answer is 201 whatever became of them.
func (s *sim) batchNew(r *http.Request) (int, any, error) {
	in, err := items(r)
	if err != nil {
		return 0, nil, err
	}
	a := newAnswers()
	for i, item := range in {
		if breaks(r, item) {
			return 0, nil, broken()
		}
		o := s.post(r, item, false)
		if o.err != nil {
			o.shown = nil
		}
		a.add(i, o)
	}
	return http.StatusCreated, a.body(), nil
}

// batchEdit changes the contacts that the items name, or makes those that name none,
// where it is a PUT: that looks for no contact with the same values, and so meets none.
func (s *sim) batchEdit(r *http.Request) (int, any, error) {
	in, err := items(r)
	if err != nil {
		return 0, nil, err
	}
	put := r.Method == http.MethodPut
	a := newAnswers()
	for i, item := range in {
		id, _ := text(item["id"])
		c := s.contacts.Get(id) // by the plain id: a merged one is not there
		switch {
		case breaks(r, item):
			return 0, nil, broken()
		case c != nil:
			a.add(i, s.change(r, c, item, submit{blank: put || truthy(item["overwriteWithBlank"]), clears: put, keepsZero: put}))
		case put:
			a.add(i, s.added(r, item, submit{keepsZero: true}))
		default:
			a.missing(i)
		}
	}
	return http.StatusOK, a.body(), nil
}

// batchDelete deletes by plain ids. It has no status codes.
func (s *sim) batchDelete(r *http.Request) (int, any, error) {
	ids := r.URL.Query()["ids[]"]
	if ids == nil {
		ids = strings.Split(r.URL.Query().Get("ids"), ",")
	}
	if err := tooMany(len(ids)); err != nil {
		return 0, nil, err
	}
	a := newAnswers()
	for i, id := range ids {
		c := s.contacts.Get(strconv.Itoa(atoi(strings.TrimSpace(id))))
		if c == nil {
			a.missing(i)
			continue
		}
		if _, err := s.contacts.Delete(r, strconv.Itoa(c.ID)); err != nil {
			return 0, nil, err
		}
		a.contacts[i] = s.object(c, how{})
	}
	out := a.body()
	delete(out, "statusCodes")
	return http.StatusOK, out, nil
}
