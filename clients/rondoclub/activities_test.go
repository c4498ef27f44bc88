package rondoclub_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
)

// somebody makes a person and returns the id.
func (b *bundle) somebody() string {
	b.t.Helper()
	var made struct {
		ID int64 `json:"id"`
	}
	b.control("POST", "/people", object{"fields": object{"first_name": "Zoë", "last_name": "Hof"}}, &made)
	return fmt.Sprint(made.ID)
}

// talkWith is conversation n with a person; 4 and 5 are changes of the block.
func talkWith(person string, n int) record.Fields {
	f := record.Fields{
		activity.Person: person, activity.Subject: fmt.Sprintf("Vraag <over> \"%d\" & 'café'", n), activity.Channel: activity.Email,
		activity.Link: fmt.Sprintf("https://help.example.org/conversation/%d", n), activity.HappenedOn: "2026-03-01T23:30:00Z",
	}
	switch f[activity.Event] = fmt.Sprintf("desk/%dé'", n); n {
	case 3:
		f[activity.Subject] = ""
	case 4, 5:
		return record.Fields{activity.Person: person, activity.Event: fmt.Sprintf("RC%03d/block/1", n), activity.Change: activity.Blocked}
	}
	return f
}

func (b *bundle) timeline() connector.Collection {
	b.t.Helper()
	all := connector.Collections(b.conn.Collections())
	return *all.Of(rondoclub.Activities, activity.Kind)
}

func TestActivitiesContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Public: []record.Field{activity.Channel, activity.Change}, Open: func(t *testing.T) *connectortest.Bench {
		t.Helper()
		b := setup(t, rondosim.Options{})
		who := b.somebody()
		return b.anonymous(simtest.Wire(b.kit, b.remote, &connectortest.Bench{
			Connector: b.conn, Host: b.host, Kind: activity.Kind, Place: rondoclub.Activities,
			Want: func(n int) record.Fields { return talkWith(who, n) }, Doubles: true,
			Refused: func() (record.Fields, record.Field) {
				f := talkWith(who, 3)
				delete(f, activity.Link)
				return f, activity.Link
			},
			Reopen: func(*testing.T) connector.Connector { b.open(); return b.conn },
		}, map[connectortest.Op]simkit.Match{
			connectortest.Check:  {Path: "*/users/me"},
			connectortest.Create: {Method: "POST", Path: "*/activities"},
		}))
	}})
}

// An activity is found by its link alone, however the theme shows it, and whoever has
// written it; a longer number is another one.
func TestActivitiesAreFound(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	who, c := b.somebody(), b.timeline()
	find := func(n int) (record.ExternalID, error) {
		it, err := c.Find(b.ctx(), talkWith(who, n))
		return it.ID, err
	}
	made, err := c.Create(b.ctx(), talkWith(who, 123))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := find(12); connector.ClassOf(err) != connector.NotFound {
		t.Errorf("conversation 12 is that of 123: %v", err)
	}
	if id, err := find(123); id != made.ID || err != nil {
		t.Errorf("found %s, %v", id, err)
	}
	var dump struct {
		Activities []struct {
			Person  int64
			Content string
		}
	}
	b.control("GET", "/dump", nil, &dump)
	content := dump.Activities[0].Content
	if want := `<strong>Vraag &lt;over&gt; &#34;123&#34; &amp; &#39;café&#39;</strong><br /><a href="https://help.example.org/conversation/123">Bekijk het gesprek</a>`; content != want {
		t.Errorf("told is %s", content)
	}
	b.control("POST", "/activities", object{"person": dump.Activities[0].Person, "content": `<b>x</b> <a href="https://help.example.org/conversation/12" target="_blank">Bekijk in FreeScout</a>`}, nil)
	if id, err := find(12); id == "" || err != nil {
		t.Errorf("what another program has told: %s, %v", id, err)
	}
	// Told twice is told.
	if _, err := c.Create(b.ctx(), talkWith(who, 123)); err != nil {
		t.Fatal(err)
	}
	if id, err := find(123); id != made.ID || err != nil {
		t.Errorf("of two %s, %v", id, err)
	}
}

// A person in the trash, or who is not there, waits; a wrong password ends the step; a
// theme without timelines is another form.
func TestActivitiesOfNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	who, c := b.somebody(), b.timeline()
	both := func(who string, class connector.Class) {
		t.Helper()
		_, found := c.Find(b.ctx(), talkWith(who, 1))
		_, made := c.Create(b.ctx(), talkWith(who, 1))
		for what, err := range map[string]error{"find": found, "create": made} {
			if connector.ClassOf(err) != class || strings.Contains(err.Error(), "Vraag") {
				t.Errorf("%s: %v, want %s", what, err, class)
			}
		}
	}
	both("9999", connector.Waiting)
	both("x", connector.Rejected)
	b.control("DELETE", "/people/"+who, nil, nil)
	both(who, connector.Waiting)
	b.control("POST", "/people/"+who+"/restore", nil, nil)
	b.inject(simkit.Fault{Do: simkit.Do{Kind: simkit.FaultNamed, Name: "anonymous"}})
	both(who, connector.Denied)
	b.kit.ClearFaults()
	b.inject(simkit.Fault{Match: simkit.Match{Path: "*/activities"}, Do: simkit.Do{
		Kind: simkit.FaultBody, Status: 404, Body: `{"code":"rest_no_route","message":"No route","data":{"status":404}}`,
	}})
	both(who, connector.Drifted)
}

// A change of the block is told in the words of clubs, by their clock, and is found by its
// mark; one without its event is refused, and no link is asked for.
func TestActivitiesOfABlock(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	who, c := b.somebody(), b.timeline()
	for n, change := range []string{activity.Blocked, activity.Unblocked} {
		want := record.Fields{activity.Person: who, activity.Event: fmt.Sprintf("RC001/block/%d", n+1), activity.Change: change}
		if _, err := c.Find(b.ctx(), want); connector.ClassOf(err) != connector.NotFound {
			t.Errorf("%s is there before it was told: %v", change, err)
		}
		made, err := c.Create(b.ctx(), want)
		if err != nil {
			t.Fatal(err)
		}
		if it, err := c.Find(b.ctx(), want); err != nil || it.ID != made.ID {
			t.Errorf("%s: found %s, %v", change, it.ID, err)
		}
	}
	var dump struct {
		Activities []struct {
			Content string
			Type    string `json:"activity_type"`
			Date    string `json:"activity_date"`
		}
	}
	b.control("GET", "/dump", nil, &dump)
	for i, want := range []string{
		"<strong>Financiële blokkade ingesteld</strong><br />(touchline RC001/block/1)",
		"<strong>Financiële blokkade opgeheven</strong><br />(touchline RC001/block/2)",
	} {
		if a := dump.Activities[i]; a.Content != want || a.Type != "financial_block_change" || a.Date != "2026-03-02" {
			t.Errorf("told is %+v", a)
		}
	}
	_, err := c.Create(b.ctx(), record.Fields{activity.Person: who, activity.Change: activity.Blocked})
	if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != connector.Rejected || e.Field != activity.Event {
		t.Errorf("without its event: %v", err)
	}
}
