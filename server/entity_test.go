package server_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/store"
)

// ems is a client for EMS.
func (b *bundle) ems(token string) touchlinev1connect.EntityServiceClient {
	return touchlinev1connect.NewEntityServiceClient(b.http(token), "http://"+b.address)
}

// put writes an entity that must be taken.
func (b *bundle) put(t testing.TB, kind string, id int64, pairs ...string) *touchlinev1.Entity {
	t.Helper()
	res, err := b.ems(b.operator).PutEntity(t.Context(), &touchlinev1.PutEntityRequest{Type: kind, Id: id, Fields: fields(pairs...)})
	if err != nil {
		t.Fatalf("put %s: %v, %v", kind, err, about(err))
	}
	return res.GetEntity()
}

func fields(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// about is the metadata of an error of ours.
func about(err error) map[string]string {
	c, ok := err.(*connect.Error)
	if !ok {
		return nil
	}
	for _, d := range c.Details() {
		if value, err := d.Value(); err == nil {
			if info, ok := value.(*errdetails.ErrorInfo); ok {
				return info.GetMetadata()
			}
		}
	}
	return nil
}

func TestAnEntityIsMadeAndChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.put(t, "person", 0, "last_name", "Voorbeeld", "email", "Els@Example.org", "date_of_birth", "1990-02-03", "city", "")
	if made.GetId() == 0 || made.GetVersion() != 1 || made.GetModifiedBy() != "user:test operator" || made.GetDeleteTime() != nil ||
		made.GetCreateTime().AsTime().Before(time.Now().Add(-time.Minute)) {
		t.Errorf("made: %v; want version 1 by user:test operator, of now", made)
	}
	if want := fields("last_name", "Voorbeeld", "email", "Els@Example.org", "date_of_birth", "1990-02-03"); !maps.Equal(made.GetFields(), want) {
		t.Errorf("made with %v; want %v", made.GetFields(), want)
	}
	changed := b.put(t, "person", made.GetId(), "city", "Utrecht", "date_of_birth", "")
	if want := fields("last_name", "Voorbeeld", "email", "Els@Example.org", "city", "Utrecht"); changed.GetVersion() != 2 || !maps.Equal(changed.GetFields(), want) {
		t.Errorf("changed: version %d, %v; want version 2, %v", changed.GetVersion(), changed.GetFields(), want)
	}
	if same := b.put(t, "person", made.GetId(), "city", "Utrecht"); same.GetVersion() != 2 {
		t.Errorf("the same once more: version %d; want 2", same.GetVersion())
	}
	got, err := b.ems(b.operator).GetEntity(t.Context(), &touchlinev1.GetEntityRequest{Type: "person", Id: made.GetId()})
	if err != nil || protojson.Format(got.GetEntity()) != protojson.Format(b.put(t, "person", made.GetId(), "city", "Utrecht")) {
		t.Errorf("get: %v, %v; want what PutEntity answers", got, err)
	}
	if err := (hub.Own{}).Show(t.Context(), b.pool); err != nil {
		t.Fatal(err)
	}
	var shown string
	if err := b.pool.QueryRow(t.Context(), "select fields ->> 'email' from entity where kind = 'event.person' and key = $1",
		fmt.Sprint(made.GetId())).Scan(&shown); err != nil || shown != "els@example.org" {
		t.Errorf("shown to systems: %q, %v", shown, err)
	}
	b.wantActs(t, "PutEntity", 4)
	b.wantActs(t, "GetEntity", 1)
}

func TestValuesComeBackAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	org := fmt.Sprint(b.put(t, "organisation", 0, "name", "Loopgroep").GetId())
	want := fields("organisation_id", org, "name", "Voorjaarsloop", "start_date_time", "2027-04-01T08:00:00Z",
		"end_date_time", "2027-04-01T16:30:00.25Z", "all_day", "false", "timezone", "Europe/Amsterdam",
		"latitude", "52.090700", "preferred_timing_identifier", "EPID")
	if e := b.put(t, "event", 0, pairs(want)...); !maps.Equal(e.GetFields(), want) {
		t.Errorf("the event is %v; want %v", e.GetFields(), want)
	}
	labels := fields("number", "17", "labels", "refund\nnext year", "status", "OPEN")
	if e := b.put(t, "conversation", 0, pairs(labels)...); !maps.Equal(e.GetFields(), labels) {
		t.Errorf("the conversation is %v; want %v", e.GetFields(), labels)
	}
}

func pairs(m map[string]string) []string {
	var out []string
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}

func TestWhatEMSRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const secret = "qqsecretqq"
	one := b.put(t, "person", 0, "last_name", "Een")
	gone := b.put(t, "person", 0, "last_name", "Weg")
	if _, err := b.ems(b.operator).DeleteEntity(t.Context(), &touchlinev1.DeleteEntityRequest{Type: "person", Id: gone.GetId()}); err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprint(one.GetId())
	b.put(t, "contact_preference", 0, "person_id", id, "channel", "EMAIL", "state", "OPTED_IN")
	put := func(kind string, id, version int64, pairs ...string) func(token string) error {
		return func(token string) error {
			_, err := b.ems(token).PutEntity(t.Context(), &touchlinev1.PutEntityRequest{Type: kind, Id: id, ExpectedVersion: version, Fields: fields(pairs...)})
			return err
		}
	}
	merge := func(source, target int64) func(token string) error {
		return func(token string) error {
			_, err := b.ems(token).MergePersons(t.Context(), &touchlinev1.MergePersonsRequest{SourceId: source, TargetId: target})
			return err
		}
	}
	for name, c := range map[string]struct {
		call   func(token string) error
		code   connect.Code
		reason string
		column string
	}{
		"a type that is none":      {put("river_job", 0, 0, "kind", secret), connect.CodeNotFound, "UNKNOWN_TYPE", ""},
		"a table of ours":          {put("person_merge", 0, 0, "merged_by", secret), connect.CodeNotFound, "UNKNOWN_TYPE", ""},
		"a column that is none":    {put("person", 0, 0, `x" = 1 --`, secret), connect.CodeInvalidArgument, "UNKNOWN_COLUMN", `x" = 1 --`},
		"the version":              {put("person", one.GetId(), 0, "version", "9"), connect.CodeInvalidArgument, "READ_ONLY_COLUMN", "version"},
		"the id":                   {put("person", 0, 0, "id", "9"), connect.CodeInvalidArgument, "READ_ONLY_COLUMN", "id"},
		"the address that bounces": {put("person", 0, 0, "bounced_email", secret), connect.CodeInvalidArgument, "READ_ONLY_COLUMN", "bounced_email"},
		"a merge by hand":          {put("person", one.GetId(), 0, "merged_into_id", "1"), connect.CodeInvalidArgument, "READ_ONLY_COLUMN", "merged_into_id"},
		"no date":                  {put("person", 0, 0, "last_name", "A", "date_of_birth", secret), connect.CodeInvalidArgument, "INVALID_VALUE", "date_of_birth"},
		"too long":                 {put("person", 0, 0, "last_name", "A", "city", strings.Repeat(secret, 6)), connect.CodeInvalidArgument, "INVALID_VALUE", "city"},
		"a zero byte":              {put("person", 0, 0, "last_name", secret+"\x00"), connect.CodeInvalidArgument, "INVALID_VALUE", "last_name"},
		"no last name":             {put("person", 0, 0, "city", secret), connect.CodeInvalidArgument, "CONSTRAINT_VIOLATED", "last_name"},
		"no gender of ours":        {put("person", 0, 0, "last_name", "A", "gender", "QQ"), connect.CodeInvalidArgument, "CONSTRAINT_VIOLATED", "gender"},
		"nobody's preference":      {put("contact_preference", 0, 0, "person_id", "987654", "channel", "SMS", "state", "OPTED_IN"), connect.CodeFailedPrecondition, "CONSTRAINT_HELD", "person_id"},
		"the preference twice":     {put("contact_preference", 0, 0, "person_id", id, "channel", "EMAIL", "state", "OPTED_OUT"), connect.CodeFailedPrecondition, "CONSTRAINT_HELD", "person_id, channel, topic"},
		"nothing":                  {put("person", 0, 0), connect.CodeInvalidArgument, "INVALID_REQUEST", ""},
		"nobody":                   {put("person", 987654, 0, "city", secret), connect.CodeNotFound, "ENTITY_NOT_FOUND", ""},
		"a deleted one":            {put("person", gone.GetId(), 0, "city", secret), connect.CodeFailedPrecondition, "ENTITY_DELETED", ""},
		"an old version":           {put("person", one.GetId(), 7, "city", secret), connect.CodeAborted, "VERSION_MISMATCH", ""},
		"merge with oneself":       {merge(one.GetId(), one.GetId()), connect.CodeInvalidArgument, "SAME_PERSON", ""},
		"merge with nobody":        {merge(one.GetId(), 987654), connect.CodeNotFound, "ENTITY_NOT_FOUND", ""},
		"merge with a deleted one": {merge(one.GetId(), gone.GetId()), connect.CodeFailedPrecondition, "ENTITY_DELETED", ""},
	} {
		err := c.call(b.operator)
		if connect.CodeOf(err) != c.code || reason(err) != c.reason || about(err)["column"] != c.column {
			t.Errorf("%s: %v, reason %q, about %v; want %v, %q, column %q", name, err, reason(err), about(err), c.code, c.reason, c.column)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds a value: %v", name, err)
		}
		if err := c.call(b.viewer); reason(err) != "ROLE_TOO_SMALL" {
			t.Errorf("%s, as a viewer: %v; want ROLE_TOO_SMALL", name, err)
		}
	}
	if strings.Contains(b.log.String(), secret) {
		t.Error("the log holds a value")
	}
	if now := b.put(t, "person", one.GetId(), "last_name", "Een"); now.GetVersion() != 1 {
		t.Errorf("what was refused has changed the person to version %d", now.GetVersion())
	}
}

