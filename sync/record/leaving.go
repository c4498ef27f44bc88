package record

// What a person says of a record that is leaving.
const (
	Keep  = "keep"   // until they let it go, or it is seen again
	LetGo = "let go" // by the next run, without a second reading
)
