package app

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Setting is one setting as it is in force.
type Setting struct {
	Path string `json:"path"`
	// Value is what it is; of a secret, only that there is one.
	Value string `json:"value"`
	// From is where it was set: a file with its line, a variable or a flag; "": nowhere.
	From string `json:"from,omitempty"`
}

// hidden is shown in place of a secret.
const hidden = "[secret]"

// Show returns all settings as they are in force, in order, without any secret. Those of
// systems of which nothing is set are left out. The error is that of Load.
func Show(src Sources) ([]Setting, error) {
	l := newLoader(src)
	if _, err := l.load(); err != nil {
		return nil, err
	}
	var out []Setting
	for _, path := range slices.Sorted(maps.Keys(l.known)) {
		if system, ok := systemOf(path); ok && !slices.ContainsFunc(l.settings.Systems, func(s SystemSettings) bool { return s.Name == system && (s.Given || s.Enabled) }) {
			continue
		}
		out = append(out, Setting{Path: path, Value: l.shown(path), From: l.from[path]})
	}
	return out, nil
}

// systemOf is the system that a path belongs to.
func systemOf(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, "systems.")
	system, _, _ := strings.Cut(rest, ".")
	return system, ok
}

// shown is the value of a setting, as it may be shown.
func (l *loader) shown(path string) string {
	k := l.known[path]
	value := l.v.Get(path)
	switch {
	case k.secret && l.v.GetString(path) == "":
		return ""
	case k.secret:
		return hidden
	case value == nil:
		return ""
	case k.typ.Kind() == reflect.Slice:
		return shownList(value)
	}
	return address(fmt.Sprint(value))
}

func shownList(value any) string {
	var out []string
	if all, ok := value.([]any); ok {
		for _, one := range all {
			out = append(out, address(fmt.Sprint(one)))
		}
		return strings.Join(out, ", ")
	}
	return address(fmt.Sprint(value))
}

// address leaves of an address only where it leads: its path may be as good as a
// password, as that of a webhook is.
func address(text string) string {
	before, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	u, err := url.Parse(before[strings.LastIndexAny(before, "=, ")+1:] + "://" + rest)
	if err != nil {
		return hidden
	}
	if u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" {
		return text
	}
	return before + "://" + u.Host + "/" + "..."
}
