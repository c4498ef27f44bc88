package rondoclub

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/photo"
)

// A photo is a part of a person that has calls of its own: the person's record names the
// attachment that is shown, and no more (docs/systems/rondoclub.md, "Photos").
const opPhoto = "put photo"

// shown reads which attachment is the photo of a person; 0 is none.
func shown(media string) (string, error) {
	if media == "0" {
		return "", nil
	}
	if postID(media) == 0 {
		return "", errors.New("not the id of an attachment")
	}
	return record.BlobThere(media), nil
}

// withPhoto gives a person who was just made their photo. The person is there, whatever
// becomes of it: without one the answer shows none, and it is tried again.
func (s *site) withPhoto(ctx context.Context, item connector.Item, want record.Fields) connector.Item {
	next, err := s.putPhoto(ctx, item, connector.Patch{Set: want})
	if err != nil {
		s.host.Log().Warn("a person was made without the photo, which is tried again", "why", err)
		item.Fields = item.Fields.Over(record.Fields{photo.Photo: ""})
		return item
	}
	return next
}

// putPhoto brings the photo of a person, as they were just read or written, to what a
// patch wants. An answer that was lost doubles nothing: what is there is looked at first.
func (s *site) putPhoto(ctx context.Context, item connector.Item, p connector.Patch) (connector.Item, error) {
	want, wanted := p.Set[photo.Photo]
	have, known := item.Fields[photo.Photo]
	mark, _ := record.BlobMark(have)
	if !wanted || !known || want == have {
		return item, nil
	}
	done := p.Set.Clone()
	delete(done, photo.Photo)
	failed := func(err error) (connector.Item, error) {
		e, ok := asError(err)
		if !ok {
			return connector.Item{}, err
		}
		e.Done = done // the rest is written
		return item, e
	}
	blob, same, err := s.compared(ctx, want, mark)
	if err != nil {
		return failed(err)
	}
	if same {
		item.Stored = []record.Field{photo.Photo}
		return item, nil
	}
	if was, believed := p.Was[photo.Photo]; believed && was != have {
		return failed(s.fail(opPhoto, connector.Stale, photo.Photo, "edited meanwhile"))
	}
	next := ""
	if want == "" {
		err = s.removePhoto(ctx, mark)
	} else {
		next, err = s.upload(ctx, item.ID, blob)
	}
	if err != nil {
		return failed(err)
	}
	item.Fields = item.Fields.Over(record.Fields{photo.Photo: next})
	return item, nil
}

// compared returns the bytes that are wanted, and whether the attachment that is shown is
// these very ones. No photo has none.
func (s *site) compared(ctx context.Context, want, mark string) (b connector.Blob, same bool, err error) {
	if want == "" {
		return b, false, nil
	}
	b, err = s.host.Blob(ctx, want)
	switch {
	case errors.Is(err, connector.ErrNoBlob), errors.Is(err, connector.ErrNoKey):
		e := s.fail(opPhoto, connector.Rejected, photo.Photo, err.Error())
		e.Unsent = true
		return b, false, e
	case err != nil || mark == "":
		return b, false, err
	}
	same, err = s.holdsBytes(ctx, mark, b.Data)
	return b, same, err
}

// attachment is what the site says of a file in its library.
type attachment struct {
	SourceURL string `json:"source_url"`
	Details   struct {
		FileSize int `json:"filesize"`
	} `json:"media_details"`
}

// holdsBytes reports whether an attachment is these very bytes. One that cannot be looked
// at is taken for another.
func (s *site) holdsBytes(ctx context.Context, mark string, data []byte) (bool, error) {
	var a attachment
	_, err := s.call(ctx, rest.Call{
		Op: opPhoto, Path: "/wp/v2/media/" + mark, Query: url.Values{"context": {"edit"}, "_fields": {"id,source_url,media_details"}}, Into: &a,
	})
	switch connector.ClassOf(err) {
	case connector.NotFound, connector.Denied, connector.Rejected, connector.Drifted:
		return false, nil
	}
	if err != nil || a.Details.FileSize != 0 && a.Details.FileSize != len(data) {
		return false, err
	}
	there, err := s.files.Fetch(ctx, a.SourceURL)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && record.BlobOf(there) == record.BlobOf(data), nil
}

// upload gives a person a photo and returns what the record will show of it. The site
// makes the file's name of the person's; ours says nothing.
func (s *site) upload(ctx context.Context, id record.ExternalID, b connector.Blob) (string, error) {
	var answer struct {
		Success bool  `json:"success"`
		ID      int64 `json:"attachment_id"`
	}
	_, err := s.call(ctx, rest.Call{
		Op: opPhoto, Method: http.MethodPost, Path: "/rondo/v1/people/" + string(id) + "/photo", Into: &answer, Apart: s.cfg.PhotoDelay,
		Parts: []rest.Part{{Name: "file", FileName: "photo.jpg", ContentType: b.MediaType, Data: b.Data}},
	})
	switch {
	case err != nil:
		return "", s.refusedPhoto(err)
	case !answer.Success || answer.ID <= 0:
		return "", s.fail(opPhoto, connector.Drifted, "", "the answer names no attachment")
	}
	return record.BlobThere(strconv.FormatInt(answer.ID, 10)), nil
}

// refusedPhoto says what the refusal of a photo means: it concerns the photo, and not the
// person.
func (s *site) refusedPhoto(err error) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	why := map[string]string{
		"rest_no_route": "the theme of the site has no way to take a photo; update the theme",
		"upload_failed": "the site could not store the photo; look at its disk, and at the rights to its folder of uploads",
		"invalid_type":  "the site does not take the photo's type", "no_file": "the site has not seen the file; look at how large uploads may be there",
	}[e.Why]
	if why == "" {
		return e
	}
	out := s.fail(cmp.Or(e.Op, opPhoto), connector.Rejected, photo.Photo, why)
	out.Err = e
	return out
}

// removePhoto takes an attachment of ours out of the site's library, and so away from the
// person: WordPress forgets whose photo it was. One that is not there is gone.
func (s *site) removePhoto(ctx context.Context, mark string) error {
	var answer struct{ Deleted bool }
	_, err := s.call(ctx, rest.Call{
		Op: "remove photo", Method: http.MethodDelete, Path: "/wp/v2/media/" + mark, Query: url.Values{"force": {"true"}}, Into: &answer,
		Apart: s.cfg.PhotoDelay,
	})
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return nil
	case err != nil:
		return err
	case !answer.Deleted:
		return s.fail("remove photo", connector.Drifted, "", "the answer does not say that it is deleted")
	}
	return nil
}
