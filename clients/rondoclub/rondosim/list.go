package rondosim

import (
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
func (s *sim) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, ok := within(w, q.Get("page"), "page", 1, 1<<31)
	if !ok {
		return
	}
	per, ok := within(w, q.Get("per_page"), "per_page", 10, 100)
	if !ok {
		return
	}
	if contextFault(w, r) {
		return
	}
	in := signedIn(r)
	edits := in && capabilities[s.site.Role]["edit_posts"] == true
	if q.Get("context") == "edit" && !edits {
		status := http.StatusUnauthorized
		if in {
			status = http.StatusForbidden
		}
		refuse(w, status, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
		return
	}
	statuses := []string{"publish"}
	if v := q.Get("status"); v != "" {
		statuses = strings.Split(v, ",")
		for _, st := range statuses {
			if st != "publish" && !edits {
				forbiddenStatus(w, in)
				return
			}
			if !slices.Contains(allStates, st) {
				badParam(w, "status", notOneOf("status[0]", allStates...))
				return
			}
		}
	}
	var found []*person
	if in && s.site.Role == administrator { // the theme shows nothing to others, without a word
		found = s.query(statuses, q.Get("search"), q.Get("modified_after"))
	}
	found, ok = some(w, found, q)
	if !ok || !order(w, found, q.Get("orderby"), q.Get("order")) {
		return
	}
	total := len(found)
	pages := (total + per - 1) / per
	if page > pages && total > 0 {
		refuse(w, http.StatusBadRequest, "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available.")
		return
	}
	if faultsOf(r).short {
		found = found[:total-total/3]
	}
	out := []object{}
	part, _ := simkit.Window(found, (page-1)*per, per)
	for _, p := range part {
		if p.Status == "trash" { // what the theme's refusal looks like in a list
			out = append(out, object{
				"errors":     object{"rest_forbidden": []string{"This item has been deleted."}},
				"error_data": object{"rest_forbidden": object{"status": 404}},
			})
			continue
		}
		out = append(out, only(r, s.render(p, q.Get("context") == "edit")))
	}
	w.Header().Set("X-WP-Total", strconv.Itoa(total))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(pages))
	s.links(w, r, page, pages)
	send(w, http.StatusOK, out)
}

// links names the pages before and after one. Past the end the one before is
// the last, which for an empty list is page 0.
func (s *sim) links(w http.ResponseWriter, r *http.Request, page, pages int) {
	q := r.URL.Query()
	var all []string
	link := func(page int, rel string) {
		q.Set("page", strconv.Itoa(page))
		all = append(all, "<"+s.Address("api")+r.URL.Path+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	if page > 1 {
		link(min(page-1, pages), "prev")
	}
	if page < pages {
		link(page+1, "next")
	}
	if len(all) > 0 {
		w.Header().Set("Link", strings.Join(all, ", "))
	}
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
func some(w http.ResponseWriter, found []*person, q url.Values) ([]*person, bool) {
	if at := q.Get("modified_after"); at != "" && !moments.MatchString(at) {
		badParam(w, "modified_after", "Invalid date.")
		return nil, false
	}
	within := func(name string, p *person) int {
		return slices.Index(strings.Split(q.Get(name), ","), strconv.FormatInt(p.ID, 10))
	}
	found = slices.DeleteFunc(found, func(p *person) bool {
		return q.Has("include") && within("include", p) < 0 || q.Has("exclude") && within("exclude", p) >= 0
	})
	if q.Get("orderby") == "include" {
		slices.SortStableFunc(found, func(a, b *person) int { return within("include", a) - within("include", b) })
	}
	return found, true
}

// moments is what WordPress takes for a time.
var moments = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}(:\d{2})?)?$`)

// allStates are those that a list can be asked for.
var allStates = append(slices.Clone(live), "trash", "auto-draft", "inherit",
	"request-pending", "request-confirmed", "request-failed", "request-completed", "any")

func order(w http.ResponseWriter, found []*person, by, direction string) bool {
	var less func(a, b *person) int
	switch by {
	case "include":
		return true // as they were named
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
		badParam(w, "orderby", notOneOf("orderby", "author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title"))
		return false
	}
	switch direction {
	case "", "desc":
		slices.SortStableFunc(found, func(a, b *person) int { return less(b, a) })
	case "asc":
		slices.SortStableFunc(found, less)
	default:
		badParam(w, "order", notOneOf("order", "asc", "desc"))
		return false
	}
	return true
}

// within reads a number from 1 on; without one it is 1 for page, 10 for
// per_page.
func within(w http.ResponseWriter, v, name string, normal, limit int) (int, bool) {
	if v == "" {
		return normal, true
	}
	n, err := strconv.Atoi(v)
	switch {
	case err != nil:
		badParam(w, name, name+" is not of type integer.")
	case n < 1 && limit > 100:
		badParam(w, name, name+" must be greater than or equal to 1")
	case n < 1 || n > limit:
		badParam(w, name, fmt.Sprintf("%s must be between 1 (inclusive) and %d (inclusive)", name, limit))
	default:
		return n, true
	}
	return 0, false
}
