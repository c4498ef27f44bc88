package photo_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/photo"
)

// halves is a picture of which the upper left quarter is red and the rest blue.
func halves(w, h int) image.Image {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.Set(x, y, color.RGBA{0, 0, 255, 255})
			if x < w/2 && y < h/2 {
				p.Set(x, y, color.RGBA{255, 0, 0, 255})
			}
		}
	}
	return p
}

func inJPEG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inPNG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inGIF(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inWebP is one pixel, as cwebp writes it.
func inWebP(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exposed puts what a camera notes into a JPEG: the place in words, and how it was held.
func exposed(file []byte, how uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II\x2a\x00\x08\x00\x00\x00")
	}
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, how)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	tiff = append(tiff, "taken at the back door"...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(file[:2], segment, body, file[2:])
}

func clean(t *testing.T, file []byte) image.Image {
	t.Helper()
	out, err := photo.Clean(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := photo.Clean(file)
	if err != nil || !bytes.Equal(out, again) {
		t.Errorf("the same file makes other bytes: %v", err)
	}
	p, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// red reports whether a place of a picture is.
func red(p image.Image, x, y int) bool {
	r, _, b, _ := p.At(x, y).RGBA()
	return r > 0x9000 && b < 0x6000
}

func TestCleanTakesWhatIsAPhoto(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{
		"JPEG": inJPEG(t, halves(64, 48)), "PNG": inPNG(t, halves(64, 48)), "GIF": inGIF(t, halves(64, 48)),
	} {
		p := clean(t, file)
		if p.Bounds().Dx() != 64 || p.Bounds().Dy() != 48 || !red(p, 8, 8) || red(p, 56, 8) || red(p, 8, 40) {
			t.Errorf("%s is another picture: %v", name, p.Bounds())
		}
	}
	if p := clean(t, inWebP(t)); p.Bounds().Dx() != 1 {
		t.Errorf("WebP is another picture: %v", p.Bounds())
	}
	if p := clean(t, inPNG(t, halves(2*photo.Side, photo.Side))); p.Bounds().Dx() != photo.Side || p.Bounds().Dy() != photo.Side/2 || !red(p, 100, 100) {
		t.Errorf("a large one is %v", p.Bounds())
	}
	if p := clean(t, inPNG(t, image.NewRGBA(image.Rect(0, 0, 40, 40)))); !white(p) {
		t.Error("what is transparent is not white")
	}
}

func white(p image.Image) bool {
	r, g, b, _ := p.At(20, 20).RGBA()
	return min(r, g, b) > 0xf000
}

// Nothing of what a file holds beside its pixels goes along, but it is turned as it says.
func TestCleanStripsAndTurns(t *testing.T) {
	t.Parallel()
	file := inJPEG(t, halves(64, 48))
	for how, corner := range map[uint16][2]int{
		1: {8, 8}, 2: {56, 8}, 3: {56, 40}, 4: {8, 40}, 5: {8, 8}, 6: {40, 8}, 7: {40, 56}, 8: {8, 56},
		0: {8, 8}, 9: {8, 8}, // none that there is
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p := clean(t, exposed(file, how, order))
			wide := p.Bounds().Dx() == 64
			if wide != (how < 5 || how > 8) || !red(p, corner[0], corner[1]) {
				t.Errorf("held as %d: %v, not red at %v", how, p.Bounds(), corner)
			}
		}
	}
	out, err := photo.Clean(exposed(file, 6, binary.BigEndian))
	if err != nil || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("back door")) {
		t.Errorf("what the camera noted is still there: %v", err)
	}
	for cut := range 60 { // a directory that is cut off anywhere
		broken := exposed(file, 6, binary.BigEndian)
		copy(broken[2+cut:], bytes.Repeat([]byte{0xff}, 8))
		_, _ = photo.Clean(broken) // must end
	}
}

// wide says of a PNG that it has other sides; its sum is right.
func wide(file []byte, w, h uint32) []byte {
	out := bytes.Clone(file)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

func TestCleanRefuses(t *testing.T) {
	t.Parallel()
	small := inPNG(t, halves(32, 32))
	good := inJPEG(t, halves(200, 200))
	scan := append([]byte{0xff, 0xda}, make([]byte, 10)...)
	for name, c := range map[string]struct {
		file []byte
		why  string
	}{
		"nothing":         {nil, "not a photo"},
		"a page":          {[]byte("<html><body>" + strings.Repeat("no ", 100)), "not a photo"},
		"an icon":         {append([]byte("\x00\x00\x01\x00"), make([]byte, 200)...), "not a photo"},
		"a drawing":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), "not a photo"},
		"cut off":         {good[:len(good)/2], "damaged"},
		"head alone":      {good[:24], "damaged"},
		"too many pixels": {wide(small, 8000, 8000), "million pixels"},
		"a bomb":          {wide(small, 200_000, 200_000), "million pixels"},
		"a long line":     {wide(small, 20_000, 1), "million pixels"},
		"no pixels":       {wide(small, 0, 10), "damaged"},
		"less than said":  {wide(small, 1000, 1000), "damaged"},
		"many scans":      {slices.Concat(good[:len(good)-2], bytes.Repeat(scan, 1000), []byte{0xff, 0xd9}), "scans"},
		"large":           {append(bytes.Clone(good), make([]byte, photo.MaxBytes)...), "more than 10 MB"},
	} {
		_, err := photo.Clean(c.file)
		if err == nil || photo.KindOf(err) != photo.Unusable || !strings.Contains(err.Error(), c.why) || !strings.Contains(err.Error(), "put another photo") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if out, err := photo.Clean(file); err == nil && !bytes.HasPrefix(out, []byte{0xff, 0xd8}) {
			t.Error("what came out is no JPEG")
		}
	})
}
