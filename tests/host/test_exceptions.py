# SPDX-License-Identifier: GPL-2.0-or-later
"""Exceptions, by real connections: who gets where until when, whatever becomes of the service meanwhile."""

import json
import re
import time
from pathlib import Path

import pytest
from booted import REMOTE, BusError, Sink, wait_until
from worker import faults

FILE = "/var/lib/smtp-restrictions/exceptions.json"
SOURCES = Path(__file__).resolve().parents[2]


@pytest.fixture
def restricted(host, sink):
    """Enabled; admin is allowed by the policy, tester is not."""
    host.call("SetPolicy", "a{sv}", 1, "AllowedUsers", "as", 1, "admin")
    host.enable()
    return host


def allow(host, *arguments):
    """-> the id"""
    return host.out("smtp-restrictionsctl", "allow", *arguments, "--reason", "test")


def listed(host):
    return json.loads(host.out("smtp-restrictionsctl", "--json", "exceptions"))


def recorded(host):
    file = host.file(FILE)
    return [entry["Id"] for entry in json.loads(file.read_text())["Exceptions"]] if file.exists() else []


def ready(host):
    """Restarted, and through with recovery."""
    return host.run("busctl", "get-property", "org.example.SmtpRestrictions", "/org/example/SmtpRestrictions",
                    "org.example.SmtpRestrictions", "Generation", check=False).returncode == 0


@pytest.mark.both_debians
def test_each_exception_is_for_whom_and_where_it_says(restricted):
    host, (v4, v6) = restricted, REMOTE
    number = allow(host, "tester", "--port", "587", "--to", v4)
    found = {(result["address"], result["port"]): result["errno"] or result["answer"] for result in
             host.probe("tester", to=[(address, port) for address in REMOTE for port in (25, 465, 587)])}
    assert found == {(v4, 25): "local", (v4, 465): "ECONNREFUSED", (v4, 587): "remote",
                     (v6, 25): "local", (v6, 465): "ECONNREFUSED", (v6, 587): "ECONNREFUSED"}
    assert host.reach("www-data", v4, 587) == "ECONNREFUSED"

    allow(host, "tester", "--to", "2001:db8::/32")
    assert {host.reach("tester", v6, port) for port in (25, 465, 587)} == {"remote"}

    # of the same, a verdict that forbids counts before one that allows
    forbidden = allow(host, "admin", "--port", "465", "--verdict", "reject")
    assert (host.reach("admin", v4, 465), host.reach("admin", v4, 587)) == ("ECONNREFUSED", "remote")
    redirected = allow(host, "admin", "--port", "25", "--verdict", "redirect")
    assert host.reach("admin", v6, 25) == "local"

    assert host.call("Verify") == []
    for one in (number, forbidden, redirected, "tester"):
        host.run("smtp-restrictionsctl", "disallow", one)
    assert listed(host) == []
    assert host.reach("tester", v4, 587) == "ECONNREFUSED"
    assert {host.reach("admin", v6, port) for port in (25, 465)} == {"remote"}


def test_a_group_is_its_members_and_its_programs(restricted):
    host = restricted
    host.run("groupadd", "senders")
    host.run("usermod", "-aG", "senders", "tester")
    allow(host, "group:senders", "--port", "587")
    assert host.reach("tester", REMOTE[0], 587) == "remote"
    assert host.reach("www-data", REMOTE[0], 587) == "ECONNREFUSED"
    gid = host.out("getent", "group", "senders").split(":")[2]
    assert host.reach(f"4242:{gid}", REMOTE[1], 587) == "remote"

    # a user's own counts before his group's; who has gone is left out, and comes back
    allow(host, "tester", "--port", "587", "--verdict", "reject")
    assert host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"
    host.run("groupdel", "senders")
    host.call("Reload")
    assert [problem["Id"] for problem in host.call("Status")["Problems"]] == ["name-unknown"]
    assert host.reach(f"4242:{gid}", REMOTE[1], 587) == "ECONNREFUSED"
    host.run("groupadd", "-g", gid, "senders")
    host.call("Reload")
    assert host.reach(f"4242:{gid}", REMOTE[1], 587) == "remote"


