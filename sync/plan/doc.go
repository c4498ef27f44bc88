// Package plan decides what follows from what a run has read: Build turns a
// snapshot of what is known into changes. It is a function: no database, no
// network, no clock but the time that it is given. What it must know and the
// snapshot does not hold it asks for by name (Need), and it is called again
// until it needs nothing more.
//
// The packages below it: fact holds what goes in, change what comes out, and draft
// the plan in the making. The stages are functions over the draft, each in a
// package of its own: match (whose record is this?), merge (what is true of an
// entity?), group (what do groups make?), target (who must hold it, and who no
// longer?), end (may a record end now?), row (what a person reads of all this).
// This package says in which order they come.
package plan
