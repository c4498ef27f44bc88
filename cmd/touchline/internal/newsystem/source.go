package newsystem

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// edit puts text at a place of a Go file.
type edit func(f *ast.File, set *token.FileSet, text []byte) ([]byte, error)

// inGo makes edits one after another and formats the result, imports included.
func inGo(edits ...edit) change {
	return func(text []byte) ([]byte, error) {
		for _, e := range edits {
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, "", text, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return nil, fmt.Errorf("is no Go: %w", err)
			}
			if text, err = e(f, set, text); err != nil {
				return nil, err
			}
		}
		return format.Source(text)
	}
}

// find looks for the list into which a line goes; nil where it is not there.
type find func(f *ast.File) *ast.CompositeLit

// into puts elements at the end of a list. what is the list for whoever must look for
// it.
func into(what string, of find, elements string) edit {
	return func(f *ast.File, set *token.FileSet, text []byte) ([]byte, error) {
		list := of(f)
		if list == nil {
			return nil, fmt.Errorf("no place for the system: %s is not there", what)
		}
		open, end := set.Position(list.Lbrace), set.Position(list.Rbrace)
		parts := []string{string(text[:open.Offset+1]), string(text[open.Offset+1 : end.Offset]), string(text[end.Offset:])}
		if n := len(list.Elts); n > 0 {
			last := set.Position(list.Elts[n-1].End()).Offset - open.Offset - 1
			if !strings.HasPrefix(strings.TrimSpace(parts[1][last:]), ",") {
				parts[1] = parts[1][:last] + "," + parts[1][last:]
			}
		}
		if open.Line == end.Line { // one of several lines, with each element in its own
			parts[1] = "\n" + parts[1]
		}
		return []byte(parts[0] + strings.TrimRight(parts[1], " \t\n") + "\n" + elements + "\n" + parts[2]), nil
	}
}

// imported adds an import beside those with the same prefix.
func imported(prefix, path string) edit {
	return func(f *ast.File, set *token.FileSet, text []byte) ([]byte, error) {
		for _, i := range f.Imports {
			if p, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(p, prefix) {
				at := set.Position(i.Pos()).Offset
				return slices.Concat(text[:at], []byte(strconv.Quote(prefix+path)+"\n"), text[at:]), nil
			}
		}
		return nil, fmt.Errorf("no place for the system: there is no import below %s", prefix)
	}
}

// function returns the first list that a function makes, which may be a struct.
func function(name string) find {
	return func(f *ast.File) *ast.CompositeLit {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return firstReturned(fn)
			}
		}
		return nil
	}
}

func firstReturned(fn *ast.FuncDecl) (list *ast.CompositeLit) {
	ast.Inspect(fn, func(n ast.Node) bool {
		r, ok := n.(*ast.ReturnStmt)
		if !ok || list != nil || len(r.Results) != 1 {
			return list == nil
		}
		x := r.Results[0]
		if u, ok := x.(*ast.UnaryExpr); ok {
			x = u.X // &Policy{...}
		}
		list, _ = x.(*ast.CompositeLit)
		return false
	})
	return list
}

// variable returns the list that a variable of the package begins with.
func variable(name string) find {
	return func(f *ast.File) *ast.CompositeLit {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name == name && len(v.Values) == 1 {
					list, _ := v.Values[0].(*ast.CompositeLit)
					return list
				}
			}
		}
		return nil
	}
}

// member returns the list that a struct has under a key.
func member(of find, key string) find {
	return func(f *ast.File) *ast.CompositeLit {
		list, _ := value(of(f), key).(*ast.CompositeLit)
		return list
	}
}

func value(of *ast.CompositeLit, key string) ast.Expr {
	if of == nil {
		return nil
	}
	for _, e := range of.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == key {
				return kv.Value
			}
		}
	}
	return nil
}

// named returns the struct within a list whose Name is a text.
func named(of find, name string) find {
	return func(f *ast.File) (out *ast.CompositeLit) {
		list := of(f)
		if list == nil {
			return nil
		}
		ast.Inspect(list, func(n ast.Node) bool {
			if c, ok := n.(*ast.CompositeLit); ok && out == nil {
				if lit, ok := value(c, "Name").(*ast.BasicLit); ok && lit.Value == strconv.Quote(name) {
					out = c
				}
			}
			return out == nil
		})
		return out
	}
}

// uses reports whether a Go file has one of these names.
func uses(text []byte, names ...string) (found bool) {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		return false // Plan says so
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && slices.Contains(names, id.Name) {
			found = true
		}
		return !found
	})
	return found
}