func TestWhoSeesWhatOfEMS(t *testing.T) {
	t.Parallel()
	b := setup(t)
	admin := b.token(t, store.Admin, time.Hour)
	id := b.put(t, "person", 0, "last_name", "Voorbeeld", "identity_number", "QQ778899", "emergency_contact_name", "Opa").GetId()
	get := func(token string) map[string]string {
		res, err := b.ems(token).GetEntity(t.Context(), &touchlinev1.GetEntityRequest{Type: "person", Id: id})
		if err != nil {
			t.Fatal(err)
		}
		list, err := b.ems(token).ListEntities(t.Context(), &touchlinev1.ListEntitiesRequest{Type: "person"})
		if err != nil || len(list.GetEntities()) != 1 || !maps.Equal(list.GetEntities()[0].GetFields(), res.GetEntity().GetFields()) {
			t.Errorf("listed: %v, %v; want what GetEntity shows", list, err)
		}
		return res.GetEntity().GetFields()
	}
	for token, want := range map[string]map[string]string{
		b.viewer:   fields("last_name", "a (9-16)"),
		b.operator: fields("last_name", "Voorbeeld"),
		admin:      fields("last_name", "Voorbeeld", "identity_number", "QQ778899", "emergency_contact_name", "Opa"),
	} {
		if got := get(token); !maps.Equal(got, want) {
			t.Errorf("shown %v; want %v", got, want)
		}
	}
	b.wantActs(t, "GetEntity", 2)
	b.wantActs(t, "ListEntities", 2)
}

func TestEntitiesPageByPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.pool.Exec(t.Context(), "insert into ems.organisation (name) select 'Club ' || n from generate_series(1, 25) n"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{3, 4} {
		for range 2 { // the second time it is quiet
			res, err := b.ems(b.operator).DeleteEntity(t.Context(), &touchlinev1.DeleteEntityRequest{Type: "organisation", Id: id})
			if err != nil || res.GetEntity().GetDeleteTime() == nil || res.GetEntity().GetVersion() != 2 {
				t.Errorf("delete: %v, %v; want version 2, deleted", res, err)
			}
		}
	}
	for deleted, want := range map[bool]int{false: 23, true: 25} {
		req := &touchlinev1.ListEntitiesRequest{Type: "organisation", PageSize: 10, IncludeDeleted: deleted}
		var ids []int64
		for {
			res, err := b.ems(b.operator).ListEntities(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range res.GetEntities() {
				if len(ids) > 0 && ids[len(ids)-1] >= e.GetId() {
					t.Errorf("%d follows %v", e.GetId(), ids)
				}
				ids = append(ids, e.GetId())
			}
			if req.PageToken = res.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
		}
		if len(ids) != want {
			t.Errorf("deleted %v: %d entities; want %d", deleted, len(ids), want)
		}
	}
	if _, err := b.ems(b.operator).ListEntities(t.Context(), &touchlinev1.ListEntitiesRequest{Type: "tag", PageToken: "x"}); reason(err) != "MALFORMED_PAGE_TOKEN" {
		t.Errorf("a page token of nobody: %v", err)
	}
	if _, err := b.ems(b.operator).ListEntities(t.Context(), &touchlinev1.ListEntitiesRequest{Type: "audited"}); reason(err) != "UNKNOWN_TYPE" {
		t.Errorf("a type that is none: %v", err)
	}
}

func TestPersonsAreMerged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	source, target := b.put(t, "person", 0, "last_name", "Dubbel"), b.put(t, "person", 0, "last_name", "Blijft")
	tag := b.put(t, "tag", 0, "number", "7", "person_id", fmt.Sprint(source.GetId()))
	for range 2 { // the second time it is quiet
		res, err := b.ems(b.operator).MergePersons(t.Context(), &touchlinev1.MergePersonsRequest{SourceId: source.GetId(), TargetId: target.GetId()})
		if err != nil || res.GetEntity().GetId() != target.GetId() {
			t.Fatalf("merge: %v, %v; want the target", res, err)
		}
	}
	got, err := b.ems(b.operator).GetEntity(t.Context(), &touchlinev1.GetEntityRequest{Type: "tag", Id: tag.GetId()})
	if err != nil || got.GetEntity().GetFields()["person_id"] != fmt.Sprint(target.GetId()) || got.GetEntity().GetVersion() != 2 {
		t.Errorf("the tag is %v, %v; want the target's, version 2", got, err)
	}
	was, err := b.ems(b.operator).GetEntity(t.Context(), &touchlinev1.GetEntityRequest{Type: "person", Id: source.GetId()})
	if err != nil || was.GetEntity().GetDeleteTime() == nil || was.GetEntity().GetFields()["merged_into_id"] != fmt.Sprint(target.GetId()) {
		t.Errorf("the source is %v, %v; want it deleted, and where it went", was, err)
	}
	var by string
	if err := b.pool.QueryRow(t.Context(), "select string_agg(merged_by, ' ') from ems.person_merge").Scan(&by); err != nil || by != "user:test operator" {
		t.Errorf("merged by %q, %v", by, err)
	}
}
