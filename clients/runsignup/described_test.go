package runsignup

import "github.com/touchline-sync/touchline/clients/internal/openapitest"

// described is the description that was written by hand from the vendor's pages and
// corrected since; see testdata/README.md.
var described = openapitest.Load("testdata/runsignup.openapi.json", "/rest")
