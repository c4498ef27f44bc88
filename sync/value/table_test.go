package value_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

const no = "\x00unreadable" // no canonical value holds a NUL

var (
	line  = record.ValueType{Class: record.ClassText, Fold: true}
	lines = record.ValueType{Class: record.ClassText, Lines: true}
)

// TestText: what people and systems put into a text, and what it is.
func TestText(t *testing.T) {
	t.Parallel()
	check(t, line, map[string]string{
		"":                          "",
		" \u00a0\u200b\ufeff\t\r\n": "",
		"Zoë van 't Hof-Ünal":       "Zoë van 't Hof-Ünal",
		"Zoe\u0308":                 "Zoë",
		"  Jo \u00a0\u2009 Hof\n":   "Jo Hof",
		"Jo\tHof\x07\x1b":           "Jo Hof",
		"\ufeffJo\u200b\u2060\u00ad Ho\u200ef\u202c": "Jo Hof",
		"\u202eoJ foH":                    "oJ foH",
		"\u2066Jo\u2069":                  "Jo",
		"a\u034f\u0301":                   "á",
		"Jo\u2028Hof\u0085!":              "Jo Hof !",
		"\u3164Jo\u2800":                  "Jo",
		"İstanbul ı Iı":                   "İstanbul ı Iı",
		"👨‍👩‍👧‍👦 ploeg":                   "👨‍👩‍👧‍👦 ploeg",
		"👩🏽‍🚀":                            "👩🏽‍🚀",
		"❤️‍🔥":                            "❤️‍🔥",
		"👨\u200d":                         "👨",
		"J\u200do\u200c":                  "Jo",
		"علی\u200cرضا":                    "علی\u200cرضا",
		"علی\u200c\u200cرضا\u200c":        "علی\u200cرضا",
		"क\u094d\u200dष":                  "क\u094d\u200dष",
		"a\u200d\u0301":                   "á",
		"Ｊｏ":                              "Ｊｏ", // a text is not narrowed
		"Z" + strings.Repeat("\u0301", 5): "Ź" + strings.Repeat("\u0301", 4),
		strings.Repeat("é", 255):          strings.Repeat("é", 255),
		strings.Repeat("e\u0301", 255):    strings.Repeat("é", 255),
		"null":                            "null", // a profile judges how many say so, never one value
		"Jo\x00":                          no,
		"Jos\xe9":                         no,
		"Jos\ufffd":                       no,
		"JosÃ©":                           no, // José, as UTF-8 that was read as Latin-1
		"Jos\u00c3\u0089":                 no,
		"ZOÃ‹":                            no, // and as Windows-1252
		"GÃ¶tz":                           no,
		"Jos\u00c3\u0192\u00c2\u00a9":     no, // twice
		"â€™t Hof":                        no,
		"IRMÃ":                            "IRMÃ",
		"IRMÃ\u00a0JOÃO":                  "IRMÃ JOÃO",
		"IRMÃ’S – SÃO – Ó’Hof – Â":        "IRMÃ’S – SÃO – Ó’Hof – Â",
		"****":                            no,
		"J***":                            no,
		"••••• ••":                        no,
		"xxxx":                            no,
		"XXXX-XX":                         no,
		"Xx":                              "Xx",
		"xxx":                             "xxx",
		"*":                               "*",
		"M* & co":                         "M* & co",
		strings.Repeat("x y", 100):        no,
		strings.Repeat("é", 256):          no,
		strings.Repeat("a", 1<<20):        no,
		strings.Repeat("\u200b", 1<<20):   no,
	})
	check(t, lines, map[string]string{
		"one \r\ntwo\u2028three\n\n": "one\ntwo\nthree",
		"a  b":                       "a  b",
	})
	check(t, record.ValueType{}, map[string]string{"a  b": "a  b"})
	check(t, record.ValueType{Class: record.ClassText, Max: 3}, map[string]string{"abc": "abc", " abc ": "abc", "abcd": no})
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassIdentifier, Upper: true}, map[string]string{
		"": "", " abcd12e\u00a0": "ABCD12E", "ＡＢ－１２３４": "AB-1234", "ab\u200b-1234\r": "AB-1234",
		strings.Repeat("A", 64): strings.Repeat("A", 64), strings.Repeat("A", 65): no, strings.Repeat("A", 6000): no, "A\x00": no,
	})
	check(t, record.ValueType{Class: record.ClassIdentifier}, map[string]string{"Ab1": "Ab1", "１２": "12"})
	check(t, record.ValueType{Class: record.ClassCode, Codes: []string{"male", "female"}}, map[string]string{
		"": "", " ": "", "male": "male", "female\u200b": "female", "Male": no, "Unknown": no, "x": no,
	})
}

