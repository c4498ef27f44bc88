package server_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// A person says what it is when it is neither, in a form that can be, and settles with it
// what is alike.
func TestConflictsResolvedOtherwise(t *testing.T) {
	t.Parallel()
	r := setupWhole(t)
	c := r.conflicts(r.operator)
	first, second := r.addConflict(t, "QXZ0005", fCity, "Hier", "Daar"), r.addConflict(t, "QXZ0006", fCity, "Ginds", "Ver")
	mail := r.addConflict(t, "QXZ0007", fMail, "ours@example.org", "theirs@example.org")
	if first.GetHubSeenTime() == nil || first.GetHubFromSystem() == "" {
		t.Errorf("the conflict does not say since when and of whom ours is: %v", first)
	}
	name := func(of *touchlinev1.Conflict) *touchlinev1.ConflictName {
		return &touchlinev1.ConflictName{Id: of.GetId(), Etag: of.GetEtag()}
	}
	req := func(of *touchlinev1.Conflict, take touchlinev1.Take, value string, alike ...*touchlinev1.ConflictName) *touchlinev1.ResolveConflictRequest {
		return &touchlinev1.ResolveConflictRequest{Id: of.GetId(), Etag: of.GetEtag(), Take: take, Value: value, Reason: "a test", Alike: alike}
	}
	const third = touchlinev1.Take_TAKE_VALUE
	for _, no := range []struct {
		why string
		req *touchlinev1.ResolveConflictRequest
	}{
		{"INVALID_VALUE", req(first, third, "")},
		{"INVALID_VALUE", req(first, third, " \t ")},
		{"INVALID_VALUE", req(first, touchlinev1.Take_TAKE_HUB, "Elders")},
		{"INVALID_VALUE", req(mail, third, "nobody there")},
		{"NOT_ALIKE", req(first, third, "Elders", name(mail))},
		{"ETAG_MISMATCH", req(first, third, "Elders", &touchlinev1.ConflictName{Id: second.GetId(), Etag: "other"})},
	} {
		_, err := c.ResolveConflict(t.Context(), no.req)
		if reason(err) != no.why || strings.Contains(err.Error(), "nobody there") {
			t.Errorf("%v, want %s", err, no.why)
		}
	}
	r.wantActs(t, "ResolveConflict", 0)
	res, err := c.ResolveConflict(t.Context(), req(first, third, "  Elders ", name(second)))
	if err != nil || res.GetResolved() != 2 {
		t.Fatalf("%v, %v; want two resolved", res, err)
	}
	r.wantActs(t, "ResolveConflict", 2)
	r.sync(t)
	r.holds(t, "QXZ0005", fCity, "Elders")
	r.holds(t, "QXZ0006", fCity, "Elders")

	first, second = r.addConflict(t, "QXZ0008", fCity, "Hier", "Daar"), r.addConflict(t, "QXZ0009", fCity, "Ginds", "Ver")
	p := r.reader(t)
	p.signIn(r.operator)
	_, page := p.get("/conflicts")
	shows(t, page, "also for all others on this page that are alike</label>", "Take this value")
	number := regexp.MustCompile(`action="(/conflicts/\d+)"`).FindStringSubmatch(page)
	etag := regexp.MustCompile(`name="etag" value="([^"]+)"`).FindStringSubmatch(page)
	alike := regexp.MustCompile(`name="alike" value="([^"]+)"`).FindStringSubmatch(page)
	if number == nil || etag == nil || alike == nil {
		t.Fatalf("the conflicts cannot be settled:\n%s", page)
	}
	_, page = p.post(number[1], url.Values{"etag": {etag[1]}, "take": {"remote"}, "all": {"yes"}, "alike": {alike[1]}, "reason": {"they know"}})
	shows(t, page, "There are none.")
	r.sync(t)
	r.holds(t, "QXZ0008", fCity, first.GetRemoteValue())
	r.holds(t, "QXZ0009", fCity, second.GetRemoteValue())
}
