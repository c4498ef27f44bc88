package web

import (
	"fmt"
	"net/url"
	"strings"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// leavers lists who is leaving.
func leavers(v *visit) (any, error) {
	list, err := v.records.ListLeavers(v.Context(), &touchlinev1.ListLeaversRequest{PageToken: v.FormValue("page")})
	if err != nil {
		return nil, err
	}
	next := ""
	if list.GetNextPageToken() != "" {
		next = "?" + url.Values{"page": {list.GetNextPageToken()}}.Encode()
	}
	return shown{"leavers", map[string]any{"Leavers": list.GetLeavers(), "Next": next, "Sees": v.sees()}}, nil
}

// decide keeps the leavers that were chosen, or lets them go.
func decide(v *visit) (any, error) {
	if err := v.ParseForm(); err != nil {
		return nil, err
	}
	req := &touchlinev1.DecideLeaversRequest{Decision: touchlinev1.LeaverDecision_LEAVER_DECISION_KEEP, Reason: v.PostFormValue("reason")}
	if v.PostFormValue("do") == "let-go" {
		req.Decision = touchlinev1.LeaverDecision_LEAVER_DECISION_LET_GO
	}
	for _, text := range v.PostForm["who"] {
		var id int64
		if _, err := fmt.Sscan(text, &id); err != nil {
			return nil, err
		}
		req.Records = append(req.Records, &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}})
	}
	_, err := v.records.DecideLeavers(v.Context(), req)
	return goTo("/leavers"), err
}

// leaverTable is who is leaving, a line for each system.
func leaverTable(v *visit) (any, error) {
	t := &table{"leavers.csv", [][]string{{
		"kind", "key", "who", "system", "place", "why", "since", "leaves from", "evidence", "decision", "by", "on", "reason", "plan",
	}}}
	req := &touchlinev1.ListLeaversRequest{PageSize: aTablePage}
	return v.table(t, func() (string, error) {
		list, err := v.records.ListLeavers(v.Context(), req)
		for _, l := range list.GetLeavers() {
			var who []string
			for _, f := range l.GetIdentity() {
				who = append(who, f.GetValue())
			}
			for _, at := range l.GetLeavings() {
				t.add(l.GetKind(), l.GetKey(), strings.Join(who, " "), at.GetSystem(), at.GetPlace(), word(at.GetWhy(), "LEAVING_WHY_"),
					iso(at.GetSince()), iso(at.GetLeavesOn()), evidence(at.GetEvidence()), word(at.GetDecision(), "LEAVER_DECISION_"),
					at.GetDecidedBy(), iso(at.GetDecideTime()), at.GetDecideReason(), l.GetPlan())
			}
		}
		req.PageToken = list.GetNextPageToken()
		return req.GetPageToken(), err
	})
}

// evidence says in a cell which readings have led to it.
func evidence(all []*touchlinev1.LeavingEvidence) string {
	out := make([]string, len(all))
	for i, e := range all {
		out[i] = fmt.Sprintf("%s %s %s", e.GetSystem(), e.GetPlace(), e.GetExternalId())
		if e.GetView() != "" {
			out[i] = fmt.Sprintf("%s %s (%s): %d", e.GetSystem(), e.GetPlace(), e.GetView(), e.GetReadings())
		}
	}
	return strings.Join(out, "; ")
}
