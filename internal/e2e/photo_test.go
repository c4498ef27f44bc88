package e2e

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// upload is a file of Rondo Club's library.
type upload struct {
	ID, Person int64
	Shown      bool
	Type, Name string
	Data       []byte
}

func (s *set) library(t testing.TB) []upload {
	t.Helper()
	var dump struct{ Media []upload }
	s.Rondo.Control(t, http.MethodGet, "/dump", nil, &dump)
	return dump.Media
}

// photos fails the test unless each member with a photo has one at Rondo Club, one alone,
// and nobody else has any. It returns how many there are.
func (s *set) photos(t testing.TB) int {
	t.Helper()
	dates := map[string]bool{}
	for _, m := range s.Sportlink.Members(t) {
		dates[text(m, "PublicPersonId")] = text(m, "PersonImageDate") != ""
	}
	shown := map[int64]int{}
	for _, u := range s.library(t) {
		if !bytes.HasPrefix(u.Data, []byte{0xff, 0xd8}) || bytes.Contains(u.Data, []byte("Exif")) {
			t.Errorf("file %d is not written anew", u.ID)
		}
		if u.Shown {
			shown[u.Person]++
		}
	}
	n := 0
	for _, p := range s.Rondo.People(t) {
		want := 0
		if dates[text(p.Fields, "knvb_id")] {
			want, n = 1, n+1
		}
		if shown[int64(p.ID)] != want {
			t.Errorf("person %d has %d photos, want %d", p.ID, shown[int64(p.ID)], want)
		}
	}
	return n
}

// tabs is how many tabs of members were opened after a request.
func (s *set) tabs(t testing.TB, since int) (n, last int) {
	t.Helper()
	var all []request
	s.Sportlink.Control(t, http.MethodGet, "/requests", nil, &all)
	for _, r := range all {
		if last = r.Seq; r.Seq > since && strings.HasSuffix(r.Path, "/MemberHeader") {
			n++
		}
	}
	return n, last
}

// TestPhotos: photos reach Rondo Club with the people; a run in which nothing has changed
// opens no member and calls nobody for a photo; a worker that is killed in the middle
// uploads nothing twice; what is changed or taken away at Sportlink is so at Rondo Club;
// and a photo that cannot be read leaves the one that is there.
func TestPhotos(t *testing.T) {
	t.Parallel()
	s := newSet(t, options{Members: 16, Seed: 5, Photos: true})
	var third struct{ ID int }
	s.Rondo.Control(t, http.MethodPost, "/faults", object{
		"match": object{"method": "POST", "path": "*/photo"}, "after": 2, "times": 1, "do": object{"kind": "delay-after", "delay": "5s"},
	}, &third)
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Minute, "the third photo is uploaded", func() bool { return s.Rondo.hits(t, third.ID) > 0 })
	s.Serve.Kill(t)
	s.Serve.Launch(t)
	s.Follow(t, res.GetRun().GetId())
	for range 3 { // what was under way is known only when it can have no effect any more
		if s.Run(t, "people").GetOutcome() == touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED {
			break
		}
		pause(t, time.Second)
	}
	n := s.photos(t)
	if files := s.library(t); n < 6 || len(files) != n {
		t.Fatalf("%d files of %d photos", len(files), n)
	}

	_, seen := s.tabs(t, 0)
	before := s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)
	if n, _ := s.tabs(t, seen); n != 0 {
		t.Errorf("%d tabs were opened in a quiet run", n)
	}

	var picture bytes.Buffer
	square := image.NewGray(image.Rect(0, 0, 50, 70))
	for i := range square.Pix {
		square.Pix[i] = uint8(i * i)
	}
	if err := png.Encode(&picture, square); err != nil {
		t.Fatal(err)
	}
	var with []string
	for _, m := range s.Sportlink.Members(t) {
		if text(m, "PersonImageDate") != "" {
			with = append(with, text(m, "PublicPersonId"))
		}
	}
	put := func(id, date string, picture []byte) {
		s.Sportlink.Control(t, http.MethodPut, "/members/"+id+"/photo", object{"date": date, "picture": picture}, nil)
	}
	put(with[0], "2026-02-01", picture.Bytes())
	put(with[1], "", nil)
	before = s.journal(t)
	s.Succeed(t, "people")
	if got := s.photos(t); got != n-1 {
		t.Errorf("%d photos, want %d", got, n-1)
	}
	if opened, _ := s.tabs(t, seen); opened != 2 {
		t.Errorf("%d tabs were opened for two photos", opened)
	}
	// One upload, one removal, and the two persons whose date has changed.
	if w := s.Rondo.WritesAfter(t, before.rondo); len(w) != 4 {
		t.Errorf("%d writes:%s", len(w), describe(w))
	}

	put(with[2], "2026-02-02", []byte(strings.Repeat("no picture ", 30)))
	want(t, s.Run(t, "people"), touchlinev1.RunOutcome_RUN_OUTCOME_PARTIAL, "RECORDS_QUARANTINED")
	s.photos(t) // the one before is there
	before = s.journal(t)
	s.Succeed(t, "people")
	s.quiet(t, before)
	s.judge(t)
}
