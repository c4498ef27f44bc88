package server

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// recordOf shows an entity, without sync records.
func recordOf(e store.Entity, show shower) (*touchlinev1.Record, error) {
	var fields record.Fields
	from := record.DecodeProvenance(e.Provenance)
	if err := unpack(e.Fields, &fields); err != nil {
		return nil, fmt.Errorf("entity %d: fields: %w", e.ID, err)
	}
	out := &touchlinev1.Record{
		EntityId: e.ID, Kind: e.Kind, Key: show.value(e.Key),
		DeletedReason: e.Deleted, Version: e.Version, ModifiedOn: stamp(&e.ModifiedOn),
	}
	for _, f := range fields.Names() {
		value := &touchlinev1.FieldValue{Field: string(f), Value: show.value(fields[f])}
		if p, ok := from[f]; ok {
			value.FromSystem = string(p.System)
			if !p.At.IsZero() {
				value.SeenTime = stamp(&p.At)
			}
		}
		out.Fields = append(out.Fields, value)
	}
	return out, nil
}

// syncRecordOf shows what is known of one remote record.
func syncRecordOf(r store.SyncRecordState, show shower) (*touchlinev1.SyncRecord, error) {
	var ours, remote record.Fields
	if err := unpack(r.BaseLocal, &ours); err != nil {
		return nil, fmt.Errorf("sync record %d: agreed: %w", r.ID, err)
	}
	if err := unpack(r.BaseRemote, &remote); err != nil {
		return nil, fmt.Errorf("sync record %d: agreed: %w", r.ID, err)
	}
	class, field := errorParts(r.LastError)
	out := &touchlinev1.SyncRecord{
		System: r.System, Place: r.Place, Scope: r.Scope,
		State:          touchlinev1.SyncRecordState(touchlinev1.SyncRecordState_value["SYNC_RECORD_STATE_"+r.State]),
		CreatedBy:      touchlinev1.CreatedBy(touchlinev1.CreatedBy_value["CREATED_BY_"+strings.ToUpper(r.CreatedBy)]),
		Attempts:       r.Attempts,
		LastErrorClass: class, LastErrorField: field,
		Reason:         cmp.Or(r.Quarantine, r.LastError),
		EntitySyncedOn: stamp(r.EntitySyncedOn), RemoteSyncedOn: stamp(r.RemoteSyncedOn),
		NextTryTime: stamp(r.NextAttemptOn), LeavesOn: stamp(r.ConfirmAt),
		PausedOn: stamp(r.PausedOn), PausedBy: r.PausedBy, PauseReason: r.PausedWhy,
	}
	if r.ExternalID != nil {
		out.ExternalId = show.value(*r.ExternalID)
	}
	if show.clear {
		out.DataHash, out.RemoteHash = hex.EncodeToString(r.DataHash), hex.EncodeToString(r.RemoteHash)
	}
	names := maps.Clone(ours)
	maps.Copy(names, remote)
	for _, f := range names.Names() {
		out.Base = append(out.Base, &touchlinev1.BaseField{
			Field: string(f), Local: show.value(ours[f]), Remote: show.value(remote[f]),
		})
	}
	held := map[string][2]string{}
	if err := unpack(r.Held, &held); err != nil {
		return nil, fmt.Errorf("sync record %d: held: %w", r.ID, err)
	}
	for _, f := range slices.Sorted(maps.Keys(held)) {
		out.Held = append(out.Held, &touchlinev1.HeldField{Field: f, Reason: held[f][0]})
	}
	return out, nil
}

// changesOf shows plan rows.
func changesOf(rows []store.PlanRow, show shower) ([]*touchlinev1.Change, error) {
	out := make([]*touchlinev1.Change, len(rows))
	for i, p := range rows {
		var fields map[string][2]*string
		if err := unpack(p.Fields, &fields); err != nil {
			return nil, fmt.Errorf("plan row %d: fields: %w", p.ID, err)
		}
		c := &touchlinev1.Change{
			Id:   strconv.FormatInt(p.ID, 10),
			Kind: p.Kind, Key: show.value(p.Key),
			System: p.System, Place: p.Place, Scope: p.Scope,
			Operation: operationOf(p.Op),
			State:     touchlinev1.ChangeState(touchlinev1.ChangeState_value["CHANGE_STATE_"+strings.ToUpper(p.State)]),
			Reason:    p.Reason, Actor: p.Actor, Error: p.Error,
			CreateTime: stamp(&p.PlannedOn), DoneTime: stamp(p.DoneOn),
		}
		if p.Run != uuid.Nil { // a person's, outside of any run
			c.Run = p.Run.String()
		}
		if p.Entity != nil {
			c.EntityId = *p.Entity
		}
		for _, f := range slices.Sorted(maps.Keys(fields)) {
			c.Fields = append(c.Fields, &touchlinev1.FieldChange{
				Field: f, From: show.optional(fields[f][0]), To: show.optional(fields[f][1]),
			})
		}
		out[i] = c
	}
	return out, nil
}

// syncRecordStateName is the name that the database uses; blank for any state.
func syncRecordStateName(s touchlinev1.SyncRecordState) string {
	if s == touchlinev1.SyncRecordState_SYNC_RECORD_STATE_UNSPECIFIED {
		return ""
	}
	return strings.TrimPrefix(s.String(), "SYNC_RECORD_STATE_")
}

// errorParts takes apart what the engine keeps of a failure, as connector.Error
// writes it: "SYSTEM: create member: rejected field email: status 422".
func errorParts(kept string) (class, field string) {
	for part := range strings.SplitSeq(kept, ": ") {
		word, rest, _ := strings.Cut(part, " ")
		if !slices.Contains(classes, word) {
			continue
		}
		if f, ok := strings.CutPrefix(rest, "field "); ok {
			field, _, _ = strings.Cut(f, " ")
		}
		return word, field
	}
	return "", ""
}

// classes are the words for the classes of failure.
var classes = func() []string {
	var words []string
	for c := connector.Unknown; c <= connector.Drifted; c++ {
		words = append(words, c.String())
	}
	return words
}()

func unpack(b []byte, into any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, into)
}

// timeOf is the time of a timestamp; nil when it is not set.
func timeOf(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}

func stamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil || t.IsZero() {
		return nil
	}
	return timestamppb.New(*t)
}

func operationOf(op string) touchlinev1.Operation {
	return touchlinev1.Operation(touchlinev1.Operation_value["OPERATION_"+strings.ToUpper(op)])
}
