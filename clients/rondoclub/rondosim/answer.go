package rondosim

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

type object = map[string]any

type faults struct{ anonymous, short, swallow bool }

type faultsKey struct{}

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

// refusal is an error as WordPress tells it.
type refusal struct {
	status        int
	code, message string
	data          object // what goes with the status
	more          object // beside it
	page          bool   // it is told in HTML
}

// Error is what was refused, and where; no value is in it.
func (no *refusal) Error() string { return fmt.Sprintf("%s %v", no.message, no.data) }

func refuse(status int, code, message string, more ...object) error {
	no := &refusal{status: status, code: code, message: message, data: object{"status": status}}
	for _, m := range more {
		maps.Copy(no.data, m)
	}
	return no
}

func refused(w http.ResponseWriter, err error) (int, any) {
	no, ok := errors.AsType[*refusal](err)
	switch {
	case !ok:
		return http.StatusInternalServerError, object{"code": "internal_server_error", "message": err.Error(), "data": object{"status": 500}}
	case no.page:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		return no.status, []byte("<!DOCTYPE html><html><head><title>WordPress &rsaquo; Error</title></head><body>" + no.message + "</body></html>")
	}
	out := object{"code": no.code, "message": no.message, "data": no.data}
	maps.Copy(out, no.more)
	return no.status, out
}

var noRoute = refuse(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.")

// badParam is what WordPress answers when a parameter does not fit its schema.
func badParam(param, message string) error {
	code, data := codeOf(message)
	return refuse(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+param, object{
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
