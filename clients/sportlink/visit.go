package sportlink

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// header is the head of each page of a member.
type header struct {
	PublicPersonId                   mapping.Value `json:",omitzero"` //nolint:revive // the site's name
	TypeOfMemberDescription          mapping.Value `json:",omitzero"`
	HasFinancialTransferBlockOwnClub mapping.Value `json:",omitzero"`
}

// noMember begins the type of who is no member any more, such as "Oud bondslid": of them
// the pages are still there.
const noMember = "oud "

func (h header) left() bool {
	return strings.HasPrefix(strings.ToLower(h.TypeOfMemberDescription.Text), noMember)
}

// parseVisit reads what the pages of a member were answered with. An answer that cannot
// be read makes its own fields unreadable; one that is about somebody else is an error.
func (a *account) parseVisit(id record.ExternalID, got answers) (visited, error) {
	for call, body := range got {
		if call != headerAPI && !json.Valid(body) && errors.Is(notJSON(body), errSignIn) {
			return visited{}, browserworker.ErrSignedOut
		}
	}
	head, err := a.headOf(id, got[headerAPI])
	if err != nil {
		return visited{}, err
	}
	if head.left() {
		return visited{id: id, left: true}, nil
	}
	read := value.Reading{Fields: record.Fields{person.RelationCode: string(id)}}
	readFunctions(&read, got, a.spec().Options)
	a.readFree(&read, got[freeFieldsAPI])
	if a.cfg.WithInvoice {
		readInvoiceAddress(&read, got[invoiceAPI], a.spec())
	}
	readBlock(&read, head.HasFinancialTransferBlockOwnClub)
	return visited{id: id, item: connector.Item{
		ID: id, Fields: read.Fields, Unreadable: read.Unreadable, Notes: read.Notes,
	}}, nil
}

// headOf reads the head of a page, which must be this member's.
func (a *account) headOf(id record.ExternalID, body []byte) (head header, err error) {
	switch {
	case !json.Valid(body) && errors.Is(notJSON(body), errSignIn):
		return head, browserworker.ErrSignedOut
	case json.Unmarshal(body, &head) != nil:
		return head, a.Drifted(opVisit, "the head of the page is not what it was")
	case head.PublicPersonId.Set && head.PublicPersonId.Text != string(id):
		return head, a.Drifted(opVisit, "the page is another member's")
	}
	return head, nil
}

// readBlock reads whether the member may not go to another club. A site that does not
// say so says nothing.
func readBlock(r *value.Reading, v mapping.Value) {
	switch {
	case v.Form == mapping.Bool && v.Wrong == "":
		r.Fields[person.FinancialBlock] = v.Text
	case v.Set && v.Form != mapping.Null:
		r.Refuse(person.FinancialBlock, "neither true nor false")
	}
}

// helpdeskID is a number of a customer; none begins with a nought.
var helpdeskID = regexp.MustCompile(`^[1-9]\d{0,17}$`)

// dutchDate is a date as people in the Netherlands type it: 29-02-2024.
var dutchDate = regexp.MustCompile(`^(\d{2})-(\d{2})-(\d{4})$`)

