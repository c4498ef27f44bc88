package value

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// maxAddress is the most octets that an address may have (RFC 5321, 4.5.3.1).
const maxAddress = 254

// notInDomain are signs that no domain has: they belong to what stands around an
// address, such as a page's.
const notInDomain = "/?&=#'`!:*%+$"

// Email makes an e-mail address canonical: cleaned as a text is, without
// "mailto:", and in lower case.
//
// All of it is in lower case, also what stands before the @. By the letter of
// RFC 5321 that part may tell capitals apart; no provider does, all systems that
// we know compare without case, and several store lower case. With two forms of
// one mailbox every reading of such a system would be an edit. A capital whose
// small letter is another script's, such as the Turkish İ, stays: the i is
// another mailbox.
//
// "Jo Hof <jo@example.org>" is read as its address, with the note
// NoDisplayName. Unreadable are a text without one @ between two parts, blanks
// within, what is no address but has one in it, two addresses (which of them has consented cannot be told), a mask, and
// what is longer than an address may be.
func Email(raw string) (canon, note string, err error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", "", err
	}
	s = narrowed(s)
	if begin, end := strings.LastIndexByte(s, '<'), len(s)-1; begin >= 0 && s[end] == '>' {
		if begin > 0 {
			note = NoDisplayName
		}
		s = strings.Trim(s[begin+1:end], " ")
	}
	const scheme = "mailto:"
	if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
		s, _, _ = strings.Cut(s[len(scheme):], "?") // what the letter begins with
	}
	s = lower(bare(s))
	local, domain, found := strings.Cut(s, "@")
	switch {
	case strings.Count(s, "@") > 1:
		return "", "", unreadable("more than one address")
	case !found || local == "" || domain == "" || strings.HasPrefix(domain, ".") || strings.Contains(domain, ".."):
		return "", "", unreadable("not an address")
	case strings.ContainsAny(s, " ,;<>()\"\\") || strings.Contains(local, ":") || strings.ContainsAny(domain, notInDomain):
		return "", "", unreadable("not an address")
	case strings.Contains(s, "**") || Masked(local) || Masked(domain):
		return "", "", unreadable(whyMasked)
	case len(s) > maxAddress:
		return "", "", unreadable(TooLong)
	}
	return s, note, nil
}

// bare takes off what lists put behind an address, and quotes around all of it, as
// programs for letters copy it.
func bare(s string) string {
	for {
		t := strings.TrimRight(strings.Trim(s, " ,;"), ".")
		if end := len(t) - 1; end > 1 && (t[0] == '\'' || t[0] == '"') && t[end] == t[0] {
			t = t[1:end]
		}
		if t == s {
			return s
		}
		s = t
	}
}

// narrowed makes full-width letters plain ones where then all of them are ASCII.
func narrowed(s string) string {
	if plain(s) {
		return s
	}
	if narrow := norm.NFC.String(width.Fold.String(s)); !strings.ContainsFunc(narrow, beyondASCII) {
		return narrow
	}
	return s
}

func beyondASCII(r rune) bool { return r >= utf8.RuneSelf }

// lower puts a text into small letters, but for capitals whose small letter is
// plain ASCII while they are not.
func lower(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if small := unicode.ToLower(r); beyondASCII(small) == beyondASCII(r) {
			return small
		}
		return r
	}, s))
}
