// Package chaos tells random stories of two to four systems in memory and of
// the people who work in them, to the real engine on a real Postgres. A model of
// its own keeps what people did, and judges each write as it happens and all
// systems at the end.
//
// The model knows nothing of how the engine decides: no code of sync/reconcile
// or sync/engine is used by it. Of the database it reads the tables entity,
// sync_record, plan_row and conflict.
//
// A story is a Cast and a list of Ops. Generate makes one of a seed, Player
// tells it, Shrink looks for the shortest story that still fails. An Op that
// makes no sense where the story stands does nothing, so that any part of a
// story is a story.
package chaos
