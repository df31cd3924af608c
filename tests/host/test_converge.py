# SPDX-License-Identifier: GPL-2.0-or-later
"""One transaction over firewall, Exim and policy.json: both halves or neither, and what becomes of policy.json."""

import json

import pytest
from booted import NAME, OBJECT, BusError, wait_until
from worker import faults

MACROS = "/etc/exim4/exim4.conf.localmacros"
TEMPLATE = "/etc/exim4/exim4.conf.template"
POLICY = "/etc/smtp-restrictions/policy.json"
BOTH = ("SetPolicy", "a{sv}", 2, "PortVerdicts", "a{qs}", 1, 25, "reject", "MailLimits", "a{sv}", 1,
        "SmtpAcceptMax", "u", 33)


def exim_says(host, option):
    return host.out("exim4", "-bP", option)


def problems(host):
    return {problem["Id"]: problem for problem in host.call("Status")["Problems"]}


def everything(host):
    """What must not change when a change fails: rules, Exim's files, what Exim has generated, the policy."""
    status = host.call("Status")
    return (host.table(), host.out("sh", "-c", "cd /etc/exim4 && find . -type f | sort | xargs sha256sum"),
            exim_says(host, "smtp_accept_max"), host.out("sh", "-c", f"cat {POLICY} 2>/dev/null || :"),
            status["Generation"], status["MailLimits"])


def refused(host, *call, **options):
    """The call fails and changes nothing; the error."""
    before = everything(host)
    with pytest.raises(BusError) as caught:
        host.call(*call, **options)
    assert everything(host) == before
    return caught.value


@pytest.fixture
def enabled(host):
    host.enable()
    return host


@pytest.mark.both_debians
def test_one_call_changes_both_halves(enabled):
    enabled.call(*BOTH)
    assert "nat_output" not in enabled.table()
    assert exim_says(enabled, "smtp_accept_max") == "smtp_accept_max = 33"
    policy = json.loads(enabled.file(POLICY).read_text())
    assert policy["PortVerdicts"] == {"25": "reject"} and policy["MailLimits"] == {"SmtpAcceptMax": 33}


@pytest.mark.both_debians
def test_a_failing_exim_half_leaves_the_firewall(enabled):
    template = enabled.file(TEMPLATE)
    template.write_text("smtp_accept_max = 20\n" + template.read_text())
    error = refused(enabled, *BOTH)
    assert error.name == "EximBlockedByMacro"
    assert "exim4.conf.template', line 1" in error.text and "nothing was changed" in error.text


@pytest.mark.both_debians
def test_a_failing_batch_takes_exim_back(enabled):
    """The batch is tried before; so it fails only when the kernel runs out of something in between.

    Two faults in a row, as a batch that fails is sent once more in another form.
    """
    with faults(enabled, trace=["sendmsg"]) as calls:
        enabled.call(*BOTH)
    enabled.call("ReplacePolicy", "a{sv}a{sv}", 1, "Enabled", "b", "true", 0)
    # the other sendmsg() talk to systemd
    when = max(number for number, call in enumerate(calls, 1) if "AF_NETLINK" in call)
    before = everything(enabled)

    with faults(enabled, f"sendmsg:error=ENOBUFS:when={when}..{when + 1}"), pytest.raises(BusError) as caught:
        enabled.call(*BOTH)

    assert caught.value.name == "FirewallFailed" and "the old state is in force" in caught.value.text
    assert everything(enabled)[:3] == before[:3]
    assert enabled.call("Verify") == []


def test_an_exim_that_cannot_be_seen_is_not_taken_for_a_stopped_one(enabled):
    """It would get its files, and nobody would tell it to read them."""
    with faults(enabled, trace=["read"]) as calls:
        enabled.call(*BOTH)
    enabled.call("ReplacePolicy", "a{sv}a{sv}", 1, "Enabled", "b", "true", 0)
    when = next(number for number, call in enumerate(calls, 1) if "exim4.service/cgroup.procs" in call)
    before = everything(enabled)

    with faults(enabled, f"read:error=EIO:when={when}"), pytest.raises(BusError) as caught:
        enabled.call(*BOTH)

    assert caught.value.name == "EximReloadFailed" and "nothing was changed" in caught.value.text
    assert everything(enabled) == before


