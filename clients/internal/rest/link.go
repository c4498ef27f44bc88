package rest

import (
	"net/http"
	"net/url"
	"strings"
)

// Next returns what a call has to ask for to get the page that an answer names as
// its next one (RFC 8288), and false where it names none. An address outside of the
// API is Drifted: our credentials go nowhere else.
func (c *Client) Next(call Call, a Answer) (Call, bool, error) {
	target := link(a.Header, "next")
	if target == "" {
		return Call{}, false, nil
	}
	u, err := c.base.Parse(target)
	if err != nil || u.Host != c.base.Host || u.Scheme != c.base.Scheme || !strings.HasPrefix(u.EscapedPath(), c.base.EscapedPath()+"/") {
		return Call{}, false, c.failed(call, drifted("the next page is at another address"))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Call{}, false, c.failed(call, drifted("the next page has a malformed address"))
	}
	call.Path, call.Query = strings.TrimPrefix(u.EscapedPath(), c.base.EscapedPath()), query
	return call, true, nil
}

// link returns the first target that the headers Link give a relation.
func link(h http.Header, rel string) string {
	for _, line := range h.Values("Link") {
		for line != "" {
			open := strings.IndexByte(line, '<')
			end := strings.IndexByte(line, '>')
			if open < 0 || end < open {
				break
			}
			target, rest := line[open+1:end], line[end+1:]
			params := rest
			if next := strings.IndexByte(rest, '<'); next >= 0 {
				params, line = rest[:next], rest[next:]
			} else {
				line = ""
			}
			for p := range strings.SplitSeq(params, ";") {
				name, value, _ := strings.Cut(strings.Trim(p, " ,\t"), "=")
				if strings.EqualFold(name, "rel") && contains(strings.Trim(value, `"`), rel) {
					return target
				}
			}
		}
	}
	return ""
}

// contains reports whether a relation is one of several in a list with blanks.
func contains(list, rel string) bool {
	for one := range strings.FieldsSeq(list) {
		if strings.EqualFold(one, rel) {
			return true
		}
	}
	return false
}
