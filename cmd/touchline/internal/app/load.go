package app

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Sources say where settings come from: flags over environment over file over
// default.
type Sources struct {
	// File is the file of settings. Empty: TOUCHLINE_CONFIG, else the first of
	// the usual places that exists.
	File string
	// Environ is the environment, as os.Environ returns it.
	Environ []string
	// Flags are by key those flags that set something.
	Flags   map[string]*pflag.Flag
	Systems []System
	// NoSystems leaves the systems out, and every place where their
	// credentials could stand: the file is not read. It is how the demo keeps
	// away from real systems.
	NoSystems bool
}

// allowed are variables that are ours and no settings.
var allowed = []string{"TOUCHLINE_CONFIG", "TOUCHLINE_TOKEN", "TOUCHLINE_TOKEN_FILE", "TOUCHLINE_ADDRESS"}

// Load reads and checks all settings. The error is Faults when settings are at
// fault, with all of them.
func Load(src Sources) (Settings, error) {
	l := &loader{v: viper.New(), src: src, settings: Defaults(), known: map[string]key{}}
	l.learn()
	l.readFile()
	l.readEnvironment()
	l.readSecretFiles()
	for path, f := range src.Flags {
		if err := l.v.BindPFlag(path, f); err != nil {
			l.fault("%s: %w", path, err)
		}
	}
	l.decode()
	if len(l.faults) == 0 {
		l.faults = l.settings.validate()
	}
	if len(l.faults) > 0 {
		return Settings{}, Faults(l.faults)
	}
	return l.settings, nil
}

// RealSystems returns the names of the variables in an environment that are
// settings of systems. The values are not looked at.
func RealSystems(environ []string) []string {
	var names []string
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix+"SYSTEMS_") && value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

type loader struct {
	v        *viper.Viper
	src      Sources
	settings Settings
	known    map[string]key // by path
	faults   []error
}

func (l *loader) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Errorf(format, args...))
}

// learn collects the keys of the program and of each system, and sets their
// defaults.
func (l *loader) learn() {
	keys := keysOf("", reflect.ValueOf(l.settings))
	if !l.src.NoSystems {
		for _, s := range l.src.Systems {
			path := "systems." + s.Name
			keys = append(keys, key{path: path + ".enabled", value: nil})
			keys = append(keys, keysOf(path, reflect.ValueOf(s.NewConfig()))...)
		}
	}
	for _, k := range keys {
		l.known[k.path] = k
		if k.value != nil {
			l.v.SetDefault(k.path, k.value)
		}
	}
}

func (l *loader) readFile() {
	path := l.file()
	if path == "" {
		return
	}
	file := viper.New()
	file.SetConfigFile(path)
	if filepath.Ext(path) == "" {
		file.SetConfigType("yaml")
	}
	if err := file.ReadInConfig(); err != nil {
		// The text of a parser may quote the line, and so a secret.
		if pathError, ok := errors.AsType[*os.PathError](err); ok {
			l.fault("settings: %w", pathError)
		} else {
			l.fault("settings: %s cannot be read as %s", path, strings.TrimPrefix(filepath.Ext(path), "."))
		}
		return
	}
	for _, found := range slices.Sorted(slices.Values(file.AllKeys())) {
		if !l.isKnown(found) && !(file.Get(found) == nil && l.isSection(found)) {
			l.fault("%s: unknown key (in %s)", found, path)
		}
	}
	all := file.AllSettings()
	dropEmpty(all)
	if err := l.v.MergeConfigMap(all); err != nil {
		l.fault("settings: %w", err)
	}
}

// isKnown reports whether a key can be set: one of ours, or a secret's file.
func (l *loader) isKnown(path string) bool {
	if _, ok := l.known[path]; ok {
		return true
	}
	k, ok := l.known[strings.TrimSuffix(path, fileSuffix)]
	return ok && k.secret && strings.HasSuffix(path, fileSuffix)
}

// isSection reports whether keys lie below a path.
func (l *loader) isSection(path string) bool {
	for known := range l.known {
		if strings.HasPrefix(known, path+".") {
			return true
		}
	}
	return false
}

// dropEmpty removes what says nothing: keys without a value, sections in which
// all is commented out.
func dropEmpty(m map[string]any) {
	for name, value := range m {
		if section, ok := value.(map[string]any); ok {
			dropEmpty(section)
		}
		if value == nil {
			delete(m, name)
		}
	}
}

// file is the path of the file to read, or empty.
func (l *loader) file() string {
	if l.src.NoSystems {
		return ""
	}
	if l.src.File != "" {
		return l.src.File
	}
	env := environment(l.src.Environ)
	if path := env["TOUCHLINE_CONFIG"]; path != "" {
		return path
	}
	places := []string{"/etc/touchline/config.yaml"}
	if home := env["XDG_CONFIG_HOME"]; filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, "touchline", "config.yaml"))
	} else if home := env["HOME"]; home != "" {
		places = append(places, filepath.Join(home, ".config", "touchline", "config.yaml"))
	}
	for _, path := range places {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// readEnvironment lays the variables over the file. A variable that is empty
// counts as not set.
func (l *loader) readEnvironment() {
	paths := map[string]string{}
	for path, k := range l.known {
		paths[k.env()] = path
		if k.secret {
			paths[k.env()+strings.ToUpper(fileSuffix)] = path + fileSuffix
		}
	}
	env := environment(l.src.Environ)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, envPrefix) || env[name] == "" || slices.Contains(allowed, name) {
			continue
		}
		if strings.HasPrefix(name, envPrefix+"TEST_") || l.src.NoSystems && strings.HasPrefix(name, envPrefix+"SYSTEMS_") {
			continue
		}
		path, ok := paths[name]
		if !ok {
			l.fault("%s: unknown variable", name)
			continue
		}
		if err := l.v.MergeConfigMap(nested(path, env[name])); err != nil {
			l.fault("%s: %w", name, err)
		}
	}
}

// readSecretFiles takes each secret that is given as a file.
func (l *loader) readSecretFiles() {
	for _, path := range slices.Sorted(maps.Keys(l.known)) {
		name := l.v.GetString(path + fileSuffix)
		if !l.known[path].secret || name == "" {
			continue
		}
		if l.v.GetString(path) != "" {
			l.fault("%s: given both as a value and as a file", path)
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			l.fault("%s%s: %w", path, fileSuffix, err)
			continue
		}
		if err := l.v.MergeConfigMap(nested(path, strings.TrimRight(string(data), "\r\n"))); err != nil {
			l.fault("%s: %w", path, err)
		}
	}
}

func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	return env
}

// nested makes a map of maps that holds one value at a path.
func nested(path string, value any) map[string]any {
	first, rest, more := strings.Cut(path, ".")
	if more {
		return map[string]any{first: nested(rest, value)}
	}
	return map[string]any{first: value}
}

// Keys returns the keys of all settings, in order.
func Keys(systems []System) []string {
	l := &loader{v: viper.New(), src: Sources{Systems: systems}, settings: Defaults(), known: map[string]key{}}
	l.learn()
	return slices.Sorted(maps.Keys(l.known))
}