def test_an_edit_by_hand_waits_for_reload(enabled):
    policy = json.loads(enabled.file(POLICY).read_text())
    enabled.put(POLICY, json.dumps(policy | {"PortVerdicts": {"25": "reject"}}))
    assert "nat_output" in enabled.table()
    assert refused(enabled, "Disable").name == "PolicyFileChanged"
    enabled.run("systemctl", "reload", "smtp-restrictions.service")
    assert "nat_output" not in enabled.table()
    enabled.call("Disable")


def test_an_edit_by_hand_is_taken_over_at_start(enabled):
    policy = json.loads(enabled.file(POLICY).read_text())
    enabled.put(POLICY, json.dumps(policy | {"AllowedUsers": ["admin"]}))
    enabled.run("systemctl", "restart", "smtp-restrictions.service")
    assert enabled.call("GetPolicy")["AllowedUsers"] == ["admin"]
    assert any(entry["User"] == "admin" for entry in enabled.call("ListAllowed", "a{sv}", 0))


@pytest.mark.parametrize("how", ["start", "reload"])
@pytest.mark.parametrize("text, where, problem", [
    ('{\n  "Enabled": false,\n  "Typo": 1\n}\n', ":3:", "policy-file-invalid"),
    ('{\n  "Enabled": fal', ":2:", "policy-file-invalid"),
    ('{"Enabled": true, "AllowedUsers": ["nosuchuser"]}', "nosuchuser", "policy-file-invalid"),
    ('{"Version": 2, "Enabled": false}', "newer", "policy-file-newer"),
    ("", "", "policy-file-invalid"),
])
def test_a_bad_policy_file_never_opens_the_host(enabled, how, text, where, problem):
    table = enabled.table()
    enabled.put(POLICY, text)
    done = enabled.run("systemctl", "re" + how if how == "start" else how, "smtp-restrictions.service", check=False)
    assert (done.returncode == 0) == (how == "start")
    assert enabled.table() == table
    assert enabled.file(POLICY).read_text() == text
    found = problems(enabled)
    assert where in found[problem]["Text"]
    assert enabled.property("Health") == "degraded"
    assert refused(enabled, "Disable").name == "PolicyFileChanged"
    assert refused(enabled, "SetMailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", 9).name == "PolicyFileChanged"


def test_a_missing_policy_file_keeps_what_is_in_force(enabled):
    table = enabled.table()
    enabled.file(POLICY).unlink()
    enabled.run("systemctl", "restart", "smtp-restrictions.service")
    assert enabled.table() == table
    assert "policy-file-missing" in problems(enabled)
    enabled.call("SetPolicy", "a{sv}", 1, "Contact", "s", "postmaster@host.test")
    assert json.loads(enabled.file(POLICY).read_text())["Enabled"] is True
    assert problems(enabled) == {}


def test_policy_written_before_the_first_start_is_brought_into_force(bare_host, package):
    bare_host.file("/etc/smtp-restrictions").mkdir()
    bare_host.put(POLICY, '{"Enabled": true, "MailLimits": {"SmtpAcceptMax": 44}}\n')
    bare_host.file("/root/package.deb").write_bytes(package.read_bytes())
    bare_host.run("apt-get", "-q", "-y", "install", "/root/package.deb")
    assert "nat_output" in bare_host.table()
    assert exim_says(bare_host, "smtp_accept_max") == "smtp_accept_max = 44"


