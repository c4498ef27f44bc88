package connector

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Class says what a failure means for what comes next. It is chosen once,
// where the failure is seen.
type Class int

// The classes. Unknown is what an error has that no connector has classified:
// the engine treats it as Transient whose outcome is uncertain.
const (
	Unknown   Class = iota
	Transient       // try again: time-out, broken line, 5xx
	Throttled       // try again after After
	Stale           // the record is not what the patch believed; read and decide again
	Rejected        // the system refuses this record, because of Field
	Waiting         // not now, for Why; not a failure. After says when to try again; 0: in a day
	NotFound        // the record is not there; Successor if another took its place
	Denied          // the credentials are not accepted: a person must act
	Drifted         // the answer is not what the connector was built for
)

var classNames = [...]string{
	"unknown", "transient", "throttled", "stale", "rejected", "waiting", "not_found", "denied", "drifted",
}

// String returns the class's name in lower case.
func (c Class) String() string {
	if c < 0 || int(c) >= len(classNames) {
		return "unknown"
	}
	return classNames[c]
}

// Error is a failure at an outside system. Its text names the system, the
// operation, our ids and fields; never a value, never a natural key.
type Error struct {
	Class Class
	// Reason is what a person must do something about, where the class alone
	// does not tell it: stable, in capitals, such as "PASSWORD_EXPIRED". A run
	// that ends with the error has it as its own.
	Reason string
	System record.System
	Op     string       // what was tried: "list members"
	Field  record.Field // Rejected: which field
	Why    string       // what was seen, without any value: "status 503"
	After  time.Duration
	// Unsent says that the request certainly had no effect, so that a create
	// may be tried again without looking first.
	Unsent    bool
	Successor record.ExternalID
	Done      record.Fields // what a partly carried out update has written
	// Doubles are the records there, that of the call among them, that share what only
	// one may have, so that nothing can be written until a person has made one of them.
	Doubles []record.ExternalID
	// Maybe are the records that may be what Find was asked for, and need not be: the
	// call is Rejected, since a person must look. Where each of them is another's of
	// ours nobody need.
	Maybe []record.ExternalID
	Err   error // never printed
}

// Error returns the text.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", e.System, e.Op, e.Class)
	if e.Reason != "" {
		b.WriteString(" " + e.Reason)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, " field %s", e.Field)
	}
	if e.Why != "" {
		b.WriteString(": " + e.Why)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, " (after %s)", e.After)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ReasonOf returns the reason of the first *Error in err's chain, or "".
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}

// ClassOf returns the class of the first *Error in err's chain, else Unknown.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unknown
}
