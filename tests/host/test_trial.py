# SPDX-License-Identifier: GPL-2.0-or-later
"""A change on trial, on a booted host with Exim: through kill -9, restart and reboot. All tests share one host.

Time is not waited for: while the service or the host is down, the deadline in try.json is moved, which is the same as if
the trial had begun earlier, or the clock had been set.
"""

import json
import re
import time

import pytest
from booted import BusError, Host, wait_until

RECORD = "/var/lib/smtp-restrictions/try.json"
PENDING = "/var/lib/smtp-restrictions/pending.json"
UNIT = "smtp-restrictions.service"
NO_RELOAD = "/etc/systemd/system/exim4.service.d/test.conf"

OLD_LIMIT, NEW_LIMIT = "7", "2"  # smtp_accept_max
TRY = ("Try", "a{sv}u", 2, "PortVerdicts", "a{qs}", 1, 2525, "reject",
       "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", NEW_LIMIT)


@pytest.fixture(scope="module")
def shared(disk, suite, worker_id):
    host = Host(f"{worker_id.replace('master', 'm')}trial", suite)
    host.down()  # what a killed run left behind
    try:
        host.up(disk)
        host.drop_in("[Service]\nRestart=always\nRestartSec=0\n[Unit]\nStartLimitIntervalSec=0\n")
        host.run("systemctl", "restart", UNIT)
        yield host
    finally:
        host.down()


@pytest.fixture
def host(shared, hosts):
    """Restricted, with a limit, and nothing on trial."""
    hosts.append(shared)
    shared.call("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true",
                "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", OLD_LIMIT, 0)
    yield shared
    running = shared.call("Status")["Try"]
    if running:
        shared.call("Cancel", "s", running["Id"])


def agreed(host):
    """"old" or "new": policy, kernel, Exim's files and what Exim reads agree."""
    limit = host.out("exim4", "-bP", "smtp_accept_max").partition(" = ")[2]
    policy = json.loads(host.out("smtp-restrictionsctl", "policy", "show", "--json"))
    new = {
        "policy": policy["PortVerdicts"] == {"2525": "reject"},
        "limits": policy["MailLimits"]["SmtpAcceptMax"] == int(NEW_LIMIT),
        "kernel": "2525" in host.table(),
        "exim": limit == NEW_LIMIT,
    }
    assert len(set(new.values())) == 1 and host.table() and limit in (OLD_LIMIT, NEW_LIMIT), (new, limit)
    return "new" if new["policy"] else "old"


def in_force(host):
    """Likewise, and the service finds nothing wrong either, which costs more than the rest of it."""
    assert host.out("smtp-restrictionsctl", "verify", "--json") == "[]"
    return agreed(host)


def begin(host, seconds=600):
    number = host.call(*TRY, seconds)
    assert agreed(host) == "new"
    return number


def left(host, seconds, clocks=("Deadline", "DeadlineBoottime")):
    """The trial has that many seconds left, by these clocks; the service must not run."""
    record = json.loads(host.file(RECORD).read_text())
    for name in clocks:
        clock = time.CLOCK_REALTIME if name == "Deadline" else time.CLOCK_BOOTTIME
        record[name] = int((time.clock_gettime(clock) + seconds) * 1_000_000)
    host.file(RECORD).write_text(json.dumps(record))


def ready(host):
    return host.run("busctl", "status", "org.example.SmtpRestrictions", check=False).returncode == 0


def kill(host):
    before = host.main_pid()
    host.run("kill", "-9", before)
    wait_until(lambda: host.main_pid() not in (0, before) and ready(host), what="the restart")


@pytest.mark.both_debians
def test_it_comes_back_by_itself_though_the_service_was_killed(host):
    begin(host)
    kill(host)
    with pytest.raises(BusError, match=r"root \(uid 0\)") as refused:
        host.call("Disable")
    assert refused.value.name == "Busy" and in_force(host) == "new"

    host.run("systemctl", "stop", UNIT)
    left(host, 2)
    host.run("systemctl", "start", UNIT)
    wait_until(lambda: host.property("TryDeadline") == 0, what="the way back")

    assert in_force(host) == "old" and not host.file(RECORD).exists()
    log = host.journal("-u", UNIT, "-o", "verbose", "MESSAGE_ID=3e1f0d0c6a4b4f7e9a53b5f1c8a24d08")
    assert "nobody confirmed a Try by root (uid 0)" in log
    host.call("Disable")


def test_what_is_confirmed_stays_though_the_service_is_killed(host):
    host.call("Confirm", "s", begin(host))
    kill(host)
    assert in_force(host) == "new" and host.property("TryDeadline") == 0


def test_what_is_cancelled_goes_from_exim_too(host):
    host.call("Cancel", "s", begin(host))
    assert in_force(host) == "old"


def test_over_while_the_service_did_not_run(host):
    begin(host)
    host.run("systemctl", "stop", UNIT)
    left(host, -1)
    host.run("systemctl", "start", UNIT)
    assert in_force(host) == "old"