def test_a_full_disk_changes_nothing(enabled):
    enabled.run("systemctl", "stop", "smtp-restrictions.service")
    state = "/var/lib/smtp-restrictions"
    enabled.run("sh", "-c", f"cp -a {state} /root/state; mount -t tmpfs -o size=64k,mode=700 none {state}; "
                            f"cp -a /root/state/. {state}")
    enabled.run("systemctl", "start", "smtp-restrictions.service")
    enabled.run("sh", "-c", f"cat /dev/zero >{state}/fill || :", check=False)
    error = refused(enabled, *BOTH)
    assert error.name == "StorageFailed" and "No space left" in error.text
    enabled.file(state)
    enabled.run("rm", f"{state}/fill")
    enabled.call(*BOTH)


def test_a_read_only_etc_changes_nothing(enabled):
    enabled.run("systemctl", "stop", "smtp-restrictions.service")
    enabled.run("sh", "-c", "mount --bind /etc/exim4 /etc/exim4; mount -o remount,bind,ro /etc/exim4")
    enabled.run("systemctl", "start", "smtp-restrictions.service")
    error = refused(enabled, *BOTH)
    assert error.name == "StorageFailed" and "Read-only file system" in error.text


@pytest.mark.both_debians
def test_exim_that_is_not_running_gets_its_files_and_a_problem(enabled):
    enabled.run("systemctl", "stop", "exim4")
    enabled.call("SetMailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", 33)
    assert "exim-not-running" in problems(enabled)
    assert enabled.out("systemctl", "is-active", "exim4", check=False) == "inactive"
    enabled.run("systemctl", "start", "exim4")
    assert exim_says(enabled, "smtp_accept_max") == "smtp_accept_max = 33"
    enabled.call("Reload")
    assert problems(enabled) == {}


@pytest.mark.both_debians
def test_a_reload_that_systemd_refuses_goes_back(enabled):
    enabled.put("/etc/systemd/system/exim4.service.d/test.conf",
                "[Service]\nExecReload=\nExecReload=/bin/false\n")
    enabled.run("systemctl", "daemon-reload")
    error = refused(enabled, *BOTH)
    assert error.name == "EximReloadFailed" and "the old state is in force" in error.text
    assert enabled.out("systemctl", "is-active", "exim4") == "active"


@pytest.mark.both_debians
def test_a_daemon_that_dies_of_the_reload_is_brought_back(enabled):
    enabled.put("/etc/systemd/system/exim4.service.d/test.conf",
                "[Service]\nExecReload=\nExecReload=/bin/sh -c 'pkill -KILL -x exim4'\n")
    enabled.run("systemctl", "daemon-reload")
    error = refused(enabled, *BOTH)
    assert error.name == "EximReloadFailed" and "the old state is in force" in error.text
    assert enabled.reach("root", "127.0.0.1", 25) == "local"


def test_a_reload_without_proof_is_committed_and_proven_later(enabled):
    """A name server that does not answer holds Exim up between its old sockets and its new ones."""
    hosts = enabled.file("/etc/hosts")
    known = hosts.read_text()
    hosts.write_text("127.0.0.1 localhost\n")
    enabled.put("/etc/resolv.conf", "nameserver 203.0.113.99\noptions timeout:12 attempts:2\n")
    enabled.put("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    with enabled.popen("busctl", "--timeout=60", "call", NAME, OBJECT, NAME, *BOTH) as change:
        wait_until(lambda: enabled.property("Busy"), what="the change")
        enabled.run("nft", "flush", "ruleset")
        wait_until(enabled.table, 2, "the table, while the change waits for Exim")
        assert change.poll() is None
    assert change.returncode == 0 and "reload-unproven" in problems(enabled)
    assert enabled.file("/var/lib/smtp-restrictions/pending.json").exists()
    hosts.write_text(known)
    wait_until(lambda: "reload-unproven" not in problems(enabled), 60, "the proof")
    assert not enabled.file("/var/lib/smtp-restrictions/pending.json").exists()
    assert enabled.call("GetPolicy")["MailLimits"] == {"SmtpAcceptMax": 33}
