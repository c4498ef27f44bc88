package rondosim

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type object = map[string]any

type faults struct{ anonymous, short, swallow bool }

type faultsKey struct{}

func withFaults(ctx context.Context, f faults) context.Context {
	return context.WithValue(ctx, faultsKey{}, f)
}

func faultsOf(r *http.Request) faults {
	f, _ := r.Context().Value(faultsKey{}).(faults)
	return f
}

// signedIn checks Basic authentication with an application password, in which
// WordPress passes over all but letters and digits. Wrong credentials are not
// an error of their own: the request is just not signed in
// (docs/systems/rondoclub.md, measured 1).
func signedIn(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && !faultsOf(r).anonymous &&
		strings.EqualFold(user, username) && bare(password) == bare(appPassword)
}

func bare(password string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, password)
}

func send(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"code":"internal_server_error","message":"","data":{"status":500}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// refuse answers in WordPress' form of an error.
func refuse(w http.ResponseWriter, status int, code, message string, more ...object) {
	data := object{"status": status}
	for _, m := range more {
		maps.Copy(data, m)
	}
	send(w, status, object{"code": code, "message": message, "data": data})
}

func noRoute(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")
}

// badParam is what WordPress answers when a parameter does not fit its schema.
func badParam(w http.ResponseWriter, param, message string) {
	code, data := codeOf(message)
	refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+param, object{
		"params":  object{param: message},
		"details": object{param: object{"code": code, "message": message, "data": data}},
	})
}

// only leaves what _fields names, with dots for what is inside.
func only(r *http.Request, v object) object {
	want := r.URL.Query().Get("_fields")
	if want == "" {
		return v
	}
	out := object{}
	for path := range strings.SplitSeq(want, ",") {
		pick(out, v, strings.Split(strings.TrimSpace(path), "."))
	}
	return out
}

func pick(out, from object, path []string) {
	v, ok := from[path[0]]
	if !ok {
		return
	}
	inner, nested := v.(object)
	if len(path) == 1 || !nested {
		out[path[0]] = v
		return
	}
	into, ok := out[path[0]].(object)
	if !ok {
		into = object{}
		out[path[0]] = into
	}
	pick(into, inner, path[1:])
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
