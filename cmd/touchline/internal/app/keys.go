package app

import (
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/touchline-sync/touchline/sync/connector"
)

const (
	envPrefix  = "TOUCHLINE_"
	fileSuffix = "_file"
)

var (
	secretType   = reflect.TypeFor[connector.Secret]()
	durationType = reflect.TypeFor[time.Duration]()
)

// key is one setting: a leaf of a struct of settings.
type key struct {
	path   string // "server.listen"
	secret bool
	typ    reflect.Type
	value  any // the default, in a form that a file could hold
}

func (k key) env() string { return envName(k.path) }

func envName(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// keysOf returns the settings that a struct has, with the values that stand in
// it as defaults. Structs within are sections.
func keysOf(prefix string, v reflect.Value) []key {
	v = reflect.Indirect(v)
	var keys []key
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := fieldName(field)
		if !field.IsExported() || name == "-" {
			continue
		}
		path := join(prefix, name)
		if field.Anonymous { // what several systems have in common stands among their own
			path = prefix
		}
		if field.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(path, v.Field(i))...)
			continue
		}
		keys = append(keys, key{path: path, secret: field.Type == secretType, typ: field.Type, value: plain(v.Field(i))})
	}
	return keys
}

// plain is a default as it could stand in a file.
func plain(v reflect.Value) any {
	switch {
	case v.Type() == durationType:
		return time.Duration(v.Int()).String()
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice && v.IsNil():
		return nil
	default:
		return v.Interface()
	}
}

// fieldName is the tag of a field, else its Go name in snake case: BaseURL is
// base_url.
func fieldName(f reflect.StructField) string {
	tag, _, _ := strings.Cut(f.Tag.Get("mapstructure"), ",")
	if tag != "" {
		return tag
	}
	var b strings.Builder
	runes := []rune(f.Name)
	for i, r := range runes {
		startsWord := i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// sameName matches a key with a field that carries no tag.
func sameName(key, field string) bool {
	strip := func(s string) string { return strings.ReplaceAll(s, "_", "") }
	return strings.EqualFold(strip(key), strip(field))
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
