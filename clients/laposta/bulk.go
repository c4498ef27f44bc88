package laposta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// bulkBody is the one JSON body of the API. Its only action is "add", which
// leaves addresses alone that are there already: the bulk call has no
// suppress_reactivation (docs/systems/laposta.md, "Bulk", 2026-04).
type bulkBody struct {
	Actions []string     `json:"actions"`
	Members []bulkMember `json:"members"`
}

type bulkMember struct {
	Email     string            `json:"email"`
	Custom    map[string]string `json:"custom_fields"`
	SourceURL string            `json:"source_url,omitempty"`
}

// addMany adds subscribers whose addresses are on the list in no state. An account
// that may not is remembered: Waiting, and the caller goes on singly.
func (l list) addMany(ctx context.Context, op string, all []*member) (map[int]resource.Answer, error) {
	if l.noBulk.Load() {
		e := l.wrong(connector.Waiting, op, bulkReason, "")
		e.Unsent = true
		return nil, e
	}
	body := bulkBody{Actions: []string{"add"}}
	answers := map[int]resource.Answer{}
	index := map[string]int{} // mailbox to member
	for i, m := range all {
		if err := l.unasked(op, m); err != nil {
			answers[i] = resource.Answer{Err: err}
			continue
		}
		index[mailbox(m.Email.Text)] = i
		body.Members = append(body.Members, l.bulkMember(m))
	}
	if len(body.Members) == 0 {
		return answers, nil
	}
	var report json.RawMessage
	_, err := l.api.Do(ctx, rest.Call{
		Op: l.op(op), Method: http.MethodPost,
		Path: "/v2/list/" + url.PathEscape(l.id) + "/members",
		JSON: body, Into: &report, Timeout: listTimeout,
	})
	if e := asWaiting(err); e != nil && strings.HasPrefix(e.Why, bulkReason) {
		l.noBulk.Store(true)
	}
	if err != nil {
		return nil, err
	}
	for _, line := range readReport(report) {
		if i, ok := index[mailbox(line.email())]; ok {
			answers[i] = l.answer(op, line)
		}
	}
	return answers, nil
}

func (l list) bulkMember(m *member) bulkMember {
	out := bulkMember{Email: m.Email.Text, Custom: map[string]string{}, SourceURL: l.cfg.SourceURL}
	for name, v := range m.Custom {
		if v.Set {
			out.Custom[name] = v.Text
		}
	}
	return out
}

// answer is what one line of the report says of its subscriber.
func (l list) answer(op string, line reportLine) resource.Answer {
	switch line.outcome {
	case "added":
		a := resource.Answer{ID: record.ExternalID(line.id()), Besides: record.Fields{subscriber.State: active}}
		if line.Member != nil && hasFields(*line.Member) {
			a.Record = *line.Member
		}
		return a
	case "errors":
		e := &connector.Error{Class: connector.Rejected, System: System, Op: l.op(op), Why: why(http.StatusOK, line.problem())}
		badRequest(e, line.problem())
		return resource.Answer{Err: e}
	default: // skipped, or edited against our will: it was there already
		e := l.wrong(connector.Rejected, op, "the address is somebody else's", subscriber.Email)
		e.Err = &existsError{line.id()}
		return resource.Answer{Err: e}
	}
}

// hasFields reports whether a report shows an entry whole.
func hasFields(raw json.RawMessage) bool {
	var m struct {
		Custom *json.RawMessage `json:"custom_fields"`
	}
	return json.Unmarshal(raw, &m) == nil && m.Custom != nil
}
