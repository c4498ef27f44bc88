package otherfamily_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// The catalogue of the library knows its readers and what they have borrowed;
// the counter is where they come and go.
const (
	catalogue record.System = "catalogue"
	counter   record.System = "counter"

	reader record.Kind = "library.reader"
	loan   record.Kind = "library.loan"

	card    record.Field = "card" // number of a reader's card
	name    record.Field = "name"
	phone   record.Field = "phone"
	mail    record.Field = "mail"
	remind  record.Field = "remind" // whether we may send reminders
	blocked record.Field = "blocked"
	active  record.Field = "active"

	number   record.Field = "number"
	title    record.Field = "title"
	due      record.Field = "due"
	fine     record.Field = "fine"
	borrower record.Field = "borrower"
)

// readers is the page of readers. One who is gone stays at the counter and is
// marked there, so that a book can still be brought back.
func readers() *policy.Policy {
	return &policy.Policy{
		Kind: reader, KeyFields: []record.Field{card}, Key: func(f record.Fields) string { return f[card] },
		Sources: []record.System{catalogue, record.Hub},
		Targets: []policy.Target{policy.TargetAt(counter, "readers")},
		Fields: map[record.Field]policy.Rule{
			card: policy.Owned(catalogue), name: policy.Owned(catalogue), active: policy.Owned(catalogue),
			phone: policy.Shared(catalogue, counter), mail: policy.Shared(catalogue, counter),
			remind: policy.Strictest("no", "yes"), blocked: policy.Owned(record.Hub),
		},
		OnDelete: []policy.OnDelete{
			{System: counter, Reason: record.Merged, Action: policy.Delete},
			{System: counter, Action: policy.SetFields, Fields: record.Fields{active: "no"}},
		},
	}
}

// loans is the page of loans. One that is over is removed; one that is only
// missing from the catalogue stays at the counter, since the policies is still out.
func loans() *policy.Policy {
	return &policy.Policy{
		Kind: loan, KeyFields: []record.Field{number}, Key: func(f record.Fields) string { return f[number] },
		Sources: []record.System{catalogue, record.Hub},
		Targets: []policy.Target{policy.TargetAt(counter, "loans")},
		Fields: map[record.Field]policy.Rule{
			number: policy.Owned(catalogue), title: policy.Owned(catalogue), borrower: policy.Owned(catalogue),
			due: policy.Shared(catalogue, counter), fine: policy.Owned(record.Hub),
		},
		OnDelete: []policy.OnDelete{
			{System: counter, Reason: record.Absent, Action: policy.Detach},
			{System: counter, Action: policy.Delete},
		},
	}
}

func aReader(n int) record.Fields {
	return record.Fields{
		card: fmt.Sprintf("C%04d", n), name: fmt.Sprintf("Reader %d", n), phone: fmt.Sprintf("+3161000%04d", n),
		mail: fmt.Sprintf("reader%d@example.org", n), remind: "yes", active: "yes",
	}
}

func aLoan(n int) record.Fields {
	return record.Fields{number: fmt.Sprintf("L%04d", n), title: fmt.Sprintf("Book %d", n), due: "2026-05-01"}
}

func library() enginetest.Family {
	return enginetest.Family{
		Name: "library", Source: catalogue, Target: counter,
		First: enginetest.Kind{
			Kind: reader, Source: "readers", Target: "readers", Key: card, Owned: name, Shared: phone, Ours: blocked, New: aReader,
		},
		Second: enginetest.Kind{
			Kind: loan, Source: "loans", Target: "loans", Key: number, Owned: title, Shared: due, Ours: fine, New: aLoan,
		},
		Ref: borrower, Unique: mail, Consent: enginetest.Consent{Field: remind, Strict: "no", Loose: "yes"},
		Policies: func() policy.Set { return policy.Set{readers(), loans()} },
	}
}

// What holds for every family holds for a library.
func TestStories(t *testing.T) {
	t.Parallel()
	enginetest.Stories(t, library())
}
