# SPDX-License-Identifier: GPL-2.0-or-later
"""Users, groups and mail servers come and go, and nobody tells the service."""

import contextlib
import os
import re

import pytest
from booted import REMOTE, wait_until

# Five seconds of quiet, and the work behind them on a busy machine.
SECONDS_MAX = 60


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
    wait_until(lambda: problems(host) == {"name-unknown"} and "admin" not in allowed(host), what="the Problem")

    host.run("useradd", "-m", "admin")
    host.run("useradd", "-r", "postfix")
    wait_until(lambda: host.reach("admin", REMOTE[0], 587) == "remote", SECONDS_MAX, "the user who is there again")
    wait_until(lambda: problems(host) == set() and allowed(host).get("postfix") == "mta", what="the end of the Problem")
    assert host.reach("eve", REMOTE[0], 587) == "ECONNREFUSED"


LISTENER = """
[Service]
User=tester
AmbientCapabilities=CAP_NET_BIND_SERVICE
ExecStart=/usr/bin/python3 -c 'import socket, time; s = socket.create_server(("127.0.0.2", 25)); time.sleep(1000)'
"""


def announced(host):
    """A function that returns the names of the properties that were announced since, without asking the service."""
    process = host.popen("busctl", "monitor", "org.example.SmtpRestrictions")
    os.set_blocking(process.stdout.fileno(), False)
    data = b""

    def read():
        nonlocal data
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(process.stdout.fileno(), 1 << 16):
                data += piece
        return {name.decode() for name in re.findall(rb'STRING "(\w+)"', data)}

    wait_until(lambda: host.call("Reload") or "Busy" in read(), what="the monitor")
    return process, read


def test_a_mail_server_that_may_not_deliver_is_announced(host, sink):
    host.enable()
    host.put("/etc/systemd/system/strange-mta.service", LISTENER)
    host.run("systemctl", "daemon-reload")
    process, names = announced(host)

    host.run("systemctl", "start", "strange-mta.service")
    wait_until(lambda: {"ProblemCount", "Health"} <= names(), SECONDS_MAX, "the signal")
    assert problems(host) == {"mta-blocked"} and host.property("Health") == "failed"
    number = host.out("id", "-u", "tester")
    assert f"Uid {number} listens on port 25" in host.journal("-u", "smtp-restrictions.service", "-p", "warning")
    process.kill()
    process.wait()

    host.run("systemctl", "stop", "strange-mta.service")
    wait_until(lambda: problems(host) == set(), SECONDS_MAX, "the end of the Problem")


PACKAGE = """
set -e
mkdir -p /tmp/tiny/DEBIAN /tmp/tiny/usr/sbin
cd /tmp/tiny
printf 'Package: tiny-mta\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody\\nDescription: test\\n' >DEBIAN/control
printf '#!/bin/sh\\nuseradd -r opensmtpd\\n' >DEBIAN/postinst
printf '#!/bin/sh\\nuserdel opensmtpd\\n' >DEBIAN/postrm
chmod 755 DEBIAN/post*
dpkg-deb -b . /tmp/tiny.deb
dpkg -i /tmp/tiny.deb
"""


def mtas(host):
    return {mta["Name"]: mta["Listens"] for mta in host.call("Status")["Mtas"]}


def test_packages_and_units_of_mail_servers_are_followed(host, sink):
    host.enable()
    host.run("sh", "-c", PACKAGE)
    wait_until(lambda: allowed(host).get("opensmtpd") == "mta", SECONDS_MAX, "the account of the package")
    host.run("dpkg", "-r", "tiny-mta")
    wait_until(lambda: "opensmtpd" not in allowed(host), SECONDS_MAX, "its end")

    assert mtas(host) == {"Exim": [25]}
    host.run("systemctl", "stop", "exim4")
    wait_until(lambda: mtas(host) == {"Exim": []}, SECONDS_MAX, "Exim's end")
    host.call("SetMailLimits", "a{sv}", 1, "RecipientsMax", "u", 50)
    assert "exim-not-running" in problems(host)
    host.run("systemctl", "start", "exim4")
    wait_until(lambda: mtas(host) == {"Exim": [25]} and problems(host) == set(), SECONDS_MAX, "Exim's start")


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

    host.file("/etc/iptables/rules.v4").unlink()
    host.put("/var/cpanel/smtpgidonlytweak", "")
    host.put("/etc/sysconfig/imunify360/imunify360.config", "SMTP_BLOCKING:\n  enable: true\n")
    host.put("/etc/sysconfig/imunify360/imunify360-merged.config", "SMTP_BLOCKING:\n  enable: false\n")
    host.call("Reload")
    assert problems(host) == {"conflict-cpanel"}

    host.file("/var/cpanel/smtpgidonlytweak").unlink()
    host.run("nft", "add table ip filter; add chain ip filter OUTPUT; "
                    "add rule ip filter OUTPUT tcp dport 25 meta skuid 0 accept")
    host.call("Reload")
    text, = [problem["Text"] for problem in host.call("Status")["Problems"]]
    assert text == "nftables table ip filter, chain OUTPUT, has a rule for SMTP by owner"


def test_containers_that_nobody_restricts_are_a_problem(host, sink):
    host.enable()
    host.run("sh", "-c", "ip link add docker0 type bridge && ip link add veth1 type veth peer name inside && "
                         "ip link set veth1 master docker0 up && ip link set inside up && ip link set docker0 up")
    assert problems(host) == set()
    host.netexec("sysctl", "-qw", "net.ipv4.ip_forward=1")
    wait_until(lambda: problems(host) == {"forwarded-unrestricted"}, what="the Problem")
    text, = [problem["Text"] for problem in host.call("Status")["Problems"]]
    assert " behind docker0 may" in text

    host.call("SetPolicy", "a{sv}", 1, "ForwardedInterfaces", "as", 1, "docker0")
    assert problems(host) == set()
    host.call("SetPolicy", "a{sv}", 2, "ForwardedInterfaces", "as", 0, "Forwarded", "s", "reject")
    assert problems(host) == set()
