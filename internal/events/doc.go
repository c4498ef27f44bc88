// Package events tests the event family as a whole: EMS in Postgres, the
// connectors of MailChimp, ChatWoot and Mautic and their simulators, by the edge
// cases of docs/edge-cases.md.
package events
