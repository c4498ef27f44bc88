package reconcile

// NotThere is why a record is not made again: it was not ours, or it has been
// made anew before.
const NotThere = "gone at the system"

// MergedThere is why a record is never made again: the system has merged it into
// the record of another of our entities, and a person must say which of the two
// it is.
const MergedThere = "merged there into the record of another of ours"
