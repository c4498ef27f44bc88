package ems

import (
	"slices"
	"strings"
)

// Sources are the systems that a column of EMS can name as the source of a row, as
// the check of its table lists them.
type Sources []string

// PreferenceSources are those of a contact preference.
var PreferenceSources = Sources{"MAUTIC", "MAILCHIMP"}

// participantSources are those of a participant.
var participantSources = Sources{"RUNSIGNUP"}

// Of returns what such a column says of what a system has changed: the system, where
// the column can name it, and EMS itself where not.
func (s Sources) Of(system string) string {
	if name := strings.ToUpper(system); slices.Contains(s, name) {
		return name
	}
	return "EMS"
}
