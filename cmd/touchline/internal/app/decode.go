package app

import (
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

func (l *loader) decode() {
	all := l.v.AllSettings()
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
		if enabled, ok := section["enabled"]; ok {
			if err := mapstructure.WeakDecode(enabled, &sys.Enabled); err != nil {
				l.fault("systems.%s.enabled: must be true or false", s.Name)
			}
			delete(section, "enabled")
		}
		l.into("systems."+s.Name+": ", section, sys.Config)
		l.settings.Systems = append(l.settings.Systems, sys)
	}
}

// isGiven reports whether a setting of the system has been made.
func (l *loader) isGiven(s System) bool {
	for path := range l.known {
		rest, ok := strings.CutPrefix(path, "systems."+s.Name+".")
		if ok && rest != "enabled" && l.v.InConfig(path) {
			return true
		}
	}
	return false
}

func (l *loader) into(where string, from map[string]any, to any) {
	// The files of secrets have been read; unknown keys have been told.
	prune(from)
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:           to,
		WeaklyTypedInput: true,
		ErrorUnused:      true,
		MatchName:        sameName,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.StringToSliceHookFunc(","),
		),
	})
	if err != nil {
		l.fault("%s%w", where, err)
		return
	}
	if err := d.Decode(from); err != nil && len(l.faults) == 0 {
		l.fault("%s%w", where, err)
	}
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
