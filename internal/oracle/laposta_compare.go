package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// list is what one list of the account holds, by address.
type list map[string][]held

type held struct {
	email, state string
	modified     time.Time
	fields       map[string]string
}

func readLaposta(dump []byte) ([]list, error) {
	var d struct {
		Lists []struct {
			Members []struct {
				Email    string         `json:"email"`
				State    string         `json:"state"`
				Modified time.Time      `json:"modified"`
				Custom   map[string]any `json:"custom_fields"`
			} `json:"members"`
		} `json:"lists"`
	}
	if err := json.Unmarshal(dump, &d); err != nil {
		return nil, fmt.Errorf("dump of laposta: %w", err)
	}
	out := make([]list, len(d.Lists))
	for i, l := range d.Lists {
		out[i] = list{}
		for _, m := range l.Members {
			h := held{email: m.Email, state: m.State, modified: m.Modified, fields: map[string]string{}}
			for name, v := range m.Custom {
				h.fields[name] = text(v)
			}
			a := strings.ToLower(strings.TrimSpace(m.Email))
			out[i][a] = append(out[i][a], h)
		}
	}
	return out, nil
}

// compareLists compares all lists. Without places an entry is looked for on
// every list, by its relation code.
func compareLists(wanted []map[string]entry, lists []list, places bool, members []row) []Difference {
	var out []Difference
	used := map[*held]bool{}
	find := func(at int, address string, e entry) (*held, int) {
		for i := range lists {
			for j := range lists[i][address] {
				h := &lists[i][address][j]
				if places && i == at || !places && !used[h] && strings.EqualFold(h.fields["relatiecode"], e.code) {
					return h, i
				}
			}
		}
		return nil, at
	}
	for i, want := range wanted {
		for _, address := range sortedKeys(want) {
			e := want[address]
			h, at := find(i, address, e)
			d := Difference{System: "laposta", Place: "list-" + strconv.Itoa(at+1), Member: e.number, Role: e.role}
			if h == nil {
				d.Why = Missing
				out = append(out, d)
				continue
			}
			used[h] = true
			out = append(out, compareEntry(e, *h, d)...)
		}
	}
	return append(out, extra(lists, used, members)...)
}

// extra returns the entries that nobody asks for. A reader of whom no member
// administration knows may be on any list.
func extra(lists []list, used map[*held]bool, members []row) []Difference {
	var out []Difference
	numbers, unreadable, ours := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, m := range members {
		if m.code() != "" {
			numbers[m.code()], unreadable[m.code()] = m.number, m.broken
		}
		for _, name := range []string{"Email", "EmailAlternative", "EmailAddressParent1", "EmailAddressParent2"} {
			ours[mailbox(m.text[name])] = !m.broken
		}
	}
	for i := range lists {
		for _, address := range sortedKeys(lists[i]) {
			for j := range lists[i][address] {
				h := &lists[i][address][j]
				code := strings.ToUpper(h.fields["relatiecode"])
				switch {
				case used[h], h.state == "unsubscribed", h.state == "cleaned", unreadable[code]:
					continue
				case code == "" && h.fields["oudervan"] == "" && !ours[address]:
					continue
				}
				d := Difference{System: "laposta", Place: "list-" + strconv.Itoa(i+1), Member: numbers[code], Role: "member", Why: Extra}
				if code == "" {
					d.Role = "parent"
				}
				if j > 0 {
					d.Why = Twice
				}
				out = append(out, d)
			}
		}
	}
	return out
}

func compareEntry(e entry, h held, d Difference) []Difference {
	if h.state == "unsubscribed" || h.state == "cleaned" {
		return nil
	}
	d.Why = Differs
	var out []Difference
	differs := func(field string) {
		d.Field = field
		out = append(out, d)
	}
	if !strings.EqualFold(h.email, e.email) {
		differs("email")
	}
	if h.state != "active" {
		differs("state")
	}
	for _, field := range sortedKeys(e.fields) {
		got, want := h.fields[field], e.fields[field]
		switch field {
		case "tussenvoegsel", "oudervan":
			got, want = strings.ToLower(got), strings.ToLower(want)
		}
		switch {
		case slices.Contains(commaLists, field):
			if !slices.Equal(parts(got), parts(want)) {
				differs(field)
			}
		case field == "geboortedatum" || field == "datumpasfoto" || field == "lidsinds":
			if day, _, _ := strings.Cut(got, " "); day != want {
				differs(field)
			}
		default:
			if got != want {
				differs(field)
			}
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
