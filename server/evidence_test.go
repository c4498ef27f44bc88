package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
	"github.com/touchline-sync/touchline/sync/store"
)

// seal is the sealer of a key of one byte's making.
func seal(t testing.TB, b byte) *store.Sealer {
	t.Helper()
	s, err := store.NewSealer(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *bundle) evidence(token string) touchlinev1connect.EvidenceServiceClient {
	return touchlinev1connect.NewEvidenceServiceClient(b.http(token), "http://"+b.address)
}

// TestEvidence: an admin finds what was seen by system, session and run, and
// opens it; the audit knows who has seen which. Nobody else gets so far.
func TestEvidence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := uuid.New()
	keep := func(key byte, session, name string) {
		t.Helper()
		host := store.NewHost(b.pool, "sportlink", seal(t, key), slog.New(slog.DiscardHandler), nil)
		if err := host.Evidence(store.ForRun(t.Context(), run), session+"/"+name, "text/plain", []byte("form#kc-form-login\n")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		keep(7, "sportlink/one", fmt.Sprintf("sign-in-%d.txt", i))
	}
	keep(8, "sportlink/two", "page.html")
	admin := b.evidence(b.token(t, store.Admin, time.Hour))

	page, err := admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{Session: "sportlink/one", System: "sportlink", Run: run.String(), PageSize: 2})
	if err != nil || len(page.GetEvidence()) != 2 || page.GetNextPageToken() == "" {
		t.Fatalf("first page: %v, %v", page, err)
	}
	first := page.GetEvidence()[0]
	if first.GetName() != "sign-in-2.txt" || first.GetSession() != "sportlink/one" || first.GetRun() != run.String() || first.GetSize() != 19 || first.GetSeenOn() == nil {
		t.Errorf("the newest is %v", first)
	}
	rest, err := admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{
		Session: "sportlink/one", System: "sportlink", Run: run.String(), PageSize: 2, PageToken: page.GetNextPageToken(),
	})
	if err != nil || len(rest.GetEvidence()) != 1 || rest.GetNextPageToken() != "" {
		t.Fatalf("second page: %v, %v", rest, err)
	}
	none, err := admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{Run: uuid.NewString()})
	if err != nil || len(none.GetEvidence()) != 0 {
		t.Errorf("of another run: %v, %v", none, err)
	}

	b.wantActs(t, "GetEvidence", 0)
	got, err := admin.GetEvidence(t.Context(), &touchlinev1.GetEvidenceRequest{Id: first.GetId()})
	if err != nil || string(got.GetData()) != "form#kc-form-login\n" || got.GetEvidence().GetSize() != 19 {
		t.Fatalf("opened: %v, %v", got, err)
	}
	b.wantActs(t, "GetEvidence", 1)
	acts, err := store.New(b.pool).ListAudit(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := acts[len(acts)-1]
	if last.Actor != "test admin" || last.Target != fmt.Sprintf("evidence %d of sportlink", first.GetId()) {
		t.Errorf("the audit has %s, %s", last.Actor, last.Target)
	}

	all, err := admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{})
	if err != nil || len(all.GetEvidence()) != 4 {
		t.Fatalf("all: %v, %v", all, err)
	}
	for name, c := range map[string]struct {
		err  error
		code connect.Code
		want string
	}{
		"another key": {second(admin.GetEvidence(t.Context(), &touchlinev1.GetEvidenceRequest{Id: all.GetEvidence()[0].GetId()})), connect.CodeFailedPrecondition, "EVIDENCE_SEALED"},
		"none such":   {second(admin.GetEvidence(t.Context(), &touchlinev1.GetEvidenceRequest{Id: 999})), connect.CodeNotFound, "EVIDENCE_NOT_FOUND"},
		"no id":       {second(admin.GetEvidence(t.Context(), &touchlinev1.GetEvidenceRequest{})), connect.CodeInvalidArgument, "INVALID_REQUEST"},
		"no run's id": {second(admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{Run: "x"})), connect.CodeNotFound, "RUN_NOT_FOUND"},
		"no system":   {second(admin.ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{System: "x"})), connect.CodeNotFound, "UNKNOWN_SYSTEM"},
		"an operator": {second(b.evidence(b.operator).GetEvidence(t.Context(), &touchlinev1.GetEvidenceRequest{Id: first.GetId()})), connect.CodePermissionDenied, "ROLE_TOO_SMALL"},
		"a list":      {second(b.evidence(b.operator).ListEvidence(t.Context(), &touchlinev1.ListEvidenceRequest{})), connect.CodePermissionDenied, "ROLE_TOO_SMALL"},
	} {
		if connect.CodeOf(c.err) != c.code || reason(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
	b.wantActs(t, "GetEvidence", 1)
}

func second[T any](_ T, err error) error { return err }
