#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# testhost.sh - throwaway, really booted Debian hosts for integration tests.
#
# Each host is a systemd-nspawn container with its own PID 1 (systemd), system
# bus, logind, polkitd, Exim and network namespace.  A veth pair joins that
# namespace to a second one that plays "the rest of the Internet":
#
#     host    203.0.113.1   2001:db8::1     netns  PREFIX-NAME
#     remote  203.0.113.25  2001:db8::25    netns  PREFIX-NAME-r
#
# usage: TESTHOST_WORK=DIR testhost.sh COMMAND ...
#   root [--cached]             make the cached root tree (once; prints its path); --cached: only if it is there
#   newer PACKAGE...            fetch (once) the .deb files that lift PACKAGE... of a host of the build machine's suite to
#                               TESTHOST_SUITE; prints the folder that they are in
#   up NAME [--disk=FILE] [NSPAWN-OPTION...]
#                               boot a fresh host, return when it is running; with the disk state that save kept
#   save NAME FILE              keep the disk state of a host that is off, as a tar file for up --disk
#   run NAME CMD...             run CMD inside as root (stdin, stdout, stderr, exit status pass through)
#   runas NAME [--seat] [--tty] USER CMD...
#                               run CMD inside as USER in a logind session of its own;
#                               --seat puts it on seat0 (polkit: allow_active), else polkit sees allow_any;
#                               --tty gives it a terminal (for pkttyagent)
#   shell NAME                  a login shell of root inside, on this terminal
#   remote NAME CMD...          run a program of the build machine in the remote namespace
#   netexec NAME CMD...         run a program of the build machine in the host's namespace (a browser)
#   path NAME                   print the path of the host's root tree (to copy files in and out)
#   pid NAME                    print the build machine's pid of the host's PID 1
#   off NAME                    clean power-off; disk state is kept
#   crash NAME                  SIGKILL everything at once; disk state is kept
#   on NAME [NSPAWN-OPTION...]  boot again after off or crash, with a new (empty) network namespace
#   down NAME                   power off and remove everything the host left behind
#   list                        names of hosts that exist (with this prefix)
#   clean                       down for every host, and delete the work folder's root trees
#
# environment: TESTHOST_WORK    work folder (required unless given as -C DIR)
#              TESTHOST_PREFIX  prefix of machine, namespace and cgroup names (default "th")
#              TESTHOST_SUITE   Debian suite (default: that of the build machine)
#              TESTHOST_EXTRA   more packages for the root tree, comma separated
#              TESTHOST_TIMEOUT seconds that one run or runas may take (default 300)
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8

die() { printf 'testhost: %s\n' "$*" >&2; exit 125; }

if [ "${1-}" = -C ]; then TESTHOST_WORK=${2:?}; shift 2; fi
# Tests call this thousands of times: on the way to run, runas, path and pid no other program is started.
[ "$EUID" = 0 ] || die "must be root"
: "${TESTHOST_WORK:?set TESTHOST_WORK or give -C DIR}"
[ -d "$TESTHOST_WORK" ] || mkdir -p "$TESTHOST_WORK"
cd -P "$TESTHOST_WORK"; WORK=$PWD; cd "$OLDPWD"
PREFIX=${TESTHOST_PREFIX:-th}
while IFS='="' read -r key value _; do
	if [ "$key" = VERSION_CODENAME ]; then OWN=$value; fi
done </etc/os-release
SUITE=${TESTHOST_SUITE:-$OWN}
TIMEOUT=${TESTHOST_TIMEOUT:-300}
PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,polkitd,pkexec,sudo
PACKAGES+=,exim4-daemon-light,swaks,bsd-mailx,netcat-openbsd,iproute2,nftables,procps,psmisc
PACKAGES+=,libnftables1,libnetfilter-log1,liblmdb0,libmnl0,libcap2-bin,libglib2.0-bin,python3,strace
PACKAGES+=,cockpit-ws,cockpit-bridge,cockpit-system,logrotate
[ -z "${TESTHOST_EXTRA-}" ] || PACKAGES+=,$TESTHOST_EXTRA

# ---------------------------------------------------------------- root tree

