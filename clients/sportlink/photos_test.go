package sportlink_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	kind "github.com/touchline-sync/touchline/sync/record/photo"
)

const (
	someone    = "AAAA11A"
	header     = "*/member/MemberHeader"
	photoDate  = "2026-02-01"
	photoFiles = "*.jpg"
)

// withPhoto is a club with one more member, who has a photo.
func withPhoto(t *testing.T, o sportlinksim.Options) *world {
	t.Helper()
	o.Members = 3
	w := newWorld(t, o)
	w.PhotoURLs = []string{w.info.Addresses["bin"]}
	w.reopen()
	if err := w.sim.AddMember(invent.Member{PublicPersonID: someone, FirstName: "Proef", LastName: "Persoon", PersonImageDate: photoDate}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) photos() *connector.Collection {
	return connector.Collections(w.Collections()).Of(sportlink.PhotoPlace, kind.Kind)
}

// photo reads the photo of the member.
func (w *world) photo() (connector.Item, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
	defer cancel()
	item, err := w.photos().Get(ctx, someone)
	if err != nil && strings.Contains(err.Error(), someone) {
		w.t.Errorf("an error names the member: %v", err)
	}
	return item, err
}

// mustPhoto wants the photo, and returns the bytes that are kept.
func (w *world) mustPhoto() []byte {
	w.t.Helper()
	item, err := w.photo()
	if err != nil || len(item.Unreadable) > 0 || item.Fields[kind.Date] == "" || item.Fields[person.RelationCode] != someone {
		w.t.Fatalf("%v, %v, %v", item.Fields, item.Unreadable, err)
	}
	blob, err := w.host.Blob(w.t.Context(), item.Fields[kind.Photo])
	if err != nil || blob.MediaType != "image/jpeg" {
		w.t.Fatalf("%q %v", blob.MediaType, err)
	}
	return blob.Data
}

func TestPhotos(t *testing.T) {
	t.Parallel()
	for _, o := range []sportlinksim.Options{
		{Seed: 7, Mode: sportlinksim.OIDC},
		{Seed: 7, Mode: sportlinksim.Legacy},
		{Seed: 7, Settings: func(s *sportlinksim.Settings) { s.Storage = "memory" }},
	} {
		t.Run(o.Mode, func(t *testing.T) {
			t.Parallel()
			w := withPhoto(t, o)
			kept := w.mustPhoto()
			if p, err := jpeg.Decode(bytes.NewReader(kept)); err != nil || p.Bounds().Dx() != 60 || bytes.Contains(kept, []byte("camera")) {
				t.Fatalf("what is kept is not the photo: %v", err)
			}
			if !bytes.Equal(kept, w.mustPhoto()) || w.codes() != 1 {
				t.Error("the second time it is another one, or signs in anew")
			}
			square := image.NewGray(image.Rect(0, 0, 30, 30))
			for i := range square.Pix {
				square.Pix[i] = uint8(i * i) // a pattern: not too small a file
			}
			var other bytes.Buffer
			if err := png.Encode(&other, square); err != nil {
				t.Fatal(err)
			}
			if err := w.sim.PutPhoto(someone, "2026-03-01", other.Bytes()); err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(kept, w.mustPhoto()) {
				t.Error("another photo is the same")
			}
			w.sim.ExpireSessions()
			w.nextCode()
			w.mustPhoto()
			if err := w.sim.PutPhoto(someone, "", nil); err != nil {
				t.Fatal(err)
			}
			item, err := w.photo()
			want := record.Fields{person.RelationCode: someone, kind.Photo: "", kind.Date: ""}
			if err != nil || !maps.Equal(item.Fields, want) || len(item.Unreadable) > 0 {
				t.Errorf("without a photo: %v %v %v", item.Fields, item.Unreadable, err)
			}
		})
	}
}

// What goes wrong with a photo takes nothing away; where it may help it is asked for again.
func TestH8PhotosThatCannotBeHad(t *testing.T) {
	t.Parallel()
	w := withPhoto(t, sportlinksim.Options{Seed: 8})
	status := func(n int) simkit.Do { return simkit.Do{Kind: simkit.FaultStatus, Status: n} }
	body := func(s string) simkit.Do { return simkit.Do{Kind: simkit.FaultBody, Body: s} }
	notFound := status(404)
	notFound.Body = "Not Found\n"
	page := status(404)
	page.Body = "<html>nothing here</html>"
	for name, c := range map[string]struct {
		on   string // named, on the header; "": do, on the file
		do   simkit.Do
		ever bool // not asked for again until there is another one
	}{
		"expired":         {do: status(401)},
		"gone":            {do: notFound, ever: true},
		"a page of 404":   {do: page},
		"an error":        {do: status(500)},
		"a few bytes":     {do: body("GIF89a")},
		"no picture":      {do: body(strings.Repeat("no picture ", 50)), ever: true},
		"cut off":         {do: simkit.Do{Kind: simkit.FaultCut}},
		"redirected":      {do: simkit.Do{Kind: simkit.FaultStatus, Status: 302, Headers: map[string]string{"Location": "http://127.0.0.1:1/p.jpg"}}},
		"no word of it":   {on: "no-photo-key"},
		"no address":      {on: "photo-without-url"},
		"elsewhere":       {on: "photo-elsewhere", do: simkit.Do{Body: "http://127.0.0.1:1/p.jpg"}},
		"inside":          {on: "photo-elsewhere", do: simkit.Do{Body: "https://10.0.0.1/p.jpg"}},
		"another member":  {on: "other-member"},
		"no such address": {on: "photo-elsewhere", do: simkit.Do{Body: "::"}},
		"no page":         {on: "gone", do: status(404)},
		"a broken page":   {on: "gone", do: status(500)},
	} {
		match := simkit.Match{Part: "bin", Path: photoFiles}
		if c.on != "" {
			match = simkit.Match{Path: header}
		}
		if c.on == "gone" { // the call itself
			c.on = ""
		}
		w.inject(c.on, simkit.Fault{Match: match, Do: c.do})
		item, err := w.photo()
		w.sim.ClearFaults()
		w.mustPhoto() // and none is lost in a row
		_, knows := item.Fields[kind.Date]
		why := item.Unreadable[kind.Photo]
		if err != nil || item.Fields.Has(kind.Photo) || why == "" || knows != c.ever || strings.Contains(why, "127.0.0.1") {
			t.Errorf("%s: %v %v %v", name, item.Fields, item.Unreadable, err)
		}
	}

	// An address that has just expired is read anew.
	w.inject("", simkit.Fault{Match: simkit.Match{Part: "bin", Path: photoFiles}, Times: 1, Do: status(401)})
	w.mustPhoto()

	// Where no photo comes at all the reading ends.
	w.inject("", simkit.Fault{Match: simkit.Match{Part: "bin", Path: photoFiles}, Do: simkit.Do{Kind: simkit.FaultDrop}})
	for n := 1; ; n++ {
		if _, err := w.photo(); err != nil {
			if connector.ClassOf(err) != connector.Transient || n < 3 {
				t.Errorf("try %d: %v", n, err)
			}
			break
		}
		if n == 10 {
			t.Fatal("a host that gives nothing is asked for ever")
		}
	}
	w.sim.ClearFaults()
	w.mustPhoto()
}

// With no_photos there is nothing to be asked for, and no tab is opened.
func TestNoPhotos(t *testing.T) {
	t.Parallel()
	w := withPhoto(t, sportlinksim.Options{Seed: 9})
	w.NoPhotos = true
	w.reopen()
	if c := w.photos(); c.Get != nil || c.List != nil {
		t.Error("photos are offered")
	}
}
