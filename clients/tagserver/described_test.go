package tagserver

import "github.com/touchline-sync/touchline/clients/internal/openapitest"

// described is the contract; see testdata/README.md.
var described = openapitest.Load("testdata/tagserver.openapi.json", "")
