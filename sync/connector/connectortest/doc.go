// Package connectortest is the suite that every connector passes, and a
// connector.Host for tests. It links testing and is imported by tests only.
//
// A connector's whole test of the contract is one call:
//
//	func TestPeople(t *testing.T) {
//		connectortest.Run(t, connectortest.Subject{
//			Open: func(t *testing.T) *connectortest.Bench {
//				... start a simulator, open the connector on it ...
//				return &connectortest.Bench{Connector: c, Place: "people", Kind: person.Kind, Host: h, ...}
//			},
//		})
//	}
//
// What a collection cannot (a nil function) and what a bench cannot (a nil
// function, too) is passed over; a read-only full listing needs Add in place of
// Create. There is one file a subject: listing, writing, failing, mapping.
package connectortest
