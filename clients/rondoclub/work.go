package rondoclub

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
	"github.com/touchline-sync/touchline/sync/value"
)

// workHistory is the repeater of what somebody does and has done (docs/systems/rondoclub.md,
// "Work").
const workHistory = "work_history"

// team is the column of the post of a team or a commissie.
func (s *shape) team() string {
	if s.property == "acf" {
		return "team"
	}
	return "team_id"
}

// worked reads a row of work. One without a post, or with a date in no known form, is
// somebody's own, and ok is false.
func (s *shape) worked(r row) (f person.Function, ok bool) {
	f.Committee = r.id(s.team())
	f.Role = strings.Join(strings.Fields(r.text("job_title")), " ")
	for _, d := range []struct {
		into   *string
		column string
	}{{&f.Start, "start_date"}, {&f.End, "end_date"}} {
		v := r.value(d.column)
		date, err := value.Date(v.Text, time.UTC)
		if err != nil || v.Wrong != "" {
			return f, false
		}
		*d.into = date
	}
	is := r.text("is_current")
	f.Current = is == "1" || is == "true"
	return f, f.Committee != ""
}

func (s *shape) readWork(p *post) {
	list, there, wrong := p.rows(workHistory)
	if !there || !s.has[workHistory] {
		return
	}
	var all []person.Function
	seen := map[string]bool{}
	for _, r := range list {
		if f, ok := s.worked(r); ok && !seen[named(f)] {
			seen[named(f)] = true
			all = append(all, f)
		}
	}
	*at(work.Functions)(p) = mapping.Value{Set: true, Text: person.FunctionSet(all), Wrong: wrong}
}

// named says which row of work a function is.
func named(f person.Function) string { return record.NewRow(f.Committee, f.Role, f.Start) }

// writeWork makes the rows of work those of the set: a row that is in it gets its end, one
// that is not goes, new ones follow. What else stands in a row stays, and a row that
// cannot be read stays as it is.
func (s *shape) writeWork(set, now *post) ([]row, error) {
	list, _, wrong := now.rows(workHistory)
	if wrong != "" {
		return nil, &mapping.Error{Field: work.Functions, Why: wrong}
	}
	wanted := person.FunctionsOf(set.values[work.Functions].Text)
	seen := map[string]bool{}
	var out []row
	for _, r := range list {
		f, ok := s.worked(r)
		name := named(f)
		i := slices.IndexFunc(wanted, func(w person.Function) bool { return named(w) == name })
		kept := r.with([]string{"job_title", "description"})
		switch {
		case !ok || seen[name]: // not ours, or the same once more
		case i < 0:
			continue
		default:
			seen[name] = true
			if wanted[i].End != f.End || wanted[i].Current != f.Current {
				kept["end_date"], kept["is_current"] = day(wanted[i].End), yesOrNo(wanted[i].Current)
			}
		}
		out = append(out, kept)
	}
	for _, w := range wanted {
		if !seen[named(w)] {
			seen[named(w)] = true
			out = append(out, row{
				s.team(): json.RawMessage(w.Committee), "job_title": quoted(w.Role), "description": quoted(""),
				"start_date": day(w.Start), "end_date": day(w.End), "is_current": yesOrNo(w.Current),
			})
		}
	}
	return out, nil
}

// day is a date as it is written: none is null, since "" is no date.
func day(date string) json.RawMessage {
	if date == "" {
		return json.RawMessage("null")
	}
	return quoted(date)
}

func yesOrNo(b bool) json.RawMessage { return strconv.AppendBool(nil, b) }

// lost is what a site takes out of a text, or puts another sign for: a role with it would
// never be found again (docs/systems/rondoclub.md, "WordPress itself").
var lost = regexp.MustCompile(`[\\<]|%[0-9a-fA-F]{2}`)

// works takes a set of work: of posts, in roles that the site keeps as they are.
func works(set string) (string, error) {
	for _, f := range person.FunctionsOf(set) {
		switch {
		case postID(f.Committee) == 0:
			return "", errors.New("not the id of a post")
		case lost.MatchString(f.Role):
			return "", errors.New("a role with signs that the site does not keep")
		}
	}
	return set, nil
}
