package rondosim

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	_ "image/gif"  // what WordPress can look into
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// attachment is a file in the site's library. Each upload adds one, also where a person
// had one before; the last one is shown.
type attachment struct {
	ID     int64  `json:"id"`
	Person int64  `json:"person"` // whose it was uploaded for
	Shown  bool   `json:"shown"`  // it is the person's photo
	Name   string `json:"name"`   // of the file
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Data   []byte `json:"data"`
}

func (s *sim) media() simkit.Rules[attachment] {
	return simkit.Rules[attachment]{
		Kit: s.Kit, Collection: "media", ID: func(a *attachment) string { return key(a.ID) },
		Unique: map[string]func(*attachment) string{"name": func(a *attachment) string { return a.Name }},
		Index:  func(a *attachment) []string { return []string{key(a.Person)} },
		Tell: func(a *attachment, _ bool) any {
			return object{"id": a.ID, "person": a.Person, "shown": a.Shown, "size": len(a.Data)}
		},
	}
}

// featured is the attachment that a person's record names, 0 where there is none.
func (s *sim) featured(person int64) int64 {
	for _, a := range s.files.Sharing(key(person)) {
		if a.Shown {
			return a.ID
		}
	}
	return 0
}

// uploadable are the types that the theme lets through, by what the request says.
var uploadable = []string{"image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp"}

// upload is POST rondo/v1/people/{id}/photo (docs/systems/rondoclub.md, "Photos").
func (s *sim) upload(r *http.Request) (int, any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, nil, noRoute
	}
	p := s.person(id)
	if err := s.holds(r, p != nil && s.site.Role == administrator, "rest_forbidden", "Sorry, you are not allowed to do that."); err != nil {
		return 0, nil, err // who is not there may be edited by nobody
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return 0, nil, refuse(http.StatusBadRequest, "no_file", "No file uploaded.")
	}
	defer func() { _ = file.Close() }()
	kind := header.Header.Get("Content-Type")
	if !slices.Contains(uploadable, kind) {
		return 0, nil, refuse(http.StatusBadRequest, "invalid_type", "Invalid file type. Please upload an image.")
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return 0, nil, refuse(http.StatusBadRequest, "no_file", "No file uploaded.")
	}
	at, form, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, nil, refuse(http.StatusInternalServerError, "upload_failed", "Sorry, you are not allowed to upload this file type.")
	}
	ext := strings.Replace(strings.ToLower(path.Ext(header.Filename)), ".jpeg", ".jpg", 1)
	if extensionOf[form] != ext {
		if ext == "" {
			return 0, nil, refuse(http.StatusInternalServerError, "upload_failed", "Sorry, you are not allowed to upload this file type.")
		}
		ext = extensionOf[form] // WordPress looks into pictures, and puts the name right
	}
	name := cmp.Or(slug(strings.TrimSpace(p.text("first_name")+" "+p.text("last_name"))), "person-"+key(p.ID))
	for _, a := range s.files.Sharing(key(p.ID)) {
		if _, err := s.files.Update(nil, key(a.ID), func(a *attachment) error { a.Shown = false; return nil }); err != nil {
			return 0, nil, err
		}
	}
	a := &attachment{Person: p.ID, Shown: true, Type: "image/" + form, Width: at.Width, Height: at.Height, Data: data}
	for a.ID == 0 || s.person(a.ID) != nil || s.files.Get(key(a.ID)) != nil { // all posts count together
		a.ID = 100 + int64(s.store.Number())
	}
	for n, free := 0, name+ext; ; n++ {
		if n > 0 {
			free = fmt.Sprintf("%s-%d%s", name, n, ext)
		}
		if s.files.By("name", free) == nil {
			a.Name = free
			break
		}
	}
	if err := s.files.Insert(r, a); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, object{
		"success": true, "attachment_id": a.ID, "filename": name + ext, "thumbnail_url": s.url(a), "full_url": s.url(a),
	}), nil
}

var extensionOf = map[string]string{"jpeg": ".jpg", "png": ".png", "gif": ".gif"}

// uploads is where the files of the library are.
const uploads = "/wp-content/uploads/"

func (s *sim) url(a *attachment) string { return s.Address("api") + uploads + a.Name }

func (s *sim) renderMedia(a *attachment) object {
	return object{
		"id": a.ID, "status": "inherit", "type": "attachment", "media_type": "image", "mime_type": a.Type, "post": a.Person, "source_url": s.url(a),
		"media_details": object{"width": a.Width, "height": a.Height, "file": a.Name, "filesize": len(a.Data)},
	}
}

// file finds an attachment for an account that may do something with it.
func (s *sim) file(r *http.Request, code string) (*attachment, error) {
	a := s.files.Get(r.PathValue("id"))
	if a == nil {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return a, s.may(r, code, "Sorry, you are not allowed to do that.")
}

func (s *sim) getMedia(r *http.Request) (int, any, error) {
	a, err := s.file(r, "rest_forbidden_context")
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderMedia(a)), nil
}

// removeMedia takes a file out for good: the library has no trash. Whose photo it was is
// forgotten with it.
func (s *sim) removeMedia(r *http.Request) (int, any, error) {
	a, err := s.file(r, "rest_cannot_delete")
	if err != nil {
		return 0, nil, err
	}
	if r.URL.Query().Get("force") != "true" {
		return 0, nil, refuse(http.StatusNotImplemented, "rest_trash_not_supported", "The post does not support trashing. Set 'force=true' to delete.")
	}
	if _, err := s.files.Delete(r, key(a.ID)); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, object{"deleted": true, "previous": s.renderMedia(a)}, nil
}

// serveUpload gives a file of the library to anybody, as a web server does.
func (s *sim) serveUpload(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	a := s.files.By("name", strings.TrimPrefix(r.URL.Path, uploads))
	s.Unlock()
	if a == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.Type)
	_, _ = w.Write(a.Data)
}