def test_the_kernel_lets_it_go_while_the_service_is_dead(restricted):
    host = restricted
    allow(host, "tester", "--port", "587", "--for", "4s")
    allow(host, "tester", "--port", "465", "--for", "1h")
    host.run("systemctl", "kill", "-s", "KILL", "--kill-whom=main", "smtp-restrictions.service")
    host.run("systemctl", "stop", "smtp-restrictions.service")
    assert host.reach("tester", REMOTE[0], 465) == "remote"
    wait_until(lambda: host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED", 20, "the end")
    assert host.reach("tester", REMOTE[0], 465) == "remote"

    host.run("systemctl", "start", "smtp-restrictions.service")
    assert [entry["Ports"] for entry in listed(host)] == [[465]]
    assert host.call("Status")["Problems"] == []


def test_over_a_reboot_the_rest_of_the_time_counts(restricted, tmp_path_factory):
    host = restricted
    allow(host, "tester", "--port", "587", "--for", "3s")
    allow(host, "tester", "--port", "465", "--for", "1h")
    allow(host, "tester", "--port", "25", "--to", REMOTE[1])
    begin = time.monotonic()
    host.run("systemctl", "disable", "smtp-restrictions.service")
    host.off()
    wait_until(lambda: time.monotonic() - begin > 3.5, what="the end of the first")
    host.on()
    after = Sink(host, tmp_path_factory.mktemp("after"))

    # the boot loader alone
    assert host.main_pid() == 0
    assert host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"
    assert host.reach("tester", REMOTE[0], 465) == "remote"
    assert host.reach("tester", REMOTE[1], 25) == "remote"
    sets = json.loads(host.out("nft", "-j", "list", "table", "inet", "smtp_restrictions"))["nftables"]
    ends = [element["elem"]["expires"] for item in sets if "set" in item for element in item["set"].get("elem", ())
            if isinstance(element, dict) and "expires" in element.get("elem", {})]
    rest, = (end for end in ends if 1000 < end <= 3600)  # others are of what was refused
    assert rest < 3598
    after.stop()


def kill_on_the_way(host, call, number):
    """-> the new exception's id if the service survived: there is no such call."""
    try:
        with faults(host, f"{call}:signal=SIGKILL:when={number}"):
            return host.call("AddException", "a{sv}", 3, "Subject", "s", "user:tester", "Ports", "aq", 1, 587,
                             "Reason", "s", "test")
    except BusError:
        host.run("systemctl", "reset-failed", "smtp-restrictions.service")  # systemd would wait longer each time
        wait_until(lambda: ready(host), 30, "the restart")
        return None


def test_killed_on_the_way_it_is_old_or_new(restricted):
    """Before each call that alters the kernel or the disk."""
    host = restricted
    before = allow(host, "admin", "--verdict", "observe")
    for call in ("sendmsg", "fsync", "renameat"):
        number = 1
        while not (survived := kill_on_the_way(host, call, number)):
            number += 1
            found = [entry["Id"] for entry in listed(host)]
            assert recorded(host) == [int(one) for one in found]
            assert found[0] == before and len(found) <= 2
            assert host.reach("tester", REMOTE[0], 587) == ("remote" if len(found) == 2 else "ECONNREFUSED")
            assert host.call("Verify") == []
            for one in found[1:]:
                host.run("smtp-restrictionsctl", "disallow", one)
        assert 1 < number < 20, (call, number)
        assert host.reach("tester", REMOTE[0], 587) == "remote"
        host.run("smtp-restrictionsctl", "disallow", survived)


def test_what_cannot_be_written_is_not_in_force(restricted):
    host = restricted
    allow(host, "admin", "--verdict", "observe")
    before = listed(host)
    for fault in ("fsync:error=ENOSPC:when=1", "renameat:error=EROFS:when=1", "fsync:error=EIO:when=2"):
        with faults(host, fault), pytest.raises(BusError) as refused:
            host.call("AddException", "a{sv}", 2, "Subject", "s", "user:tester", "Reason", "s", "test")
        assert refused.value.name == "StorageFailed" and "the old state is in force" in refused.value.text
        assert listed(host) == before
        assert recorded(host) == [int(entry["Id"]) for entry in before]
        assert host.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"
        assert host.call("Verify") == []
    allow(host, "tester")
    assert host.reach("tester", REMOTE[0], 587) == "remote"


def test_out_of_memory_behind_the_kernel_is_taken_back_and_said(restricted):
    host = restricted
    allow(host, "admin", "--verdict", "observe")
    before = listed(host)
    # beside another one that asks the same, so that only elements are changed
    with faults(host, trace=["sendto"]) as calls:
        allow(host, "tester", "--verdict", "observe")
    host.run("smtp-restrictionsctl", "disallow", "tester")
    # the last question to nf_tables: is it as it should be?
    last = max(number for number, call in enumerate(calls, 1) if "nlmsg_type=0xa" in call)
    with faults(host, f"sendto:error=ENOMEM:when={last}"), pytest.raises(BusError) as refused:
        host.call("AddException", "a{sv}", 3, "Subject", "s", "user:tester", "Verdict", "s", "observe", "Reason", "s", "test")
    assert refused.value.text.endswith("the old state is in force")
    assert listed(host) == before and host.call("Verify") == []


def test_support_staff_may_be_allowed_a_part(restricted):
    """By the rule in the manual page."""
    rules = re.findall(r"```\n(polkit.*?)```", (SOURCES / "docs/man/org.example.SmtpRestrictions.5.scd").read_text(), re.S)
    rule, = (rule for rule in rules if "manage-exceptions" in rule)
    restricted.run("groupadd", "support")
    restricted.run("usermod", "-aG", "support", "tester")
    restricted.put("/etc/polkit-1/rules.d/10-support.rules", rule)
    restricted.run("systemctl", "restart", "polkit.service")

    def granted(*arguments):
        done = restricted.runas("tester", "smtp-restrictionsctl", "--no-ask-password", "allow", *arguments,
                                "--reason", "ticket 1234", check=False)
        assert done.returncode in (0, 4), done.stderr
        return done.returncode == 0

    assert granted("www-data", "--port", "587", "--for", "30d")
    assert not granted("www-data", "--port", "587", "--for", "31d")
    assert not granted("www-data", "--port", "587")
    assert not granted("www-data", "--port", "25", "--for", "1d")
    assert not granted("group:www-data", "--port", "587", "--for", "1d")
    entry, = listed(restricted)
    assert entry["GrantedBy"] == "tester" and entry["Reason"] == "ticket 1234"
    assert restricted.reach("www-data", REMOTE[0], 587) == "remote"
    assert "tester granted exception 1, allow user:www-data on port 587 until" in restricted.journal()
