package web

import (
	"slices"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// asideAPage is how many records of a kind the page of what is set aside shows.
const asideAPage = 100

// nobodys is the state of what could not be read and belongs to no record of ours.
const nobodys = "nobody's"

// kindsOf are the kinds that the pipelines know.
func (v *visit) kindsOf() ([]string, error) {
	list, err := v.pipelines.ListPipelines(v.Context(), &touchlinev1.ListPipelinesRequest{})
	if err != nil {
		return nil, err
	}
	var kinds []string
	for _, p := range list.GetPipelines() {
		kinds = append(kinds, p.GetKinds()...)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), nil
}

// asides ask for what is set aside of a kind: whole records, or fields of them.
func (v *visit) asides(kind string) *touchlinev1.ListSyncRecordsRequest {
	if v.FormValue("held") != "" {
		return &touchlinev1.ListSyncRecordsRequest{Kind: kind, Held: true}
	}
	return &touchlinev1.ListSyncRecordsRequest{Kind: kind, State: touchlinev1.SyncRecordState_SYNC_RECORD_STATE_QUARANTINED}
}

// quarantine lists the records of all kinds that are set aside, or have fields that are.
func quarantine(v *visit) (any, error) {
	kinds, err := v.kindsOf()
	if err != nil {
		return nil, err
	}
	var all []*touchlinev1.Record
	more := false
	for _, kind := range kinds {
		req := v.asides(kind)
		req.PageSize = asideAPage
		list, err := v.records.ListSyncRecords(v.Context(), req)
		if err != nil {
			return nil, err
		}
		all, more = append(all, list.GetRecords()...), more || list.GetNextPageToken() != ""
	}
	list, err := v.records.ListUnreadable(v.Context(), &touchlinev1.ListUnreadableRequest{PageSize: asideAPage})
	if err != nil {
		return nil, err
	}
	return shown{"quarantine", map[string]any{
		"Records": all, "Unreadable": list.GetRecords(), "More": more || list.GetNextPageToken() != "", "Held": v.FormValue("held"), "Sees": v.sees(),
	}}, nil
}

// quarantineTable is the same as a table, of all of them.
func quarantineTable(v *visit) (any, error) {
	kinds, err := v.kindsOf()
	if err != nil {
		return nil, err
	}
	t := newRecordTable("quarantine.csv")
	for _, kind := range kinds {
		if _, err := v.fill(t, v.asides(kind)); err != nil {
			return nil, err
		}
	}
	if v.FormValue("held") != "" {
		return t, nil
	}
	req := &touchlinev1.ListUnreadableRequest{PageSize: aTablePage}
	return v.table(t, func() (string, error) {
		list, err := v.records.ListUnreadable(v.Context(), req)
		for _, r := range list.GetRecords() {
			t.add(r.GetKind(), "", r.GetSystem(), r.GetPlace(), r.GetExternalId(), nobodys, r.GetReason(), "", "", "")
		}
		req.PageToken = list.GetNextPageToken()
		return req.GetPageToken(), err
	})
}

// findingTable is in what readings are not like the ones before.
func findingTable(v *visit) (any, error) {
	t := &table{"held.csv", [][]string{{"system", "place", "view", "cause", "fields", "records", "compared", "text", "found", "waits", "accepted by"}}}
	return v.table(t, func() (string, error) {
		list, err := v.records.ListFindings(v.Context(), &touchlinev1.ListFindingsRequest{})
		for _, f := range list.GetFindings() {
			t.add(findingCells(f)...)
		}
		return "", err
	})
}
