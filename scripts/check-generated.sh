#!/bin/sh
# Fails when the committed generated code is not what its sources make: the
# code is made anew in a copy and compared, so that the tree stays as it is.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bin/tools/sqlc diff

# buf writes below api; -o puts that below the copy.
bin/tools/buf generate -o "$work"
stale=0
for made in $(cd "$work" && find . -name '*.go'); do
	if ! cmp -s "$work/$made" "$made"; then
		printf 'check-generated: %s is not current; run make generate\n' "$made" >&2
		stale=1
	fi
done
for kept in $(find api/touchline -name '*.pb.go' -o -path 'api/touchline/*' -name '*.connect.go'); do
	if [ ! -e "$work/$kept" ]; then
		printf 'check-generated: %s has no source any more; remove it\n' "$kept" >&2
		stale=1
	fi
done
exit "$stale"
