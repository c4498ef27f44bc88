package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// Where a JPEG says how the camera was held (Exif 2.3, 4.6.4: tag 274 of the first
// directory).
const (
	application1   = 0xe1
	startOfScan    = 0xda
	orientationTag = 0x0112
	upper          = 1 // it stands as it is
)

// orientation reads how a JPEG is to be turned, 1 to 8; 1 where it does not say, or in
// no known form.
func orientation(file []byte) int {
	if !bytes.HasPrefix(file, []byte{0xff, 0xd8}) {
		return upper
	}
	for at := 2; at+4 <= len(file) && file[at] == 0xff && file[at+1] != startOfScan; {
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		if length < 2 || at+2+length > len(file) {
			return upper
		}
		segment := file[at+4 : at+2+length]
		if exif, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && file[at+1] == application1 {
			return oriented(exif)
		}
		at += 2 + length
	}
	return upper
}

// oriented reads the tag out of the directory of a TIFF.
func oriented(tiff []byte) int {
	if len(tiff) < 8 {
		return upper
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upper
	}
	entries := tiff[at+2:]
	for n := int(order.Uint16(tiff[at:])); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) == orientationTag {
			if v := int(order.Uint16(entries[8:])); v >= upper && v <= 8 {
				return v
			}
			return upper
		}
	}
	return upper
}

// turned is a picture as it is seen when it is turned.
type turned struct {
	image.Image

	bounds image.Rectangle
	from   func(x, y int) (int, int) // both from 0 on
}

// Bounds are those of the turned picture.
func (t turned) Bounds() image.Rectangle { return t.bounds }

// At returns a pixel of the turned picture.
func (t turned) At(x, y int) color.Color { return t.Image.At(t.from(x, y)) }

// upright turns a picture by what its file says.
func upright(p image.Image, how int) image.Image {
	if how == upper {
		return p
	}
	at := p.Bounds()
	w, h := at.Dx(), at.Dy()
	right, bottom := w-1, h-1
	from := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return right - x, y },
		3: func(x, y int) (int, int) { return right - x, bottom - y },
		4: func(x, y int) (int, int) { return x, bottom - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, bottom - x },
		7: func(x, y int) (int, int) { return right - y, bottom - x },
		8: func(x, y int) (int, int) { return right - y, x },
	}[how]
	if how >= 5 {
		w, h = h, w
	}
	return turned{p, image.Rect(0, 0, w, h), func(x, y int) (int, int) {
		x, y = from(x, y)
		return at.Min.X + x, at.Min.Y + y
	}}
}
