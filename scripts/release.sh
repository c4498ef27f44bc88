#!/bin/sh
# Makes what is released for linux/amd64 in the folder dist, or in the one that is
# given: the program as one static file, the packages touchline and touchline-worker
# for Debian 12, and their sums. The same commit makes the same bytes.
#
# Needs git, go, dpkg-deb, and the browser's driver (make runtime).
set -eu
cd "$(dirname "$0")/.."
dist=${1:-dist}
driver=runtime/node_modules/playwright-core
[ -e $driver/cli.js ] || { echo 'release: the browser'\''s driver is not here; run make runtime' >&2; exit 1; }

# A version of Debian begins with a digit: v0.1.0 is 0.1.0, and the third commit
# after it 0.1.0+3.gHASH. Before the first tag the commits are counted.
describe=$(git describe --tags --match 'v[0-9]*' 2>/dev/null || echo "v0.0.0-$(git rev-list --count HEAD)-g$(git rev-parse --short=12 HEAD)")
version=$(echo "$describe" | sed -E 's/^v//; s/-([0-9]+)-g([0-9a-f]+)$/+\1.g\2/')
[ -z "$(git status --porcelain --untracked-files=no)" ] || version=$version+dirty
commit=$(git rev-parse --short=12 HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
mkdir -p "$dist"
rm -f "$dist"/touchline* "$dist"/SHA256SUMS

CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -buildvcs=false \
	-ldflags "-s -w -X main.version=$version -X main.commit=$commit -X main.date=$(git log -1 --format=%cI)" \
	-o "$dist/touchline-$version-linux-amd64" ./cmd/touchline

# put MODE FILE WHERE copies a file into the package that is being made.
put() { install -D -m "$1" "$2" "$tree/$3"; }

# begin NAME starts a package with what each of them has.
begin() {
	name=$1 tree=$work/$1
	mkdir -p "$tree/DEBIAN"
	sed "s/@VERSION@/$version/" "deploy/debian/$name/control" >"$tree/DEBIAN/control"
	for script in deploy/debian/"$name"/p*; do put 0755 "$script" "DEBIAN/${script##*/}"; done
	put 0644 LICENSE "usr/share/doc/$name/copyright"
	put 0644 CHANGELOG.md "usr/share/doc/$name/changelog"
	gzip -9n "$tree/usr/share/doc/$name/changelog"
}

# finish makes the package.
finish() {
	echo "Installed-Size: $(du -sk --apparent-size "$tree" | cut -f1)" >>"$tree/DEBIAN/control"
	(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group -Zxz --build "$tree" "$dist/${name}_${version}_amd64.deb" >/dev/null
}

begin touchline
put 0755 "$dist/touchline-$version-linux-amd64" usr/bin/touchline
put 0644 deploy/systemd/touchline.service usr/lib/systemd/system/touchline.service
put 0644 deploy/systemd/sysusers.conf usr/lib/sysusers.d/touchline.conf
put 0644 deploy/config.example.yaml usr/share/touchline/config.example.yaml
put 0644 deploy/prometheus/touchline.rules.yaml usr/share/touchline/prometheus/touchline.rules.yaml
put 0644 deploy/grafana/touchline.json usr/share/touchline/grafana/touchline.json
finish

begin touchline-worker
put 0644 deploy/systemd/touchline-worker@.service 'usr/lib/systemd/system/touchline-worker@.service'
mkdir -p "$tree/usr/lib/touchline/driver"
cp -RL $driver "$tree/usr/lib/touchline/driver/package"
chmod -R u=rwX,go=rX "$tree/usr/lib/touchline"
finish

(cd "$dist" && sha256sum touchline* >SHA256SUMS)
echo "release: $version in $dist"
