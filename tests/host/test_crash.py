# SPDX-License-Identifier: GPL-2.0-or-later
"""The service is killed before every call of a change that alters durable, kernel or foreign state.

After the next start policy, kernel, Exim's files and what the running Exim does are wholly old or wholly new, nothing is
pending, and Exim is well. Calls are counted in the worker thread alone (all changes are its), so that Exim's own do not
count. A case is (name of system call, which one): each name is walked until the change gets through unharmed.
"""

import pytest
from booted import BusError, wait_until
from worker import faults

LIMIT = 2  # connections that Exim takes at once under the new policy; its default is 20
NEW = ("SetPolicy", "a{sv}", 2, "PortVerdicts", "a{qs}", 1, 25, "reject",
       "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", LIMIT)
OLD = ("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true", "PortVerdicts", "a{qs}", 1, 25, "redirect", 0)

# What alters the disk, the kernel or another program. recvmsg and friends do not, and a kill before them is a kill
# behind the one before.
CALLS = ("renameat", "unlinkat", "fsync", "write", "fchmod", "fchown", "openat", "mkdirat",
         "clone", "clone3", "kill", "sendmsg", "sendto", "flock")
# These come in dozens, most of them alike (reads of files, lines of a dump): every so many.
STRIDE = {"openat": 5, "write": 3, "sendmsg": 3, "sendto": 3}


def accepted_at_once(host):
    """How many of LIMIT + 1 connections the running Exim greets."""
    script = (
        "import socket\n"
        f"open_ = [socket.create_connection(('127.0.0.1', 25), 10) for _ in range({LIMIT + 1})]\n"
        "print(sum(s.recv(100).startswith(b'220') for s in open_))\n"
        "[s.close() for s in open_]\n")
    return int(host.out("python3", "-c", script))


def state(host):
    """"old", "new", or what is neither."""
    policy = host.call("GetPolicy")
    macros = host.file("/etc/exim4/exim4.conf.localmacros")
    seen = {
        "policy": "new" if policy["MailLimits"] == {"SmtpAcceptMax": LIMIT} else "old",
        "ports": "new" if policy["PortVerdicts"] == {25: "reject"} else "old",
        "kernel": "old" if "nat_output" in host.table() else "new",
        "file": "new" if macros.exists() and f"smtp_accept_max = {LIMIT}\n" in macros.read_text() else "old",
        "generated": "new" if host.out("exim4", "-bP", "smtp_accept_max") == f"smtp_accept_max = {LIMIT}" else "old",
        "running": "new" if accepted_at_once(host) == LIMIT else "old",
    }
    return seen["policy"] if len(set(seen.values())) == 1 else seen


def assert_well(host):
    assert host.table()
    assert host.call("Verify") == []
    host.run("exim4", "-bV")
    assert host.out("systemctl", "is-active", "exim4", "smtp-restrictions") == "active\nactive"
    left = host.out("find", "/var/lib/smtp-restrictions", "/etc/exim4", "/etc/smtp-restrictions", "-name", "*.smtp-restrictions",
                    "-o", "-name", "pending.json")
    assert left == ""


def ready(host):
    return host.run("busctl", "get-property", "org.example.SmtpRestrictions", "/org/example/SmtpRestrictions",
                    "org.example.SmtpRestrictions", "Enabled", check=False).returncode == 0


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("direction", ["there", "back"])
def test_a_change_is_whole_whenever_the_service_is_killed(host, call, direction):
    host.drop_in("[Service]\nRestart=always\nRestartSec=0\nStartLimitIntervalSec=0\n")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    there, back = (NEW, OLD) if direction == "there" else (OLD, NEW)
    host.call("Enable")

    for when in range(1, 400, STRIDE.get(call, 1)):
        host.call(*back)
        with faults(host, f"{call}:signal=SIGKILL:when={when}"):
            try:
                host.call(*there)
                survived = True
            except BusError:
                survived = False
        if not survived:
            wait_until(lambda: ready(host), 30, "the restart")
        found = state(host)
        assert found in (("new",) if survived and there == NEW else ("old",) if survived else ("old", "new")), \
            f"killed before {call} number {when}"
        assert_well(host)
        if survived:
            return
    raise AssertionError(f"more than 400 calls of {call}")
