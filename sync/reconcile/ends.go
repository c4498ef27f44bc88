package reconcile

// The ways in which a record waits for its end, which a second reading must
// confirm.
const (
	EndsUnmade = "unmade" // its rule makes the entity no longer
	EndsPlace  = "place"  // the entity is to be held nowhere at the system
	EndsFields = "fields" // fields mark the person as former or deceased
)
