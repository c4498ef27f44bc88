package engine_test

import (
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
)

// The words of the stories.
type (
	cast  = enginetest.Cast
	rig   = enginetest.Rig
	stage = enginetest.Stage
	deed  = enginetest.Step
)

var (
	story     = enginetest.Story
	tell      = enginetest.Tell
	put       = enginetest.Put
	edit      = enginetest.Edit
	drop      = enginetest.Drop
	later     = enginetest.Later
	takesMany = enginetest.TakesMany
	sql       = enginetest.SQL
	trouble   = enginetest.Trouble
	synced    = enginetest.Synced
	failing   = enginetest.Failing
	stopped   = enginetest.Stopped
	planned   = enginetest.Planned
	approve   = enginetest.Approve
	want      = enginetest.Want
	quiet     = enginetest.Quiet
	conflicts = enginetest.Conflicts
	rowsWhere = enginetest.RowsWhere
)

func class(c connector.Class) *connector.Error {
	return &connector.Error{Class: c, System: "target", Op: "write"}
}
