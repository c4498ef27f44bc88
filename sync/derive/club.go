package derive

// Club returns the rules of the club family, in the order in which they are
// made. lists is how many mailing lists there are for those who share an
// address.
func Club(lists int) []Rule {
	return []Rule{Parents(), Subscribers(lists), Customers(), Numbers(), InvoiceAddresses(), Committees(), Work(), TeamWork(), Access(), Activities(), Blocks(), Withdrawn(), Deliverability()}
}
