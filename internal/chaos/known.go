package chaos

// known are the features and checks that the engine does not stand yet, each
// with the reason. They are off in a run that does not ask for all. Take a line
// out when what it tells is mended: its stories in kept_test.go then must pass.
var known = map[string]string{
	CreatedLost: "a create whose answer is lost, at a keyed target without a search and not listed whole, is not known to be ours",
}

// Known returns the features and checks that are off by default.
func Known() map[string]bool {
	off := map[string]bool{}
	for f := range known {
		off[f] = true
	}
	return off
}
