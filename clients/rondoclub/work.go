package rondoclub

import (
	"cmp"
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

// workFields are the fields that are rows of it: by the type of the post that they name.
// The site says of each row which it is.
var workFields = map[record.Field]string{work.Functions: "commissie", work.TeamFunctions: aTeam}

const (
	aTeam      = "team"
	entityType = "entity_type"
)

// rowsOfWork are the same fields with how many columns say which row it is.
var rowsOfWork = map[record.Field]int{work.Functions: person.FunctionColumns, work.TeamFunctions: person.FunctionColumns}

const whyUntyped = "the site does not say which rows of work are those of teams"

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

// workOf is the field that a row of work is of. One of no post that is there, or of one of
// another type, is of the first.
func workOf(r row) record.Field {
	if r.text(entityType) == aTeam {
		return work.TeamFunctions
	}
	return work.Functions
}

func (s *shape) readWork(p *post) {
	list, there, wrong := p.rows(workHistory)
	if !there || !s.has[workHistory] {
		return
	}
	all := map[record.Field][]person.Function{}
	seen := map[string]bool{}
	untyped := ""
	for _, r := range list {
		f, ok := s.worked(r)
		if !ok || seen[named(f)] {
			continue
		}
		seen[named(f)] = true
		all[workOf(r)] = append(all[workOf(r)], f)
		if _, typed := r[entityType]; !typed {
			untyped = whyUntyped
		}
	}
	*at(work.Functions)(p) = mapping.Value{Set: true, Text: person.FunctionSet(all[work.Functions]), Wrong: wrong}
	*at(work.TeamFunctions)(p) = mapping.Value{Set: true, Text: person.FunctionSet(all[work.TeamFunctions]), Wrong: cmp.Or(wrong, untyped)}
}

// named says which row of work a function is.
func named(f person.Function) string { return record.NewRow(f.Committee, f.Role, f.Start) }

// writeWork makes the rows of work those of the sets: a row that is in one gets its end,
// one that is not goes, new ones follow. A row without a start that is in none goes on as a
// new one of the same role. Rows of the field that is not set, what else stands in a row,
// and a row that cannot be read stay as they are.
func (s *shape) writeWork(set, now *post) ([]row, error) {
	list, _, wrong := now.rows(workHistory)
	wanted := map[record.Field][]person.Function{}
	for f := range workFields {
		v := set.values[f]
		if v == nil || !v.Set {
			continue
		}
		if is := now.values[f]; is != nil {
			wrong = cmp.Or(wrong, is.Wrong)
		}
		if wrong != "" {
			return nil, &mapping.Error{Field: f, Why: wrong}
		}
		wanted[f] = person.FunctionsOf(v.Text)
	}
	there := map[string]bool{}
	for _, r := range list {
		if f, ok := s.worked(r); ok {
			there[named(f)] = true
		}
	}
	seen := map[string]bool{}
	var out []row
	for _, r := range list {
		f, ok := s.worked(r)
		name := named(f)
		all, ours := wanted[workOf(r)]
		i := slices.IndexFunc(all, func(w person.Function) bool { return named(w) == name })
		kept := r.with([]string{"job_title", "description"})
		switch {
		case !ok || !ours || seen[name]: // not ours, or the same once more
		case i < 0:
			as, found := goesOn(f, all, there)
			if !found {
				continue
			}
			name = named(as)
			there[name] = true
			kept["start_date"], kept["end_date"], kept["is_current"] = day(as.Start), day(as.End), yesOrNo(as.Current)
		case all[i].End != f.End || all[i].Current != f.Current:
			kept["end_date"], kept["is_current"] = day(all[i].End), yesOrNo(all[i].Current)
		}
		seen[name] = seen[name] || ok && ours
		out = append(out, kept)
	}
	for _, f := range []record.Field{work.Functions, work.TeamFunctions} {
		for _, w := range wanted[f] {
			if !seen[named(w)] {
				seen[named(w)] = true
				out = append(out, row{
					s.team(): json.RawMessage(w.Committee), "job_title": quoted(w.Role), "description": quoted(""),
					"start_date": day(w.Start), "end_date": day(w.End), "is_current": yesOrNo(w.Current),
				})
			}
		}
	}
	return out, nil
}

// refusedWork is the field, of those that are set, for which a row of work was refused: that
// of its type, or of a new row, which has none, the one whose set it is in, else any. Without
// them the list is not sent.
func (s *shape) refusedWork(r row, set *post) (other record.Field) {
	f, _ := s.worked(r)
	for _, of := range []record.Field{work.Functions, work.TeamFunctions} {
		v := set.values[of]
		if v == nil || !v.Set {
			continue
		}
		other = cmp.Or(other, of)
		is := func(w person.Function) bool { return named(w) == named(f) }
		if _, typed := r[entityType]; typed && workOf(r) == of || !typed && slices.ContainsFunc(person.FunctionsOf(v.Text), is) {
			return of
		}
	}
	return other
}

// goesOn finds, of rows that are to stand there and do not, the one as which a row without a
// start goes on: of the same role, and rather one that is as current.
func goesOn(f person.Function, all []person.Function, there map[string]bool) (as person.Function, found bool) {
	if f.Start != "" {
		return as, false
	}
	for _, w := range all {
		if w.Committee == f.Committee && w.Role == f.Role && w.Start != "" && !there[named(w)] && (!found || w.Current == f.Current) {
			as, found = w, true
		}
	}
	return as, found
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
