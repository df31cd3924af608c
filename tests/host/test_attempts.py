# SPDX-License-Identifier: GPL-2.0-or-later
"""Attempts on a booted host: the way in of the README, counts through restart and reboot, who is told of them."""

import json

import pytest
from booted import REMOTE


def top(host):
    """{user: (count, verdicts)} as `top --json` says."""
    users = json.loads(host.ctl("top", "--json").stdout)
    return {user["User"]: (user["Count"], {entry["Verdict"] for entry in user["Destinations"]}) for user in users}


@pytest.mark.both_debians
def test_the_way_in_is_observe_top_allow_enable(host, sink):
    host.ctl("observe")
    assert (host.property("Observe"), host.property("Enforcing")) == (True, False)
    assert {host.reach("tester", address, 587) for address in REMOTE} == {"remote"}
    assert host.reach("www-data", REMOTE[0], 25) == "remote"
    assert top(host) == {"tester": (2, {"observe"}), "www-data": (1, {"observe"})}
    head, line = host.ctl("top").stdout.splitlines()[:2]
    assert head.split() == ["USER", "COUNT", "VERDICT", "LAST", "TO"] and line.split()[:3] == ["tester", "2", "observe"]

    host.ctl("policy", "set", "AllowedUsers+=tester")
    host.ctl("enable", "--try", "30m")
    assert host.property("Enforcing") is True
    assert (host.reach("tester", REMOTE[0], 587), host.reach("www-data", REMOTE[0], 587)) == ("remote", "ECONNREFUSED")
    host.ctl("confirm")
    assert top(host)["www-data"] == (2, {"observe", "reject"})

    host.ctl("attempts", "reset", "tester")
    assert set(top(host)) == {"www-data"}
    host.ctl("observe", "off")
    assert host.reach("www-data", REMOTE[0], 587) == "ECONNREFUSED"


def test_counts_live_through_restart_and_reboot(host, sink):
    host.enable()
    host.reach("tester", REMOTE[0], 587)
    host.reach("tester", REMOTE[1], 25)
    before = top(host)
    assert before == {"tester": (2, {"reject", "redirect"})}

    host.run("systemctl", "kill", "-s", "KILL", "smtp-restrictions.service")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    assert top(host) == before

    host.reboot()
    assert top(host) == before
    assert host.call("Status")["Health"] == "ok"
    # the boot loader has put them back, before there was a service
    assert "attempts" not in host.journal("-b", "-u", "smtp-restrictions-boot.service", "-p", "warning")
