package app

import (
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
	// Serves and Works say that the settings are those of a program that is to
	// run: files with secrets must be closed to others. Serves also looks at the
	// certificate, the address and the data folder.
	Serves, Works bool
}

// allowed are variables that are ours and no settings.
var allowed = []string{"TOUCHLINE_CONFIG", "TOUCHLINE_TOKEN", "TOUCHLINE_TOKEN_FILE", "TOUCHLINE_ADDRESS", "TOUCHLINE_PROFILE"}

// Load reads and checks all settings. The error is Faults when settings are at
// fault, with all of them.
func Load(src Sources) (Settings, error) { return newLoader(src).load() }

func (l *loader) load() (Settings, error) {
	l.readFile()
	l.readEnvironment()
	for path, f := range l.src.Flags {
		if err := l.v.BindPFlag(path, f); err != nil {
			l.fault("%s: %w", path, err)
		}
		l.from[path] = "--" + f.Name
	}
	l.readSecretFiles()
	l.checkAll()
	l.decode()
	// What cannot be read is told by itself, and its default is valid: so all that
	// is wrong is told at once.
	for _, err := range l.settings.validate() {
		l.locate(err)
	}
	for _, sys := range l.settings.Systems {
		if !sys.Enabled {
			continue
		}
		if err := sys.Config.Validate(); err != nil {
			l.locateSystem(sys.Name, err)
		}
	}
	l.examine()
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
	known    map[string]key    // by path
	from     map[string]string // by path: where it was set, as a fault says it
	given    map[string]bool   // by path: whether it was set
	wrong    []string          // paths of settings that cannot be read
	faults   []error
}

func newLoader(src Sources) *loader {
	l := &loader{
		v: viper.New(), src: src, settings: Defaults(), known: map[string]key{}, from: map[string]string{}, given: map[string]bool{},
	}
	l.learn()
	return l
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
			for _, flag := range systemFlags {
				keys = append(keys, key{path: path + "." + flag, typ: reflect.TypeFor[bool]()})
			}
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

// systemFlags are settings that each system has, and that do not switch it on.
var systemFlags = []string{"enabled", "observe"}

// isSection reports whether keys lie below a path.
func (l *loader) isSection(path string) bool {
	for known := range l.known {
		if strings.HasPrefix(known, path+".") {
			return true
		}
	}
	return false
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
		l.set(path, env[name], name)
	}
}

// set lays a value over what was set before.
func (l *loader) set(path string, value any, from string) {
	if err := l.v.MergeConfigMap(nested(path, value)); err != nil {
		l.fault("%s: %w", from, err)
	}
	l.from[path], l.given[path] = from, true
}

// readSecretFiles takes each secret that is given as a file. One line end at its
// end is the file's and not the secret's.
func (l *loader) readSecretFiles() {
	for _, path := range slices.Sorted(maps.Keys(l.known)) {
		at := path + fileSuffix
		name := l.v.GetString(at)
		if !l.known[path].secret || name == "" {
			continue
		}
		if l.v.GetString(path) != "" {
			l.fault("%s%s: given both as a value and as a file", l.where(at), path)
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			l.fault("%s%s: %w", l.where(at), at, err)
			continue
		}
		secret := strings.TrimSuffix(string(data), "\n")
		if secret == "" {
			l.fault("%s%s: %s is empty", l.where(at), at, name)
			continue
		}
		if l.src.Serves || l.src.Works {
			l.closed(name, "it holds "+path)
		}
		l.set(path, secret, name)
	}
}

// closed makes sure that a file is closed to all other users of the machine.
func (l *loader) closed(name, why string) {
	info, err := os.Stat(name)
	if err != nil {
		l.fault("%s: %w", name, err)
		return
	}
	if mode := info.Mode().Perm(); info.Mode().IsRegular() && mode&0o027 != 0 {
		l.fault("%s: is open to other users of the machine (mode %04o), and %s; chmod 600 %s, or 640 for a group that may read it",
			name, mode, why, name)
	}
}

// where is where a setting was made, to begin a fault with.
func (l *loader) where(path string) string {
	if from := l.from[path]; from != "" {
		return from + ": "
	}
	return ""
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
	l := newLoader(Sources{Systems: systems})
	return slices.Sorted(maps.Keys(l.known))
}
