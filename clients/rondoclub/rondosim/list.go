package rondosim

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// list is GET wp/v2/people.
func (s *sim) list(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	at, err := pageOf(q, 10)
	if err = cmp.Or(err, contextFault(r)); err != nil {
		return 0, nil, err
	}
	in, status := signedIn(r), http.StatusUnauthorized
	if in {
		status = http.StatusForbidden
	}
	edits := in && capabilities[s.site.Role]["edit_posts"] == true
	edit := q.Get("context") == "edit"
	if edit && !edits {
		return 0, nil, refuse(status, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
	}
	statuses := strings.Split(cmp.Or(q.Get("status"), "publish"), ",")
	for _, st := range statuses {
		if st != "publish" && !edits {
			return 0, nil, forbiddenStatus(status)
		}
		if !slices.Contains(allStates, st) {
			return 0, nil, badParam("status", notOneOf("status[0]", allStates...))
		}
	}
	var found []*person
	if in && s.site.Role == administrator { // the theme shows nothing to others, without a word
		found = s.query(statuses, q.Get("search"), q.Get("modified_after"))
	}
	if found, err = some(found, q); err != nil {
		return 0, nil, err
	}
	if err := order(found, q.Get("orderby"), q.Get("order")); err != nil {
		return 0, nil, err
	}
	total := len(found)
	if at.number > at.pages(total) && total > 0 {
		return 0, nil, refuse(http.StatusBadRequest, "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available.")
	}
	if faultsOf(r).short {
		found = found[:total-total/3]
	}
	return paged(s, r, at, found, total, func(p *person) object {
		if p.Status == "trash" { // what the theme's refusal looks like in a list
			return object{
				"errors":     object{"rest_forbidden": []string{"This item has been deleted."}},
				"error_data": object{"rest_forbidden": object{"status": 404}},
			}
		}
		return only(r, s.render(p, edit))
	})
}

// page is which part of a listing is asked for.
type page struct{ number, size int }

func pageOf(q url.Values, normal int) (p page, err error) {
	if p.number, err = within(q, "page", 1, 1<<31); err == nil {
		p.size, err = within(q, "per_page", normal, 100)
	}
	return p, err
}

func (p page) pages(total int) int { return (total + p.size - 1) / p.size }

// shownOn is what a page shows of what was found.
func shownOn[R any](p page, found []*R, show func(*R) object) []object {
	out := []object{}
	part, _ := simkit.Window(found, (p.number-1)*p.size, p.size)
	for _, row := range part {
		out = append(out, show(row))
	}
	return out
}

// paged is a page, with links to those before and after it. Past the end the one
// before is the last, which for an empty list is page 0.
func paged[R any](s *sim, r *http.Request, at page, found []*R, total int, show func(*R) object) (int, any, error) {
	q, pages := r.URL.Query(), at.pages(total)
	var links []string
	link := func(page int, rel string) {
		q.Set("page", strconv.Itoa(page))
		links = append(links, "<"+s.Address("api")+r.URL.Path+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	if at.number > 1 {
		link(min(at.number-1, pages), "prev")
	}
	if at.number < pages {
		link(at.number+1, "next")
	}
	h := http.Header{}
	h.Set("X-WP-Total", strconv.Itoa(total))
	h.Set("X-WP-TotalPages", strconv.Itoa(pages))
	if len(links) > 0 {
		h.Set("Link", strings.Join(links, ", "))
	}
	return http.StatusOK, simkit.Headed{Header: h, Body: shownOn(at, found, show)}, nil
}

// query is "any" as WP_Query has it: all but the trash.
func (s *sim) query(statuses []string, search, after string) []*person {
	since, _ := time.Parse(time.RFC3339, after)
	if since.IsZero() {
		since, _ = time.Parse(stamp, after)
	}
	return s.people.Select(func(p *person) bool {
		wanted := slices.Contains(statuses, p.Status) || slices.Contains(statuses, "any") && p.Status != "trash"
		return wanted && strings.Contains(strings.ToLower(p.Title), strings.ToLower(search)) && p.Modified.After(since)
	})
}

// some leaves of persons those that are asked for by their ids, in that order.
func some(found []*person, q url.Values) ([]*person, error) {
	if at := q.Get("modified_after"); at != "" && !moments.MatchString(at) {
		return nil, badParam("modified_after", "Invalid date.")
	}
	within := func(name string, p *person) int {
		return slices.Index(strings.Split(q.Get(name), ","), key(p.ID))
	}
	found = slices.DeleteFunc(found, func(p *person) bool {
		return q.Has("include") && within("include", p) < 0 || q.Has("exclude") && within("exclude", p) >= 0
	})
	if q.Get("orderby") == "include" {
		slices.SortStableFunc(found, func(a, b *person) int { return within("include", a) - within("include", b) })
	}
	return found, nil
}

// moments is what WordPress takes for a time.
var moments = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}(:\d{2})?)?$`)

// allStates are those that a list can be asked for.
var allStates = append(slices.Clone(live), "trash", "auto-draft", "inherit",
	"request-pending", "request-confirmed", "request-failed", "request-completed", "rondo_open", "rondo_awaiting", "rondo_completed", "any")

func order(found []*person, by, direction string) error {
	var less func(a, b *person) int
	switch by {
	case "include":
		return nil // as they were named
	case "id":
		less = func(a, b *person) int { return int(a.ID - b.ID) }
	case "", "date":
		less = func(a, b *person) int { return a.Created.Compare(b.Created) }
	case "modified":
		less = func(a, b *person) int { return a.Modified.Compare(b.Modified) }
	case "title":
		less = func(a, b *person) int { return strings.Compare(a.Title, b.Title) }
	case "slug":
		less = func(a, b *person) int { return strings.Compare(a.Slug, b.Slug) }
	default:
		return badParam("orderby", notOneOf("orderby", "author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title"))
	}
	switch direction {
	case "", "desc":
		slices.SortStableFunc(found, func(a, b *person) int { return less(b, a) })
	case "asc":
		slices.SortStableFunc(found, less)
	default:
		return badParam("order", notOneOf("order", "asc", "desc"))
	}
	return nil
}

// within reads a number from 1 on, which is normal where there is none.
func within(q url.Values, name string, normal, limit int) (int, error) {
	v := q.Get(name)
	if v == "" {
		return normal, nil
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		return 0, badParam(name, name+" is not of type integer.")
	case n < 1 && limit > 100:
		return 0, badParam(name, name+" must be greater than or equal to 1")
	case n < 1 || n > limit:
		return 0, badParam(name, fmt.Sprintf("%s must be between 1 (inclusive) and %d (inclusive)", name, limit))
	}
	return n, nil
}