// readFree reads the free fields that a club uses for something we know. Whatever else
// stands in one of them is no date, or no number, and cannot be read; neither can one
// without a Value, which may have got another name.
func (a *account) readFree(r *value.Reading, body []byte) {
	var answer struct {
		FreeFields map[string]*struct{ Value mapping.Value }
	}
	if json.Unmarshal(body, &answer) != nil || answer.FreeFields == nil {
		r.Refuse(person.VOGDate, "the answer of the free fields is not what it was")
		r.Refuse(person.HelpdeskID, "the answer of the free fields is not what it was")
		return
	}
	if field := answer.FreeFields[a.cfg.HelpdeskField]; field != nil {
		number := strings.TrimSpace(field.Value.Text)
		switch {
		case !field.Value.Set:
			r.Refuse(person.HelpdeskID, "a free field without a Value")
		case field.Value.Wrong != "" || number != "" && !helpdeskID.MatchString(number):
			r.Refuse(person.HelpdeskID, "not a number")
		default:
			r.Fields[person.HelpdeskID] = number
		}
	}
	field := answer.FreeFields[a.cfg.VOGField]
	if field == nil {
		return
	}
	text := strings.TrimSpace(field.Value.Text)
	if m := dutchDate.FindStringSubmatch(text); m != nil {
		text = m[3] + "-" + m[2] + "-" + m[1]
	}
	date, _, err := a.spec().Canon(person.VOGDate, text)
	switch {
	case !field.Value.Set:
		r.Refuse(person.VOGDate, "a free field without a Value")
	case err != nil || field.Value.Wrong != "":
		r.Refuse(person.VOGDate, "not a date")
	default:
		r.Fields[person.VOGDate] = date
	}
}

// function is one row of either list (docs/systems/sportlink.md, "The tabs of a member").
type function struct {
	CommitteeName         mapping.Value `json:",omitzero"`
	CommitteeFunctionName mapping.Value `json:",omitzero"`
	FunctionDescription   mapping.Value `json:",omitzero"`
	RelationStart         mapping.Value `json:",omitzero"`
	RelationEnd           mapping.Value `json:",omitzero"`
	Status                mapping.Value `json:",omitzero"`
}

// readFunctions reads the functions of the club and those in committees. One that cannot
// be read makes all of them unreadable: a set that lacks one says that it is not there.
func readFunctions(r *value.Reading, got answers, o value.Options) {
	var all []person.Function
	nameless := 0
	for _, list := range []struct {
		body      []byte
		key       string
		committee bool
	}{{got[functionsAPI], "Function", false}, {got[committeesAPI], "Committee", true}} {
		rows, err := rowsOf[function](list.body, list.key)
		if err != nil {
			r.Refuse(person.Functions, err.Error())
			return
		}
		for _, row := range rows {
			f, err := row.read(list.committee, o)
			switch {
			case err != nil:
				r.Refuse(person.Functions, err.Error())
				return
			case f.Committee == "" || f.Role == "":
				nameless++
			default:
				all = append(all, f)
			}
		}
	}
	set, err := value.Set(record.SetMembers(person.FunctionSet(once(all))), person.Types[person.Functions])
	if err != nil {
		r.Refuse(person.Functions, value.Why(err))
		return
	}
	r.Fields[person.Functions] = set
	if nameless > 0 {
		r.Notes = map[record.Field]string{person.Functions: fmt.Sprintf("%d without a role or a committee left out", nameless)}
	}
}

// once leaves out what stands there twice; of a function that is current and ended the
// current one stays.
func once(all []person.Function) []person.Function {
	at := map[string]int{}
	var out []person.Function
	for _, f := range all {
		name := record.NewRow(f.Committee, f.Role, f.Start)
		i, twice := at[name]
		switch {
		case !twice:
			at[name] = len(out)
			out = append(out, f)
		case f.Current && !out[i].Current:
			out[i] = f
		}
	}
	return out
}

// read reads a row. A function of the club as a whole has no committee of its own.
func (row function) read(committee bool, o value.Options) (person.Function, error) {
	f := person.Function{Committee: person.ClubWide}
	key, roles := "FunctionDescription", []mapping.Value{row.FunctionDescription}
	var err error
	if committee {
		key, roles = "CommitteeFunctionName", append(roles, row.CommitteeFunctionName)
		if f.Committee, err = oneOf("CommitteeName", row.CommitteeName); err != nil {
			return f, err
		}
	}
	if f.Role, err = oneOf(key, roles...); err != nil {
		return f, err
	}
	if f.Start, f.End, err = period(row.RelationStart, row.RelationEnd, o); err != nil {
		return f, err
	}
	f.Current, err = isCurrent(row.Status, f.End, o)
	return f, err
}
