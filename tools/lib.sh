# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tools/try, tools/test and the host tests share: packages that have to be there, the .deb, the disk of a host on
# which it is installed. Nothing is done twice: results lie in a cache, named by the sources they come from.

set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${SMTP_RESTRICTIONS_CACHE:-${XDG_CACHE_HOME:-/var/cache}/smtp-restrictions-test}
testhost=$top/tests/host/testhost.sh
export TESTHOST_WORK=${TESTHOST_WORK:-$cache} TESTHOST_PREFIX=${TESTHOST_PREFIX:-smtpr}

build_packages=(build-essential meson ninja-build pkgconf libsystemd-dev libnftables-dev libjansson-dev liblmdb-dev libmnl-dev
	libgnutls28-dev nettle-dev scdoc debhelper dpkg-dev)
page_packages=(chromium fonts-dejavu-core)
host_packages=(mmdebstrap systemd-container iproute2 util-linux procps zstd python3)

# What the package is made of; nothing else makes it worth building again.
package_sources=(meson.build meson_options.txt src include systemd dbus polkit completions docs debian cockpit/meson.build
	LICENSE README.md NEWS.md)

# What the page for Cockpit is made of.
page_sources=(cockpit/package.json cockpit/package-lock.json cockpit/.npmrc cockpit/build.js cockpit/prune-css.js
	cockpit/index.html cockpit/manifest.json cockpit/src)

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || die "This has to be run as root: it boots a throwaway host."
mkdir -p "$cache"

# step TEXT COMMAND...: run it quietly, show that it works and how long it took; its output only if it fails, and then
# step_failed decides. Never to be called in a condition, where errors inside the command would be ignored.
step_failed() { exit 1; }

step() {
	local text=$1 begin=$SECONDS log status ticker
	shift
	log=$(mktemp "$cache/log.XXXXXX")
	printf '%s ' "$text"
	(while sleep 2 >/dev/null 2>&1; do printf .; done) &
	ticker=$!
	# not `|| status=$?`, which would let the command go on after errors in it
	set +e
	(set -e && "$@") </dev/null >"$log" 2>&1
	status=$?
	set -e
	kill "$ticker" 2>/dev/null || :
	wait "$ticker" 2>/dev/null || :
	if [ "$status" = 0 ]; then
		printf ' done (%d s)\n' $((SECONDS - begin))
	else
		printf ' FAILED (%d s)\n' $((SECONDS - begin))
		grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n 40 | cut -c1-300 >&2
	fi
	rm -f "$log"
	[ "$status" = 0 ] || step_failed
}

# missing_packages PACKAGE...: print those that are not installed.
missing_packages() {
	local package
	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
	done
	# systemd.pc is a package of its own from Debian 13 on.
	pkg-config --exists systemd 2>/dev/null || echo systemd-pc
}

install_packages() {
	local -a wanted=()
	local package
	apt-get -q update
	for package; do
		if [ "$package" != systemd-pc ]; then
			wanted+=("$package")
		elif apt-cache show systemd-dev >/dev/null 2>&1; then
			wanted+=(systemd-dev)
		else
			wanted+=(systemd)
		fi
	done
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${wanted[@]}"
}

