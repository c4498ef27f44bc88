package policy_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
)

var update = flag.Bool("update", false, "write the pages of the policies into the manual")

const manual = "../../docs/policies.md"

// TestPagesInTheManual: the manual says of each kind what its policy says.
func TestPagesInTheManual(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# The policies, field by field\n\nMade from `sync/policy` by `go test ./sync/policy -update`; what they mean to the people of a club\nor an organiser stands in docs/policy.md. *hub* is our own copy: EMS for an organiser of\nevents, and what touchline derives for a club.\n")
	for _, p := range slices.Concat(policy.Club(4), policy.Event()) {
		page(&b, p)
	}
	if *update {
		if err := os.WriteFile(manual, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a page of the manual
			t.Fatal(err)
		}
	}
	if is, err := os.ReadFile(manual); err != nil || string(is) != b.String() {
		t.Errorf("docs/policies.md is not what the policies say (%v): go test ./sync/policy -update", err)
	}
}

func page(b *strings.Builder, p *policy.Policy) {
	fmt.Fprintf(b, "\n## %s\n\n", p.Kind)
	fmt.Fprintf(b, "Recognised by %s. ", fields(p.KeyFields))
	fmt.Fprintf(b, "New ones come from %s; %s.", names(p.Sources), held(p))
	if len(p.Identity) > 0 {
		fmt.Fprintf(b, " Who it is about: %s.", fields(p.Identity))
	}
	if n := p.Newcomers; n != nil {
		fmt.Fprintf(b, " Newcomers come in at %s, with %s.", names(n.From), fields(n.Needs))
	}
	if len(p.Selections) > 0 {
		fmt.Fprintf(b, " Selections: %s.", strings.Join(slices.Sorted(maps.Keys(p.Selections)), ", "))
	}
	if o := p.Once; o != nil {
		b.WriteString(" Told once, and people's from then on")
		if o.Fresh > 0 {
			fmt.Fprintf(b, "; not told when it happened more than %d days ago", int(o.Fresh.Hours()/24))
		}
		b.WriteString(".")
	}
	if len(p.Remembered) > 0 {
		fmt.Fprintf(b, " Of what is nobody's %s are kept.", fields(p.Remembered))
	}
	b.WriteString("\n\n| fields | who decides |\n|---|---|\n")
	by := map[string][]record.Field{}
	for f, r := range p.Fields {
		by[decides(r)] = append(by[decides(r)], f)
	}
	for _, who := range slices.SortedFunc(maps.Keys(by), func(a, b string) int { return strings.Compare(first(by[a]), first(by[b])) }) {
		slices.Sort(by[who])
		fmt.Fprintf(b, "| %s | %s |\n", fields(by[who]), who)
	}
	for _, g := range p.Groups {
		if years(g[0]) != g[0] && !strings.HasSuffix(string(g[0]), firstYear) {
			continue // told of the first year
		}
		fmt.Fprintf(b, "\nGo together: %s.\n", fields(g))
	}
	if len(p.OnDelete) > 0 {
		b.WriteString("\n| deleted, at | what happens |\n|---|---|\n")
	}
	for _, d := range p.OnDelete {
		what := string(d.Action)
		for _, f := range d.Fields.Names() {
			what += fmt.Sprintf(" %s to %q", f, d.Fields[f])
		}
		if d.Reason != "" {
			what += ", when " + string(d.Reason)
		}
		if d.If != nil {
			what += ", under a condition; else the next line"
		}
		fmt.Fprintf(b, "| %s | %s |\n", d.System, what)
	}
}

func held(p *policy.Policy) string {
	if len(p.Targets) == 0 {
		return "no system has to hold them"
	}
	var at []string
	for _, t := range p.Targets {
		name := string(t.System)
		if t.Stays {
			name += " (and stays there)"
		}
		at = append(at, name)
	}
	return "held at " + strings.Join(at, ", ")
}

func decides(r policy.Rule) string {
	var out []string
	if len(r.Strict) > 0 {
		out = append(out, "the stricter: "+strings.Join(r.Strict, ", "))
	}
	if len(r.Order) > 0 {
		out = append(out, names(r.Order))
	}
	if r.Rows > 0 {
		out = append(out, "row by row")
	}
	if len(r.With) > 0 {
		out = append(out, "belongs to "+fields(r.With))
	}
	if len(r.Behind) > 0 {
		out = append(out, strings.Join(r.Behind, ", ")+" stays behind with it")
	}
	if len(r.OptIn) > 0 {
		out = append(out, "loosened by the person themselves at "+names(r.OptIn))
	}
	if r.KeepEmpty {
		out = append(out, "emptied by none")
	}
	if r.Ask {
		out = append(out, "a conflict waits for a person")
	}
	return strings.Join(out, "; ")
}

func names(systems []record.System) string {
	out := make([]string, len(systems))
	for i, s := range systems {
		out[i] = string(s)
	}
	return strings.Join(out, ", then ")
}

func fields(all []record.Field) string {
	var out []string
	for _, f := range all {
		out = append(out, string(years(f)))
	}
	return strings.Join(slices.Compact(out), ", ")
}

var firstYear = fmt.Sprintf("_%d", contribution.FirstYear)

var ofAYear = regexp.MustCompile(`_20[0-9]{2}$`)

// years is the name of a field, or one for the same field of all years.
func years(f record.Field) record.Field {
	all := fmt.Sprintf("_%d to _%d", contribution.FirstYear, contribution.LastYear)
	return record.Field(ofAYear.ReplaceAllString(string(f), all))
}

func first(all []record.Field) string { return string(slices.Min(all)) }
