package value_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

var types = []record.ValueType{
	{},
	{Class: record.ClassText, Fold: true},
	{Class: record.ClassText, Lines: true},
	{Class: record.ClassText, Lines: true, Fold: true},
	{Class: record.ClassIdentifier},
	{Class: record.ClassIdentifier, Upper: true},
	{Class: record.ClassIdentifier, Lower: true},
	{Class: record.ClassCode, Codes: []string{"male", "female"}},
	{Class: record.ClassEmail},
	{Class: record.ClassPhone},
	{Class: record.ClassDate},
	{Class: record.ClassBirth},
	{Class: record.ClassPassing},
	{Class: record.ClassInstant},
	{Class: record.ClassFlag},
	{Class: record.ClassAmount},
	{Class: record.ClassPostcode},
	{Class: record.ClassCountry},
	{Class: record.ClassLanguage},
	{Class: record.ClassBlob},
	{Class: record.ClassSet},
	{Class: record.ClassSet, Lower: true},
	{Class: record.ClassSet, Upper: true},
}

// pieces are what values are made of here: what is ordinary, and what is not.
var pieces = []string{
	"a", "Z", "é", "e\u0301", "ß", "İ", "ı", "ŉ", "ǰ", "ΐ", "ﬁ", "K", "Å", "Ω", "ſ", "Jo", "van 't", "@", "example.org", ".", "..", "<", ">", ";", "mailto:",
	" ", "  ", "\u00a0", "\u3000", "\t", "\r", "\n", "\r\n", "\u2028", "\u0085", "\u200b", "\u200c", "\u200d", "\u200e", "\u202e", "\ufeff", "\u00ad", "\u034f",
	"\u0301", "\u0308", "\u0345", "\ufe0f", "👨", "🏽", "❤", "क", "\u094d", "ع", "ی", "가", "\u1100", "\u1161", "\u0600", "\U000e0067",
	"0", "6", "12345678", "+31", "0031", "(0)", "+", "-", "–", "/", "０", "٦", "𝟘", "x12", "ext", "of", "#", "*", "**", "x", "xxxx", "•",
	"2026-07-01", "20260701", "T00:00:00", "T22:30:00", "Z", "+02:00", "1234", "AB", "NL", "nl", "Nederland", "nl-BE", "_", "true", "false", "male",
	"\x00", "\xff", "\ufffd", ",50", "€", "there:", "sha256:",
}

func anything() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8), func(p []string) string { return strings.Join(p, "") }),
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
}

// TestCanonical: making a value canonical twice is making it so once; what comes
// out is text that Postgres and JSON take; an unreadable value is none.
func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, typ := range types {
		t.Run(fmt.Sprintf("%+v", typ), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				raw := anything().Draw(rt, "raw")
				o := value.Options{Region: rapid.SampledFrom([]string{"NL", "ZA", "US", ""}).Draw(rt, "region"), Zone: time.FixedZone("", 7200)}
				once, _, err := value.Canon(typ, raw, o)
				if err != nil {
					if once != "" {
						rt.Fatalf("%+q is unreadable (%v), and %+q", raw, err, once)
					}
					return
				}
				twice, note, err := value.Canon(typ, once, o)
				if err != nil || twice != once || note != "" {
					rt.Fatalf("%+q is %+q, and that is %+q, note %q, %v", raw, once, twice, note, err)
				}
				if !utf8.ValidString(once) || strings.ContainsAny(once, "\x00\ufeff\u200b\r") || strings.TrimSpace(once) != once {
					rt.Fatalf("%+q is %+q", raw, once)
				}
			})
		})
	}
}

// TestRetyped: a number that was synced, typed again as people at home type it,
// is the same number.
func TestRetyped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		region := rapid.SampledFrom([]string{"NL", "BE", "DE", "ZA", "GB", "FR", "IT", "US"}).Draw(rt, "region")
		kind := rapid.SampledFrom([]phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE}).Draw(rt, "kind")
		example := phonenumbers.GetExampleNumberForType(region, kind)
		e164 := phonenumbers.Format(example, phonenumbers.E164)
		tail := rapid.StringMatching(`[0-9]{3}`).Draw(rt, "tail")
		synced, _, err := value.Phone(e164[:len(e164)-3]+tail, region)
		if err != nil {
			rt.Skip("no number")
		}
		n, err := phonenumbers.Parse(synced, region)
		if err != nil {
			rt.Fatal(err)
		}
		for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.NATIONAL, phonenumbers.INTERNATIONAL} {
			typed := phonenumbers.Format(n, form)
			for _, typed := range []string{typed, strings.ReplaceAll(typed, " ", "-"), strings.ReplaceAll(typed, " ", ""), " " + typed + "\u200e"} {
				if got, note, err := value.Phone(typed, region); got != synced || note != "" || err != nil {
					rt.Fatalf("%s typed as %q is %q, note %q, %v", synced, typed, got, note, err)
				}
			}
		}
	})
}

// TestShortCut: the short way for Dutch numbers says what the long one says.
func TestShortCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := "+31" + rapid.StringMatching(`[1-9][0-9]{8}`).Draw(rt, "number")
		got, note, err := value.Phone(" "+n, "ZA")
		if got != n || note != "" || err != nil {
			rt.Fatalf("%s is %q, %q, %v", n, got, note, err)
		}
	})
}

// TestOrder: the case, blanks and form of accents of an address never matter.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		address := rapid.StringMatching(`[a-z0-9+]{1,9}@[a-z]{2,9}\.example`).Draw(rt, "address")
		if value.Masked(address[:strings.IndexByte(address, '@')]) || value.Masked(strings.SplitAfter(address, "@")[1]) {
			rt.Skip("masked")
		}
		for _, typed := range []string{strings.ToUpper(address), " " + address + "\r", "\ufeff" + address, strings.Replace(address, "@", "\u200b@", 1)} {
			if got, _, err := value.Email(typed); got != address || err != nil {
				rt.Fatalf("%+q is %q, %v", typed, got, err)
			}
		}
	})
}
