# SPDX-License-Identifier: GPL-2.0-or-later
"""RequireAuth: who may relay through a real Exim, on each layout, and what the administrator's own ACL decides.

All tests share one host: each begins with Exim's files as this module made them, and no limits.
"""

import json

import pytest
from booted import BusError, wait_until
from mailhost import (ACLS, FOREIGN, HOST, LAYOUTS, LOCAL, MACROS, MAIN, SPLIT_MACROS, files, from_host, from_program,
                      from_remote, host, remote_client, shared, split, wait_for_no_acls)  # fixtures too

NEEDED = "550 5.7.1 authentication required"

# what the ACL of mailhost.py says to each local part
SAID = {
    "deny": "551 5.1.0 not here",
    "lines": "550 first\nsecond",
    "bare": "550 Administrative prohibition",
    "defer": "451 4.3.0 later",
    "discard": "250 Accepted",
    "require": "552 5.2.0 not this",
    "drop": "554 5.0.0 go away",
}


def set_auth(host, *exceptions):
    more = ["RelayExceptions", "as", len(exceptions), *exceptions] if exceptions else []
    host.call("SetMailLimits", "a{sv}", 1 + bool(more), "RequireAuth", "b", "true", *more)


@pytest.mark.both_debians(layout=["host"])  # the others with it: test_meter_hooks.py
@pytest.mark.parametrize("layout", LAYOUTS)
def test_relaying_needs_auth_and_nothing_else_changes(request, shared, layout):
    host = request.getfixturevalue(layout)
    before = files(host)
    assert from_remote(host, FOREIGN) == ["250 Accepted"]  # dc_relay_nets

    set_auth(host)
    assert from_remote(host, FOREIGN, LOCAL) == [NEEDED, "250 Accepted"]
    assert from_remote(host, "--auth", FOREIGN, LOCAL) == ["250 Accepted", "250 Accepted"]
    for address in ("127.0.0.1", "::1", HOST):
        assert from_host(host, address, FOREIGN, LOCAL)[1:] == ["250 Accepted"]
    assert from_host(host, "127.0.0.1", FOREIGN) == from_host(host, "::1", FOREIGN) == ["250 Accepted"]
    assert from_program(host, FOREIGN) == "250 Accepted"
    # who could not relay before hears what he heard before
    assert from_host(host, HOST, FOREIGN) == ["550 relay not permitted"]
    said = from_remote(host, *(f"{name}@remote.test" for name in SAID))
    assert said == list(SAID.values())
    assert host.call("Verify") == []
    assert "nobody-can-relay" not in str(host.call("Status")["Problems"])

    set_auth(host, "203.0.113.0/24", "2001:db8::25")
    assert from_remote(host, FOREIGN) == ["250 Accepted"]
    host.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(host)
    assert files(host) == before
    assert from_remote(host, FOREIGN) == ["250 Accepted"]


@pytest.mark.parametrize("layout, path, line", [
    ("host", MACROS, "MAIN_ACL_CHECK_RCPT = acl_mine\n"),
    ("split", SPLIT_MACROS, "MAIN_ACL_CHECK_RCPT = acl_mine\n"),
    ("single", MAIN, "acl_smtp_rcpt = acl_mine\n"),
    ("single", MAIN, "acl_smtp_rcpt = /etc/exim4/mine.acl\n"),
    ("single", MAIN, "acl_smtp_rcpt = ${if eq {$interface_port}{25} {acl_mine}{acl_check_rcpt}}\n"),
])
def test_acl_that_the_administrator_chose_decides_first(request, layout, path, line):
    host = request.getfixturevalue(layout)
    mine = "  deny local_parts = mine\n       message = 551 mine\n  accept\n"
    host.put("/etc/exim4/mine.acl", mine)
    if layout == "single":
        text = host.file(MAIN).read_text().replace("acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT\n", line)
        host.file(MAIN).write_text(text.replace("begin acl\n", f"begin acl\nacl_mine:\n{mine}\n", 1))
    else:
        host.put(path, line)
        for acl in ("exim4.conf.template", "conf.d/acl/30_exim4-config_check_rcpt"):
            file = host.file(f"/etc/exim4/{acl}")
            file.write_text(file.read_text().replace("\nacl_check_rcpt:\n", f"\nacl_mine:\n{mine}\nacl_check_rcpt:\n", 1))
    host.reload_exim()
    before = files(host)
    set_auth(host)
    assert from_remote(host, "mine@remote.test", FOREIGN) == ["551 mine", NEEDED]
    assert from_remote(host, "--auth", FOREIGN) == ["250 Accepted"]
    host.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(host)
    assert files(host) == before


