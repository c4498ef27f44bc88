// Package browserworker lends signed-in browser pages to the connectors of
// systems that have web pages but no API. It knows no site: what to fill in
// where is the connector's.
//
// A Pool runs one browser and keeps one session an account. A session stays
// signed in between uses and is probed before each, unless one has just ended
// well; its state is kept sealed, so that another process takes it over without a new one-time code. Of all
// processes together at most one signs in to an account at a time.
//
// Every call to the browser has a watchdog: when its context ends, or the call
// does not return, the browser is killed and the next use starts a new one. A
// session reaches the hosts of its site and nothing else.
//
// It is the only package that imports Playwright. The Playwright driver is
// frozen at 1.52.0 (2025-09), so that a change of it stays in this folder.
package browserworker
