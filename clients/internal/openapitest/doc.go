// Package openapitest holds what a client sends and what a simulator answers
// against the official description of the API. It links testing and is
// imported by tests only.
//
// A test file reads the description once, for all tests:
//
//	var api = openapitest.Load("testdata/api.json", "/3.0", exceptions...)
//
// Each test watches its own traffic, from within the client:
//
//	w := api.Watch(t, http.DefaultTransport)
//	client := &http.Client{Transport: w}
//
// or, for a client that takes no transport, from a proxy before the simulator:
//
//	base := api.Proxy(t, simulator)
//
// Every operation, parameter, body and status must be described; a property
// that is not described is a fault, too. Where the description is known to be
// wrong, an Exception says why, and a test that makes all kinds of calls ends
// in Watch.WantAllUsed.
//
// It says nothing about answers that were injected by simkit, about those that
// broke off, and about what a value means.
package openapitest
