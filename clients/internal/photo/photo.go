// Package photo fetches pictures of people from addresses that stand in data, and makes
// them fit to be kept and passed on. An address from data is believed in nothing: it
// must be one of the system's own hosts, and lead nowhere else. Nor is a picture: it is
// looked at before it is opened, and written anew, so that nothing of what else a file
// may hold, such as where it was taken, goes along. It knows no system.
package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// What a picture may be at most. A portrait is far below all of it.
const (
	MaxBytes  = 10 << 20 // of the file
	MaxPixels = 16_000_000
	MaxSide   = 10_000 // pixels, in the file
	Side      = 1024   // pixels of the longer side, in what is kept
	leastSize = 100    // bytes; what is smaller is no picture but a message
	// maxScans bounds how often a JPEG goes over all of its pixels. Cameras and
	// programs write up to a dozen; thousands fit into a small file.
	maxScans = 64
	quality  = 85
)

// MediaType is that of every Picture.
const MediaType = "image/jpeg"

// Kind says what a refusal means for whoever asked.
type Kind int

// The kinds of refusals.
const (
	Unusable  Kind = iota // the picture is there, and can never be taken
	Forbidden             // the address is none that may be called
	Expired               // the address was good until some time ago
	Gone                  // the system says that there is no such picture
	Failed                // no answer, or one that says nothing; perhaps later
)

// Refusal is why a picture is not taken, and what to do. It holds no address and no
// value.
type Refusal struct {
	Kind Kind
	Why  string
	Err  error // never printed
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Why }

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// KindOf returns the kind of a Refusal in err's chain; any other error is Failed.
func KindOf(err error) Kind {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Kind
	}
	return Failed
}

func unusable(format string, args ...any) error {
	return &Refusal{Kind: Unusable, Why: fmt.Sprintf(format, args...)}
}

// instead ends the reasons of what only the source can put right.
const instead = "; put another photo in its place at the source"

// form is one form of pictures that is read.
type form struct {
	config func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}

func formOf(config func(*bytes.Reader) (image.Config, error), decode func(*bytes.Reader) (image.Image, error)) form {
	return form{config, decode}
}

// forms are by the type that the first bytes show (WHATWG MIME Sniffing). Of an
// animation the first picture counts.
var forms = map[string]form{
	"image/jpeg": formOf(
		func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }),
	"image/png": formOf(
		func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }),
	"image/gif": formOf(
		func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }),
	"image/webp": formOf(
		func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }),
}

// Clean returns a picture written anew: a JPEG without anything beside its pixels, upright
// and no larger than Side. The same file makes the same bytes. What the file's name or
// its sender says of its type does not count. The error is a *Refusal.
func Clean(file []byte) ([]byte, error) {
	if len(file) > MaxBytes {
		return nil, unusable("the photo has more than %d MB%s", MaxBytes>>20, instead)
	}
	f, known := forms[http.DetectContentType(file)]
	if !known {
		return nil, unusable("what came is not a photo in JPEG, PNG, GIF or WebP%s", instead)
	}
	size, err := f.config(bytes.NewReader(file))
	switch {
	case err != nil || size.Width <= 0 || size.Height <= 0:
		return nil, damaged(err)
	case size.Width > MaxSide || size.Height > MaxSide || size.Width*size.Height > MaxPixels:
		return nil, unusable("the photo has more than %d million pixels, or a side of more than %d%s", MaxPixels/1_000_000, MaxSide, instead)
	case bytes.Count(file, []byte{0xff, 0xda}) > maxScans && bytes.HasPrefix(file, []byte{0xff, 0xd8}):
		return nil, unusable("the photo is written in more than %d scans, which no camera does%s", maxScans, instead)
	}
	picture, err := decode(f, file)
	if err != nil {
		return nil, damaged(err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small(upright(picture, orientation(file))), &jpeg.Options{Quality: quality}); err != nil {
		return nil, damaged(err)
	}
	return out.Bytes(), nil
}

func damaged(err error) error {
	return &Refusal{Kind: Unusable, Why: "the photo is damaged or cut off" + instead, Err: err}
}

// decode opens a picture. A file that a decoder stumbles over must not end the process.
func decode(f form, file []byte) (picture image.Image, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errors.New("the decoder has failed")
		}
	}()
	return f.decode(bytes.NewReader(file))
}

// small returns a picture no larger than Side, on white where it is transparent.
func small(from image.Image) image.Image {
	at := from.Bounds()
	w, h := at.Dx(), at.Dy()
	if long := max(w, h); long > Side {
		w, h = max(1, w*Side/long), max(1, h*Side/long)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Scale(to, to.Bounds(), from, at, draw.Over, nil)
	return to
}
