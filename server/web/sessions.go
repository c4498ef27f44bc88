package web

import (
	"net/http"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// browsed lists the sessions in the browser, with what pages looked like that were in the
// way for those who may see that.
func browsed(v *visit) (any, error) {
	list, err := v.browsers.ListSessions(v.Context(), &touchlinev1.ListSessionsRequest{})
	if err != nil {
		return nil, err
	}
	kept, err := v.evidence.ListEvidence(v.Context(), &touchlinev1.ListEvidenceRequest{})
	if err != nil && connect.CodeOf(err) != connect.CodePermissionDenied {
		return nil, err
	}
	active := false
	for _, s := range list.GetSessions() {
		asked := s.GetLastSignIn()
		active = active || s.GetState() == touchlinev1.SessionState_SESSION_STATE_SIGNING_IN || asked != nil && asked.GetEndTime() == nil
	}
	return shown{"sessions", map[string]any{"Sessions": list.GetSessions(), "Evidence": kept.GetEvidence(), "Active": active}}, nil
}

func signInNow(v *visit) (any, error) {
	_, err := v.browsers.SignInNow(v.Context(), &touchlinev1.SignInNowRequest{System: v.PathValue("system"), Reason: v.PostFormValue("reason")})
	return goTo("/sessions"), err
}

// seen is a piece of evidence.
type seen struct {
	mediaType string
	data      []byte
}

// piece opens a piece of evidence, which the audit keeps.
func piece(v *visit) (any, error) {
	id, err := v.id("piece")
	if err != nil {
		return nil, err
	}
	res, err := v.evidence.GetEvidence(v.Context(), &touchlinev1.GetEvidenceRequest{Id: id})
	if err != nil {
		return nil, err
	}
	return &seen{res.GetEvidence().GetMediaType(), res.GetData()}, nil
}

// write shows the picture, or the text as text: what a page of somebody else's has been
// is never a page of ours.
func (s *seen) write(w http.ResponseWriter) {
	mediaType := "text/plain; charset=utf-8"
	if s.mediaType == "image/png" {
		mediaType = s.mediaType
	}
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(s.data) // the reader has gone
}
