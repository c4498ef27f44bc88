#!/bin/sh
# Makes a version of what is checked out on main: the heading of CHANGELOG.md gets its
# date, and that commit a tag with what the section says. Nothing is pushed.
#
# make tag VERSION=0.1.0 runs all tests first.
set -eu
cd "$(dirname "$0")/.."
version=${1:-}
fail() { echo "tag: $*" >&2; exit 1; }
echo "$version" | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+$' || fail "give a version such as 0.1.0"
[ "$(git symbolic-ref --short HEAD 2>/dev/null)" = main ] || fail "a version is made of main"
[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed"
[ -z "$(git tag --list "v$version")" ] || fail "v$version is there already"
heading="## Unreleased: $version"
grep -qxF "$heading" CHANGELOG.md || fail "CHANGELOG.md has no line \"$heading\""
notes=$(awk -v heading="$heading" '$0 == heading { on = 1; next } /^## / { on = 0 } on' CHANGELOG.md)
[ -n "$notes" ] || fail "CHANGELOG.md says nothing of $version"
make --no-print-directory breaking

sed -i "s/^$heading\$/## $version, $(date +%Y-%m-%d)/" CHANGELOG.md
git commit -qm "changelog: version $version" -m "What is new gets its date, and is what the tag says." CHANGELOG.md
git tag -a "v$version" --cleanup=verbatim -m "touchline $version

$notes"
echo "tag: v$version is made; make release makes its packages, git push --follow-tags publishes it"
