package record

// Class names what a value is, and with it the one form in which it is kept.
// Package value makes the form.
type Class string

// The classes of values. A field that names none is ClassText.
const (
	ClassText       Class = "text"
	ClassIdentifier Class = "identifier" // a code that a system gives; one line
	ClassCode       Class = "code"       // one of a closed list, ValueType.Codes
	ClassEmail      Class = "email"      // one mailbox, in lower case
	ClassPhone      Class = "phone"      // E.164
	ClassDate       Class = "date"       // 2006-01-02
	ClassBirth      Class = "birth"      // a date between 1900 and today
	ClassPassing    Class = "passing"    // a date after the birth, not later than today
	ClassInstant    Class = "instant"    // RFC 3339, UTC, whole seconds
	ClassFlag       Class = "flag"       // true, false
	ClassAmount     Class = "amount"     // cents, in decimal digits
	ClassPostcode   Class = "postcode"   // "1234 AB" in the Netherlands
	ClassCountry    Class = "country"    // ISO 3166-1 alpha-2
	ClassLanguage   Class = "language"   // BCP 47
	ClassSet        Class = "set"        // as SetValue makes it
	ClassBlob       Class = "blob"       // names bytes that are kept by themselves, see BlobOf
)

// ValueType says how the values of one field are kept. The zero value is a text
// of one line whose inner blanks stay.
type ValueType struct {
	Class Class
	// Max is the most letters that a text, an identifier, or a member of a set
	// may have. 0 is the default of the class.
	Max int
	// Fold makes one blank of several within a text.
	Fold bool
	// Lines lets a text have more than one line.
	Lines bool
	// Upper and Lower put an identifier, or the members of a set, into capitals
	// or small letters.
	Upper, Lower bool
	// Rows says that the members of a set are rows: see NewRow.
	Rows bool
	// Codes are the values of a ClassCode, besides empty.
	Codes []string
}

// Types says of every field of a kind what its values are.
type Types map[Field]ValueType
