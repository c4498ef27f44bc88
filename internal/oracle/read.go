package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// row is a member as Sportlink's search answers it, with its number.
type row struct {
	number int
	text   map[string]string
	broken bool // cannot be read
}

func (r row) get(name string) string { return strings.TrimSpace(r.text[name]) }

func (r row) code() string { return strings.ToUpper(r.get("PublicPersonId")) }

func (r row) dead() bool { return r.get("DateOfPassing") != "" }

func (r row) name() string {
	return oneLine(r.text["FirstName"] + " " + r.text["Infix"] + " " + r.text["LastName"])
}

// readSportlink returns the members that a search with the default chips
// shows, by relation code.
func readSportlink(dump []byte) ([]row, error) { return readRows(dump, false) }

// readRows returns the members, or those who were members once.
func readRows(dump []byte, left bool) ([]row, error) {
	var d struct {
		Members []map[string]any `json:"members"`
	}
	if err := json.Unmarshal(dump, &d); err != nil {
		return nil, fmt.Errorf("dump of sportlink: %w", err)
	}
	var out []row
	for i, m := range d.Members {
		r := row{number: i + 1, text: map[string]string{}}
		for name, v := range m {
			r.text[name] = text(v)
		}
		if (r.get("MemberStatus") == "INACTIVE") != left {
			continue
		}
		if r.code() == "" || r.get("FirstName") == "" {
			r.broken = true
		}
		out = append(out, r)
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].code() < out[b].code() })
	return out, nil
}

// text is any JSON scalar, or a list of them, as a text.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
		return "0"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, 0, len(v))
		for _, p := range v {
			parts = append(parts, text(p))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// parts takes a comma list apart: sorted, each once.
func parts(lists ...string) []string {
	var out []string
	for _, list := range lists {
		for p := range strings.SplitSeq(list, ",") {
			if p = oneLine(p); p != "" && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	sort.Strings(out)
	return out
}

// mailbox is an address in the form in which addresses are compared, or "".
func mailbox(s string) string {
	if !strings.Contains(s, "@") {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(s))
}

// called is a name without case, accents, punctuation and superfluous blanks.
func called(name string) string {
	var plain strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r == 'ł':
			plain.WriteByte('l')
		case r == 'ø':
			plain.WriteByte('o')
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			plain.WriteRune(r)
		default:
			plain.WriteByte(' ')
		}
	}
	return oneLine(plain.String())
}

// withoutTrunk leaves out the zero that people put between the Dutch country code
// and a number, as in +31 (0)6.
func withoutTrunk(digits string) string {
	if rest, dutch := strings.CutPrefix(digits, "310"); dutch {
		return "31" + rest
	}
	return digits
}

// phone is the phone rule of docs/systems/sportlink.md.
func phone(s string) string {
	digits, plus := "", false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits += string(r)
		case r == '+' && digits == "":
			plus = true
		}
	}
	switch {
	case digits == "":
		return ""
	case plus:
		return "+" + withoutTrunk(digits)
	case strings.HasPrefix(digits, "00"):
		return "+" + withoutTrunk(digits[2:])
	case strings.HasPrefix(digits, "0"):
		return "+31" + digits[1:]
	}
	return digits
}
