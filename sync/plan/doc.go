// Package plan decides what follows from what a run has read: Build turns a
// snapshot of what is known into changes. It is a function: no database, no
// network, no clock but the time that it is given. What it must know and the
// snapshot does not hold it asks for by name (Need), and it is called again
// until it needs nothing more.
//
// Its stages, each in a file of its own: match (whose record is this?), merge
// (what is true of an entity?), derive (what do groups make?), target (who must
// hold it, and who no longer?), row (what a person reads of all this).
package plan
