package fact

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
)

// Node stands for something that decisions may have in common: a key, a remote
// record, a group. It is a digest. Two things with the same one are decided
// together, which is never wrong.
type Node uint64

var nodeSeed = maphash.MakeSeed()

func node(what byte, parts ...string) Node {
	var h maphash.Hash
	h.SetSeed(nodeSeed)
	_ = h.WriteByte(what)
	for _, p := range parts {
		_, _ = h.WriteString(p)
		_ = h.WriteByte(0)
	}
	return Node(h.Sum64())
}

// KeyNode is a natural key, of whatever kind: a part has the key of its host.
func KeyNode(key string) Node { return node('k', key) }

// RemoteNode is a remote record. The places of a system share it, since one
// record may be referred to from all of them.
func RemoteNode(s record.System, kind record.Kind, id record.ExternalID) Node {
	return node('r', string(s), string(kind), string(id))
}

// GroupNode is a group, of whatever rule: those of one address mostly have the
// same members.
func GroupNode(key string) Node { return node('g', key) }

// HeirNode is what stays the same of entities that come or go.
func HeirNode(kind record.Kind, key string) Node { return node('h', string(kind), key) }

// Reached is a node that a decision depends on or changes, and the component in
// which it did; 0 is none. A remote record matters only when an item is about it,
// which is known beforehand, or when an item refers to it and it becomes an
// entity's (Bound).
type Reached struct {
	Node      Node
	Component int32
	Remote    bool
	Bound     bool
}

// Nodes are what an item is known to reach before it is decided. What is held
// belongs to the item; what is referred to matters only when another item holds
// it. The groups are held, too, unless they are too large.
func (in *Input) Nodes(it *Item) Known {
	l := in.listing(it.Listing)
	if l == nil {
		return Known{}
	}
	held, referred, keys := []Node(nil), []Node(nil), map[record.Kind]string{}
	var groups []GroupName
	for _, c := range in.Systems[l.System].At(l.Place, l.View) {
		held = append(held, RemoteNode(l.System, c.Kind, it.ID))
		if it.Successor != "" {
			held = append(held, RemoteNode(l.System, c.Kind, it.Successor))
		}
		for f, ref := range c.Refs {
			for _, id := range record.Referents(it.Fields[f]) {
				referred = append(referred, RemoteNode(l.System, ref.Kind, record.ExternalID(id)))
			}
		}
		p := in.Policies.Of(c.Kind)
		if p == nil {
			continue
		}
		if key := p.Key(it.Fields); key != "" && !c.Part {
			keys[c.Kind] = key
			held = append(held, KeyNode(key))
		}
		groups = append(groups, in.groupsOf(c.Kind, it)...)
	}
	return Known{held, referred, groups, keys}
}

// Known is what an item is known to reach. Keys are its natural keys by kind.
type Known struct {
	Held, Referred []Node
	Groups         []GroupName
	Keys           map[record.Kind]string
}

func (in *Input) listing(id int32) *Listing {
	for i := range in.Listings {
		if in.Listings[i].ID == id {
			return &in.Listings[i]
		}
	}
	return nil
}

// groupsOf are the groups that an item of a kind belongs to by its fields.
func (in *Input) groupsOf(kind record.Kind, it *Item) []GroupName {
	out := in.Groups(kind, it.Fields)
	for i := range in.Rules {
		if rule := &in.Rules[i]; rule.UnmanagedGroup != nil && !rule.Reads(kind) {
			if key := rule.UnmanagedGroup(it.Fields); key != "" {
				out = append(out, GroupName{rule.Name, key})
			}
		}
	}
	return out
}

// Groups are the groups that an entity of a kind with such fields belongs to.
func (in *Input) Groups(kind record.Kind, f record.Fields) []GroupName {
	var out []GroupName
	for i := range in.Rules {
		if rule := &in.Rules[i]; rule.Reads(kind) {
			for _, g := range rule.Groups(record.Entity{Kind: kind, Fields: f}) {
				out = append(out, GroupName{rule.Name, g})
			}
		}
	}
	return append(out, in.Common(kind, f)...)
}

// newcomers begins the names by which newcomers are compared with those who are there.
const newcomers = "newcomers "

// Newcomers names, as a rule does, the groups by which a newcomer of a kind is compared
// with those who are there.
func Newcomers(kind record.Kind) string { return newcomers + string(kind) }

// Common are the groups by which an entity with such fields is compared with newcomers,
// where this run has read a place that newcomers of the kind come from.
func (in *Input) Common(kind record.Kind, f record.Fields) []GroupName {
	g := GroupName{Rule: Newcomers(kind)}
	if in.Policies.Of(kind) == nil || !in.Matters(g) {
		return nil
	}
	var out []GroupName
	for _, g.Key = range in.Policies.Of(kind).CommonOf(f) {
		out = append(out, g)
	}
	return out
}

// UnmanagedGroups are the groups that an unmanaged record of a kind is in.
func (in *Input) UnmanagedGroups(kind record.Kind, f record.Fields) []GroupName {
	var out []GroupName
	for i := range in.Rules {
		rule := &in.Rules[i]
		if rule.UnmanagedGroup == nil || rule.Reads(kind) || !slices.Contains(rule.Makes, kind) {
			continue
		}
		if g := rule.UnmanagedGroup(f); g != "" {
			out = append(out, GroupName{rule.Name, g})
		}
	}
	return out
}

// Matters reports whether those in a group are to be decided together. By what a
// newcomer is compared matters only where some may come.
func (in *Input) Matters(g GroupName) bool {
	kind, is := strings.CutPrefix(g.Rule, newcomers)
	if !is {
		return true
	}
	p := in.Policies.Of(record.Kind(kind))
	return p != nil && slices.ContainsFunc(in.Listings, func(l Listing) bool { return l.Reading != nil && p.Newcomers.TakesFrom(l.System) })
}

// Unstorable says why what follows from an item could not be stored, or "": a key, or
// that of a group, is longer than an index takes.
func (in *Input) Unstorable(it *Item) string {
	l := in.listing(it.Listing)
	if l == nil || it.State != Changed {
		return ""
	}
	for _, c := range in.Systems[l.System].At(l.Place, l.View) {
		if p := in.Policies.Of(c.Kind); p != nil && !c.Part && len(p.Key(it.Fields)) > record.MaxKey {
			return "its key is too long"
		}
		for _, g := range in.groupsOf(c.Kind, it) {
			if len(g.Key) > record.MaxKey {
				return "what the rule " + g.Rule + " goes by is too long"
			}
		}
	}
	return ""
}

// Remotes address the remote records that an item is about, by kind.
func (in *Input) Remotes(it *Item) []Request {
	l := in.listing(it.Listing)
	if l == nil {
		return nil
	}
	var out []Request
	for _, c := range in.Systems[l.System].At(l.Place, l.View) {
		for _, id := range []record.ExternalID{it.ID, it.Successor} {
			if id != "" {
				out = append(out, Remote(l.System, l.Place, l.Scope, c.Kind, id))
			}
		}
	}
	return out
}
