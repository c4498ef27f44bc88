package value_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/value"
)

func TestMetres(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"42.2K": "42200", "5 k": "5000", "13.1 Miles": "21082", "1 Mile": "1609", "26.2M": "42165", "400 meters": "400", "100 Yards": "91",
		"10": "", "far": "", "1.2.3K": "", "-5K": "",
	} {
		if got, err := value.Metres(s); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v, want %q", s, got, err, want)
		}
	}
}