func TestSet(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassSet, Lower: true}, map[string]string{
		"": "", "\n \n": "",
		" Basis\nbasis":                          "basis",
		"élite:active\ne\u0301lite:active":       "élite:active",
		"JO11-2\n JO9-1\nJO11-2\r":               "jo11-2\njo9-1",
		"a\x00\nb":                               no,
		strings.Repeat("a\n", 2000):              no,
		"b\n" + strings.Repeat("a", 256) + "\nc": no,
	})
}

func TestBlob(t *testing.T) {
	t.Parallel()
	ours := record.BlobOf([]byte("x"))
	check(t, record.ValueType{Class: record.ClassBlob}, map[string]string{
		"": "", " ": "", ours: ours, " " + ours + "\n": ours, record.BlobThere("17"): "there:17",
		"there:": no, "17": no, "sha256:00": no, strings.ToUpper(ours): no, "there:a\x00": no, "there:" + strings.Repeat("a", 201): no,
		"https://example.org/p.jpg": no,
	})
}

func TestEmail(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassEmail}, map[string]string{
		"": "", " ": "",
		"j0@example.org":                          "j0@example.org",
		"j0@example.org\r":                        "j0@example.org",
		"\ufeffj0@example.org":                    "j0@example.org",
		"j0@exam\u200bple.org":                    "j0@example.org",
		"\u00a0J0@Example.ORG\n":                  "j0@example.org",
		"ｊ０＠ｅｘａｍｐｌｅ．ｏｒｇ":                          "j0@example.org",
		"mailto:Jo@example.org":                   "jo@example.org",
		"jo@example.org.":                         "jo@example.org",
		"jo@example.org;":                         "jo@example.org",
		"<jo@example.org>":                        "jo@example.org",
		"jo+club@example.org":                     "jo+club@example.org",
		"o'hof@example.org":                       "o'hof@example.org",
		"Zoë@Voorbeeld.example":                   "zoë@voorbeeld.example",
		"Zoe\u0308@example.org":                   "zoë@example.org",
		"İpek@example.org":                        "İpek@example.org", // not ipek's
		"a@b":                                     "a@b",
		"'jo@example.org'":                        "jo@example.org",
		"''jo@example.org.'';":                    "jo@example.org",
		"mailto:jo@example.org?subject=Hof":       "jo@example.org",
		"jo/hof@example.org":                      "jo/hof@example.org",
		"jo@example.org'":                         no,
		"jo@example.org?subject=Hof":              no,
		"jo@example.org/":                         no,
		"https://jo@example.org":                  no,
		"none":                                    no,
		"jo@":                                     no,
		"@example.org":                            no,
		"jo@.example.org":                         no,
		"jo@example..org":                         no,
		"jo hof@example.org":                      no,
		"jo@example.org x":                        no,
		"a@x.org; b@x.org":                        no,
		"a@x.org / b@x.org":                       no,
		"j****@example.org":                       no,
		"****@****":                               no,
		"xxxx@example.org":                        no,
		"jo@example.org\x00":                      no,
		"jos\xe9@example.org":                     no,
		strings.Repeat("a", 242) + "@example.org": strings.Repeat("a", 242) + "@example.org",
		strings.Repeat("a", 243) + "@example.org": no,
		strings.Repeat("a", 1<<20):                no,
	})
	if got, note, err := value.Email("Jo Hof <Jo@example.org>"); got != "jo@example.org" || note != value.NoDisplayName || err != nil {
		t.Errorf("an address with a name: %q, %q, %v", got, note, err)
	}
}

