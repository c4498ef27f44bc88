package web

import (
	"net/url"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// audit lists what was done, newest first, and says whether all of it is there.
func audit(v *visit) (any, error) {
	list, err := v.audits.ListAudit(v.Context(), &touchlinev1.ListAuditRequest{PageToken: v.FormValue("page")})
	if err != nil {
		return nil, err
	}
	data := map[string]any{"Rows": list.GetRows()}
	if list.GetNextPageToken() != "" {
		data["Next"] = "?" + url.Values{"page": {list.GetNextPageToken()}}.Encode()
	}
	if _, err := v.audits.VerifyAudit(v.Context(), &touchlinev1.VerifyAuditRequest{}); err != nil {
		data["Broken"] = messageOf(err)
	}
	return shown{"audit", data}, nil
}
