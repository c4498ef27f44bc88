package read

import "github.com/touchline-sync/touchline/sync/record"

// unstorable says why a record cannot be stored, or "".
func unstorable(f record.Fields) string {
	if name := f.Unstorable(); name != "" {
		return "field " + string(name) + ": it holds a NUL, or bytes that are no text"
	}
	return ""
}
