package app

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// checkAll looks at each setting that was made. What is wrong is taken out, so that
// the rest can be looked at, too.
func (l *loader) checkAll() {
	for _, path := range slices.Sorted(maps.Keys(l.known)) {
		if l.from[path] == "" {
			continue
		}
		faults := check(path, l.known[path].typ, l.v.Get(path))
		for _, f := range faults {
			l.fault("%s%s: %w", cmp.Or(l.where(f.path), l.where(path)), f.path, f.err)
		}
		if len(faults) > 0 {
			l.wrong = append(l.wrong, path)
		}
	}
}

// locate adds a fault of what was read, with where the setting was made. A fault
// begins with the paths that it is about.
func (l *loader) locate(err error) {
	path, _, _ := strings.Cut(err.Error(), ":")
	first := words.FindString(path)
	if slices.Contains(l.wrong, first) {
		return // has been told
	}
	l.fault("%s%w", l.where(first), err)
}

var words = regexp.MustCompile(`[a-z0-9_.]+`)

// locateSystem does so for a system, whose faults name its own keys: there is one a line.
func (l *loader) locateSystem(name string, err error) {
	section := "systems." + name
faults:
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fault := strings.TrimPrefix(line, name+": ")
		for _, word := range words.FindAllString(fault, -1) {
			path := section + "." + strings.Trim(word, ".")
			if _, known := l.known[path]; known {
				if !slices.Contains(l.wrong, path) {
					l.fault("%s%s: %s", cmp.Or(l.where(path), l.where(section)), section, fault)
				}
				continue faults
			}
		}
		l.fault("%s%s: %s", l.where(section), section, fault)
	}
}

func (l *loader) decode() {
	all := l.v.AllSettings()
	for _, path := range l.wrong {
		remove(all, path)
	}
	sections, _ := all["systems"].(map[string]any)
	delete(all, "systems")
	l.into("", all, &l.settings)
	if l.src.NoSystems {
		return
	}
	for _, s := range l.src.Systems {
		section, _ := sections[s.Name].(map[string]any)
		sys := SystemSettings{Name: s.Name, Config: s.NewConfig()}
		sys.Given = l.isGiven(s)
		sys.Enabled = sys.Given
		if enabled, ok := section["enabled"].(string); ok {
			sys.Enabled = strings.EqualFold(enabled, "true")
		}
		observe, _ := section["observe"].(string)
		sys.Observe = strings.EqualFold(observe, "true")
		for _, flag := range systemFlags {
			delete(section, flag)
		}
		l.into("systems."+s.Name+": ", section, sys.Config)
		l.settings.Systems = append(l.settings.Systems, sys)
	}
}

// remove takes out what stands at a path.
func remove(m map[string]any, path string) {
	first, rest, more := strings.Cut(path, ".")
	if !more {
		delete(m, first)
	} else if section, ok := m[first].(map[string]any); ok {
		remove(section, rest)
	}
}

// isGiven reports whether a setting of the system has been made.
func (l *loader) isGiven(s System) bool {
	for path := range l.given {
		rest, ok := strings.CutPrefix(path, "systems."+s.Name+".")
		if ok && !slices.Contains(systemFlags, rest) {
			return true
		}
	}
	return false
}

func (l *loader) into(where string, from map[string]any, to any) {
	// The files of secrets have been read; unknown keys have been told.
	prune(from)
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: to, MatchName: sameName, DecodeHook: mapstructure.DecodeHookFuncType(read),
	})
	if err != nil {
		l.fault("%s%w", where, err)
		return
	}
	if err := d.Decode(from); err != nil {
		l.faults = append(l.faults, errors.New(where+"the settings cannot be read")) // check has told why
	}
}

// read turns a text into the setting that it stands for.
func read(from, to reflect.Type, data any) (any, error) {
	switch {
	case to.Kind() == reflect.Slice && to.Elem().Kind() != reflect.Struct:
		all, isList := data.([]any)
		if text, ok := data.(string); ok {
			all, isList = entries(text), true
		}
		for i, one := range all {
			if text, ok := one.(string); ok {
				all[i] = strings.TrimSpace(text)
			}
		}
		if isList {
			return all, nil
		}
	case from.Kind() == reflect.String && to.Kind() != reflect.Struct && to.Kind() != reflect.Slice && to.Kind() != reflect.Interface:
		text, _ := data.(string)
		return exactly(to, text)
	}
	return data, nil
}

// prune removes the X_file beside a secret X that is there.
func prune(m map[string]any) {
	for name, value := range m {
		if section, ok := value.(map[string]any); ok {
			prune(section)
		}
		if base, ok := strings.CutSuffix(name, fileSuffix); ok {
			if _, ok := m[base]; ok {
				delete(m, name)
			}
		}
	}
}
