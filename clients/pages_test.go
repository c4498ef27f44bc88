package clients_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// fieldTable is where a page of the manual has what a pipeline reads and writes, and the
// kinds beside its own that its rules make.
var fieldTable = regexp.MustCompile(`(?s)<!-- fields ([a-z-]+)((?: [a-z.]+_?[a-z_]*)*) -->\n.*?<!-- /fields -->`)

// Each pipeline has a page that says what it reads and writes, made from what is declared
// and from the mappings of the connectors.
func TestPagesOfPipelines(t *testing.T) {
	t.Parallel()
	offers := offered(t)
	known := map[string]jobs.Pipeline{}
	for _, f := range pipelines.Families() {
		for _, p := range f.Pipelines {
			if len(p.Children) == 0 {
				known[p.Name] = p
			}
		}
	}
	pages, err := filepath.Glob("../docs/pipelines/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	has := map[string]string{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		next := fieldTable.ReplaceAllStringFunc(string(text), func(was string) string {
			m := fieldTable.FindStringSubmatch(was)
			p, ok := known[m[1]]
			if !ok || has[m[1]] != "" {
				t.Errorf("%s: the fields of %q, which is no pipeline or has a page, %q", page, m[1], has[m[1]])
				return was
			}
			has[m[1]] = page
			head, _, _ := strings.Cut(was, "\n")
			return head + "\n" + fieldsOf(p, strings.Fields(m[2]), offers) + "<!-- /fields -->"
		})
		switch {
		case next == string(text):
		case !*update:
			t.Errorf("the fields of %s are not current: go test ./clients -update", page)
		default:
			if err := os.WriteFile(page, []byte(next), 0o644); err != nil { //nolint:gosec // a page for everybody
				t.Fatal(err)
			}
		}
	}
	for name := range known {
		if has[name] == "" {
			t.Errorf("no page of docs/pipelines has the fields of %s: write <!-- fields %s --> and <!-- /fields --> where they belong", name, name)
		}
	}
}

// fieldsOf is the table of a pipeline: a line for each place and kind, in the order of its
// steps. Places that are alike, such as lists, share one.
func fieldsOf(p jobs.Pipeline, made []string, offers map[record.System][]connector.Collection) string {
	var told []string
	line := func(what string, system record.System, place, view string, of func(connector.Collection) string) {
		for _, c := range offers[system] {
			ours := slices.Contains(p.Kinds, c.Kind) || slices.Contains(made, string(c.Kind))
			if place != "*" && c.Place != place || !ours || !c.Part && view != "" && c.View != view || of(c) == "" {
				continue
			}
			at := c.Place
			if place == "*" {
				at = "each place"
			}
			if view != "" && view != c.Place && !c.Part {
				at += " (" + view + ")"
			}
			said := fmt.Sprintf("| %s %s, %s | %s | %s |\n", what, system, at, c.Kind, of(c))
			if !slices.Contains(told, said) {
				told = append(told, said)
			}
		}
	}
	for _, r := range p.Reads {
		line("read", r.System, r.Place, r.View, func(c connector.Collection) string { return fieldNames(c.Reads) })
	}
	for _, w := range p.Writes {
		if w.Only.Has(false) {
			line("write", w.System, w.Place, "", func(c connector.Collection) string { return fieldNames(c.Writes) })
		}
		if w.Only.Has(true) {
			line("remove", w.System, w.Place, "", func(c connector.Collection) string {
				if c.Delete == nil {
					return ""
				}
				return "the record"
			})
		}
	}
	if p.Orphans { // it has no order of its own
		slices.Sort(told)
	}
	return "| step | kind | fields |\n|---|---|---|\n" + strings.Join(told, "")
}

// ofAYear is a field that there is for each year, or for each of a few that are alike.
var ofAYear = regexp.MustCompile(`^(.*[a-z]_)(\d{4})(_[a-z]+)?$`)

// fieldNames lists fields by name; those of years as one.
func fieldNames(all []record.Field) string {
	if len(all) == 0 {
		return ""
	}
	first, last := map[string]string{}, map[string]string{}
	var names []string
	for _, f := range slices.Sorted(slices.Values(all)) {
		m := ofAYear.FindStringSubmatch(string(f))
		if m == nil {
			names = append(names, string(f))
			continue
		}
		alike := m[1] + "YEAR" + m[3]
		if first[alike] == "" {
			first[alike] = m[2]
			names = append(names, alike)
		}
		last[alike] = m[2]
	}
	for i, name := range names {
		if first[name] != "" {
			names[i] = strings.Replace(name, "YEAR", first[name]+"…"+last[name], 1)
		}
	}
	return "`" + strings.Join(names, "`, `") + "`"
}
