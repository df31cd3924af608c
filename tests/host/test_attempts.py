# SPDX-License-Identifier: GPL-2.0-or-later
"""Attempts on a booted host: the way in of the README, counts through restart and reboot, who is told of them."""

import contextlib
import json
import os

import pytest
from booted import REMOTE, wait_until
from test_guard import TABLE, wait_told


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

    host.ctl("allow", "tester", "--reason", "test")
    host.ctl("enable", "--try", "30m")
    assert host.property("Enforcing") is True
    assert (host.reach("tester", REMOTE[0], 587), host.reach("www-data", REMOTE[0], 587)) == ("remote", "ECONNREFUSED")
    host.ctl("confirm")
    assert top(host)["www-data"] == (2, {"observe", "reject"})

    host.ctl("attempts", "reset", "tester")
    assert set(top(host)) == {"www-data"}
    host.ctl("observe", "off")
    assert host.reach("www-data", REMOTE[0], 587) == "ECONNREFUSED"


def test_counts_live_through_restart_repair_and_reboot(host, sink):
    host.enable()
    host.reach("tester", REMOTE[0], 587)
    host.reach("tester", REMOTE[1], 25)
    before = top(host)
    assert before == {"tester": (2, {"reject", "redirect"})}

    host.run("systemctl", "kill", "-s", "KILL", "smtp-restrictions.service")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    assert top(host) == before

    host.run("systemctl", "restart", "smtp-restrictions.service")  # saved, other than by the kill
    for count, damage in enumerate(("delete table {0}", "delete table {0}; add table {0}"), 1):
        host.run("nft", damage.format(TABLE))
        wait_told(host, count)
        assert top(host) == before, damage

    host.reboot()
    assert top(host) == before
    assert host.call("Status")["Health"] == "ok"
    # the boot loader has put them back, before there was a service
    assert "attempts" not in host.journal("-b", "-u", "smtp-restrictions-boot.service", "-p", "warning")


def lines_of(process):
    """A function that returns what `watch --json` has said so far."""
    os.set_blocking(process.stdout.fileno(), False)
    data = b""

    def read():
        nonlocal data
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(process.stdout.fileno(), 1 << 16):
                data += piece
        return [json.loads(line) for line in data.splitlines()]

    return read


def watch(host, user=None):
    """Returns when it watches: what it says can be read by calling the result."""
    process = host.popen("smtp-restrictionsctl", "watch", "--json", user=user)
    read = lines_of(process)
    wait_until(lambda: host.reach("www-data", REMOTE[0], 587) and read(), what="a line for an attempt")
    return process, read


def forge_attempts(host):
    """What looks like the service's, to everybody who may be watching."""
    names = [name for name, _, process, *_ in map(str.split, host.out("busctl", "list", "--no-legend").splitlines())
             if name.startswith(":") and "restrictio" in process]
    assert len(names) > 2
    for name in names:
        host.runas("tester", "dbus-send", "--system", f"--dest={name}", "/org/example/SmtpRestrictions",
                   "org.example.SmtpRestrictions.Attempts.Attempt", "uint32:0", "string:forged", "string:192.0.2.1",
                   "uint16:25", "string:reject", "uint64:1")


def test_root_and_adm_watch_and_the_journal_tells(host, sink):
    host.enable()
    host.run("usermod", "-aG", "adm", "admin")
    watching = [watch(host), watch(host, user="admin")]
    forge_attempts(host)
    assert host.reach("tester", REMOTE[1], 465) == "ECONNREFUSED"
    for process, read in watching:
        line = wait_until(lambda: [line for line in read() if line["User"] == "tester"], what="the attempt")[0]
        assert line == {"Uid": line["Uid"], "User": "tester", "Address": REMOTE[1], "Port": 465, "Verdict": "reject",
                        "Count": 1}
        assert "forged" not in {line["User"] for line in read()}
        process.kill()
        process.wait()

    refused = host.runas("tester", "smtp-restrictionsctl", "watch", check=False)
    assert refused.returncode == 4 and "only root and members of group adm" in refused.stderr

    wait_until(lambda: host.journal("SMTP_RESTRICTIONS_USER=tester"), what="the journal")
    entries = host.journal("SMTP_RESTRICTIONS_USER=tester", output="json")
    entry, = [json.loads(line) for line in entries.splitlines()]
    assert (entry["SMTP_RESTRICTIONS_ADDRESS"], entry["SMTP_RESTRICTIONS_PORT"], entry["SMTP_RESTRICTIONS_VERDICT"]) == \
        (REMOTE[1], "465", "reject")
    assert entry["_SYSTEMD_UNIT"] == "smtp-restrictions.service"
    text = host.out("journalctl", "-x", "SMTP_RESTRICTIONS_USER=tester")
    assert "A program of user tester" in text and f"connect to {REMOTE[1]}, port 465" in text


STORM = """
import os, socket, sys, time
addresses, tried, through = sys.argv[1:], 0, 0
pid = os.fork()
end = time.monotonic() + 4
while time.monotonic() < end:
    for address in addresses:
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        through += s.connect_ex((address, 587)) != 111
        s.close()
        tried += 1
print(tried, through, flush=True)
if pid:
    os.wait()
"""


def test_a_storm_loses_no_verdict_and_loads_nobody(host, sink):
    host.enable()
    process, read = watch(host)

    def used():
        return int(host.out("systemctl", "show", "-P", "CPUUsageNSec", "smtp-restrictions.service")) / 1e9

    rejected, told, before = host.call("Status")["Rejected"], len(read()), used()
    lines = host.runas("tester", "python3", "-c", STORM, *REMOTE).stdout.split()
    tried, through = sum(map(int, lines[0::2])), sum(map(int, lines[1::2]))
    seconds = used() - before

    assert through == 0
    assert tried > 2000 and host.call("Status")["Rejected"] - rejected == tried
    assert top(host)["tester"][0] == tried
    assert len(read()) - told <= 5 + 2 * 5
    assert host.journal("SMTP_RESTRICTIONS_USER=tester").count("\n") < 2
    assert seconds < 0.5, f"{tried} attempts took the service {seconds} s"
    status = host.out("cat", f"/proc/{host.main_pid()}/status")
    assert int(status.split("VmRSS:")[1].split()[0]) < 32 << 10
    process.kill()
    process.wait()
