package invent

// Address is where the invoices of a member go, if not to the member's own address. An
// empty text is not filled in. The JSON names are ours.
type Address struct {
	Street     string `json:"street"`
	Number     string `json:"number"`
	Addition   string `json:"addition"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
	Country    string `json:"country"`
}

const invoicesFrom = 8_000_000

// invoiceOf is the address for the invoices of the member at this place of a club; nil for
// nine of ten. Of the first members one lives abroad by it and one has a city alone.
func invoiceOf(seed int64, i int) *Address {
	h := household{rand: Rand(seed, invoicesFrom+i)}
	a := h.address()
	switch {
	case i == 1:
		abroad(&a, "DE")
	case i == 2:
		cityOnly(&a)
	case i < 6 || h.rand.IntN(10) > 0:
		return nil
	}
	return &Address{a.StreetName, a.AddressNumber, a.AddressNumberAppendix, a.ZipCode, a.City, a.CountryName}
}
