// Package reason says in words of people why a run or a step of it ended as it did, and
// what to do about it. docs/runs.md has more of each. It knows the stable reasons by
// their names and nothing of the run.
package reason

// Text is a reason in one language.
type Text struct {
	Why string // a sentence
	Do  string // what somebody is to do; or that nothing is
}

// In returns a reason, such as TOO_MANY_REMOVED, in a language: "nl", else English. What
// is no known reason has no text.
func In(language, name string) (Text, bool) {
	in := english
	if language == "nl" {
		in = dutch
	}
	text, ok := in[name]
	return text, ok
}
