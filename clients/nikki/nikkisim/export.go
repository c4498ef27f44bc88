package nikkisim

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// export is the file in the site's dialect: how the settings have it, and without what
// faults leave out.
func (s *sim) export(lines []*Line, f exportFaults) []byte {
	d := s.site.Export
	names := []string{d.Key, "Lidnr.", "Naam", d.Amount}
	if d.Year != "" {
		names = append([]string{d.Year}, names...)
	}
	if f.renamed {
		names[len(names)-1] = "bedrag"
	}
	var b strings.Builder
	row := func(cells []string) {
		for i, c := range cells {
			if d.Quotes == "all" || d.Quotes == "names" && i == len(cells)-2 {
				cells[i] = `"` + c + `"`
			}
		}
		b.WriteString(strings.Join(cells, d.Delimiter) + "\r\n")
	}
	row(names)
	for i, l := range lines {
		if l.Unexported || f.short && i%3 == 0 {
			continue
		}
		name := l.Name
		switch {
		case d.Quotes == "names" && i%4 == 1: // broken: a quotation mark within
			name = strings.Replace(name, " ", ` "de Bakker" `, 1)
		case d.Quotes != "" && i%4 == 2:
			name = strings.Replace(name, " ", d.Delimiter+" ", 1)
		}
		cells := []string{l.ID, l.Member, name, s.amount(l)}
		if d.Year != "" {
			cells = append([]string{fmt.Sprint(l.Year)}, cells...)
		}
		if f.ragged && i%2 == 0 {
			cells = append(cells[:len(cells)-2], cells[len(cells)-1])
		}
		row(cells)
	}
	b.WriteString("\r\n")
	out := []byte(b.String())
	if d.Latin1 {
		out, _ = encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).Bytes(out) // it replaces what it has no letter for
	}
	if d.BOM {
		out = append([]byte("\xef\xbb\xbf"), out...)
	}
	return out
}

// amount is the total as the export has it: where a comma would be a delimiter, in
// quotes or with a point.
func (s *sim) amount(l *Line) string {
	if s.site.Export.Delimiter == "," && s.site.Export.Quotes != "all" {
		return fmt.Sprintf("%d.%02d", l.Total/100, l.Total%100)
	}
	return write(l.Form, l.Total)
}

type exportFaults struct{ renamed, short, ragged bool }
