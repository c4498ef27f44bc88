package openapitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// request looks at a request, and returns what its answer is judged by; nil
// when the operation is not described.
func (w *Watch) request(req *http.Request, body []byte) *openapi3filter.RequestValidationInput {
	bare := req.Clone(context.WithoutCancel(req.Context()))
	bare.Body = http.NoBody
	if len(body) > 0 {
		bare.Body = io.NopCloser(bytes.NewReader(body))
	}
	route, params, err := w.router.FindRoute(bare)
	if err != nil {
		w.report(req.Method, req.URL.Path, "request: no such operation")
		return nil
	}
	w.count(req.Method, route.Path)
	in := &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, Route: route, Options: options()}
	for name := range req.URL.Query() {
		known := slices.ContainsFunc(slices.Concat(route.PathItem.Parameters, route.Operation.Parameters), func(p *openapi3.ParameterRef) bool {
			return p.Value.In == "query" && (p.Value.Name == name || strings.TrimSuffix(name, "[]") == p.Value.Name)
		})
		if !known {
			w.report(req.Method, route.Path, "request: query "+name+": not described")
		}
	}
	for _, fault := range faults(openapi3filter.ValidateRequest(bare.Context(), in)) {
		w.report(req.Method, route.Path, "request: "+fault)
	}
	return in
}

// answer looks at the answer to a request.
func (w *Watch) answer(asked *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) {
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: options(),
	}
	for _, fault := range faults(openapi3filter.ValidateResponse(asked.Request.Context(), in)) {
		w.report(asked.Request.Method, asked.Route.Path, fmt.Sprintf("answer %d: %s", resp.StatusCode, fault))
	}
	// The library passes a body over where none is described.
	described := asked.Route.Operation.Responses.Status(resp.StatusCode)
	if described == nil {
		described = asked.Route.Operation.Responses.Default()
	}
	if described != nil && len(described.Value.Content) == 0 && len(body) > 0 {
		w.report(asked.Request.Method, asked.Route.Path, fmt.Sprintf("answer %d: a body where none is described", resp.StatusCode))
	}
}

// faults takes an error of the library apart, one text for each thing that is
// wrong, without repetitions. A text has no value.
func faults(err error) []string {
	var out []string
	for _, e := range leaves(err) {
		if text := describe(e); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// leaves are the errors at the ends of a tree of errors.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	if schema, ok := err.(*openapi3.SchemaError); ok { //nolint:errorlint // a walk, one level at a time
		var many openapi3.MultiError
		if errors.As(schema.Origin, &many) {
			return leaves(many)
		}
		return []error{schema}
	}
	var next []error
	switch e := err.(type) { //nolint:errorlint // a walk, one level at a time
	case openapi3.MultiError:
		next = e
	case interface{ Unwrap() []error }:
		next = e.Unwrap()
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			return []error{fmt.Errorf("%s %s: %s", e.Parameter.In, e.Parameter.Name, short(e.Err, e.Reason))}
		}
		next = []error{e.Err}
	case *openapi3filter.ResponseError:
		next = []error{e.Err}
	}
	if next = slices.DeleteFunc(slices.Clone(next), func(e error) bool { return e == nil }); len(next) == 0 {
		return []error{err}
	}
	var out []error
	for _, e := range next {
		out = append(out, leaves(e)...)
	}
	return out
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func describe(err error) string {
	switch e := err.(type) { //nolint:errorlint // a leaf
	case *openapi3.SchemaError:
		path := e.JSONPointer()
		for i, key := range path {
			if digits.MatchString(key) {
				path[i] = "*"
			}
		}
		reason := e.Reason
		if name, ok := strings.CutPrefix(reason, `property "`); ok && strings.HasSuffix(reason, "is unsupported") {
			name, _, _ = strings.Cut(name, `"`)
			if len(path) == 0 || path[len(path)-1] != name {
				path = append(path, name)
			}
			reason = "not described"
		}
		return "/" + strings.Join(path, "/") + ": " + reason
	case *openapi3filter.RequestError:
		return e.Reason
	case *openapi3filter.ResponseError:
		return e.Reason
	}
	return err.Error()
}

// short is an error of a parameter without its value.
func short(err error, reason string) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		return schema.Reason
	}
	if reason != "" {
		return reason
	}
	return "does not fit"
}
