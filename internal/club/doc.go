// Package club tests the pipelines of the club that need no browser: Sportlink in
// memory, the connectors of the targets and their simulators, and an engine on Postgres
// between them. What needs the browser is tested by internal/e2e.
package club
