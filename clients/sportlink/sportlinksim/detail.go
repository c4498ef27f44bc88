package sportlinksim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/invent"
)

// said is what a header says of a photo otherwise than it is.
type said struct {
	silent, dateOnly bool
	elsewhere        string // another address
}

func (f said) change(header map[string]any) {
	photo, _ := header["Photo"].(map[string]any)
	switch {
	case f.silent:
		delete(header, "Photo")
	case photo == nil:
	case f.dateOnly:
		photo["Url"] = nil
	case f.elsewhere != "":
		photo["Url"] = f.elsewhere
	}
}

// details are the calls of the tabs of one member, by path below p
// (docs/systems/sportlink.md, "The tabs of a member"). They are read only.
func (s *Sim) details() map[string]http.HandlerFunc {
	type object = map[string]any
	ofPages := func(make func(m invent.Member, p invent.Pages) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			id := r.URL.Query().Get("PublicPersonId")
			other := s.Fault(r, "other-member")
			says := said{silent: s.Fault(r, "no-photo-key"), dateOnly: s.Fault(r, "photo-without-url")}
			if do, ok := s.FaultDo(r, "photo-elsewhere"); ok {
				says.elsewhere = do.Body
			}
			s.Lock()
			i := slices.IndexFunc(s.members, func(m invent.Member) bool { return m.PublicPersonID == id })
			var m invent.Member
			if i >= 0 {
				m = s.members[i]
				if other {
					m = s.members[(i+1)%len(s.members)]
				}
			}
			p := s.pages[m.PublicPersonID]
			s.Unlock()
			if i < 0 || id == "" {
				refuse(w, http.StatusNotFound, "Persoon niet gevonden")
				return
			}
			out := make(m, p)
			if header, ok := out.(object); ok && strings.HasSuffix(r.URL.Path, "member/MemberHeader") {
				says.change(header)
			}
			answer(w, http.StatusOK, out)
		}
	}
	of := func(make func(m invent.Member) any) http.HandlerFunc {
		return ofPages(func(m invent.Member, _ invent.Pages) any { return make(m) })
	}
	shows := func(make func(p invent.Pages) any) http.HandlerFunc {
		return ofPages(func(_ invent.Member, p invent.Pages) any { return make(p) })
	}
	list := func(name string) http.HandlerFunc {
		return of(func(invent.Member) any { return object{name: []any{}} })
	}
	only := func(m invent.Member, names ...string) object {
		v, out := values(m), object{}
		for _, n := range names {
			out[n] = text(v[n])
		}
		return out
	}
	return map[string]http.HandlerFunc{
		"member/MemberHeader": ofPages(func(m invent.Member, p invent.Pages) any {
			out := object{
				"PublicPersonId": m.PublicPersonID, "FullName": m.FullName(),
				"TypeOfMemberDescription":          m.TypeOfMemberDescription,
				"HasFinancialTransferBlockOwnClub": nil,
				"Photo":                            nil,
			}
			if p.Block != "" {
				out["HasFinancialTransferBlockOwnClub"] = p.Block == "true"
			}
			if m.PersonImageDate != "" {
				out["Photo"] = object{"Url": s.photoURL(m), "PhotoDate": m.PersonImageDate}
			}
			return out
		}),
		"member/persondata/MemberPersonData": of(func(m invent.Member) any {
			return object{"Person": only(m, "PublicPersonId", "FirstName", "Infix", "LastName",
				"GenderCode", "DateOfBirth", "MemberSince", "DateOfPassing", "TypeOfMemberDescription")}
		}),
		"member/persondata/MemberCommunication": of(func(m invent.Member) any {
			return object{"Communication": object{
				"Email1": text(m.Email), "Email2": text(m.EmailAlternative),
				"Mobile1": text(m.Mobile), "Mobile2": text(m.MobileAlternative),
				"Telephone1": text(m.Telephone), "Telephone2": text(m.TelephoneAlternative),
			}}
		}),
		"member/persondata/MemberAddresses": of(func(m invent.Member) any {
			return object{"Address": []any{only(m, "StreetName", "AddressNumber",
				"AddressNumberAppendix", "ZipCode", "City", "CountryCode", "CountryName")}}
		}),
		"member/MemberParentalInfo": of(func(m invent.Member) any {
			return only(m, "NameParent1", "TelephoneParent1", "EmailAddressParent1",
				"NameParent2", "TelephoneParent2", "EmailAddressParent2")
		}),
		"member/function/MemberFunctions":      shows(functionsOf),
		"member/function/MemberCommittees":     shows(s.committeesOf),
		"member/function/UnionMemberFunctions": list("Function"),
		"member/MemberMemberships":             list("Membership"),
		"member/team/MemberTeams":              s.memberTeams,
		"member/remarks/MemberRemarks":         list("Remarks"),
		"member/remarks/MemberFreeFields":      shows(freeFieldsOf),
		"member/financial/MemberPaymentInvoiceAddress": ofPages(func(m invent.Member, p invent.Pages) any {
			a := only(m, "StreetName", "AddressNumber", "AddressNumberAppendix", "ZipCode", "City", "CountryName")
			if own := p.Invoice; own != nil {
				a = object{
					"StreetName": text(own.Street), "AddressNumber": text(own.Number), "AddressNumberAppendix": text(own.Addition),
					"ZipCode": text(own.PostalCode), "City": text(own.City), "CountryName": text(own.Country),
				}
			}
			a["IsDefault"] = p.Invoice == nil
			return object{"Address": a}
		}),
		"member/financial/MemberPaymentInvoiceInformation": of(func(m invent.Member) any {
			return object{"PaymentInvoiceInformation": object{
				"LastName": m.LastName, "Infix": text(m.Infix), "Initials": initials(m),
				"EmailAddress": text(m.Email), "ExternalInvoiceCode": nil,
			}}
		}),
	}
}
