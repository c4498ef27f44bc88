package laposta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

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

// addMany adds subscribers whose addresses are on the list in no state. An
// account that may not is remembered: Waiting, and the caller goes on singly.
func (l list) addMany(ctx context.Context, ops []connector.Op) ([]connector.Result, error) {
	if l.noBulk.Load() {
		e := l.wrong(connector.Waiting, "add to", bulkReason, "")
		e.Unsent = true
		return nil, e
	}
	results := make([]connector.Result, len(ops))
	body := bulkBody{Actions: []string{"add"}}
	index := map[string]int{} // mailbox to op
	for i, op := range ops {
		m, err := l.bulkMember(op.Want)
		box := mailbox(m.Email)
		if _, twice := index[box]; err == nil && twice {
			e := l.wrong(connector.Rejected, "add to", "the address is in the batch twice", subscriber.Email)
			e.Unsent = true
			err = e
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		index[box] = i
		body.Members = append(body.Members, m)
		// Until the report names it, nobody knows.
		results[i].Err = l.wrong(connector.Transient, "add to", "not in the report", "")
	}
	if len(body.Members) == 0 {
		return results, nil
	}
	var report json.RawMessage
	_, err := l.api.Do(ctx, rest.Call{
		Op: l.op("add to"), Method: http.MethodPost,
		Path: "/v2/list/" + url.PathEscape(l.id) + "/members",
		JSON: body, Into: &report, Timeout: listTimeout,
	})
	if e := asWaiting(err); e != nil && e.Why == bulkReason {
		l.noBulk.Store(true)
	}
	if err != nil {
		return nil, err
	}
	for _, line := range readReport(report) {
		i, ok := index[mailbox(line.email())]
		if !ok {
			continue
		}
		results[i] = l.result(ctx, line, ops[i].Want)
	}
	return results, nil
}

func (l list) bulkMember(want record.Fields) (bulkMember, error) {
	if err := accepts(want); err != nil {
		return bulkMember{}, err
	}
	var m member
	if err := l.encode(want, &m, "add to"); err != nil {
		return bulkMember{}, err
	}
	out := bulkMember{Email: m.Email.Text, Custom: map[string]string{}, SourceURL: l.cfg.SourceURL}
	for name, v := range m.Custom {
		if v.Set {
			out.Custom[name] = v.Text
		}
	}
	return out, nil
}

// result makes one line of the report the answer to an op.
func (l list) result(ctx context.Context, line reportLine, want record.Fields) connector.Result {
	switch line.outcome {
	case "added":
		if line.id() == "" {
			return connector.Result{Err: l.wrong(connector.Transient, "add to", "added without an id", "")}
		}
		if item, _, fault := l.decode(line.Member); line.Member != nil && fault == nil {
			return connector.Result{Item: item}
		}
		// The report need not carry the entry: it is then what was sent.
		fields := delivery.Sent(want).Only(members.Writes())
		fields[subscriber.State] = active
		return connector.Result{Item: connector.Item{ID: externalID(line.id()), Fields: fields}}
	case "errors":
		e := &connector.Error{Class: connector.Rejected, System: System, Op: l.op("add to"), Why: why(http.StatusOK, line.problem())}
		badRequest(e, line.problem())
		if _, there := exists(e); there {
			return l.single(ctx, line, want, e)
		}
		return connector.Result{Err: e}
	default: // skipped, or edited against our will: it was there already
		return l.single(ctx, line, want, l.wrong(connector.Rejected, "add to", "the address is somebody else's", subscriber.Email))
	}
}

func (l list) single(ctx context.Context, line reportLine, want record.Fields, refused error) connector.Result {
	item, err := l.adopt(ctx, line.id(), want, refused)
	return connector.Result{Item: item, Err: err}
}
