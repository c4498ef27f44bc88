#!/bin/sh
# Fails when what is checked out breaks what the last tag has promised: a client of its
# API, or a database that its migrations have made. Nothing is promised before the first
# tag. The first argument is buf.
set -eu
cd "$(dirname "$0")/.."
tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || { echo 'breaking: no tag yet'; exit 0; }
changed=$(git diff --name-only --diff-filter=MDR "$tag" -- 'migrations/*.sql')
[ -z "$changed" ] || { printf 'breaking: databases of %s have these migrations already; add a new one instead of changing\n%s\n' "$tag" "$changed" >&2; exit 1; }
"$1" breaking --against "$(git rev-parse --path-format=absolute --git-common-dir)#tag=$tag"
