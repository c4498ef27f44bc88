package sportlinksim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// photoLife is how long the address of a photo is good (docs/systems/sportlink.md,
// "Photos", 2026-04).
const photoLife = 4 * time.Hour

// photoName is the file of a member's photo, another one with each date: nothing of the
// member is in it.
func (s *Sim) photoName(m invent.Member) string {
	sum := sha256.Sum256([]byte(s.clubID + m.PublicPersonID + m.PersonImageDate))
	return hex.EncodeToString(sum[:8]) + ".jpg"
}

// photoURL is the signed address of a member's photo.
func (s *Sim) photoURL(m invent.Member) string {
	path := "/" + s.clubID + "/" + s.photoName(m)
	expires := strconv.FormatInt(s.Now().Add(photoLife).Unix(), 10)
	return s.Address("bin") + path + "?expires=" + expires + "&signature=" + s.sign(path, expires)
}

func (s *Sim) sign(path, expires string) string {
	mac := hmac.New(sha256.New, s.account.secret)
	mac.Write([]byte(path + "\n" + expires))
	return hex.EncodeToString(mac.Sum(nil))
}

// bin is the host of the photos. It asks for no sign-in: the address itself is the right.
func (s *Sim) bin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{club}/{name}", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		until, err := strconv.ParseInt(q.Get("expires"), 10, 64)
		good := hmac.Equal([]byte(q.Get("signature")), []byte(s.sign(r.URL.Path, q.Get("expires"))))
		if err != nil || !good || s.Now().Unix() >= until {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		s.Lock()
		i := slices.IndexFunc(s.members, func(m invent.Member) bool {
			return m.PersonImageDate != "" && s.photoName(m) == r.PathValue("name")
		})
		var picture []byte
		if i >= 0 {
			picture = s.pictures[s.members[i].PublicPersonID]
		}
		s.Unlock()
		if i < 0 || r.PathValue("club") != s.clubID {
			http.Error(w, "Not Found", http.StatusNotFound)
			return
		}
		kind := "image/jpeg; charset=binary"
		if picture == nil {
			if picture, kind, err = invented(r.PathValue("name")); err != nil {
				http.Error(w, "picture", http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
		_, _ = w.Write(picture)
	})
	return mux
}

// invented is the picture of a file that nobody has put in: colours, of its name. The name
// says JPEG whatever it is, and a JPEG has what cameras write beside the pixels.
func invented(name string) (picture []byte, kind string, err error) {
	sum := sha256.Sum256([]byte(name))
	p := image.NewRGBA(image.Rect(0, 0, 60, 80))
	for y := range 80 {
		for x := range 60 {
			p.Set(x, y, color.RGBA{sum[0] + uint8(x), sum[1] + uint8(y), sum[2], 255})
		}
	}
	var out bytes.Buffer
	switch sum[3] % 8 {
	case 0:
		err = png.Encode(&out, p)
		return out.Bytes(), "image/png", err
	case 1:
		err = gif.Encode(&out, p, nil)
		return out.Bytes(), "image/gif", err
	}
	if err = jpeg.Encode(&out, p, nil); err != nil {
		return nil, "", err
	}
	return exposed(out.Bytes()), "image/jpeg", nil
}

// exposed puts in a JPEG what a camera notes (Exif 2.3): how it was held, and a note.
func exposed(file []byte) []byte {
	const note = "invented camera, nowhere"
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	tiff = append(tiff, 0x01, 0x0e, 0, 2, 0, 0, 0, byte(len(note)), 0, 0, 0, 38) // the note, behind the directory
	tiff = append(tiff, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0)                // upright
	tiff = append(tiff, 0, 0, 0, 0)
	tiff = append(tiff, note...)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(file[:2], segment, body, file[2:])
}

// PutPhoto gives a member a photo, as another user does; nil takes it away. Date is the
// photo's; a photo may have the date of the one before.
func (s *Sim) PutPhoto(id, date string, picture []byte) error {
	s.Lock()
	defer s.Unlock()
	i := s.index(id)
	if i < 0 {
		return errNoMember
	}
	if picture == nil {
		date = ""
	}
	s.members[i].PersonImageDate, s.pictures[id] = date, picture
	return nil
}