def test_a_domain_that_only_an_acl_names_counts_as_relayed(single):
    """As the manual page says, with the way out."""
    text = single.file(MAIN).read_text()
    single.file(MAIN).write_text(text.replace("\nacl_check_rcpt:\n", "\nacl_check_rcpt:\n  accept domains = a.test\n", 1))
    single.reload_exim()
    assert from_remote(single, "x@a.test") == ["250 Accepted"]
    set_auth(single)
    assert from_remote(single, "x@a.test", LOCAL) == [NEEDED, "250 Accepted"]

    text = "domainlist mine = a.test\n" + single.file(MAIN).read_text()
    single.file(MAIN).write_text(text.replace("accept domains = a.test\n", "accept domains = +mine\n", 1))
    single.call("Reload")
    assert from_remote(single, "x@a.test", FOREIGN) == ["250 Accepted", NEEDED]


def test_a_switch_of_debians_layout_takes_the_acls_along(host):
    """dpkg-reconfigure exim4-config, there and back."""
    before = files(host)
    set_auth(host)
    for word, layout in (("true", "debian-split"), ("false", "debian-unsplit")):
        host.run("sed", "-i", f"s/^dc_use_split_config=.*/dc_use_split_config='{word}'/",
                 "/etc/exim4/update-exim4.conf.conf")
        host.reload_exim()
        host.call("Reload")
        assert host.call("Status")["EximLayout"] == layout
        assert from_remote(host, FOREIGN, LOCAL) == [NEEDED, "250 Accepted"]
        assert from_remote(host, "--auth", FOREIGN) == ["250 Accepted"]
        assert host.call("Verify") == []
    host.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(host)
    assert files(host) == before
    assert from_remote(host, FOREIGN) == ["250 Accepted"]


@pytest.mark.parametrize("restarted", [False, True])
def test_session_that_began_before_the_end_finds_its_files(host, restarted):
    set_auth(host)
    client = remote_client(host, "--wait", FOREIGN, LOCAL)
    assert client.stdout.readline() == "greeted\n"
    host.call("ResetMailLimits", "as", 0)
    if restarted:
        host.run("systemctl", "restart", "smtp-restrictions.service")
    assert host.file(ACLS).exists()
    assert json.loads(client.communicate("go\n", timeout=30)[0]) == [NEEDED, "250 Accepted"]
    wait_for_no_acls(host)


def test_preview_shows_the_acls_and_leaves_nothing(host):
    before = files(host)
    diffs = dict(host.call("Preview", "a{sv}", 1, "MailLimits", "a{sv}", 1, "RequireAuth", "b", "true")["Files"])
    rules, wrapper, macros = sorted(diffs, key=lambda path: ("rules" not in path, ACLS not in path))
    assert "+deny   message = 5.7.1 authentication required\n" in diffs[rules]
    assert f"+       acl = {rules}\n" in diffs[wrapper]
    assert macros == MACROS and f"+MAIN_ACL_CHECK_RCPT = {wrapper}\n" in diffs[macros]
    assert files(host) == before
    assert not host.file(ACLS).exists()


