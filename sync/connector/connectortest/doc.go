// Package connectortest is the suite that every connector passes, and a
// connector.Host for tests. It links testing and is imported by tests only.
package connectortest
