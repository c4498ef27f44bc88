package web

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	api "github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
)

// inProcess carries calls to a handler of this process. It is for calls that are
// answered once; a stream would be read only when it is over.
type inProcess struct {
	handler http.Handler
	// from is the request of the person: a wrong token counts for its address.
	from  *http.Request
	token string
}

// RoundTrip answers one call.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := &recorded{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(answer, p.call(r))
	return response(r, answer.status, answer.header, io.NopCloser(&answer.body), int64(answer.body.Len())), nil
}

// call is a request as the handler gets it: with the token, and from where the person is.
func (p inProcess) call(r *http.Request) *http.Request {
	call := r.Clone(r.Context())
	call.Header.Set("Authorization", "Bearer "+p.token)
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} {
		call.Header[name] = p.from.Header[name]
	}
	call.RemoteAddr, call.RequestURI, call.TLS = p.from.RemoteAddr, r.URL.RequestURI(), p.from.TLS
	return call
}

func response(r *http.Request, status int, header http.Header, body io.ReadCloser, size int64) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: body, ContentLength: size, Request: r,
	}
}

// recorded keeps an answer.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorded) WriteHeader(status int)      { r.status = status }

// calls are the services, called with one person's token.
type calls struct {
	pipelines api.PipelineServiceClient
	records   api.RecordServiceClient
	conflicts api.ConflictServiceClient
	schedules api.ScheduleServiceClient
	audits    api.AuditServiceClient
	browsers  api.SessionServiceClient
	evidence  api.EvidenceServiceClient
}

func newCalls(handler http.Handler, from *http.Request, token string) calls {
	client := &http.Client{Transport: inProcess{handler, from, token}}
	const here = "http://touchline"
	return calls{
		api.NewPipelineServiceClient(client, here), api.NewRecordServiceClient(client, here),
		api.NewConflictServiceClient(client, here), api.NewScheduleServiceClient(client, here),
		api.NewAuditServiceClient(client, here), api.NewSessionServiceClient(client, here),
		api.NewEvidenceServiceClient(client, here),
	}
}
