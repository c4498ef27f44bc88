package newsystem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// word is where a word of a constant's name begins, such as those of Email1.
var word = regexp.MustCompile(`([a-z])([A-Z0-9])`)

// name is the field as it is called with us.
func (f field) name() string { return strings.ToLower(word.ReplaceAllString(f.Const, "${1}_${2}")) }

// fieldLine is a line of what a pipeline reads, writes or removes, as the test of the pages
// makes it.
func (s System) fieldLine(what string) string {
	fields := "the record"
	if what != "remove" {
		var names []string
		for _, f := range s.Fields {
			names = append(names, f.name())
		}
		slices.Sort(names)
		fields = "`" + strings.Join(names, "`, `") + "`"
	}
	return fmt.Sprintf("| %s %s, people | %s | %s |\n", what, s.Name, s.Kind, fields)
}

// sections adds what new pipelines read and write to the end of a page: all read, and the
// one that goes out writes and removes as well.
func (s System) sections(prefixes ...string) change {
	return func(text []byte) ([]byte, error) {
		var out strings.Builder
		out.WriteString(strings.TrimRight(string(text), "\n") + "\n")
		for _, prefix := range prefixes {
			lines := s.fieldLine("read")
			if prefix == "outbound-" {
				lines += s.fieldLine("write") + s.fieldLine("remove")
			}
			fmt.Fprintf(&out, "\n`%[1]s`\n\n<!-- fields %[1]s -->\n| step | kind | fields |\n|---|---|---|\n%[2]s<!-- /fields -->\n", prefix+s.Name, lines)
		}
		return []byte(out.String()), nil
	}
}

// inFields adds the system to what a pipeline reads, after all else that it reads, and to
// what it writes and removes. Of orphans the lines are in the order of their letters.
func (s System) inFields(pipeline string, what ...string) change {
	section := regexp.MustCompile(`(?s)<!-- fields ` + pipeline + `[ a-z._]* -->\n\| step [^\n]*\n[^\n]*\n(.*?)<!-- /fields -->`)
	return func(text []byte) ([]byte, error) {
		at := section.FindSubmatchIndex(text)
		if at == nil {
			return nil, fmt.Errorf("no table between \"<!-- fields %s -->\" and \"<!-- /fields -->\"", pipeline)
		}
		lines := strings.SplitAfter(strings.TrimSuffix(string(text[at[2]:at[3]]), "\n")+"\n", "\n")
		lines = lines[:len(lines)-1] // what is after the last one
		for _, w := range what {
			to := len(lines)
			if w == "read" {
				for to > 0 && !strings.HasPrefix(lines[to-1], "| read ") {
					to--
				}
			}
			lines = slices.Insert(lines, to, s.fieldLine(w))
		}
		if strings.HasPrefix(pipeline, "orphans") {
			slices.Sort(lines)
		}
		return []byte(string(text[:at[2]]) + strings.Join(lines, "") + string(text[at[3]:])), nil
	}
}