def test_preview_shows_the_acls_that_go(host):
    set_auth(host)
    ours = sorted(f"{ACLS}/{path.name}" for path in host.file(ACLS).iterdir())
    diffs = dict(host.call("Preview", "a{sv}", 1, "MailLimits", "a{sv}", 1, "RequireAuth", "b", "false")["Files"])
    assert sorted(diffs) == sorted([MACROS, *ours])
    for path in ours:
        assert diffs[path].startswith(f"--- {path}\n+++ /dev/null\n")
        removed = [line[1:] for line in diffs[path].splitlines()[3:]]
        assert removed == host.file(path).read_text().splitlines()
    assert sorted(f"{ACLS}/{path.name}" for path in host.file(ACLS).iterdir()) == ours


def test_files_of_ours_that_are_lost_or_changed_are_put_back(host):
    set_auth(host)
    before = files(host)
    rules = next(path for path in host.file(ACLS).iterdir() if "rules" in path.name)
    # in one command: the repair comes after 5 s
    done = host.run("sh", "-c", f"echo accept >{ACLS}/{rules.name}; rm {ACLS}/rcpt-[0-9a-f]*; smtp-restrictionsctl verify",
                    check=False)
    assert done.returncode == 3 and "exim-edits-lost" in done.stdout
    wait_until(lambda: files(host) == before, what="the repair")
    assert host.call("Verify") == []


def test_change_of_the_acl_below_our_edit_is_followed(host):
    set_auth(host)
    file = host.file("/etc/exim4/exim4.conf.template")
    file.write_text(file.read_text().replace("MAIN_ACL_CHECK_RCPT = acl_check_rcpt", "MAIN_ACL_CHECK_RCPT = acl_mine")
                    .replace("\nacl_check_rcpt:\n", "\nacl_mine:\n  deny local_parts = mine\n  accept\nacl_check_rcpt:\n"))
    host.call("Reload")
    assert from_remote(host, "mine@remote.test", FOREIGN) == ["550 Administrative prohibition", NEEDED]
    wait_until(lambda: len(list(host.file(ACLS).iterdir())) == 2, 120, "the end of what pointed elsewhere")


def test_auth_that_nobody_can_give_is_a_problem(host):
    host.put(MACROS, "auth_advertise_hosts =\n")
    set_auth(host)
    assert "nobody-can-relay" in [problem["Id"] for problem in host.call("Status")["Problems"]]


@pytest.mark.parametrize("line, words", [
    ("", "RequireAuth: acl_smtp_rcpt is not set in Exim's own configuration"),
    ("acl_smtp_rcpt = accept hosts = *\n", "move the conditions into the section"),
])
def test_acl_that_cannot_be_wrapped_is_refused(single, line, words):
    text = single.file(MAIN).read_text().replace("acl_smtp_rcpt = MAIN_ACL_CHECK_RCPT\n", line)
    single.file(MAIN).write_text(text)
    single.reload_exim()
    before = files(single)
    with pytest.raises(BusError) as caught:
        set_auth(single)
    assert caught.value.name == "EximConfigUnsupported" and words in caught.value.text
    assert files(single) == before


def test_macro_defined_behind_ours_is_refused(split):
    split.put("/etc/exim4/conf.d/main/00_mine", "MAIN_ACL_CHECK_RCPT = acl_check_rcpt\n")
    split.reload_exim()
    before = files(split)
    with pytest.raises(BusError) as caught:
        set_auth(split)
    assert caught.value.name == "EximBlockedByMacro"
    assert "'/etc/exim4/conf.d/main/00_mine', line 1" in caught.value.text
    assert files(split) == before


def test_package_takes_the_acls_with_it(host):
    set_auth(host)
    host.run("smtp-restrictionsd", "--remove", check=False)  # refused: the service runs
    assert host.file(ACLS).exists()
    host.run("systemctl", "stop", "smtp-restrictions")
    try:
        assert host.out("smtp-restrictionsd", "--remove") == ""
        assert not host.file(ACLS).exists()
        assert from_remote(host, FOREIGN) == ["250 Accepted"]
    finally:
        host.run("systemctl", "start", "smtp-restrictions")
