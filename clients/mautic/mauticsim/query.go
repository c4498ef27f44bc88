package mauticsim

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// list returns the contacts that the query asks for, by their ids.
func (s *sim) list(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	keep, ok := s.where(clauses(q))
	if !ok {
		return 0, nil, broken()
	}
	found := s.contacts.Select(func(c *contact) bool { return keep(c) && s.matches(c, q.Get("search")) })
	if by := q.Get("orderBy"); by != "" {
		of := s.column(by, false)
		if of == nil {
			return 0, nil, broken()
		}
		slices.SortStableFunc(found, func(a, b *contact) int { return compare(of(a), of(b)) })
		if strings.EqualFold(q.Get("orderByDir"), "desc") {
			slices.Reverse(found)
		}
	}
	size := atoi(cmp.Or(q.Get("limit"), "30"))
	page, _ := simkit.Window(found, atoi(q.Get("start")), size)
	all := map[int]any{}
	for _, c := range page {
		all[c.ID] = s.object(c, how{})
	}
	return http.StatusOK, map[string]any{"total": strconv.Itoa(len(found)), "contacts": php(all)}, nil
}

// clause is one condition of a query, or several below andX and orX.
type clause struct {
	col, expr, val string
	vals           []string // of in and notIn: val, at its commas
	list           bool     // it was given as a list
	below          map[int]*clause
}

// part is one step of a name such as where[0][val][1][col].
var part = regexp.MustCompile(`\[([^\]]*)\]`)

// clauses reads where[0][col]=.. and the like.
func clauses(q url.Values) map[int]*clause {
	root := map[int]*clause{}
	for name, values := range q {
		rest, ok := strings.CutPrefix(name, "where")
		if !ok {
			continue
		}
		var path []string
		for _, m := range part.FindAllStringSubmatch(rest, -1) {
			path = append(path, m[1])
		}
		enter(root, path, values)
	}
	return root
}

func enter(all map[int]*clause, path, values []string) {
	if len(path) < 2 {
		return
	}
	n := atoi(path[0])
	if all[n] == nil {
		all[n] = &clause{below: map[int]*clause{}}
	}
	c := all[n]
	switch path[1] {
	case "col", "column":
		c.col = values[0]
	case "expr":
		c.expr = values[0]
	case "val", "value":
		switch {
		case len(path) > 3:
			enter(c.below, path[2:], values)
		case len(path) == 3:
			c.list = true
		default:
			c.val, c.vals = values[0], strings.Split(values[0], ",")
		}
	}
}

// where makes a filter of conditions. It is not ok when one names a column that there is
// not.
func (s *sim) where(all map[int]*clause) (keep func(*contact) bool, ok bool) {
	var each []func(*contact) bool
	for _, c := range all {
		f, ok := s.condition(c)
		if !ok {
			return nil, false
		}
		each = append(each, f)
	}
	return func(c *contact) bool {
		return !slices.ContainsFunc(each, func(f func(*contact) bool) bool { return !f(c) })
	}, true
}

func (s *sim) condition(cl *clause) (func(*contact) bool, bool) {
	if cl.expr == "andX" || cl.expr == "orX" {
		var each []func(*contact) bool
		for _, below := range cl.below {
			f, ok := s.condition(below)
			if !ok {
				return nil, false
			}
			each = append(each, f)
		}
		all := cl.expr == "andX"
		return func(c *contact) bool {
			return all != slices.ContainsFunc(each, func(f func(*contact) bool) bool { return f(c) != all })
		}, len(each) > 0
	}
	of := s.column(cl.col, true)
	if of == nil || cl.list { // between, which takes a list, is not simulated
		return nil, false
	}
	is := func(n int) func(*contact) bool {
		return func(c *contact) bool { return of(c) != nil && compare(of(c), cl.val) == n }
	}
	not := func(f func(*contact) bool) func(*contact) bool {
		return func(c *contact) bool { return of(c) != nil && !f(c) }
	}
	in := func(c *contact) bool {
		return of(c) != nil && slices.ContainsFunc(cl.vals, func(v string) bool { return compare(of(c), v) == 0 })
	}
	f, ok := map[string]func(*contact) bool{
		"eq": is(0), "neq": not(is(0)), "gt": is(1), "lt": is(-1), "gte": not(is(-1)), "lte": not(is(1)), "in": in, "notIn": not(in),
		"isNull":    func(c *contact) bool { return of(c) == nil },
		"isNotNull": func(c *contact) bool { return of(c) != nil },
	}[cl.expr]
	if !ok { // passed over, so that all are shown
		return func(*contact) bool { return true }, true
	}
	return f, true
}

// column returns what stands in a column of the database, nil where there is none of
// that name. A condition, and no order, may write the times as the API does.
func (s *sim) column(name string, condition bool) func(*contact) any {
	if condition {
		name = cmp.Or(map[string]string{"dateModified": "date_modified", "dateAdded": "date_added"}[name], name)
	}
	switch name {
	case "id":
		return func(c *contact) any { return float64(c.ID) }
	case "date_added":
		return func(c *contact) any { return c.Added }
	case "date_modified":
		return func(c *contact) any { return c.Modified }
	case "last_active":
		return func(*contact) any { return nil }
	case "points":
		return func(c *contact) any { return float64(c.Points) }
	}
	if s.fields.Get(name) == nil {
		return nil
	}
	return func(c *contact) any { return c.Values[name] }
}

// compare compares a value of a row with another one, or with a text of a query.
func compare(a, b any) int {
	switch a := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case float64:
		if t, ok := b.(string); ok {
			n, _ := strconv.ParseFloat(t, 64)
			return cmp.Compare(a, n)
		}
		n, _ := b.(float64)
		return cmp.Compare(a, n)
	case time.Time:
		at, _ := b.(time.Time)
		if t, ok := b.(string); ok {
			for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
				if d, err := time.Parse(layout, t); err == nil {
					at = d
					break
				}
			}
		}
		return a.Truncate(time.Second).Compare(at.Truncate(time.Second))
	case string:
		t, _ := b.(string)
		return cmp.Compare(strings.ToLower(a), strings.ToLower(t))
	}
	return 0
}

// matches is the search of one word: a field's exact value, ids, a tag. It looks into
// no part of a value.
func (s *sim) matches(c *contact, search string) bool {
	if search == "" || search == "!is:anonymous" {
		return true
	}
	command, value, _ := strings.Cut(search, ":")
	value = strings.Trim(value, `"`)
	switch command {
	case "ids":
		return slices.Contains(strings.Split(value, ","), strconv.Itoa(c.ID))
	case "tag":
		return slices.ContainsFunc(c.Tags, func(t tag) bool { return strings.EqualFold(t.Name, value) })
	}
	t, _ := c.Values[command].(string)
	return value != "" && strings.EqualFold(t, value)
}
