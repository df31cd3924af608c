# SPDX-License-Identifier: GPL-2.0-or-later
"""Exim 4.96 becomes 4.98 beside a service with limits set: a host of Debian 12 gets the Exim of Debian 13.

The host has no network: the packages were fetched by the build machine's apt.
"""

import subprocess

import pytest
from booted import TESTHOST

MACROS = "/etc/exim4/exim4.conf.localmacros"
GREETINGS = """
import socket
clients = [socket.create_connection(("127.0.0.1", 25), 10) for _ in range(4)]
print(*[client.recv(3).decode() for client in clients])
"""


@pytest.fixture(scope="session")
def newer_exim(newer_suite):
    """The folder with the packages."""
    return subprocess.run([TESTHOST, "newer", "exim4-daemon-light"], env=newer_suite, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def set_limits(host, connections):
    host.call("SetMailLimits", "a{sv}", 2, "SmtpAcceptMax", "u", connections, "RecipientsMax", "u", 77)


def exim_says(host, option):
    return host.out("exim4", "-bP", option).partition(" = ")[2]


def test_limits_outlive_an_upgrade_of_exim(boot, disk, newer_exim):
    """recipients_max is a number for 4.96 and a text to be expanded for 4.98; the unit is another one too."""
    host = boot(disk, f"--bind-ro={newer_exim}:/packages")
    before = host.file(MACROS).read_bytes()
    set_limits(host, 3)
    host.run("sh", "-c", "DEBIAN_FRONTEND=noninteractive apt-get -q -y install /packages/*.deb")
    assert host.out("exim4", "-bV").startswith("Exim version 4.98")
    assert host.out("systemctl", "show", "-P", "Type", "exim4.service") == "exec"

    assert (exim_says(host, "smtp_accept_max"), exim_says(host, "recipients_max")) == ("3", "77")
    assert host.out("python3", "-c", GREETINGS) == "220 220 220 421"
    # while the packages were replaced somebody may have looked for Exim in vain, and Status tells of the last look
    host.call("Reload")
    assert host.call("Verify") == [] and host.call("Status")["Problems"] == []

    set_limits(host, 2)
    assert host.out("python3", "-c", GREETINGS) == "220 220 421 421"
    host.call("ResetMailLimits", "as", 0)
    assert host.file(MACROS).read_bytes() == before
    # manual pages are left out of the hosts' disks
    changed = host.run("dpkg", "--verify", "exim4-config", check=False).stdout.splitlines()
    assert [line for line in changed if not line.startswith("missing ")] == []
