package rondoclub_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
)

// picture keeps a picture of a shade and returns the value that names it.
func (b *bundle) picture(shade uint8) string {
	b.t.Helper()
	p := image.NewGray(image.Rect(0, 0, 40, 50))
	for i := range p.Pix {
		p.Pix[i] = color.Gray{shade}.Y
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		b.t.Fatal(err)
	}
	value, err := b.host.PutBlob(b.ctx(), connector.Blob{MediaType: "image/jpeg", Data: out.Bytes()})
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// attachment is a file of the site's library.
type attachment struct {
	ID, Person int64
	Shown      bool
	Name       string
	Data       []byte
}

func (b *bundle) library() (out []attachment) {
	b.t.Helper()
	var dump struct{ Media []attachment }
	b.control("GET", "/dump", nil, &dump)
	return dump.Media
}

// A photo is uploaded and taken away by calls of its own, apart from each other; what
// reads back is the site's own mark, and the person is written only when the person differs.
func TestPhotos(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			one, two := b.picture(20), b.picture(200)
			item := b.create(zoe().Over(record.Fields{photo.Photo: one}))
			mark := item.Fields[photo.Photo]
			if lib := b.library(); len(lib) != 1 || !lib[0].Shown || mark == "" || mark == one || record.BlobOf(lib[0].Data) != one {
				t.Fatalf("a person is made with %q, and %d files", mark, len(lib))
			}
			if got := b.get(item.ID)[photo.Photo]; got != mark {
				t.Errorf("reads as %q, was answered as %q", got, mark)
			}
			first, writes := b.host.Now(), len(b.kit.Writes(0))
			next := b.update(item.ID, record.Fields{photo.Photo: two})
			if n := len(b.kit.Writes(0)) - writes; n != 1 || next.Fields[photo.Photo] == mark {
				t.Errorf("another photo: %d writes, reads as %q", n, next.Fields[photo.Photo])
			}
			gone := b.update(item.ID, record.Fields{photo.Photo: ""})
			if d := b.host.Now().Sub(first); d < rondoclub.DefaultPhotoDelay {
				t.Errorf("the photo after it is %s later", d)
			}
			if lib := b.library(); gone.Fields[photo.Photo] != "" || len(lib) != 1 || lib[0].Shown || b.get(item.ID)[photo.Photo] != "" {
				t.Errorf("taken away: reads as %q, %d files", gone.Fields[photo.Photo], len(lib))
			}
			writes = len(b.kit.Writes(0))
			b.update(item.ID, record.Fields{photo.Photo: ""})
			if n := len(b.kit.Writes(0)) - writes; n != 0 {
				t.Errorf("%d writes of no photo that is not there", n)
			}
			both := b.update(item.ID, record.Fields{photo.Photo: one, person.FirstName: "Zoé"})
			if n := len(b.kit.Writes(0)) - writes; n != 2 || both.Fields[person.FirstName] != "Zoé" || both.Fields[photo.Photo] == "" {
				t.Errorf("a name and a photo: %d writes, %v", n, both.Fields[photo.Photo])
			}
		})
	}
}

// A lost answer doubles nothing: what is there is looked at, byte for byte.
func TestPhotoAfterALostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	item, one := b.create(zoe()), b.picture(20)
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/photo"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultDropAfter}})
	_, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{photo.Photo: one}, Was: record.Fields{photo.Photo: ""}})
	b.class(err, connector.Transient)
	for _, was := range []record.Fields{{photo.Photo: ""}, b.get(item.ID).Only([]record.Field{photo.Photo})} {
		again, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{photo.Photo: one}, Was: was})
		if err != nil || len(again.Stored) != 1 || again.Fields[photo.Photo] == "" {
			t.Errorf("again: %v, stored %v", err, again.Stored)
		}
	}
	if n := len(b.library()); n != 1 {
		t.Errorf("%d files for one photo", n)
	}
	// What cannot be looked at is another one.
	b.inject(simkit.Fault{Match: simkit.Match{Path: "/wp-content/*"}, Times: 1, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 403}})
	b.update(item.ID, record.Fields{photo.Photo: one})
	if n := len(b.library()); n != 2 {
		t.Errorf("%d files", n)
	}
}

