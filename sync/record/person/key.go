package person

import (
	"strings"
	"unicode"

	"github.com/touchline-sync/touchline/sync/record"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{RelationCode, Email1, FirstName, Infix, LastName}

// Key is the natural key of a person: the relation code of a member, else the
// key of a parent from address and name. It is "" when the fields do not
// suffice.
func Key(f record.Fields) string {
	if code := NormalCode(f[RelationCode]); code != "" {
		return code
	}
	return ParentKey(f[Email1], FullName(f))
}

// ParentKey is the natural key of a parent who is no member: neither an
// address nor a name alone tells people apart. It is "" unless both are there.
func ParentKey(address, name string) string {
	address, name = NormalAddress(address), NormalName(name)
	if address == "" || name == "" {
		return ""
	}
	return parentPrefix + address + "/" + name
}

const parentPrefix = "parent/" // no relation code has a slash

// IsParentKey reports whether a key is one that ParentKey makes.
func IsParentKey(key string) bool { return strings.HasPrefix(key, parentPrefix) }

// NormalCode is the form in which relation codes are compared.
func NormalCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

// NormalAddress is the form in which e-mail addresses are compared. It is ""
// for a text that is no address at all.
func NormalAddress(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	if !strings.Contains(address, "@") {
		return ""
	}
	return address
}

// NormalName is the form in which names are compared: letters and digits in
// lower case without accents, one blank between words. "Zoë  van 't Hof-Smit"
// and "zoe van t hof smit" are one name; "Z. Hof" is another.
func NormalName(name string) string {
	var out strings.Builder
	for _, r := range name {
		r = unicode.ToLower(r)
		switch plain, accented := plainLetters[r]; {
		case accented:
			out.WriteString(plain)
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			// an accent of its own, a mark that nobody sees
		case unicode.IsLetter(r), unicode.IsDigit(r):
			out.WriteRune(r)
		default:
			out.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// FullName is first name, infix and last name, one blank between words.
func FullName(f record.Fields) string {
	return strings.Join(strings.Fields(
		f[FirstName]+" "+f[Infix]+" "+f[LastName]), " ")
}

// plainLetters are the accented letters that names in Dutch administrations
// have, with what people type who do not find them.
var plainLetters = func() map[rune]string {
	out := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ĳ': "ij"}
	for plain, accented := range map[string]string{
		"a": "áàâäãåāăą", "c": "çćčĉċ", "d": "ďđð", "e": "éèêëēėęěĕ",
		"g": "ğģĝġ", "h": "ĥħ", "i": "íìîïīįıĩ", "j": "ĵ", "k": "ķ",
		"l": "łľĺļŀ", "n": "ñńňņ", "o": "óòôöõøōőŏ", "r": "řŕŗ",
		"s": "šśşșŝ", "t": "ťţțŧ", "u": "úùûüūůűųũŭ", "w": "ŵ",
		"y": "ýÿŷ", "z": "žźż",
	} {
		for _, r := range accented {
			out[r] = plain
		}
	}
	return out
}()
