package web

import (
	"fmt"
	"net/url"
	"strings"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// records lists the records of a kind that are not in step, or all.
func records(v *visit) (any, error) {
	kinds, err := v.kindsOf()
	if err != nil {
		return nil, err
	}
	data := map[string]any{"Kinds": kinds, "States": states, "Kind": v.FormValue("kind"), "State": v.FormValue("state"), "Held": v.FormValue("held")}
	if v.FormValue("kind") == "" {
		return shown{"records", data}, nil
	}
	res, err := v.records.ListSyncRecords(v.Context(), listed(v))
	if err != nil {
		return nil, err
	}
	question := url.Values{"kind": {v.FormValue("kind")}, "state": {v.FormValue("state")}, "held": {v.FormValue("held")}}
	if v.sees() {
		data["Table"] = "/records.csv?" + question.Encode()
	}
	data["Records"] = res.GetRecords()
	if res.GetNextPageToken() != "" {
		question.Set("page", res.GetNextPageToken())
		data["Next"] = "?" + question.Encode()
	}
	return shown{"records", data}, nil
}

// listed is the list that the form asks for.
func listed(v *visit) *touchlinev1.ListSyncRecordsRequest {
	return &touchlinev1.ListSyncRecordsRequest{
		Kind: v.FormValue("kind"), State: touchlinev1.SyncRecordState(touchlinev1.SyncRecordState_value["SYNC_RECORD_STATE_"+v.FormValue("state")]),
		Held: v.FormValue("held") != "", PageToken: v.FormValue("page"),
	}
}

// states are the states that a list may be about.
var states = []string{"QUARANTINED", "WAITING", "PENDING", "UNCERTAIN", "MISSING", "NOT_FOUND", "IN_STEP"}

// findRecord goes to the record with a key. A form, since a key is no part of an
// address.
func findRecord(v *visit) (any, error) {
	res, err := v.records.GetSyncRecord(v.Context(), &touchlinev1.GetSyncRecordRequest{Record: &touchlinev1.RecordName{
		Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: v.PostFormValue("kind"), Key: strings.TrimSpace(v.PostFormValue("key"))}},
	}})
	return goTo(fmt.Sprintf("/records/%d", res.GetRecord().GetEntityId())), err
}

// row is a field with what each system has of it.
type row struct {
	Field *touchlinev1.FieldValue
	At    []string // by sync record: what stands there by what was agreed
}

// oneRecord is a record, all systems side by side, with its history.
func oneRecord(v *visit) (any, error) {
	id, err := v.id("entity")
	if err != nil {
		return nil, err
	}
	name := &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}}
	res, err := v.records.GetSyncRecord(v.Context(), &touchlinev1.GetSyncRecordRequest{Record: name})
	if err != nil {
		return nil, err
	}
	past, err := v.records.GetSyncRecordHistory(v.Context(), &touchlinev1.GetSyncRecordHistoryRequest{Record: name})
	if err != nil {
		return nil, err
	}
	r := res.GetRecord()
	rows := make([]row, len(r.GetFields()))
	for i, f := range r.GetFields() {
		rows[i].Field = f
		for _, at := range r.GetSyncRecords() {
			value := ""
			for _, b := range at.GetBase() {
				if b.GetField() == f.GetField() {
					value = b.GetRemote()
				}
			}
			rows[i].At = append(rows[i].At, value)
		}
	}
	return shown{"record", map[string]any{"Record": r, "Rows": rows, "History": past.GetChanges()}}, nil
}

func retry(v *visit) (any, error) {
	id, err := v.id("entity")
	if err != nil {
		return nil, err
	}
	_, err = v.records.RetrySyncRecord(v.Context(), &touchlinev1.RetrySyncRecordRequest{
		What: &touchlinev1.RetrySyncRecordRequest_Record{Record: &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}}},
	})
	return goTo(fmt.Sprintf("/records/%d", id)), err
}

// pauseRecord pauses a record at a system, or lets it go on.
func pauseRecord(v *visit) (any, error) {
	id, err := v.id("entity")
	if err != nil {
		return nil, err
	}
	name, system := &touchlinev1.RecordName{Name: &touchlinev1.RecordName_EntityId{EntityId: id}}, v.PostFormValue("system")
	if v.PostFormValue("do") == "resume" {
		_, err = v.records.ResumeRecord(v.Context(), &touchlinev1.ResumeRecordRequest{Record: name, System: system, Reason: v.PostFormValue("reason")})
	} else {
		_, err = v.records.PauseRecord(v.Context(), &touchlinev1.PauseRecordRequest{Record: name, System: system, Reason: v.PostFormValue("reason")})
	}
	return goTo(fmt.Sprintf("/records/%d", id)), err
}

// find lists the records in which words stand. A form, since they are no part of an
// address.
func find(v *visit) (any, error) {
	res, err := v.records.FindRecords(v.Context(), &touchlinev1.FindRecordsRequest{Text: v.PostFormValue("text"), PageSize: 100})
	if err != nil {
		return nil, err
	}
	return shown{"found", res}, nil
}