# Everything that shapes the tree is in this text, so that its hash names the cache.
customize() {
	cat <<-'HOOK'
	set -eu
	r=$1
	rm -f "$r"/etc/apt/sources.list "$r"/etc/apt/sources.list.d/*
	: >"$r"/etc/machine-id
	rm -f "$r"/etc/resolv.conf "$r"/etc/hostname
	: >"$r"/etc/default/locale
	for u in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
	         dpkg-db-backup.timer exim4-base.timer logrotate.timer \
	         systemd-pstore.service e2scrub_reap.service; do
		ln -sf /dev/null "$r/etc/systemd/system/$u"
	done
	for u in tester admin; do
		chroot "$r" useradd -m -s /bin/bash "$u"
		echo "$u:$u" | chroot "$r" chpasswd
	done
	chroot "$r" usermod -aG sudo admin
	c=$r/etc/exim4/update-exim4.conf.conf
	sed -i -e "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='smarthost'/" \
	       -e "s/^dc_smarthost=.*/dc_smarthost='203.0.113.25'/" \
	       -e "s/^dc_other_hostnames=.*/dc_other_hostnames='host.test'/" "$c"
	echo host.test >"$r"/etc/mailname
	HOOK
}

root_id() { { echo "$SUITE $PACKAGES"; customize; } | sha256sum | cut -c1-16; }

# Where to fetch packages is read from the build machine's own apt configuration:
# its source files (.list or deb822) if it runs the wanted suite, else the
# address of its own Debian archive with the wanted suite's name.
apt_sources() {
	local f uri
	if [ "$OWN" = "$SUITE" ]; then
		for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
			if [ -f "$f" ] && grep -q "^[^#]*\b$SUITE\b" "$f"; then printf '%s\n' "$f"; fi
		done
	else
		uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
			awk -v s="$OWN" '$2 == s { print $1; exit }')
		[ -z "$uri" ] || printf 'deb %s %s main\n' "$uri" "$SUITE"
	fi
}

