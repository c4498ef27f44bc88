package enginetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Family describes a family of two kinds to Stories. Its policy pages are its
// own; what happens to a record that is gone, the stories read there.
type Family struct {
	Name string
	// Source brings the records in and is only read; Target holds them all.
	Source, Target record.System
	First, Second  Kind
	// Ref is the field of Second that refers to First. The source says it by
	// the key.
	Ref record.Field
	// Unique is a field of First whose values only one record of the target may
	// hold. Source and target decide it, as Shared.
	Unique record.Field
	// Consent is a field of First that the strictest decides.
	Consent Consent
	// Policies returns the pages of both kinds, made anew, First before Second.
	Policies func() policy.Set
}

// Kind describes one of the kinds. Its fields are all different.
type Kind struct {
	Kind record.Kind
	// Source and Target name its places at the systems.
	Source, Target string
	Key            record.Field // tells which record it is; the source decides it
	Owned          record.Field // the source decides it
	Shared         record.Field // the source decides it before the target
	Ours           record.Field // only we decide it, the source does not have it
	// New is the n-th record as the source shows it, without Ref: all fields but
	// Ours, and no value that a record with another n has in Key or Unique.
	New func(n int) record.Fields
}

// Consent is a field with two values.
type Consent struct {
	Field         record.Field
	Strict, Loose string
}

// check holds the description against the pages.
func (f *Family) check(t *testing.T) {
	t.Helper()
	policies := f.Policies()
	if err := policies.Validate(map[record.System]string{f.Source: f.Name, f.Target: f.Name}); err != nil {
		t.Fatal(err)
	}
	if len(policies) != 2 || policies[0].Kind != f.First.Kind || policies[1].Kind != f.Second.Kind {
		t.Fatal("the book has not the two kinds, the first before the second")
	}
	both, source := []record.System{f.Source, f.Target}, []record.System{f.Source}
	for i, k := range []Kind{f.First, f.Second} {
		orders := map[record.Field][]record.System{
			k.Key: source, k.Owned: source, k.Shared: both, k.Ours: {record.Hub},
		}
		if i == 0 {
			orders[f.Unique] = both
		} else {
			orders[f.Ref] = source
		}
		for field, order := range orders {
			if !slices.Equal(policies[i].Fields[field].Order, order) {
				t.Fatalf("%s: the field %s is decided by %v, want %v", k.Kind, field, policies[i].Fields[field].Order, order)
			}
		}
	}
	if rule := policies[0].Fields[f.Consent.Field]; !slices.Equal(rule.Strict, []string{f.Consent.Strict, f.Consent.Loose}) {
		t.Fatalf("the consent is decided by %v", rule)
	}
}

// Cast makes both systems, each with both kinds, and a pipeline that reads all
// of them whole and writes the target, the first kind before the second; with
// some changes. It is for the family's own stories, too.
func (f *Family) Cast(change ...func(*Cast)) func() Cast {
	return func() Cast {
		first, second := slices.Sorted(maps.Keys(f.First.New(0))), append(slices.Sorted(maps.Keys(f.Second.New(0))), f.Ref)
		source := memory.New(f.Source,
			memory.Place{Name: f.First.Source, Kind: f.First.Kind, Reads: first, ReadOnly: true},
			memory.Place{Name: f.Second.Source, Kind: f.Second.Kind, Reads: second, ReadOnly: true},
		)
		target := memory.New(f.Target,
			f.place(f.First, append(first, f.First.Ours), f.Unique), f.place(f.Second, append(second, f.Second.Ours)),
		)
		target.Places[1].Refs = map[record.Field]connector.Ref{f.Ref: {Kind: f.First.Kind, Required: true}}
		c := Cast{
			Policies: f.Policies(), Systems: []*memory.System{source, target},
			Pipeline: step.Pipeline{
				Name: "all", Family: f.Name, Reads: f.reads(step.All, step.All),
				Writes: []step.Write{{System: f.Target, Place: f.First.Target}, {System: f.Target, Place: f.Second.Target}},
			},
		}
		for _, ch := range change {
			ch(&c)
		}
		return c
	}
}

func (f *Family) place(k Kind, fields []record.Field, unique ...record.Field) memory.Place {
	return memory.Place{
		Name: k.Target, Kind: k.Kind, Reads: fields, Writes: fields, Key: []record.Field{k.Key}, Unique: unique, Delete: true,
	}
}

// reads are those of the source, then those of the target.
func (f *Family) reads(source, target step.Selection) []step.Read {
	return []step.Read{
		{System: f.Source, Place: f.First.Source, View: "all", Select: source, Needed: true},
		{System: f.Source, Place: f.Second.Source, View: "all", Select: source, Needed: true},
		{System: f.Target, Place: f.First.Target, View: "all", Select: target, Needed: true},
		{System: f.Target, Place: f.Second.Target, View: "all", Select: target, Needed: true},
	}
}

// page is the page of a kind.
func (f *Family) page(k Kind) *policy.Policy { return f.Policies().Of(k.Kind) }

// like is the n-th record of a kind with some fields otherwise, as the source
// shows it. Those of the second kind refer to the record 0 of the first.
func (f *Family) like(k Kind, n int, other record.Fields) record.Fields {
	out := k.New(n)
	if k.Kind == f.Second.Kind {
		out[f.Ref] = f.First.New(0)[f.First.Key]
	}
	maps.Copy(out, other)
	return out
}

// held is the n-th record as the target should hold it. Whom it refers to is
// the target's own id: refers looks at that.
func (f *Family) held(k Kind, n int, other record.Fields) record.Fields {
	out := f.like(k, n, other)
	if _, ok := other[f.Ref]; !ok {
		delete(out, f.Ref)
	}
	return out
}

// who tells the n-th record from the others.
func who(k Kind, n int) record.Fields { return record.Fields{k.Key: k.New(n)[k.Key]} }

// id is the source's id of the n-th record.
func id(k Kind, n int) string { return "id " + k.New(n)[k.Key] }
