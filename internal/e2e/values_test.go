package e2e

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// free fails the test when a text has a value of an invented person. What is
// reported names the place, not the value. Each set's logs are looked at when
// its test ends; here is what lies elsewhere.
func (s *set) free(t testing.TB, where, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, v := range s.values {
		if i := strings.Index(lower, strings.ToLower(v)); i >= 0 {
			from := max(0, strings.LastIndexByte(text[:i], '\n')+1)
			t.Errorf("%s has a value of an invented person: %.300q", where, text[from:min(len(text), i+len(v))])
			return
		}
	}
}

// noted are the tables with what is told about work; run_scope is where keys
// are meant to be, and is erased with the person.
var noted = []string{
	"river_job", "river_queue", "river_leader", "run", "run_child", "run_request", "run_step", "run_event", "run_pipeline",
	"lease", "lease_worker", "lease_rate", "lease_nonce", "lease_secret", "schedule", "audit", "token", "listing",
	"binding", "deployment", "browser_session", "sign_in", "notice", "observed_system",
}

// rowsFree looks for values in all rows of the tables about work, and in the
// columns of others that are for messages.
func (s *set) rowsFree(t testing.TB) {
	t.Helper()
	db := s.DB(t)
	look := func(where, sql string) {
		t.Helper()
		rows, err := db.Query(context.Background(), sql)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		s.free(t, where, strings.Join(texts, "\n"))
	}
	for _, table := range noted {
		look("the table "+table, "select r::text from "+table+" r")
	}
	look("the names of evidence", "select concat_ws(' ', system, name, media_type) from evidence")
	look("the errors of sync records", "select concat_ws(' ', last_error, quarantine) from sync_record")
	look("the errors of changes", "select concat_ws(' ', error, reason, actor) from plan_row")
}

