package sportlink

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// refusedRepeats is how many calls in a row the site may not answer again, each for another
// record, until their pages are opened at once.
const refusedRepeats = 2

// sitting is a page that is lent for records one after the other, and what it has asked
// for one of them: that is asked for the next ones from inside it, so that their pages
// need not be opened.
type sitting struct {
	browserworker.Page
	asked   map[string]browserworker.Answer // by name; without what was answered
	refused int
}

// remember notes what the pages of a record have asked, each under a name: its path, where
// that is asked for once.
func (s *sitting) remember(calls []string, answers []browserworker.Answer) {
	for i, name := range calls {
		answers[i].Body = nil
		s.asked[name] = answers[i]
	}
}

// repeat asks for a record, when it is its turn, what a page has asked for another. No
// answers and no error means that the record's page must be opened, in a turn of its own:
// nothing was asked of its kind yet, or the site has not answered as it answers its page,
// as when a token has come to its end. Why that is so the page shows.
func (a *account) repeat(ctx context.Context, s *sitting, by string, id record.ExternalID, names []string) ([]browserworker.Answer, error) {
	if a.cfg.PagesOnly || s.refused >= refusedRepeats {
		return nil, nil
	}
	calls := make([]browserworker.Call, len(names))
	for i, name := range names {
		of, asked := s.asked[name]
		if !asked {
			return nil, nil
		}
		calls[i] = browserworker.Call{Of: of, Query: map[string]string{by: string(id)}}
	}
	if _, err := a.Turn(ctx, a.cfg.Timeouts.Page); err != nil {
		return nil, err
	}
	got, err := s.Repeat(ctx, calls, a.cfg.Timeouts.Page)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, browserworker.ErrLost):
		return nil, err
	}
	for _, answer := range got {
		if answer.Status == http.StatusTooManyRequests {
			return nil, a.judgeStatus(opVisit, answer)
		}
		if !plainly(answer) {
			got = nil
			break
		}
	}
	if got == nil {
		s.refused++
		return nil, nil
	}
	s.refused = 0
	return got, nil
}

// plainly reports whether an answer is an object that is no error.
func plainly(answer browserworker.Answer) bool {
	env, contradiction, err := openEnvelope(answer.Body)
	return answer.Status == http.StatusOK && err == nil && contradiction == "" && env.trouble() == ""
}

// listedFor is how long the next part of a reading may go on with a list.
const listedFor = 10 * time.Minute

// underWay is the list whose records are being visited. A reading is made in parts, and
// the next part goes on with the list where the one before has left it: a list that is
// asked for anew shows others, so that what it counts is not what was visited.
type underWay struct {
	mu    sync.Mutex
	list  connector.Page
	after connector.Cursor // the record that was visited last
	at    time.Time
}

// from returns the list of a reading that goes on after a record.
func (u *underWay) from(after connector.Cursor, now time.Time) (connector.Page, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.list, after != "" && after == u.after && now.Sub(u.at) < listedFor
}

// came notes how far the visits have come.
func (u *underWay) came(list connector.Page, after connector.Cursor, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list, u.after, u.at = list, after, now
	if after == "" {
		u.list = connector.Page{}
	}
}
