#!/bin/sh
# All tests, strictly, in two rows beside each other, each one package at a time:
# those that drive a browser or whole processes, which mostly wait, and the rest.
set -eu
cd "$(dirname "$0")/.."
rows=$(mktemp -d)
trap 'rm -rf "$rows"' EXIT
mkfifo "$rows/whole" "$rows/rest"
whole='/(browserworker|clients/sportlink|internal/e2e)(/|$)'
row() { # packages on standard input; where to
	xargs go test -p 1 -json -timeout 30m >"$1" 2>&1 || true # report counts what failed
}
export TOUCHLINE_TEST_STRICT=1
go list ./... | grep -E "$whole" | row "$rows/whole" &
go list ./... | grep -vE "$whole" | row "$rows/rest" &
go run ./tools/report "$rows/whole" "$rows/rest"