// TestP361NoValues makes everything go wrong that tends to quote: refusals that
// repeat what was sent, pages that are not as they were, records that cannot be
// read, calls with a person's key. Then it looks at every way out: logs, tables of work
// and the arguments of jobs, evidence and its names, mails, webhooks, metrics, all pages
// and answers of a viewer, the names of files.
func TestP361NoValues(t *testing.T) {
	t.Parallel()
	o := newOutlets(t)
	s := newSet(t, options{Members: 60, Seed: 81, Env: o.settings(map[string]string{
		"TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_PAGE": "3s", "TOUCHLINE_SYSTEMS_SPORTLINK_TIMEOUTS_ANSWER": "5s",
		"TOUCHLINE_SYNC_WAIT": "50ms",
	})})
	viewer := s.Token(t, "viewer")
	s.values = append(s.values, viewer, s.Token(t, "admin"), hookSecret)
	if len(s.values) < 300 {
		t.Fatalf("only %d values are looked for", len(s.values))
	}
	s.Succeed(t, "people")
	plain, number := s.plainMembers(t)[0], 10
	members := s.Sportlink.Members(t)
	quote := make([]string, 0, len(members))
	for _, m := range members {
		quote = append(quote, text(m, "PublicPersonId")+" "+text(m, "FirstName")+" "+text(m, "LastName")+" "+text(m, "Email"))
	}
	said := strings.Join(quote, ", ")
	refusal := func(status int) object { return object{"kind": "status", "status": status, "body": said} }
	html := object{"kind": "html", "status": 200, "body": "<html><title>" + said + "</title><body>" + said + "</body></html>"}

	t.Run("refused and broken", func(t *testing.T) {
		for _, f := range []struct {
			sim   *simulator
			match object
			do    object
		}{
			{s.Laposta, object{"method": "POST", "path": "/v2/member*"}, refusal(http.StatusBadRequest)},
			{s.Rondo, object{"method": "PUT"}, refusal(http.StatusBadRequest)},
			{s.Rondo, object{"method": "PUT"}, html},
			{s.Laposta, object{"method": "GET", "query": object{"list_id": s.Laposta.Info.Credentials["list_1"]}}, refusal(http.StatusInternalServerError)},
			{s.Rondo, object{"method": "GET"}, html},
		} {
			number++
			s.edit(t, plain, object{"Mobile": fmt.Sprintf("06987600%02d", number)}) // something to write
			id := f.sim.Fault(t, f.match, f.do)
			if run := s.Run(t, "people"); run.GetOutcome() == succeeded {
				t.Errorf("the fault has done nothing\n%s", show(run))
			} else {
				s.free(t, "the run", show(run))
			}
			f.sim.Unfault(t, id)
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		const search = "*/SearchMembers"
		for _, name := range []string{"unknown-gender", "no-first-name", "wrong-types", "members-object", "invalid-json", "error-200"} {
			id := s.Sportlink.Notified(t, search, name, "")
			s.free(t, "the run", show(s.Run(t, "people")))
			s.Sportlink.Unfault(t, id)
		}
	})
	t.Run("the page has changed", func(t *testing.T) {
		id := s.Sportlink.Notified(t, "/member/search", "renamed-search", "")
		run := s.Run(t, "people")
		want(t, run, drifted, "")
		s.free(t, "the run", show(run))
		s.Sportlink.Unfault(t, id)
		s.evidenceFree(t)
	})
	t.Run("asked for by key", func(t *testing.T) {
		for _, key := range []string{text(members[0], "PublicPersonId"), "parent/" + text(members[1], "Email") + "/x", text(members[2], "Email") + "\n"} {
			_, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{
				Pipeline: "people", ValidateOnly: true, Scope: &touchlinev1.Scope{Kind: "club.person", Keys: []string{key}},
			})
			if err != nil {
				s.free(t, "the error of RunPipeline", err.Error())
			}
			_, err = s.Records.GetSyncRecord(t.Context(), &touchlinev1.GetSyncRecordRequest{Record: &touchlinev1.RecordName{
				Name: &touchlinev1.RecordName_Key{Key: &touchlinev1.RecordKey{Kind: "club.person", Key: key + "x"}},
			}})
			if err == nil {
				t.Error("there is such a record")
			} else {
				s.free(t, "the error of GetSyncRecord", err.Error())
			}
		}
	})
	s.Follow(t, s.latest(t))
	s.Run(t, "people") // all is made good, with what was set aside
	s.rowsFree(t)
	s.noticesFree(t, o, 3)
	s.viewersFree(t, viewer)
	for _, p := range []*process{s.Serve, s.Worker} {
		_, metrics := get(t, shown(t, p)+"/metrics")
		s.free(t, "the metrics of "+p.verb, metrics)
	}
	s.free(t, "the names of files", strings.Join(files(t, s.Dir), "\n"))
}

// latest is the id of the newest run.
func (s *set) latest(t testing.TB) string {
	t.Helper()
	res, err := s.Pipelines.ListRuns(t.Context(), &touchlinev1.ListRunsRequest{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	return res.GetRuns()[0].GetId()
}

// evidenceFree opens the evidence that was kept: what was seen is masked.
func (s *set) evidenceFree(t testing.TB) {
	t.Helper()
	key, err := hex.DecodeString(s.Env["TOUCHLINE_SEAL_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := store.NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.DB(t).Query(t.Context(), "select id, system, name, run, media_type, sealed, at from evidence")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[store.Evidence])
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, e := range all {
		data, err := sealer.OpenEvidence(e)
		if err != nil {
			t.Fatal(err)
		}
		s.free(t, "sealed evidence "+e.Name, string(e.Sealed))
		if e.MediaType == "text/html" {
			pages++
			s.free(t, "opened evidence "+e.Name, string(data))
		}
	}
	if pages == 0 {
		t.Error("no evidence was kept")
	}
}

// files are the paths below a folder.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			out = append(out, path)
		}
		return nil // what Postgres has taken away meanwhile
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
