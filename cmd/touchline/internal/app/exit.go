package app

import "errors"

// The exit codes of all verbs.
const (
	ExitOK      = 0
	ExitFailed  = 1
	ExitUsage   = 2 // arguments or settings that cannot be used
	ExitStopped = 3 // a limit has stopped the run, or a page has changed
	ExitPartial = 4 // done, but records were quarantined or failed
)

// Exit is an error that ends the program with a code of its own.
type Exit struct {
	Code int
	Err  error
}

// Error returns the text of the cause.
func (e *Exit) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Exit) Unwrap() error { return e.Err }

// Usage marks an error as the caller's: wrong arguments or settings.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &Exit{Code: ExitUsage, Err: err}
}

// ExitCode is the code that an error ends the program with.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if e, ok := errors.AsType[*Exit](err); ok {
		return e.Code
	}
	if _, ok := errors.AsType[Faults](err); ok {
		return ExitUsage
	}
	return ExitFailed
}
