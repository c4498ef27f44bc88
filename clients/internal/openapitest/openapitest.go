package openapitest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Exception is a place where the description is known to be wrong. A fault is
// forgiven when all that is named fits.
type Exception struct {
	// Method and Path are those of the operation, Path as in the description.
	// An empty one matches all.
	Method, Path string
	// Fault is a part of the fault's text, such as
	// `answer 200: /members/*/full: not described`. It must not be empty.
	Fault string
	// Why says how it is known, with source and date. It must not be empty.
	Why string
}

// Description is an API's description. It may be used concurrently.
type Description struct {
	file, prefix string
	exceptions   []Exception
	read         func() (routers.Router, error)
}

// Load names a description in OpenAPI 3 form, with prefix as the path that
// stands before all of its paths. The file is read at the first use. Objects
// whose description names properties may have no others, unless it says so.
func Load(file, prefix string, exceptions ...Exception) *Description {
	d := &Description{file: file, prefix: prefix, exceptions: exceptions}
	d.read = sync.OnceValues(d.parse)
	return d
}

func (d *Description) parse() (routers.Router, error) {
	for i, e := range d.exceptions {
		if e.Fault == "" || e.Why == "" {
			return nil, fmt.Errorf("exception %d says not what or not why", i)
		}
	}
	doc, err := openapi3.NewLoader().LoadFromFile(d.file)
	if err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	doc.Servers = openapi3.Servers{{URL: d.prefix}}
	var bodies []openapi3.Content
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
		for _, op := range item.Operations() {
			op.Servers = nil
			op.Security = openapi3.NewSecurityRequirements() // asked elsewhere
			if op.RequestBody != nil {
				bodies = append(bodies, op.RequestBody.Value.Content)
			}
			for _, r := range op.Responses.Map() {
				bodies = append(bodies, r.Value.Content)
			}
		}
	}
	closeObjects(bodies)
	doc.Security = nil
	return gorillamux.NewRouter(doc)
}

// closeObjects makes every object with named properties take no others. Parts
// of a combination do not know each other's properties: they stay open, also
// where they stand alone somewhere else.
func closeObjects(bodies []openapi3.Content) {
	parts := map[*openapi3.Schema]bool{}
	walk(bodies, func(s *openapi3.Schema) {
		for _, part := range combined(s) {
			parts[part.Value] = true
		}
	})
	walk(bodies, func(s *openapi3.Schema) {
		free := s.AdditionalProperties.Has != nil || s.AdditionalProperties.Schema != nil
		if !parts[s] && !free && len(combined(s)) == 0 && len(s.Properties) > 0 {
			no := false
			s.AdditionalProperties.Has = &no
		}
	})
}

func combined(s *openapi3.Schema) openapi3.SchemaRefs {
	return slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
}

// walk calls f with every schema in bodies, each once.
func walk(bodies []openapi3.Content, f func(*openapi3.Schema)) {
	seen := map[*openapi3.Schema]bool{}
	var visit func(ref *openapi3.SchemaRef)
	visit = func(ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		f(s)
		for _, p := range s.Properties {
			visit(p)
		}
		visit(s.Items)
		visit(s.AdditionalProperties.Schema)
		for _, part := range combined(s) {
			visit(part)
		}
	}
	for _, content := range bodies {
		for _, m := range content {
			visit(m.Schema)
		}
	}
}

// forgiven returns the number of the exception that fits a fault, or -1.
func (d *Description) forgiven(method, path, fault string) int {
	return slices.IndexFunc(d.exceptions, func(e Exception) bool {
		return (e.Method == "" || e.Method == method) && (e.Path == "" || e.Path == path) && strings.Contains(fault, e.Fault)
	})
}

// router returns the parsed description.
func (d *Description) router(t testing.TB) routers.Router {
	t.Helper()
	r, err := d.read()
	if err != nil {
		t.Fatalf("%s: %v", d.file, err)
	}
	return r
}
