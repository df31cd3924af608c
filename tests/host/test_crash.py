# SPDX-License-Identifier: GPL-2.0-or-later
"""The service is killed before every call of a change that alters durable, kernel or foreign state.

After the next start policy, kernel, Exim's files and what the running Exim does are wholly old or wholly new, nothing is
pending or left behind, and Exim is well. Calls are counted in the worker thread alone (all changes are its), so that
Exim's own do not count. A case is (name of system call, which one): each name is walked until the change gets through.
"""

import json

import pytest
from booted import BusError, wait_until
from worker import faults

LIMIT = 2  # connections that Exim takes at once under the new policy; its default is 20
NEW = ("SetPolicy", "a{sv}", 2, "PortVerdicts", "a{qs}", 1, 25, "reject",
       "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", LIMIT)
OLD = ("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true", "PortVerdicts", "a{qs}", 1, 25, "redirect", 0)

# What alters the disk, the kernel or another program; a kill before any other call is a kill behind one of these.
# openat() and sendto() come in dozens that alter nothing (reads, dumps): every so many.
CALLS = {"renameat": 1, "unlinkat": 1, "fsync": 1, "write": 1, "fchmod": 1, "mkdir": 1, "rmdir": 1, "flock": 1,
         "clone": 1, "sendmsg": 1, "sendto": 9, "openat": 13}
# The way back passes the same code with other contents: what decides there is the order of what is durable.
CALLS_BACK = ("renameat", "unlinkat", "sendmsg")
CASES = [("there", call) for call in CALLS] + [("back", call) for call in CALLS_BACK]

# Asked inside in one go, as each command costs a start.
QUESTIONS = f"""
import json, os, socket, subprocess
def out(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "FAILED " + done.stderr
def read(path):
    return open(path).read() if os.path.exists(path) else ""
policy = json.loads(out("smtp-restrictionsctl", "policy", "show", "--json"))
table = out("nft", "list", "table", "inet", "smtp_restrictions")
clients = [socket.create_connection(("127.0.0.1", 25), 10) for _ in range({LIMIT} + 1)]
greeted = sum(client.recv(100).startswith(b"220") for client in clients)
setting = "smtp_accept_max = {LIMIT}"
new = {{
    "policy": policy["MailLimits"] == {{"SmtpAcceptMax": {LIMIT}}},
    "ports": policy["PortVerdicts"] == {{"25": "reject"}},
    "kernel": "nat_output" not in table,
    "file": setting + "\\n" in read("/etc/exim4/exim4.conf.localmacros"),
    "generated": out("exim4", "-bP", "smtp_accept_max") == setting,
    "running": greeted == {LIMIT},
}}
left = [name for folder in ("/var/lib/smtp-restrictions", "/etc/exim4", "/etc/smtp-restrictions")
        for name in os.listdir(folder) if name.endswith(".smtp-restrictions") or name == "pending.json"]
print(json.dumps({{"new": new, "left": left, "table": bool(table), "verify": out("smtp-restrictionsctl", "verify", "--json"),
                  "exim": out("exim4", "-bV")[:6], "active": out("systemctl", "is-active", "exim4", "smtp-restrictions")}}))
"""


def ask(host):
    """"old" or "new"; fails if it is neither, or if anything is not well."""
    found = json.loads(host.out("python3", "-c", QUESTIONS))
    assert found["left"] == [] and found["table"] and found["verify"] == "[]", found
    assert found["exim"] != "FAILED" and found["active"] == "active\nactive", found
    assert len(set(found["new"].values())) == 1, found["new"]
    return "new" if found["new"]["policy"] else "old"


def ready(host):
    return host.run("busctl", "get-property", "org.example.SmtpRestrictions", "/org/example/SmtpRestrictions",
                    "org.example.SmtpRestrictions", "Enabled", check=False).returncode == 0


@pytest.mark.parametrize("direction, call", CASES)
def test_a_change_is_whole_whenever_the_service_is_killed(host, direction, call):
    host.drop_in("[Service]\nRestart=always\nRestartSec=0\nStartLimitIntervalSec=0\n")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    there, back, arrived = (NEW, OLD, "new") if direction == "there" else (OLD, NEW, "old")
    now = None
    host.call("Enable")

    for when in range(1, 200, CALLS[call]):
        if now in (None, arrived):
            host.call(*back)
        with faults(host, f"{call}:signal=SIGKILL:when={when}"):
            try:
                host.call(*there)
                survived = True
            except BusError:
                survived = False
        if not survived:
            wait_until(lambda: ready(host), 30, "the restart")
        now = ask(host)
        if survived:
            assert now == arrived and when > 1
            return
    raise AssertionError(f"more than 200 calls of {call}")
