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
	closed := map[*openapi3.Schema]bool{}
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
		for _, op := range item.Operations() {
			op.Servers = nil
			op.Security = openapi3.NewSecurityRequirements() // asked elsewhere
			if op.RequestBody != nil {
				closeContent(op.RequestBody.Value.Content, closed)
			}
			for _, r := range op.Responses.Map() {
				closeContent(r.Value.Content, closed)
			}
		}
	}
	doc.Security = nil
	return gorillamux.NewRouter(doc)
}

// closeContent makes every object with named properties take no others.
func closeContent(c openapi3.Content, closed map[*openapi3.Schema]bool) {
	for _, m := range c {
		closeSchema(m.Schema, closed)
	}
}

func closeSchema(ref *openapi3.SchemaRef, closed map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || closed[ref.Value] {
		return
	}
	s := ref.Value
	closed[s] = true
	// Parts of a combination do not know each other's properties.
	combined := slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
	if len(combined) == 0 && len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		closeSchema(p, closed)
	}
	closeSchema(s.Items, closed)
	closeSchema(s.AdditionalProperties.Schema, closed)
	for _, part := range combined {
		if part.Value == nil || closed[part.Value] {
			continue
		}
		closed[part.Value] = true
		for _, p := range part.Value.Properties {
			closeSchema(p, closed)
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
