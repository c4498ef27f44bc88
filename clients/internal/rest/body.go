package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
)

// encode makes the body of a call and names its form.
func encode(call Call) (io.Reader, string, error) {
	forms := 0
	for _, is := range []bool{call.JSON != nil, call.Form != nil, call.Parts != nil} {
		if is {
			forms++
		}
	}
	switch {
	case forms > 1:
		return nil, "", errors.New("a body in more than one form")
	case call.Parts != nil:
		return multipartOf(call.Parts)
	case call.JSON != nil:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(call.JSON); err != nil {
			return nil, "", err
		}
		return &b, "application/json", nil
	case call.Form != nil:
		return strings.NewReader(call.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	return nil, "", nil
}

// multipartOf is a body of several parts (RFC 7578).
func multipartOf(parts []Part) (io.Reader, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		of := map[string]string{"name": p.Name}
		if p.FileName != "" {
			of["filename"] = p.FileName
		}
		head := textproto.MIMEHeader{"Content-Disposition": {mime.FormatMediaType("form-data", of)}}
		if p.ContentType != "" {
			head.Set("Content-Type", p.ContentType)
		}
		part, err := w.CreatePart(head)
		if err == nil {
			_, err = part.Write(p.Data)
		}
		if err != nil {
			return nil, "", err
		}
	}
	return &b, w.FormDataContentType(), w.Close()
}

// byteOrderMark begins some texts of UTF-8. JSON may not have it (RFC 8259, 8.1).
var byteOrderMark = []byte("\xef\xbb\xbf")

// mostBrackets is how many brackets a text may have before the JSON, such as "${x}".
const mostBrackets = 50

// before says what stands before the JSON of an answer, empty where nothing does, and
// returns the answer without it. Sites in PHP print notices there, with whatever type.
func before(data []byte) (what string, rest []byte) {
	rest = bytes.TrimSpace(data)
	if after, marked := bytes.CutPrefix(rest, byteOrderMark); marked {
		_, rest = before(after)
		return "a byte order mark before the JSON", rest
	}
	for at, tries := 0, 0; tries < mostBrackets; at, tries = at+1, tries+1 {
		next := bytes.IndexAny(rest[at:], "{[")
		if at += next; next < 0 || at == 0 {
			break
		}
		if json.Valid(rest[at:]) {
			return fmt.Sprintf("%d bytes of text before the JSON, such as a notice of PHP", at), rest[at:]
		}
	}
	return "", data
}

// decode reads a successful answer. What cannot be read is Drifted; the reason
// says where, never what.
func decode(into any, contentType string, data []byte) *connector.Error {
	if into == nil {
		return nil
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if raw, ok := into.(*Raw); ok {
		raw.ContentType, raw.Bytes = media, data
		return nil
	}
	what, _ := before(data)
	switch {
	case len(bytes.TrimSpace(data)) == 0 && into == any(Nothing):
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		return drifted("empty answer")
	case what != "":
		return drifted("%s", what)
	case media != "application/json" && !strings.HasSuffix(media, "+json"):
		return drifted("answer of type %q in place of JSON%s", media, ofPage(media))
	}
	err := json.Unmarshal(data, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return drifted("unexpected type at %q", wrongType.Field)
	default:
		return drifted("malformed JSON of %d bytes", len(data))
	}
}

// wrongBase is what an operator can do where an API is not at its address.
const wrongBase = ": is base_url the address of the API?"

// ofPage says what to do where a site answers with a page for people.
func ofPage(media string) string {
	if media == "text/html" || media == "application/xhtml+xml" {
		return ", a page for people" + wrongBase
	}
	return ""
}

func drifted(format string, args ...any) *connector.Error {
	return &connector.Error{Class: connector.Drifted, Why: fmt.Sprintf(format, args...)}
}
