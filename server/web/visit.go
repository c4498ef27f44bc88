package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// visit is one request of a person who is signed in.
type visit struct {
	*http.Request
	calls

	language string
	sees     func() bool // keys and values as they are
}

// shown names the page that shows what a handler has returned. A handler of a POST
// returns a goTo.
type shown struct {
	page string
	data any
}

// goTo is an address of ours to go on at.
type goTo string

// maxForm is how large a form may be: the keys of a thousand records.
const maxForm = 1 << 20

// page makes a handler of a function that asks the API and says what is shown.
func (s *site) page(show func(*visit) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, ok := s.sessions.of(r)
		if !ok {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v := &visit{Request: r, calls: newCalls(s.api, r, in.token), language: in.language, sees: func() bool { return s.sees(r.Context(), in.token) }}
		what, err := show(v)
		if err != nil {
			s.fail(w, r, in, err)
			return
		}
		if to, ok := what.(goTo); ok {
			http.Redirect(w, r, string(to), http.StatusSeeOther)
			return
		}
		if t, ok := what.(*table); ok {
			s.give(w, r, in, t)
			return
		}
		if seen, ok := what.(*seen); ok {
			seen.write(w)
			return
		}
		page, _ := what.(shown)
		s.write(w, http.StatusOK, page.page, in.language, page.data)
	}
}

// give has a table downloaded.
func (s *site) give(w http.ResponseWriter, r *http.Request, in session, t *table) {
	body, err := t.bytes()
	if err != nil {
		s.fail(w, r, in, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+t.name+`"`)
	_, _ = w.Write(body) // the reader has gone
}

// fail shows an error of the API. A token that is no longer good ends the session.
func (s *site) fail(w http.ResponseWriter, r *http.Request, in session, err error) {
	status, text := http.StatusInternalServerError, "The server's log says more."
	if c, ok := errors.AsType[*connect.Error](err); ok {
		text = c.Message()
		switch c.Code() {
		case connect.CodeUnauthenticated:
			s.sessions.end(r)
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		case connect.CodePermissionDenied:
			status = http.StatusForbidden
		case connect.CodeNotFound:
			status = http.StatusNotFound
		case connect.CodeUnavailable:
			status = http.StatusServiceUnavailable
		case connect.CodeInternal, connect.CodeUnknown:
		default:
			status = http.StatusConflict
		}
	}
	s.write(w, status, "error", in.language, text)
}

// messageOf is what an error of the API says.
func messageOf(err error) string {
	if c, ok := errors.AsType[*connect.Error](err); ok {
		return c.Message()
	}
	return err.Error()
}

func (s *site) write(w http.ResponseWriter, status int, page, language string, data any) {
	var body bytes.Buffer
	if err := s.pages.write(&body, page, language, data); err != nil {
		http.Error(w, "the page cannot be made; the server's log says more", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the reader has gone
}

func (s *site) signInPage(w http.ResponseWriter, r *http.Request) {
	s.write(w, http.StatusOK, "sign-in", spoken(r), "")
}

// signIn takes a token when the API does.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	token, language := strings.TrimSpace(r.PostFormValue("token")), spoken(r)
	_, err := newCalls(s.api, r, token).pipelines.ListPipelines(r.Context(), &touchlinev1.ListPipelinesRequest{})
	if c, ok := errors.AsType[*connect.Error](err); ok {
		s.write(w, http.StatusUnauthorized, "sign-in", language, c.Message())
		return
	}
	id := s.sessions.begin(token, language)
	if id == "" {
		s.write(w, http.StatusServiceUnavailable, "sign-in", language, "Too many are signed in; try again later.")
		return
	}
	http.SetCookie(w, cookie(r, id, int(signedInFor.Seconds())))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) signOut(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(r)
	http.SetCookie(w, cookie(r, "", -1))
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

func (s *site) language(w http.ResponseWriter, r *http.Request) {
	if language := r.PostFormValue("language"); known(language) {
		s.sessions.speak(r, language)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// spoken is the language of the browser.
func spoken(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if base, _, _ := strings.Cut(tag, "-"); known(base) {
			return base
		}
	}
	return english
}

// id reads a number of the address.
func (v *visit) id(name string) (int64, error) {
	var id int64
	if _, err := fmt.Sscan(v.PathValue(name), &id); err != nil {
		return 0, connect.NewError(connect.CodeNotFound, errors.New("there is no such page"))
	}
	return id, nil
}
