package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// The reasons why an entry is not held at Laposta.
const (
	WhyNoAddress = "no e-mail address"
	WhyNoList    = "no free list"
	WhyOptedOut  = "opted out"
)

// ClubSubscriber is the page of the entries of the mailing lists. The hub
// decides all of an entry but its state: that is the reader's own, and the
// stricter state wins from any side. Who becomes active again at Laposta, where both
// had agreed that they are not, has opted in.
//
// An entry that is no longer made is removed from its list, so that it can
// come back. Where the reader has unsubscribed, or where mail bounces, it stays
// as it is: that must not be forgotten.
func ClubSubscriber(lists int) *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		subscriber.List, subscriber.Email,
		subscriber.FirstName, subscriber.Infix, subscriber.LastName,
		subscriber.Gender, subscriber.BirthDate, subscriber.Teams,
		subscriber.AgeClasses, subscriber.RelationCode, subscriber.PhotoDate,
		subscriber.MemberSince, subscriber.Mobile1, subscriber.Mobile2,
		subscriber.Phone1, subscriber.Phone2,
		subscriber.Street, subscriber.HouseNumber, subscriber.HouseNumberExt,
		subscriber.PostalCode, subscriber.City,
		subscriber.Parent1Name, subscriber.Parent2Name,
		subscriber.Parent1Phone, subscriber.Parent2Phone,
		subscriber.ParentOf, subscriber.Volunteer,
	)
	rules(fields, Owned(laposta).KeepWhenEmpty(), subscriber.StateOn)
	rules(fields, Strictest(subscriber.Unsubscribed, subscriber.Cleaned,
		subscriber.Unconfirmed, subscriber.Active).For(subscriber.Email).OptInAt(laposta), subscriber.State)
	return &Policy{
		Kind:      subscriber.Kind,
		Key:       subscriber.Key,
		KeyFields: subscriber.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets: []Target{{System: laposta, Place: func(f record.Fields) (place, why string) {
			switch list := f[subscriber.List]; {
			case isList(list, lists):
				return "list-" + list, ""
			case list == subscriber.OptedOut:
				return "", WhyOptedOut
			case f[subscriber.Email] == "":
				return "", WhyNoAddress
			default:
				return "", WhyNoList
			}
		}}},
		Another:   subscriber.SomebodyElse,
		AnotherBy: []record.Field{subscriber.FirstName, subscriber.Infix, subscriber.LastName},
		Fields:    fields,
		Groups: [][]record.Field{
			{subscriber.FirstName, subscriber.Infix, subscriber.LastName},
			{
				subscriber.Street, subscriber.HouseNumber, subscriber.HouseNumberExt,
				subscriber.PostalCode, subscriber.City,
			},
		},
		MovesForAll: []record.Field{subscriber.Teams, subscriber.AgeClasses},
		OnDelete: []OnDelete{
			{System: laposta, If: mayGo, Action: Delete},
			{System: laposta, Action: Detach},
		},
	}
}

// mayGo reports whether nothing is forgotten with the entry: no opt-out and no bounce.
// One that waits to be confirmed goes as well: left there, a click on the old mail
// would make it active, and nobody would end it any more.
func mayGo(f record.Fields) bool {
	switch f[subscriber.State] {
	case "", subscriber.Active, subscriber.Unconfirmed:
		return true
	}
	return false
}