cmd_root() {
	local id tar dir tmp; local -a src
	id=$(root_id); tar=$WORK/root-$id.tar.zst; dir=$WORK/root-$id
	if [ "${1-}" = --cached ] && [ ! -d "$dir" ]; then exit 1; fi
	exec 9>"$WORK/root.lock"; flock 9
	if [ ! -d "$dir" ]; then
		if [ ! -f "$tar" ]; then
			mapfile -t src < <(apt_sources)
			[ ${#src[@]} -gt 0 ] || die "no apt source of this machine names $SUITE"
			tmp=$(mktemp -d "$WORK/build.XXXXXX")
			customize >"$tmp/hook"
			TMPDIR=$tmp mmdebstrap --quiet --variant=minbase --include="$PACKAGES" \
				--dpkgopt='path-exclude=/usr/share/man/*' \
				--dpkgopt='path-exclude=/usr/share/locale/*' \
				--dpkgopt='path-exclude=/usr/share/doc/*' \
				--dpkgopt='path-include=/usr/share/doc/*/copyright' \
				--customize-hook="sh $tmp/hook \"\$1\"" \
				"$SUITE" "$tmp/root.tar.zst" "${src[@]}" >"$tmp/log" 2>&1 9>&- ||
				{ tail -n 20 "$tmp/log" >&2; die "mmdebstrap failed, log in $tmp/log"; }
			mv "$tmp/root.tar.zst" "$tar"; rm -rf "$tmp"
		fi
		tmp=$(mktemp -d "$WORK/unpack.XXXXXX")
		mkdir "$tmp/root"
		tar -C "$tmp/root" --numeric-owner --xattrs --xattrs-include='*' -xpf "$tar"
		mv "$tmp/root" "$dir"; rmdir "$tmp"
	fi
	exec 9>&-
	printf '%s\n' "$dir"
}

# The build machine's apt works on lists and a cache of its own, and takes the root tree's packages for installed.
cmd_newer() { # PACKAGE...
	local base dir tmp; local -a opt
	[ "$OWN" != "$SUITE" ] || die "$SUITE is not newer than this machine"
	base=$(SUITE=$OWN; cmd_root)
	dir=$WORK/newer-$({ basename "$base"; echo "$SUITE $*"; } | sha256sum | cut -c1-16)
	exec 9>"$WORK/newer.lock"; flock 9
	if [ ! -d "$dir" ]; then
		tmp=$(mktemp -d "$WORK/build.XXXXXX")
		mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial"
		apt_sources >"$tmp/sources.list"
		opt=(-q -o "Dir::State=$tmp" -o "Dir::State::lists=$tmp/lists" -o "Dir::Cache=$tmp/cache"
			-o "Dir::State::status=$base/var/lib/dpkg/status" -o "Dir::Etc::sourcelist=$tmp/sources.list"
			-o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root)
		{ apt-get "${opt[@]}" update &&
			apt-get "${opt[@]}" -y --no-install-recommends --download-only install "$@"; } >"$tmp/log" 2>&1 9>&- ||
			{ tail -n 20 "$tmp/log" >&2; die "apt-get failed, log in $tmp/log"; }
		mkdir "$tmp/packages"
		mv "$tmp"/cache/archives/*.deb "$tmp/packages"
		mv "$tmp/packages" "$dir"; rm -rf "$tmp"
	fi
	exec 9>&-
	printf '%s\n' "$dir"
}

# ------------------------------------------------------------------- naming

use() {
	NAME=${1:?name}
	[[ $NAME =~ ^[a-z][a-z0-9]{0,15}$ ]] || die "bad name: $NAME"
	M=$PREFIX-$NAME; NS=$M; NSR=$M-r
	# The prefix is in the folder too: two users of one work folder never end each other's hosts.
	D=$WORK/host/$M; R=$D/disk/root
}

# Names of the hosts with this prefix.
hosts() { ls "$WORK/host" 2>/dev/null | sed -n "s/^$PREFIX-//p"; }

leader() {
	L=
	[ ! -f "$D/leader" ] || read -r L <"$D/leader"
	[ -n "$L" ] && [ -d "/proc/$L/ns" ] || die "$NAME is not running"
}

# A process is gone when it does not exist or is a zombie that its parent has not yet reaped.
gone() { local s; { read -r s <"/proc/$1/stat"; } 2>/dev/null || return 0; [[ ${s##*) } = Z* ]]; }

wait_gone() { # PID SECONDS
	local i
	for ((i = 0; i < $2 * 50; i++)); do if gone "$1"; then return 0; fi; sleep 0.02; done
	return 1
}

# ------------------------------------------------------------------ network

net_add() {
	local n
	net_del
	for n in "$NS" "$NSR"; do
		ip netns add "$n"
		ip netns exec "$n" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
	done
	ip -n "$NS" -batch - <<-END
	link set lo up
	link add eth0 type veth peer name eth0 netns $NSR
	END
	ip -n "$NSR" -batch - <<-END
	link set lo up
	addr add 203.0.113.25/24 dev eth0
	addr add 2001:db8::25/64 dev eth0 nodad
	link set eth0 up
	END
	# TESTHOST_LINK=down leaves the host's side to the host (systemd-networkd inside works).
	[ "${TESTHOST_LINK:-up}" = up ] || return 0
	ip -n "$NS" -batch - <<-END
	addr add 203.0.113.1/24 dev eth0
	addr add 2001:db8::1/64 dev eth0 nodad
	link set eth0 up
	END
}

net_del() {
	local n p
	for n in "$NS" "$NSR"; do
		if [ -e "/run/netns/$n" ]; then
			# programs started with remote or netexec that are still there
			for p in $(ip netns pids "$n"); do kill -KILL "$p" 2>/dev/null || :; done
			ip netns del "$n"
		fi
	done
}

# ------------------------------------------------------------------ cgroups

# Without a systemd on the build machine two containers would share one cgroup
# subtree, and each PID 1 would take the other's processes for its own.
cg_dirs() {
	if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then echo "/sys/fs/cgroup/$M"
	else echo "/sys/fs/cgroup/systemd/$M /sys/fs/cgroup/unified/$M"; fi
}

cg_del() {
	local d i
	for d in $(cg_dirs); do
		for i in 1 2 3 4 5; do
			[ -d "$d" ] || break
			find "$d" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
		done
	done
}

# ------------------------------------------------------------------ booting

# Each host has some ten of root's inotify instances. Of the 128 that a kernel allows by itself a dozen hosts leave none, and
# then services in them see no changes.
allow_watches() {
	local file=/proc/sys/fs/inotify/max_user_instances allowed
	read -r allowed <$file
	[ "$allowed" -ge 1024 ] || echo 1024 >$file
}

boot() { # NSPAWN-OPTION...
	local np i s=''
	allow_watches
	if [ -f "$D/leader" ] && ! gone "$(cat "$D/leader")"; then die "$NAME is running already"; fi
	net_add; cg_del
	(
		for d in $(cg_dirs); do mkdir -p "$d"; echo "$BASHPID" >"$d/cgroup.procs"; done
		exec env -i PATH="$PATH" LANG=C.UTF-8 SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 setsid \
			systemd-nspawn --quiet --directory="$R" --machine="$M" --hostname=host --boot \
			--network-namespace-path="/run/netns/$NS" --capability=CAP_NET_ADMIN \
			--system-call-filter=bpf --register=no --keep-unit --console=pipe \
			--link-journal=no --resolv-conf=off --timezone=off "$@"
	) </dev/null >"$D/console" 2>&1 &
	np=$!
	echo "$np" >"$D/nspawn"
	for ((i = 0; i < 1500; i++)); do
		if gone "$np"; then tail -n 20 "$D/console" >&2; die "nspawn ended"; fi
		# its one child (a line without an end); before this socket is there systemctl would only fail, and under
		# load it has missed the end that it waits for
		L=
		read -r L _ <"/proc/$np/task/$np/children" || :
		if [ -n "$L" ] && [ -S "/proc/$L/root/run/systemd/private" ]; then
			s=$(timeout 10 nsenter -t "$L" -m -u -i -n -p -C systemctl is-system-running --wait 2>/dev/null || :)
			case $s in running|degraded) break;; esac
		fi
		sleep 0.02
	done
	[ "$s" = running ] || [ "$s" = degraded ] || { tail -n 20 "$D/console" >&2; die "did not boot"; }
	echo "$L" >"$D/leader"
	if [ "$s" = degraded ]; then
		echo "testhost: $NAME is degraded:" >&2
		nsenter -t "$L" -m -u -i -n -p -C systemctl --failed --no-legend --plain >&2 || :
	fi
}

cmd_up() {
	local base disk=''
	case ${1-} in --disk=*) disk=${1#--disk=}; shift;; esac
	[ ! -e "$D" ] || die "$NAME exists; use down first"
	base=$(cmd_root)
	mkdir -p "$D/disk"
	mount -t tmpfs -o mode=755 "$M" "$D/disk"
	mkdir "$D/disk/upper" "$D/disk/work" "$R"
	[ -z "$disk" ] || tar -C "$D/disk/upper" --numeric-owner --xattrs --xattrs-include='*' -xpf "$disk"
	mount -t overlay "$M" -o "lowerdir=$base,upperdir=$D/disk/upper,workdir=$D/disk/work" "$R"
	printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 host.test host\n203.0.113.25 mail.remote.test\n' >"$R/etc/hosts"
	boot "$@"
}

# The overlay's upper layer as it lies on the disk: white-outs are devices, opaque directories an attribute.
# Attributes that point into the lower layer are left out; the overlay does without them.
cmd_save() { # FILE
	[ -d "$R" ] && [ ! -e "$D/leader" ] || die "$NAME is not off"
	tar -C "$D/disk/upper" --numeric-owner --xattrs --xattrs-include='security.*' --xattrs-include='user.*' \
		--xattrs-include='trusted.overlay.opaque' --exclude='./var/log/journal/*' --warning=no-file-ignored \
		-cf "$1.new" .
	mv "$1.new" "$1"
}

stop() { # TERM or KILL
	local np l
	np=$(cat "$D/nspawn" 2>/dev/null) || return 0
	l=$(cat "$D/leader" 2>/dev/null || pgrep -P "$np" || :)
	if [ "$1" = TERM ] && ! gone "$np"; then kill -TERM "$np"; wait_gone "$np" 30 || :; fi
	# A dead nspawn does not take the container with it; a dead PID 1 takes its whole
	# pid namespace.
	if [ -n "$l" ] && ! gone "$l"; then kill -KILL "$l" 2>/dev/null || :; wait_gone "$l" 5 || die "PID 1 ($l) does not end"; fi
	wait_gone "$np" 5 || { kill -KILL "$np" 2>/dev/null || :; wait_gone "$np" 5 || die "nspawn ($np) does not end"; }
	rm -f "$D/nspawn" "$D/leader"
	cg_del
}

cmd_down() {
	stop TERM
	net_del
	# a shell of the caller may still stand in the tree
	if mountpoint -q "$R"; then umount "$R" 2>/dev/null || umount -l "$R"; fi
	if mountpoint -q "$D/disk"; then umount "$D/disk" 2>/dev/null || umount -l "$D/disk"; fi
	rm -rf --one-file-system "$D"
	rmdir "$WORK/host" 2>/dev/null || :
}

# ---------------------------------------------------------- commands inside

# Always through the inner systemd, not a bare nsenter: so that the command has
# the container's capabilities and cgroup, and polkit, logind and SO_PEERCRED
# users see an ordinary process.
inside() { # SYSTEMD-RUN-OPTION... -- CMD...
	local -a opt=()
	local unit rc=0
	while [ "$1" != -- ]; do opt+=("$1"); shift; done
	shift
	[ $# -gt 0 ] || die "no command"
	unit=th-$$-$RANDOM.service
	# systemd expands $NAME in arguments; $$ stands for a literal dollar sign
	env -i PATH="$PATH" LANG=C.UTF-8 TERM=dumb nsenter -t "$L" -m -u -i -n -p -C -- \
		systemd-run --quiet --wait --collect --service-type=exec --unit="$unit" \
		-p RuntimeMaxSec="$TIMEOUT" -p TimeoutStopSec=2 -p LogLevelMax=err \
		"${opt[@]}" -- "${@//\$/\$\$}" <&0 &
	trap 'nsenter -t "$L" -m -u -i -n -p -C systemctl kill --kill-who=all -s KILL "$unit" 2>/dev/null || :' INT TERM HUP
	while :; do rc=0; wait $! || rc=$?; gone $! && break; done
	return $rc
}

cmd_run() { inside --pipe -p WorkingDirectory=/root -E HOME=/root -E USER=root -E LOGNAME=root -- "$@"; }

cmd_runas() {
	local io=--pipe; local -a seat=()
	while :; do case ${1-} in
		--seat) seat=(-E XDG_SEAT=seat0); shift;;
		--tty) io=--pty; shift;;
		*) break;;
	esac; done
	local user=${1:?user}; shift
	set -- -p User="$user" -p PAMName=login -p 'WorkingDirectory=~' \
		-E XDG_SESSION_CLASS=user -E XDG_SESSION_TYPE=tty "${seat[@]}" -- "$@"
	if [ "$io" = --pipe ]; then inside --pipe "$@"; return; fi
	# systemd-run --pty makes its standard output non-blocking, also for whoever else writes to the same pipe: give it
	# one of its own. Not a pipeline, so that a signal to this script still reaches the unit.
	local copy rc=0
	exec 5> >(exec cat)
	copy=$!
	inside --pty "$@" >&5 2>&1 5>&- || rc=$?
	exec 5>&-
	wait "$copy"
	return $rc
}

# For people: no time limit, and the terminal itself instead of a pipe.
cmd_shell() {
	exec env -i PATH="$PATH" LANG=C.UTF-8 TERM="${TERM:-dumb}" nsenter -t "$L" -m -u -i -n -p -C -- \
		systemd-run --quiet --pty --wait --collect -p User=root -p PAMName=login -p 'WorkingDirectory=~' \
		-E XDG_SESSION_CLASS=user -E XDG_SESSION_TYPE=tty -- /bin/bash -l
}

# --------------------------------------------------------------------- main

cmd=${1-}; [ $# -eq 0 ] || shift
case $cmd in
	root) cmd_root "$@";;
	newer) cmd_newer "$@";;
	up) use "${1-}"; shift; cmd_up "$@";;
	on) use "${1-}"; shift; [ -d "$R" ] || die "no such host"; boot "$@";;
	run) use "${1-}"; shift; leader; cmd_run "$@";;
	runas) use "${1-}"; shift; leader; cmd_runas "$@";;
	shell) use "${1-}"; leader; cmd_shell;;
	remote) use "${1-}"; shift; exec ip netns exec "$NSR" "$@";;
	netexec) use "${1-}"; shift; exec ip netns exec "$NS" "$@";;
	path) use "${1-}"; echo "$R";;
	pid) use "${1-}"; leader; echo "$L";;
	off) use "${1-}"; stop TERM; net_del;;
	crash) use "${1-}"; stop KILL; net_del;;
	down) use "${1-}"; cmd_down;;
	save) use "${1-}"; cmd_save "${2:?file}";;
	list) hosts;;
	clean)
		for n in $(hosts); do use "$n"; cmd_down; done
		[ ! -e "$WORK/host" ] || die "hosts of another prefix use this folder: $(ls "$WORK/host")"
		rm -rf --one-file-system "$WORK"/root-* "$WORK"/newer-* "$WORK"/root.lock "$WORK"/newer.lock;;
	*) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0"; exit 2;;
esac