func TestFlag(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassFlag}, map[string]string{
		"": "", "true": "true", " FALSE ": "false", "1": no, "ja": no, "0": no, "****": no,
	})
	words := map[string]bool{"ja": true, "nee": false, "1": true}
	for in, want := range map[string]string{"Ja": "true", "NEE\r": "false", "1": "true", "true": "true", "0": no} {
		same(t, in, want)(value.Flag(in, words))
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassAmount}, map[string]string{
		"": "", "1250": "1250", "-1250": "-1250", "+07": "7", "-0": "0", "000": "0", "１２": "12", "12,50": no, "12.50": no, "1e3": no,
		strings.Repeat("9", 16): no,
	})
	for in, want := range map[string]string{
		"": "", "€ 1.234,50": "123450", "1,234.50": "123450", "1234.5": "123450", "1.234": "123400", "1 234,5": "123450",
		"-3": "-300", "€ -3,05": "-305", "-€ 3,05": "-305", "12,50-": "-1250", "€ 1.234,50-": "-123450", "-12,50-": no, "12-": no, "12,5-": no, "−3": "-300", "12,-": "1200", "0,05": "5", "0": "0", "12 EUR": "1200",
		"0.125": no, "1.23.4": no, "12,345": "1234500", "12,3456": no, "twelve": no, "****": no, "--3": no, "€": no,
	} {
		same(t, in, want)(value.AmountOf(in))
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	check(t, record.ValueType{Class: record.ClassPostcode}, map[string]string{
		"": "", "1234AB": "1234 AB", " 1234  ab ": "1234 AB", "1234\u00a0AB": "1234 AB", "１２３４ＡＢ": "1234 AB",
		"0123AB": "0123AB", "2099": "2099", "sw1a 1aa": "SW1A 1AA", "00099": "00099", "D-12345": "D-12345",
		"1234-ab": "1234 AB", "GIR 0AA": "GIR 0AA",
		strings.Repeat("1", 17): no, "****": no, "n.v.t.": no, "null": no, "-": no, "[object]": no,
	})
	check(t, record.ValueType{Class: record.ClassCountry}, map[string]string{
		"": "", "nl": "NL", "NLD": "NL", "528": "NL", " Nederland ": "NL", "NETHERLANDS": "NL", "the Netherlands": "NL", "Holland": "NL",
		"België": "BE", "belgie": "BE", "Belgium": "BE", "Duitsland": "DE", "UK": "GB", "Groot-Brittannië": "GB", "U.S.A.": "US",
		"Zuid-Afrika": "ZA", "South Africa": "ZA", "Côte d’Ivoire": "CI", "XK": "XK",
		"ZZ": no, "EU": no, "QQ": no, "001": no, "N": no, "Verzonnenland": no, "???": no,
	})
	check(t, record.ValueType{Class: record.ClassLanguage}, map[string]string{
		"": "", "nl": "nl", "NL": "nl", "nl_BE": "nl-BE", "nld": "nl", "pt-br": "pt-BR", "zh-hant-tw": "zh-Hant-TW", "no": "no",
		"en-u-ca-gregory": "en", "und": no, "x-foo": no, "Nederlands": no, "q": no,
	})
}

// check makes each value canonical, and says of none what it is.
func check(t *testing.T, typ record.ValueType, cases map[string]string) {
	t.Helper()
	for in, want := range cases {
		got, _, err := value.Canon(typ, in, value.Options{Region: "NL"})
		same(t, in, want)(got, err)
	}
}

func same(t *testing.T, in, want string) func(string, error) {
	t.Helper()
	if len(in) > 80 {
		in = in[:20] + "…"
	}
	return func(got string, err error) {
		t.Helper()
		_, isUnreadable := errors.AsType[*value.Unreadable](err)
		switch {
		case want == no && !isUnreadable:
			t.Errorf("%+q: %+q, %v; want it to be unreadable", in, got, err)
		case want == no && got != "":
			t.Errorf("%+q: unreadable, and %+q", in, got)
		case want != no && (err != nil || got != want):
			t.Errorf("%+q: %+q, %v; want %+q", in, got, err, want)
		case err != nil && len(in) > 3 && strings.Contains(err.Error(), strings.TrimSpace(in)):
			t.Errorf("%+q: the error says the value", in)
		}
	}
}
