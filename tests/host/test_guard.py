# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody else damages our table: an administrator, nftables.service, a program that will not stop."""

import json
import re

import pytest
from booted import REMOTE, wait_until
from test_foreign import quiet

MESSAGE_ID = "3e1f0d0c6a4b4f7e9a53b5f1c8a24d10"
SERVICE = "smtp-restrictions.service"
TABLE = "inet smtp_restrictions"
EDITS = [
    "flush ruleset",
    f"delete table {TABLE}",
    f"flush table {TABLE}",
    f"flush chain {TABLE} output",
    f"insert rule {TABLE} output accept",
    f"insert rule {TABLE} nat_output accept",
    f"add table {TABLE} {{ flags dormant; }}",
    f"add element {TABLE} uids {{ 1000 }}",
    f"delete element {TABLE} ports {{ 465 }}",
    f"flush set {TABLE} ports",
    f"delete table {TABLE}; add table {TABLE}; add chain {TABLE} output",
    f"add table {TABLE}; delete table {TABLE}; add table {TABLE}; add set {TABLE} uids {{ type ipv4_addr; }}",
    f"add chain {TABLE} first {{ type filter hook output priority -300; }}; add rule {TABLE} first accept",
]


def told(host):
    """What the service has said of damage to its table."""
    return host.said(MESSAGE_ID)


def wait_told(host, count):
    """What is said of a repair comes behind it."""
    return wait_until(lambda: len(texts := told(host)) >= count and texts, what=f"the word of repair {count}")


def without_attempts(table):
    """Without who has tried to connect."""
    return re.sub(r"(flags dynamic,timeout[^}]*?)\n\s*elements = \{[^}]*\}", r"\1", table)


def rules(host):
    return without_attempts(host.table())


def problems(host):
    return {problem["Id"]: problem["Text"] for problem in host.call("Status")["Problems"]}


def refused(host):
    return {host.reach("tester", address, 465) for address in REMOTE} == {"ECONNREFUSED"}


@pytest.fixture
def enabled(host, sink):
    host.enable()
    assert refused(host)
    return host


@pytest.mark.both_debians
def test_a_flushed_ruleset_is_back_and_said(enabled):
    before = rules(enabled)
    enabled.run("nft", "flush", "ruleset")
    wait_until(lambda: rules(enabled) == before, what="the table")
    assert refused(enabled)
    assert enabled.reach("root", REMOTE[0], 465) == "remote"

    text, = wait_told(enabled, 1)
    assert "was removed by 'nft' (process " in text and "put back after" in text
    wait_until(lambda: list(problems(enabled)) == ["firewall-repaired"], what="the Problem")
    assert "'nft'" in problems(enabled)["firewall-repaired"]
    assert enabled.property("Health") == "ok" and enabled.property("Enforcing")

    enabled.call("Reload")
    assert problems(enabled) == {}


def test_every_way_of_damage_is_repaired_and_nothing_else(enabled):
    before, pid = rules(enabled), enabled.main_pid()
    for count, edit in enumerate(EDITS, 1):
        enabled.call("Reload")
        enabled.run("nft", edit)
        assert len(wait_told(enabled, count)) == count
        wait_until(lambda: rules(enabled) == before, what=f"the table after {edit}")
        assert refused(enabled), edit

    enabled.run("nft", f"add table inet other; add chain inet other c; delete table inet other; flush set {TABLE} attempts")
    enabled.call("SetPolicy", "a{sv}", 1, "AllowedUsers", "as", 1, "admin")
    enabled.call("Disable")
    enabled.call("Enable")
    enabled.run("systemctl", "restart", SERVICE)
    assert quiet(1, enabled)
    assert len(told(enabled)) == len(EDITS)
    assert enabled.main_pid() != pid

    enabled.run("nft", "flush", "ruleset")
    wait_told(enabled, len(EDITS) + 1)
    assert enabled.reach("admin", REMOTE[0], 465) == "remote" and refused(enabled)


def test_whoever_flushes_all_the_time_is_not_fought(enabled):
    before = rules(enabled)
    enabled.run("sh", "-c", "for i in $(seq 50); do nft flush ruleset; done")
    wait_until(lambda: "firewall-contested" in problems(enabled), what="the Problem")
    assert enabled.property("Health") in ("degraded", "failed")
    assert len(told(enabled)) < 20

    wait_until(lambda: rules(enabled) == before, 30, "the table")
    assert refused(enabled)
    assert enabled.property("Health") == "degraded" and quiet(0.5, enabled)

    enabled.call("Reload")
    assert problems(enabled) == {} and enabled.property("Health") == "ok"


def test_while_it_waits_status_and_verify_say_so(enabled):
    """The pauses grow: with each round of this loop it is easier to look at the table while it is gone."""

    def seen():
        enabled.run("sh", "-c", "for i in 1 2 3 4 5 6; do nft flush ruleset; done")
        return "firewall-missing" in problems(enabled) and not enabled.property("Enforcing")

    wait_until(seen, 60, "firewall-missing")
    wait_until(lambda: seen() and "firewall-missing" in {problem["Id"] for problem in enabled.call("Verify")}, 60)
    enabled.call("Reload")
    assert refused(enabled) and enabled.call("Verify") == []


@pytest.mark.both_debians
def test_the_boot_loader_and_the_guard_do_not_fight(enabled):
    enabled.run("systemctl", "enable", "--now", "nftables.service")
    wait_until(enabled.table, what="the table")
    before = rules(enabled)
    for how in ("restart", "reload", "stop"):
        enabled.run("systemctl", how, "nftables.service")
        wait_until(lambda: rules(enabled) == before, what=f"the table after {how}")
    wait_until(lambda: enabled.out("systemctl", "list-jobs", "--no-legend") in ("", "No jobs running."), what="systemd's jobs")
    assert quiet(0.5, enabled)
    assert {text.split(" (")[0] for text in wait_told(enabled, 1)} == {"nftables table inet smtp_restrictions was removed by 'nft'"}
    assert enabled.property("Health") == "ok" and enabled.call("Verify") == []


def test_of_a_large_table_a_skeleton_comes_first(enabled):
    with enabled.file("/etc/passwd").open("a") as accounts:
        accounts.writelines(f"many{number}:x:{100000 + number}:100000::/:/bin/sh\n" for number in range(3000))
    file = enabled.file("/etc/smtp-restrictions/policy.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"AllowedUsers": [f"many{number}" for number in range(3000)]}))
    enabled.call("Reload")
    before = rules(enabled)

    enabled.run("nft", "flush", "ruleset")
    wait_until(lambda: rules(enabled) == before, what="the table")
    text, = wait_told(enabled, 1)
    assert "nobody but the mail servers gets through after" in text
    assert refused(enabled) and enabled.reach("many2999", REMOTE[0], 465) == "remote"

    enabled.run("nft", f"delete element {TABLE} uids {{ 100007 }}")
    wait_until(lambda: rules(enabled) == before, what="the element")
    assert "nobody but" not in wait_told(enabled, 2)[-1]
