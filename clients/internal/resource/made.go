package resource

import (
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Made is the error of a call that came after the one that has made a record: the record
// is there, whatever class that call's error is of and whether it was sent or not. To take
// it for a create without effect would make a second record, so that it is Transient, and
// whoever tries again looks first. Drifted stays, which is as uncertain of a create.
func Made(err error) error {
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		return err
	}
	made := *e
	made.Err, made.Unsent, made.Successor = err, false, ""
	if e.Class != connector.Drifted {
		made.Class, made.Field, made.Why = connector.Transient, "", "made, and then "+e.Class.String()+": "+e.Why
	}
	return &made
}
