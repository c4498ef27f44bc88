package reconcile_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// A bounce is that of the address: it neither reaches the hub nor keeps it from being
// told otherwise once ours is another one. An opt-out is the person's.
func TestLeftBehind(t *testing.T) {
	t.Parallel()
	const mail, consent record.Field = "mail", "consent"
	rules := map[record.Field]policy.Rule{
		mail: policy.Owned(record.Hub), consent: policy.Strictest("bounced", "out").For(mail).StaysBehind("bounced"),
	}
	all := []record.Field{mail, consent}
	for _, c := range []struct{ name, address, there, ours, want, told string }{
		{"a bounce of ours", "a@x", "bounced", "in", "bounced", ""},
		{"a bounce of the one before", "old@x", "bounced", "in", "in", "in"},
		{"a bounce, and no address any more", "", "bounced", "in", "in", "in"},
		{"an opt-out goes along", "old@x", "out", "in", "out", ""},
		{"our own opt-out is told", "old@x", "bounced", "out", "out", "out"},
	} {
		there := record.Fields{mail: c.address, consent: c.there}
		side := reconcile.Side{System: sideA, Reads: all, Writes: all, Remote: there, BaseLocal: there, BaseRemote: there}
		hub := reconcile.Hub{Fields: record.Fields{mail: "a@x", consent: c.ours}, From: map[record.Field]record.System{}}
		r := reconcile.Merge(rules, hub, []reconcile.Side{side})
		if got, told := r.Hub.Fields[consent], r.Sides[0].Set[consent]; got != c.want || told != c.told {
			t.Errorf("%s: %q, told %q; want %q and %q", c.name, got, told, c.want, c.told)
		}
	}
}