def test_what_is_over_does_not_wait_for_a_broken_exim(host):
    begin(host)
    host.run("systemctl", "stop", UNIT)
    localmacros = host.file("/etc/exim4/exim4.conf.localmacros")
    whole = localmacros.read_text()
    localmacros.write_text(whole + "nonsense\n")
    left(host, -1)
    host.run("systemctl", "start", UNIT)

    status = host.call("Status")
    policy = json.loads(host.out("smtp-restrictionsctl", "policy", "show", "--json"))
    assert policy["MailLimits"]["SmtpAcceptMax"] == int(OLD_LIMIT) and "2525" not in host.table()
    assert status["Problems"] and host.property("TryDeadline") == 0

    localmacros.write_text(whole)
    host.call("Reload")
    assert in_force(host) == "old"


def test_what_exim_could_not_be_told_at_the_end_it_is_told_later(host):
    """Nothing else happens meanwhile, no call and no change of its files."""
    begin(host)
    host.run("systemctl", "stop", UNIT)
    left(host, -1)
    host.put(NO_RELOAD, "[Service]\nExecReload=\nExecReload=/bin/false\n")
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", UNIT)
    host.file(NO_RELOAD).unlink()
    host.run("systemctl", "daemon-reload")
    assert host.property("TryDeadline") == 0 and host.file(PENDING).exists()

    wait_until(lambda: not host.file(PENDING).exists(), 100, "the reload")
    assert in_force(host) == "old"
    assert [problem["Id"] for problem in host.call("Status")["Problems"]] == ["trial-taken-back"]


@pytest.mark.parametrize("seconds", [-99999, 99999])
def test_a_clock_that_is_set_moves_nothing_but_what_is_told(host, seconds):
    begin(host)
    deadline = host.property("TryDeadline")
    host.run("systemctl", "stop", UNIT)
    left(host, 600 + seconds, ["Deadline"])
    host.run("systemctl", "start", UNIT)

    assert in_force(host) == "new"
    assert abs(host.property("TryDeadline") - deadline) < 2_000_000
    assert abs(json.loads(host.file(RECORD).read_text())["Deadline"] - deadline) < 2_000_000


def test_it_goes_on_after_a_reboot(host):
    number = begin(host)
    host.reboot()

    assert host.call("Status")["Try"]["Id"] == number and in_force(host) == "new"
    host.call("Cancel", "s", number)
    assert in_force(host) == "old"


def test_what_is_over_is_loaded_neither_before_the_network_nor_later(host):
    begin(host)
    host.off()
    left(host, -1)
    mask = host.file("/etc/systemd/system/" + UNIT)
    mask.symlink_to("/dev/null")
    host.on()
    table = host.table()
    mask.unlink()
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", UNIT)

    assert table and "2525" not in table
    assert in_force(host) == "old"


def test_rollback_is_for_exim_too(host):
    host.call("Confirm", "s", begin(host))
    tried, old = host.call("ListHistory", "a{sv}", 1, "Most", "u", 2)
    assert tried["Changes"]["MailLimits"] == {"SmtpAcceptMax": int(NEW_LIMIT)}

    host.call("Rollback", "s", old["Id"])
    assert in_force(host) == "old"
    host.call("Rollback", "s", tried["Id"])
    assert in_force(host) == "new"


# ----------------------------------------------------- smtp-restrictionsctl


def test_a_script_tries_and_confirms(host):
    number = host.ctl("try", "10m", "PortVerdicts=2525:reject", f"SmtpAcceptMax={NEW_LIMIT}").stdout.strip()
    status = host.ctl("status").stdout
    assert f"confirm {number}" in status and in_force(host) == "new"
    assert re.search("taken back in (9|10) min", status)  # 10 within its first second

    host.ctl("confirm", number)
    assert in_force(host) == "new" and "On trial" not in host.ctl("status").stdout


def test_the_restriction_is_lifted_for_a_while(host):
    host.ctl("disable", "--try", "30m")
    assert host.table() == "" and host.ctl("enable", check=False).returncode == 5
    host.ctl("cancel")
    assert in_force(host) == "old" and host.ctl("cancel", check=False).returncode == 5


def test_a_past_policy_is_found_and_brought_back(host):
    host.ctl("policy", "set", "PortVerdicts=2525:reject", f"SmtpAcceptMax={NEW_LIMIT}")
    lines = host.ctl("history").stdout.splitlines()
    newest, old = [line.split() for line in lines if line.split()[0].isdigit()][:2]
    assert "SetPolicy" in newest and "PortVerdicts=2525:reject" in newest

    host.ctl("rollback", old[0])
    assert in_force(host) == "old"


@pytest.mark.parametrize("words", [
    ["try", "10m"], ["try", "soon", "Observe=yes"], ["enable", "--try", "0"], ["status", "--try", "10m"], ["rollback"],
    ["confirm", "a", "b"],
])  # fmt: skip
def test_wrong_use_is_two(unchanged, words):
    assert unchanged.ctl(*words, check=False).returncode == 2


@pytest.mark.parametrize("words", [["try", "9", "Observe=yes"], ["confirm"], ["confirm", "x"], ["rollback", "x"]])
def test_what_is_refused_is_five(unchanged, words):
    assert unchanged.ctl(*words, check=False).returncode == 5
