package value

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
)

// maxMark is how long the mark of what a system keeps may be.
const maxMark = 200

// Blob makes what names bytes canonical: a digest of ours, or the mark of what a system
// keeps its own way. Anything else is unreadable: it would name nothing.
func Blob(raw string) (string, error) {
	s := strings.TrimSpace(raw)
	mark, there := record.BlobMark(s)
	switch {
	case s == "" || record.IsBlob(s):
		return s, nil
	case there && mark != "" && len(mark) <= maxMark && plain(mark):
		return s, nil
	}
	return "", unreadable("names no bytes")
}

// BlobFields returns the names of the fields whose values name bytes, and the kind of each.
func BlobFields() (fields, of []string) {
	for kind, types := range kinds {
		for f, t := range types {
			if t.Class == record.ClassBlob {
				fields, of = append(fields, string(f)), append(of, string(kind))
			}
		}
	}
	return fields, of
}
