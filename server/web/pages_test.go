package web

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// What has lasted is told to the second, and nothing of what is not over.
func TestTook(t *testing.T) {
	t.Parallel()
	at := func(after time.Duration) *timestamppb.Timestamp { return timestamppb.New(time.Unix(1, 0).Add(after)) }
	for want, ends := range map[string]*timestamppb.Timestamp{"": nil, "0s": at(-time.Hour), "3s": at(3400 * time.Millisecond), "1h1m0s": at(61 * time.Minute)} {
		if got := took(at(0), ends); got != want {
			t.Errorf("it took %q, want %q", got, want)
		}
	}
	if got := took(nil, at(0)); got != "" {
		t.Errorf("what never began took %q", got)
	}
}
