package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/touchline-sync/touchline/internal/reason"
)

//go:embed templates
var files embed.FS

// pages are the templates by name, each within the frame of all.
type pages map[string]*template.Template

// framed is what a template gets.
type framed struct {
	Language string
	Page     string
	Data     any
}

// T is a phrase in the language of the page.
func (f framed) T(phrase string) string { return translate(f.Language, phrase) }

// Say is a name of the API as people say it, in the language of the page; the unspecified
// is empty.
func (f framed) Say(name fmt.Stringer) string {
	if strings.HasSuffix(name.String(), "_UNSPECIFIED") {
		return ""
	}
	return f.T(name.String())
}

// Why says in the language of the page why something ended or waits, and what to do; nil
// where the reason alone says it.
func (f framed) Why(name string) *reason.Text {
	if text, ok := reason.In(f.Language, name); ok {
		return &text
	}
	return nil
}

// For is the frame with other data, for a template within the page.
func (f framed) For(data any) framed { return framed{f.Language, f.Page, data} }

// SignedIn reports whether the page is one of those behind the sign-in.
func (f framed) SignedIn() bool { return f.Page != "sign-in" }

func newPages() (pages, error) {
	names, err := files.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	out := pages{}
	for _, n := range names {
		name := strings.TrimSuffix(n.Name(), path.Ext(n.Name()))
		if name == "frame" {
			continue
		}
		out[name], err = template.New("frame.html").Funcs(functions).ParseFS(files, "templates/frame.html", "templates/"+n.Name())
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
	}
	return out, nil
}

func (p pages) write(w io.Writer, page, language string, data any) error {
	of, ok := p[page]
	if !ok {
		return fmt.Errorf("there is no page %q", page)
	}
	return of.Execute(w, framed{language, page, data})
}

// part writes one template of a page, by which a page that is shown is brought up to date.
func (p pages) part(w io.Writer, page, part, language string, data any) error {
	return p[page].ExecuteTemplate(w, part, framed{language, page, data})
}

var functions = template.FuncMap{
	"clock": func(t *timestamppb.Timestamp) string {
		if t == nil {
			return ""
		}
		return t.AsTime().UTC().Format("2006-01-02 15:04")
	},
	"iso":  iso,
	"took": took,
}

// iso is a time for a program; none is empty.
func iso(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().UTC().Format(time.RFC3339)
}

// took is how long something has lasted, to the second; nothing where it is not over.
func took(begun, ended *timestamppb.Timestamp) string {
	if begun == nil || ended == nil {
		return ""
	}
	return max(0, ended.AsTime().Sub(begun.AsTime())).Round(time.Second).String()
}

// word is a name of the API in a table for programs; the unspecified is empty.
func word(s fmt.Stringer, prefix string) string {
	text := strings.TrimPrefix(s.String(), prefix)
	if text == "UNSPECIFIED" {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(text, "_", " "))
}
