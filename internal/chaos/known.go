package chaos

// known are the features and checks that the engine does not stand yet, each
// with the reason. They are off in a run that does not ask for all. Take a line
// out when what it tells is mended: its stories in kept_test.go then must pass.
var known = map[string]string{
	"Short whole":   "a record that a whole but wrong listing lacks is not asked for by itself before it counts as gone",
	"MergeTwin get": "a record of ours that is merged into a hand-made one stays bound when only Get says so",
	NeverSent:       "a row of an earlier plan is closed as done by a later run that sends another value, or none",
	FreedUntold:     "no plan row tells that a value was emptied to free it for another record",
	CreatedLost:     "a create whose answer nobody has heard, and whose run was given up, is not known to be ours",
	DoubledBlind:    "before a create the key is not asked for",
	RemadeUntold:    "the row of a record that is made anew tells less than what is sent",
	StaysWritten:    "a write to a record that the source lacks makes its absence forgotten, so that nobody leaves",
	EditForeign:     "an edit in a field that was empty from the start, where it is not decided, is neither put back nor told",
	RefusedWhole:    "one refused value holds back all others of its record",
}

// Known returns the features and checks that are off by default.
func Known() map[string]bool {
	off := map[string]bool{}
	for f := range known {
		off[f] = true
	}
	return off
}
