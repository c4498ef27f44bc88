package sportlink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/photo"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	kind "github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/value"
)

// The collection of photos: one a member, each asked for by itself on a tab of the
// member's, all of which show the header (docs/systems/sportlink.md, "Photos", 2026-04).
const (
	PhotoPlace = "photos"
	PhotoView  = "other"

	opPhoto = "read photo"
)

// lostInARow is how many may fail one after the other, until it is no longer a matter of
// these members.
const lostInARow = 5

// photos is what is offered of the photos. Without them no tab of a member is opened.
func (a *account) photos() connector.Collection {
	c := connector.Collection{
		Kind: kind.Kind, Place: PhotoPlace, View: PhotoView,
		Reads: []record.Field{kind.Photo, kind.Date, person.RelationCode},
	}
	if !a.cfg.NoPhotos {
		c.Get = a.photo
	}
	return c
}

// photo reads the photo of a member: where it is now, and at once what stands there, for
// the address is good for some hours. One that has expired all the same is read anew, once.
// A photo that cannot be had takes nothing away. It is asked for again when its date
// changes or, where that may help, the next time: then the date is as unknown as it.
func (a *account) photo(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	item, why := a.item(id, record.Fields{}), error(nil)
	for range 2 {
		h, err := a.header(ctx, id)
		if err != nil {
			return a.lose(id, err)
		}
		if h.why != "" {
			return a.unknown(id, h.why), nil
		}
		if h.address == "" {
			a.lost.Store(0)
			return a.item(id, record.Fields{kind.Photo: "", kind.Date: ""}), nil
		}
		item = a.item(id, record.Fields{kind.Date: h.date})
		var picture string
		if picture, why = a.fetch(ctx, h.address); why == nil {
			a.lost.Store(0)
			item.Fields[kind.Photo] = picture
			return item, nil
		}
		if photo.KindOf(why) != photo.Expired {
			break
		}
	}
	if ctx.Err() != nil {
		return connector.Item{}, ctx.Err()
	}
	switch photo.KindOf(why) {
	case photo.Unusable, photo.Gone: // until another one is put there
		a.lost.Store(0)
		item.Unreadable = map[record.Field]string{kind.Photo: why.Error()}
		return item, nil
	case photo.Failed:
		return a.lose(id, a.Caused(connector.Transient, opPhoto, why.Error(), why))
	}
	return a.unknown(id, why.Error()), nil
}

// lose is a member of whom no photo came, or no page: the others are read all the same,
// until so many in a row fail that it is the site.
func (a *account) lose(id record.ExternalID, err error) (connector.Item, error) {
	switch connector.ClassOf(err) {
	case connector.Transient, connector.Drifted:
		if a.lost.Add(1) < lostInARow {
			return a.unknown(id, err.Error()), nil
		}
	}
	return connector.Item{}, err
}

// item is a member's photo with fields that are made canonical.
func (a *account) item(id record.ExternalID, fields record.Fields) connector.Item {
	fields[person.RelationCode] = string(id)
	read := value.Spec{Types: kind.Types, Options: value.Dutch(a.Host.Now())}.Fields(fields)
	return connector.Item{ID: id, Fields: read.Fields, Unreadable: read.Unreadable}
}

// unknown is a member of whose photo nothing is known this time.
func (a *account) unknown(id record.ExternalID, why string) connector.Item {
	item := a.item(id, record.Fields{})
	item.Unreadable = map[record.Field]string{kind.Photo: why, kind.Date: why}
	return item
}

// fetch keeps a photo and returns the value that names it.
func (a *account) fetch(ctx context.Context, address string) (string, error) {
	file, err := a.fetcher.Fetch(ctx, address)
	if err != nil {
		return "", err
	}
	clean, err := photo.Clean(file)
	if err != nil {
		return "", err
	}
	digest, err := a.Host.PutBlob(ctx, connector.Blob{MediaType: photo.MediaType, Data: clean})
	if errors.Is(err, connector.ErrNoKey) {
		return "", &photo.Refusal{Kind: photo.Forbidden, Why: "the photo is not kept: " + err.Error(), Err: err}
	}
	return digest, err
}

// photoShown is what the header of a member says of the photo.
type photoShown struct {
	address, date string
	why           string // why nobody knows; "" when the rest is known
}

// header opens a tab of a member and reads the header that the page asks for.
func (a *account) header(ctx context.Context, id record.ExternalID) (h photoShown, err error) {
	err = a.Do(ctx, func(ctx context.Context, p browserworker.Page) error {
		answer, err := p.Expect(ctx, browserworker.Match{
			Method: "GET", Path: headerAPI, Within: a.cfg.Timeouts.Page, Elsewhere: a.isAuth,
		}, func() error {
			_, err := a.Open(ctx, p, detailPath+url.PathEscape(string(id))+"/"+PhotoView, a.cfg.Timeouts.Page)
			return err
		})
		switch {
		case err != nil:
			return a.StepFault(ctx, p, opPhoto, err, true)
		case answer.Status == 404:
			h = photoShown{why: "the site does not know the member when it is asked for by itself"}
			return nil
		}
		if err := a.judgeStatus(opPhoto, answer); err != nil {
			return err
		}
		if h, err = parseHeader(answer.Body, id, asked(answer.URL)); err != nil {
			return a.answerFault(opPhoto, answer, err)
		}
		return nil
	})
	return h, err
}

// asked is the member that a call has asked for.
func asked(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get("PublicPersonId")
}

// parseHeader reads the photo out of a header. One without a word of a photo does not say
// that there is none.
func parseHeader(body []byte, id record.ExternalID, askedFor string) (photoShown, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' {
		return photoShown{}, notJSON(body)
	}
	env, twice, err := openEnvelope(body)
	if err != nil {
		return photoShown{}, err
	}
	var of *string
	_ = json.Unmarshal(env["publicpersonid"], &of) // not in every version of the site
	raw, there := env["photo"]
	switch {
	case askedFor != string(id) || of != nil && *of != string(id):
		return photoShown{why: "the page has answered for another member"}, nil
	case env.says("error"):
		return photoShown{why: "the site has answered with an error in place of the photo's address"}, nil
	case twice != "" || !there:
		return photoShown{}, errors.New("the header of a member says nothing of a photo, or says it twice")
	}
	return shown(raw)
}

// shown reads the photo of a header. That there is none is said by null, or by both keys
// without a value: where a key is missing the site may have given it another name.
func shown(raw json.RawMessage) (h photoShown, err error) {
	if string(raw) == "null" {
		return h, nil
	}
	photo, twice, err := openEnvelope(raw)
	if err != nil {
		return h, errors.New("the photo in the header of a member is in no known form")
	}
	address, date := photo["url"], photo["photodate"]
	switch {
	case twice != "" || len(address) == 0 || len(date) == 0:
		return photoShown{why: "the site tells of a photo without the key of its address or of its date, or has one twice"}, nil
	case json.Unmarshal(address, &h.address) != nil || json.Unmarshal(date, &h.date) != nil:
		return h, errors.New("the photo in the header of a member is in no known form")
	case (h.address == "") != (h.date == ""):
		return photoShown{why: "the site names a photo without its address, or without its date"}, nil
	}
	return h, nil
}
