# SPDX-License-Identifier: GPL-2.0-or-later
"""Users, groups and mail servers come and go, and nobody tells the service."""

import pytest
from booted import REMOTE, wait_until

# Five seconds of quiet, and the work behind them on a busy machine.
SECONDS_MAX = 30


def allowed(host):
    return {entry["User"]: entry["Because"] for entry in host.call("ListAllowed", "a{sv}", 0)}


def problems(host):
    return {problem["Id"] for problem in host.call("Status")["Problems"]}


@pytest.mark.both_debians
def test_a_number_that_is_given_away_takes_no_right_along(host, sink):
    host.call("SetPolicy", "a{sv}", 1, "AllowedUsers", "as", 1, "admin")
    host.enable()
    number = host.out("id", "-u", "admin")
    assert host.reach("admin", REMOTE[0], 587) == "remote"

    host.run("userdel", "admin")
    host.run("useradd", "-m", "-u", number, "eve")
    wait_until(lambda: host.reach("eve", REMOTE[0], 587) == "ECONNREFUSED", SECONDS_MAX, "the refusal")
    assert problems(host) == {"name-unknown"} and "admin" not in allowed(host)

    host.run("useradd", "-m", "admin")
    host.run("useradd", "-r", "postfix")
    wait_until(lambda: host.reach("admin", REMOTE[0], 587) == "remote", SECONDS_MAX, "the user who is there again")
    assert problems(host) == set() and allowed(host)["postfix"] == "mta"
    assert host.reach("eve", REMOTE[0], 587) == "ECONNREFUSED"


def test_members_of_a_group_are_followed(host, sink):
    host.run("groupadd", "senders")
    host.call("SetPolicy", "a{sv}", 1, "AllowedGroups", "as", 1, "senders")
    host.enable()
    assert host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"
    host.run("usermod", "-aG", "senders", "tester")
    wait_until(lambda: host.reach("tester", REMOTE[0], 587) == "remote", SECONDS_MAX, "the member")
    host.run("gpasswd", "-d", "tester", "senders")
    wait_until(lambda: host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED", SECONDS_MAX, "the refusal")


def test_other_programs_that_restrict_smtp_are_named(host):
    host.put("/etc/csf/csf.conf", 'SMTP_BLOCK = "1"\n', 0o600)
    host.enable()
    assert problems(host) == {"conflict-csf"} and host.property("Health") == "degraded"
    host.put("/etc/csf/csf.conf", 'SMTP_BLOCK = "0"\n', 0o600)
    host.put("/etc/iptables/rules.v4", "*filter\n-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 0 -j ACCEPT\nCOMMIT\n")
    host.call("Reload")
    assert problems(host) == {"conflict-iptables"}
