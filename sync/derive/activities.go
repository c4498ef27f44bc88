package derive

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// Activities makes of each conversation with a customer of the helpdesk something that
// took place with the member (docs/policy.md, "The helpdesk"). A group is a number of a
// customer. In whichever order the two become known, the conversation and whose number it
// is, there is one activity of each conversation; one that was made once stays as it is,
// whatever becomes of the conversation, of the number or of the member.
func Activities() Rule {
	return Rule{
		Name:           "activities",
		From:           []record.Kind{customer.Kind},
		Makes:          []record.Kind{activity.Kind},
		Groups:         activityGroups,
		UnmanagedGroup: func(f record.Fields) string { return f[activity.Customer] },
		Make:           makeActivities,
	}
}

func activityGroups(e record.Entity) []string {
	if e.Deleted != "" || e.Fields[customer.HelpdeskID] == "" {
		return nil
	}
	return []string{e.Fields[customer.HelpdeskID]}
}

func makeActivities(g Group) Made {
	made := map[string]record.Fields{}
	// Nobody knows with whom of several it took place.
	if len(g.Members) == 1 {
		for _, u := range g.Unmanaged {
			if u.Absent {
				continue // it was thrown away before it could be told
			}
			f := activityOf(u, customer.Key(g.Members[0].Fields))
			made[f[activity.Event]] = f
		}
	}
	for _, e := range g.Before {
		made[e.Key] = e.Fields
	}
	var out Made
	for _, key := range slices.Sorted(maps.Keys(made)) {
		out.Entities = append(out.Entities, Entity{Kind: activity.Kind, Key: key, Fields: made[key]})
	}
	return out
}

// activityOf is what is told of a conversation.
func activityOf(u Unmanaged, person string) record.Fields {
	f := u.Fields.Only([]record.Field{activity.Customer, activity.Channel, activity.Subject, activity.Link, activity.HappenedOn})
	f[activity.Event], f[activity.Person] = string(u.System)+"/"+string(u.ID), record.SetValue([]string{person})
	return f
}
