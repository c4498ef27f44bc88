package organiser

// Cycle names the pipelines that are due in a cycle of five minutes, in their order:
// inbound every second one and first. Cycle 0 is the first.
func Cycle(n int) []string {
	outbound := []string{"outbound-chatwoot", "outbound-mailchimp", "outbound-mautic", "outbound-runsignup", "outbound-tagserver"}
	if n%2 == 1 {
		return outbound
	}
	return append([]string{"inbound-chatwoot", "inbound-runsignup", "watch-mailchimp"}, outbound...)
}

// Night names the pipelines that read each system whole, once a day.
func Night() []string {
	return []string{"scan-chatwoot", "scan-mailchimp", "scan-mautic", "scan-runsignup", "scan-tagserver"}
}
