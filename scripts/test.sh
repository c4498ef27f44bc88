#!/bin/sh
# All tests, with one Postgres for all of them. Arguments are for go test.
#
# Strictly, so that what the machine lacks is a failure, and in two rows beside
# each other, each one package at a time: those that drive a browser or whole
# processes, which mostly wait, and the rest. With -short it is one row, as wide
# as the machine, and what is lacking is skipped.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${TOUCHLINE_TEST_POSTGRES+set}" ]; then
	exec go run ./internal/pgtest/cluster scripts/test.sh "$@"
fi
rows=$(mktemp -d)
trap 'rm -rf "$rows"' EXIT
mkfifo "$rows/whole" "$rows/rest"
row() { # where to, and arguments of go test; packages on standard input
	to=$1
	shift
	xargs go test -json "$@" >"$to" 2>&1 || true # report counts what failed
}
last() { # its lines, those with the word after the others: what takes hours hides no failure
	awk -v word="$1" 'index($0, word) { kept = kept $0 "\n"; next } { print } END { printf "%s", kept }'
}
case " $* " in
*" -short "*)
	go list ./... | row "$rows/rest" "$@" &
	go run ./tools/report "$rows/rest"
	;;
*)
	export TOUCHLINE_TEST_STRICT=1
	whole='/(browserworker|clients/nikki|clients/sportlink|internal/e2e)(/|$)'
	go list ./... | grep -E "$whole" | row "$rows/whole" -p 1 -timeout 30m "$@" &
	go list ./... | grep -vE "$whole" | last /chaos | row "$rows/rest" -p 1 -timeout 30m "$@" &
	go run ./tools/report "$rows/whole" "$rows/rest"
	;;
esac
