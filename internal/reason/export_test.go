package reason

import (
	"maps"
	"slices"
)

// Names are the reasons that are said in a language or both.
func Names() []string { return slices.AppendSeq(slices.Collect(maps.Keys(english)), maps.Keys(dutch)) }
