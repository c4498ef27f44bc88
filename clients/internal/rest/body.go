package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
)

// encode makes the body of a call and names its form.
func encode(call Call) (io.Reader, string, error) {
	switch {
	case call.JSON != nil && call.Form != nil:
		return nil, "", errors.New("both a JSON body and a form")
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
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return drifted("empty answer")
	case media != "application/json" && !strings.HasSuffix(media, "+json"):
		return drifted("answer of type %q in place of JSON", media)
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

func drifted(format string, args ...any) *connector.Error {
	return &connector.Error{Class: connector.Drifted, Why: fmt.Sprintf(format, args...)}
}
