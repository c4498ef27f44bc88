// Package e2e holds no code of its own: its tests run the program as a user
// does, with real processes, a real browser and a real Postgres, against the
// simulators, and show what issue and manual promise.
//
// A set (harness_test.go) is one deployment: three simulators in the test's
// process, "serve" and "worker" as children, an embedded Postgres in a data
// folder of its own. sims_test.go drives the simulators, process_test.go the
// children, client_test.go the API.
package e2e
