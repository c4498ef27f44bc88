package web

import (
	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// held lists in what readings are not like the ones before.
func held(v *visit) (any, error) {
	list, err := v.records.ListFindings(v.Context(), &touchlinev1.ListFindingsRequest{})
	return shown{"held", map[string]any{"Findings": list.GetFindings(), "Sees": v.sees()}}, err
}

func accept(v *visit) (any, error) {
	_, err := v.records.AcceptChange(v.Context(), &touchlinev1.AcceptChangeRequest{Finding: v.PathValue("finding"), Reason: v.PostFormValue("reason")})
	return goTo("/held"), err
}
