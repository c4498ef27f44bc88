package words

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What is below sync/ stays small enough to be read: by hand-written lines without
// tests, and by methods.
const (
	packageLines = 1800
	fileLines    = 300
	typeMethods  = 25
)

// generated is the line that a generated file has.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestSizes(t *testing.T) {
	t.Parallel()
	for what, n := range measure(t) {
		most := packageLines
		switch {
		case strings.HasSuffix(what, ".go"):
			most = fileLines
		case strings.Contains(filepath.Base(what), "."):
			most = typeMethods
		}
		if n > most {
			t.Errorf("%s has %d %s, at most %d", what, n, unit(most), most)
		}
	}
}

func unit(most int) string {
	if most == typeMethods {
		return "methods"
	}
	return "lines"
}

// measure counts the lines of packages (sync/plan) and files (sync/plan/build.go),
// and the methods of types (sync/plan.Type).
func measure(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, path := range files(t, ".go", "sync") {
		text := read(t, path)
		if strings.HasSuffix(path, "_test.go") || generated.MatchString(text) {
			continue
		}
		file := filepath.ToSlash(strings.TrimPrefix(path, filepath.Join("..", "..")+string(filepath.Separator)))
		folder := file[:strings.LastIndex(file, "/")]
		n := bytes.Count([]byte(text), []byte("\n"))
		out[file] = n
		out[folder] += n
		for _, typ := range receivers(t, path) {
			out[folder+"."+typ]++
		}
	}
	return out
}

// receivers has the type of each method of a file.
func receivers(t *testing.T, path string) (out []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		typ := fn.Recv.List[0].Type
		for {
			switch x := typ.(type) {
			case *ast.StarExpr:
				typ = x.X
				continue
			case *ast.IndexExpr: // of a type with parameters
				typ = x.X
				continue
			case *ast.IndexListExpr:
				typ = x.X
				continue
			case *ast.Ident:
				out = append(out, x.Name)
			}
			break
		}
	}
	return out
}
