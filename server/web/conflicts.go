package web

import (
	"fmt"
	"net/url"
	"strings"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// disputed is a conflict, with those of the page that are alike.
type disputed struct {
	*touchlinev1.Conflict

	Alike []*touchlinev1.Conflict
}

// Other is how a conflict is named in a form.
func (disputed) Other(c *touchlinev1.Conflict) string {
	return fmt.Sprintf("%d %s", c.GetId(), c.GetEtag())
}

// Settles reports whether a person may choose.
func (d disputed) Settles() bool { return d.GetResolveTime() == nil && d.GetEntityId() != 0 }

// conflicts lists what waits for a decision.
func conflicts(v *visit) (any, error) {
	list, err := v.conflicts.ListConflicts(v.Context(), &touchlinev1.ListConflictsRequest{Open: v.FormValue("all") == "", PageToken: v.FormValue("page")})
	if err != nil {
		return nil, err
	}
	next := ""
	if list.GetNextPageToken() != "" {
		next = "?" + url.Values{"all": {v.FormValue("all")}, "page": {list.GetNextPageToken()}}.Encode()
	}
	all := make([]disputed, len(list.GetConflicts()))
	for i, c := range list.GetConflicts() {
		all[i].Conflict = c
		for _, o := range list.GetConflicts() {
			if o != c && o.GetKind() == c.GetKind() && o.GetField() == c.GetField() && o.GetSystem() == c.GetSystem() && o.GetWhy() == c.GetWhy() && o.GetResolveTime() == nil {
				all[i].Alike = append(all[i].Alike, o)
			}
		}
	}
	return shown{"conflicts", map[string]any{"Conflicts": all, "Next": next, "All": v.FormValue("all") != ""}}, nil
}

// resolve settles a conflict, and with it those that are alike where that is asked for.
func resolve(v *visit) (any, error) {
	id, err := v.id("conflict")
	if err != nil {
		return nil, err
	}
	if err := v.ParseForm(); err != nil {
		return nil, err
	}
	req := &touchlinev1.ResolveConflictRequest{
		Id: id, Etag: v.PostFormValue("etag"), Reason: v.PostFormValue("reason"),
		Take: touchlinev1.Take(touchlinev1.Take_value["TAKE_"+strings.ToUpper(v.PostFormValue("take"))]),
	}
	if req.GetTake() == touchlinev1.Take_TAKE_VALUE {
		req.Value = v.PostFormValue("value")
	}
	if v.PostFormValue("all") != "" {
		for _, name := range v.PostForm["alike"] {
			o := &touchlinev1.ConflictName{}
			if _, err := fmt.Sscan(name, &o.Id, &o.Etag); err != nil {
				return nil, err
			}
			req.Alike = append(req.Alike, o)
		}
	}
	_, err = v.conflicts.ResolveConflict(v.Context(), req)
	return goTo("/conflicts"), err
}
