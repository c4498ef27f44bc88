package value_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/value"
)

// TestPhone: numbers as people type them, in a Dutch deployment.
func TestPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", " \u200e ": "",
		"+31 (0)6 12345603": "+31612345603", "+31(0)6-12345603": "+31612345603", "0031 (0)6 12345603": "+31612345603",
		"+31 06 12345603": "+31612345603", "(+31) 6 12345603": "+31612345603", "++31612345603": "+31612345603",
		"06-12345601": "+31612345601", "06 12 34 56 01": "+31612345601", "06.1234.5601": "+31612345601", "(06) 12345601": "+31612345601",
		"31612345601": "+31612345601", "０６－１２３４５６０１": "+31612345601", "٠٦١٢٣٤٥٦٠١": "+31612345601", "＋31612345601": "+31612345601",
		"\u200e+31 6 12345601\u202c": "+31612345601", "06–12345601\r": "+31612345601",
		"020-1234567": "+31201234567", "0475/123456": "+31475123456", "0800-1234": "+318001234",
		"+32 470 12 34 56": "+32470123456", "0049 151 23456789": "+4915123456789", "+27 82 123 4567": "+27821234567",
		"+39 06 6981234": "+39066981234", "+44 (0)20 7946 0018": "+442079460018",
		"06-01234567": "+31601234567", "+31699999991": "+31699999991", // in no range yet, and as long as numbers are
		"12345678": no, "1234": no, "112": no, "+": no, "-": no, "geen": no, "onbekend": no, "+0612345601": no,
		"06-1234560": no, "06-1234560111111": no, "06-****5601": no, "xxxx": no, "0800-VOETBAL": no, "1e100": no,
		"+999123456789": no, "06123\x0045601": no, "06123\xff45601": no,
		strings.Repeat("0", 300): no, strings.Repeat("6", 1<<20): no,
	} {
		got, note, err := value.Phone(in, "NL")
		same(t, in, want)(got, err)
		if note != "" && note != value.ZeroMissing {
			t.Errorf("%+q: note %q", in, note)
		}
	}
}

// TestPhoneNotes: what is left out of a number is said.
func TestPhoneNotes(t *testing.T) {
	t.Parallel()
	const mobile, fixed = "+31612345678", "+31201234567"
	for in, want := range map[string][2]string{
		"06-12345678 / 020-1234567":  {mobile, value.TwoNumbers},
		"06-12345678/020-1234567":    {mobile, value.TwoNumbers},
		"06-12345678 of 020-1234567": {mobile, value.TwoNumbers},
		"06-12345678; 06-12345678":   {mobile, value.TextBeside},
		"06-12345678 020-1234567":    {mobile, value.TwoNumbers},
		"06 12345678 06 87654321":    {mobile, value.TwoNumbers},
		"0612345678\n0201234567":     {mobile, value.TwoNumbers},
		"020-1234567 (werk) / geen":  {fixed, value.TextBeside},
		"tel. 020-1234567":           {fixed, value.TextBeside},
		"06-12345678 (moeder)":       {mobile, value.TextBeside},
		"mobiel: 06-12345678":        {mobile, value.TextBeside},
		"geen / 06-12345678":         {mobile, value.TextBeside},
		"020-1234567 ext. 12":        {fixed, value.NoExtension},
		"020-1234567x12":             {fixed, value.NoExtension},
		"020-1234567 toestel 204":    {fixed, value.NoExtension},
		"020-1234567 #204":           {fixed, value.NoExtension},
		"020-1234567 (tst 204)":      {fixed, value.NoExtension},
		"612345678":                  {mobile, value.ZeroMissing},
		"6 1234 5678":                {mobile, value.ZeroMissing},
		"0612345678":                 {mobile, ""},
		"31612345678":                {mobile, ""},
	} {
		got, note, err := value.Phone(in, "NL")
		if err != nil || got != want[0] || note != want[1] {
			t.Errorf("%+q: %q, %q, %v; want %q", in, got, note, err, want)
		}
	}
}

// TestPhoneRegions: a number without a country's code is the person's country's
// where it is one there, else the deployment's.
func TestPhoneRegions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in      string
		regions []string
		want    string
	}{
		{"0470 12 34 56", []string{"BE", "NL"}, "+32470123456"},
		{"06-12345601", []string{"BE", "NL"}, "+31612345601"},
		{"082 123 4567", []string{"ZA"}, "+27821234567"},
		{"+31612345601", nil, "+31612345601"},
		{"+27821234567", []string{""}, "+27821234567"},
		{"06-12345601", nil, no},
		{"06-12345601", []string{""}, no},
		{"06-12345601", []string{"QQ"}, no},
		{"(415) 555-2671", []string{"US"}, "+14155552671"},
	} {
		got, _, err := value.Phone(c.in, c.regions...)
		same(t, c.in, c.want)(got, err)
	}
}

func BenchmarkPhone(b *testing.B) {
	for _, in := range []string{"+31612345601", "06-12345601", "+27821234567"} {
		b.Run(in, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := value.Phone(in, "NL"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