# need_packages PACKAGE...: install what is missing, and only then use the network.
need_packages() {
	local -a missing
	mapfile -t missing < <(missing_packages "$@")
	if [ ${#missing[@]} = 0 ]; then
		echo "Packages that are needed: all installed"
	else
		step "Installing ${#missing[@]} packages that are needed" install_packages "${missing[@]}"
	fi
}

# need_node: whatever node there is will do (18 or later), else Debian's.
need_node() {
	command -v node >/dev/null && command -v npm >/dev/null || need_packages nodejs npm
}

# ------------------------------------------------------------------ package

package_files() {
	local -a there=()
	local name
	for name in "${package_sources[@]}"; do
		[ ! -e "$top/$name" ] || there+=("$name")
	done
	(cd "$top" && find "${there[@]}" -type f -print0 | sort -z)
}

package_id() {
	(cd "$top" && package_files | xargs -0 sha256sum) | sha256sum | cut -c1-16
}

# package_path: where the .deb of these sources lies, if it has been made.
package_path() {
	local path
	path=$(echo "$cache/package-$(package_id)"/smtp-restrictions_*.deb)
	[ ! -f "$path" ] || printf '%s\n' "$path"
}

# forget_old PATTERN...: what lies in the cache since hours. What is younger may be in use by another work tree.
forget_old() {
	local pattern
	for pattern; do
		find "$cache" -maxdepth 1 -name "$pattern" -mmin +180 -exec rm -rf {} +
	done
}

# Built from a copy, so that the work tree stays clean.
package_build() {
	local id work
	exec 8>"$cache/package.lock"
	flock 8
	id=$(package_id)
	if [ ! -d "$cache/package-$id" ]; then
		forget_old 'package-*' 'build.*'
		work=$(mktemp -d "$cache/build.XXXXXX")
		mkdir "$work/tree"
		(cd "$top" && package_files | xargs -0 cp --parents -pt "$work/tree")
		(cd "$work/tree" && DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc)" dpkg-buildpackage -us -uc -B)
		mkdir "$work/package"
		cp "$work"/*.deb "$work/package"
		mv "$work/package" "$cache/package-$id"
		rm -rf "$work"
	fi
	exec 8>&-
}

# --------------------------------------------------------- page for Cockpit

# modules_path: where what npm fetches for this lock file lies.
modules_path() {
	echo "$cache/npm-$(sha256sum <"$top/cockpit/package-lock.json" | cut -c1-16)"
}

# npm's own memory of what it has fetched would be a second copy.
modules_build() {
	local work
	exec 6>"$cache/modules.lock"
	flock 6
	if [ ! -d "$(modules_path)" ]; then
		forget_old 'npm-*' 'modules.*.d'
		work=$(mktemp -d "$cache/modules.XXXXXX.d")
		cp "$top"/cockpit/package.json "$top"/cockpit/package-lock.json "$top"/cockpit/.npmrc "$work"
		(cd "$work" && npm ci --cache "$work/fetched" && rm -rf fetched)
		mv "$work" "$(modules_path)"
	fi
	exec 6>&-
}

page_id() {
	{
		page_files | (cd "$top" && xargs -0 sha256sum)
		sha256sum "$top"/debian/control "$top"/debian/rules "$top"/debian/*cockpit*
	} | sha256sum | cut -c1-16
}

page_files() {
	(cd "$top" && find "${page_sources[@]}" -type f -print0 | sort -z)
}

# page_path: where the .deb of the page lies, if it has been made.
page_path() {
	local path
	path=$(echo "$cache/page-$(page_id)"/smtp-restrictions-cockpit_*.deb)
	[ ! -f "$path" ] || printf '%s\n' "$path"
}

# Built from a copy. The page first, with what npm has fetched; then the package, from a tree that has the page, as a
# release has: without network, node and compiler.
page_build() {
	local id work
	modules_build
	exec 6>"$cache/page.lock"
	flock 6
	id=$(page_id)
	if [ ! -d "$cache/page-$id" ]; then
		forget_old 'page-*' 'pagework.*'
		work=$(mktemp -d "$cache/pagework.XXXXXX")
		mkdir "$work/tree"
		(cd "$top" && page_files | xargs -0 cp --parents -pt "$work/tree" && cp -a debian README.md NEWS.md "$work/tree")
		ln -s "$(modules_path)/node_modules" "$work/tree/cockpit/node_modules"
		node "$work/tree/cockpit/build.js" >"$work/size"
		rm "$work/tree/cockpit/node_modules"
		(cd "$work/tree" && unshare -n dpkg-buildpackage -us -uc -A -d)
		mkdir "$work/package"
		mv "$work"/*.deb "$work/size" "$work/package"
		mv "$work/package" "$cache/page-$id"
		rm -rf "$work"
	fi
	exec 6>&-
}

# ---------------------------------------------------------- disk with package

disk_id() {
	{
		package_id
		basename "$("$testhost" root)"
		declare -f host_certificate host_silence
	} | sha256sum | cut -c1-16
}

# newer_build: what the tests marked both_debians need: a disk of Debian 13, and the packages that lift Exim to its.
newer_build() {
	export TESTHOST_SUITE=trixie
	disk_build
	"$testhost" newer exim4-daemon-light
}

disk_path() {
	echo "$cache/disk-$(disk_id).tar"
}

# Hosts are named WORD and the pid of their owner (and a number), so that runs at the same time do not meet.
# remove_leftovers [PID]: take down those whose owner is gone, and those of PID.
remove_leftovers() {
	local host owner
	for host in $("$testhost" list); do
		[[ $host =~ ^[a-z]+([0-9]+)(n[0-9]+)?$ ]] || continue
		owner=${BASH_REMATCH[1]}
		if [ "$owner" = "${1-}" ] || [ ! -d "/proc/$owner" ]; then "$testhost" down "$host"; fi
	done
}

# host_install NAME: the package into a running host, the way an administrator does it.
host_install() {
	local package root
	package=$(package_path)
	root=$("$testhost" path "$1")
	cp "$package" "$root/root/"
	"$testhost" run "$1" env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install "/root/$(basename "$package")"
}

# host_certificate NAME: one for Exim's TLS, in Debian's way, as a mail server has it. An Exim without any makes a key at
# each start and reload, and that costs more of a processor than all else that happens then.
host_certificate() {
	"$testhost" run "$1" sh -euc 'cd /etc/exim4
		openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=host.test -keyout exim.key -out exim.crt
		chown root:Debian-exim exim.key
		chmod 640 exim.key
		echo "MAIN_TLS_ENABLE = yes" | tee exim4.conf.localmacros >conf.d/main/000_localmacros
		systemctl reload exim4'
}

# host_silence NAME: no mails to the administrator, which would come into tests that count mail.
host_silence() {
	"$testhost" run "$1" systemctl --quiet disable --now smtp-restrictions-notify.service
}

# disk_build: a host that has the package, as `testhost.sh up --disk` takes it.
disk_build() {
	local disk host=disk$$
	package_build
	exec 7>"$cache/disk.lock"
	flock 7
	disk=$(disk_path)
	if [ ! -f "$disk" ]; then
		forget_old 'disk-*.tar'
		remove_leftovers 7>&-
		"$testhost" up "$host" 7>&-
		host_install "$host" 7>&-
		host_certificate "$host" 7>&-
		host_silence "$host" 7>&-
		"$testhost" off "$host"
		"$testhost" save "$host" "$disk"
		"$testhost" down "$host"
	fi
	exec 7>&-
}