// What somebody has put in its place is not written over unseen.
func TestPhotoOfSomebodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	item, theirs := b.create(zoe()), b.picture(120)
	b.update(item.ID, record.Fields{photo.Photo: theirs})
	for _, want := range []string{b.picture(20), ""} {
		_, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{photo.Photo: want}, Was: record.Fields{photo.Photo: ""}})
		b.class(err, connector.Stale)
	}
	if lib := b.library(); len(lib) != 1 || !lib[0].Shown {
		t.Errorf("%d files", len(lib))
	}
}

// A refusal concerns the photo alone: the rest is written, and says what to do.
func TestPhotoRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     simkit.Do
		photo  func(b *bundle) string
		theme  string
		reason string
	}{
		"the disk is full": {
			do: simkit.Do{Kind: simkit.FaultStatus, Status: 500, Body: `{"code":"upload_failed","message":"x","data":{"status":500}}`},
		},
		"no such route": {
			do: simkit.Do{Kind: simkit.FaultStatus, Status: 404, Body: `{"code":"rest_no_route","message":"x","data":{"status":404}}`},
		},
		"the bytes are gone": {photo: func(*bundle) string { return record.BlobOf([]byte("of another day")) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{})
			item, want := b.create(zoe()), b.picture(20)
			if c.photo != nil {
				want = c.photo(b)
			}
			if c.do.Kind != "" {
				b.inject(simkit.Fault{Match: simkit.Match{Path: "*/photo"}, Do: c.do})
			}
			set := record.Fields{photo.Photo: want, person.FirstName: "Zoé"}
			_, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: set})
			e := b.class(err, connector.Rejected)
			if e.Field != photo.Photo || !maps.Equal(e.Done, record.Fields{person.FirstName: "Zoé"}) || b.get(item.ID)[person.FirstName] != "Zoé" {
				t.Errorf("field %q, done %v", e.Field, e.Done)
			}
			made := zoe().Over(record.Fields{person.RelationCode: "BBBB22B", photo.Photo: want})
			if other := b.create(made); other.Fields[photo.Photo] != "" || other.ID == "" {
				t.Errorf("a person is made with %v", other.Fields[photo.Photo])
			}
		})
	}
}

// A site without pictures at its persons is told of none.
func TestPhotosOfASite(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	all := connector.Collections(b.cut().Collections())
	if c := all.Of(rondoclub.Place, photo.Kind); c == nil || !c.Part || len(c.Writes) != 1 || len(c.Reads) != 1 {
		t.Errorf("%+v", c)
	}
	without := connector.Collections(b.conn.(connector.Shaped).CollectionsIn("fields: first_name last_name"))
	if c := without.Of(rondoclub.Place, photo.Kind); c == nil || len(c.Writes) != 0 || len(c.Reads) != 0 {
		t.Errorf("%+v", c)
	}
	b.cfg.PhotoDelay = -time.Second
	if b.cfg.Validate() == nil {
		t.Error("a negative delay is taken")
	}
}

// B30, 3.2.24: a photo that cannot be taken away is there still, and is known to be.
func TestB30P3224PhotoThatCannotBeTakenAway(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]simkit.Do{
		"an error":      {Kind: simkit.FaultStatus, Status: 500, Body: `{"code":"x","message":"x","data":{"status":500}}`},
		"no such route": {Kind: simkit.FaultStatus, Status: 404, Body: `{"code":"rest_no_route","message":"x","data":{"status":404}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{})
			item := b.create(zoe().Over(record.Fields{photo.Photo: b.picture(20)}))
			b.inject(simkit.Fault{Match: simkit.Match{Method: "DELETE", Path: "*/media/*"}, Do: do})
			_, err := b.people.Update(b.ctx(), item.ID, connector.Patch{Set: record.Fields{photo.Photo: ""}})
			if err == nil {
				t.Error("the site has not taken the photo away, and the call went through")
			}
			if b.get(item.ID)[photo.Photo] == "" {
				t.Error("the photo is there, and counts as gone")
			}
		})
	}
}
