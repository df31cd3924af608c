# SPDX-License-Identifier: GPL-2.0-or-later
"""One limit of two mail servers: two hosts with a real Exim each, and Debian's redis-server beyond the network of both."""

import subprocess
import tempfile

import pytest
from booted import HERE, METER, Host, wait_until
from mailhost import REMOTE, submit

PASSWORD = "not to be seen"
LIMIT = 6


class Counters:
    """A redis-server on a Unix socket; a relay in the remote namespace of each host leads there."""

    def __init__(self, folder, hosts):
        self.socket = f"{folder}/socket"
        self.process = None
        self.relays = [host.popen_remote("python3", str(HERE / "relay.py"), REMOTE, "6379", self.socket) for host in hosts]

    def start(self):
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "",
                                         "--appendonly", "no", "--requirepass", PASSWORD], stdout=subprocess.DEVNULL)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        self.kill()
        for relay in self.relays:
            relay.kill()
            relay.wait()


@pytest.fixture(scope="module")
def pair(disk, suite, worker_id):
    worker = worker_id.replace("master", "m")
    hosts = [Host(f"{worker}sca", suite), Host(f"{worker}scb", suite)]
    try:
        for host in hosts:
            host.down()  # what a killed run left behind
            host.up(disk)
            host.run("install", "-d", "-m", "0700", "/etc/credstore")
            host.put("/etc/credstore/shared-counters.password", PASSWORD + "\n", 0o600)
            # a machine that is busy with other tests answers late; and both come from one disk, with one machine's id
            host.put("/etc/systemd/system/smtp-restrictions-meter.service.d/test.conf",
                     f"[Service]\nExecStart=\nExecStart=/usr/libexec/smtp-restrictions-meterd --wait=10000 --host={host.name}\n")
            host.run("systemctl", "daemon-reload")
        yield hosts
    finally:
        for host in hosts:
            host.down()


@pytest.fixture
def counters(pair):
    with tempfile.TemporaryDirectory(prefix="smtp-restrictions-counters-") as folder:
        server = Counters(folder, pair)
        yield server
        server.close()


def state(host):
    status = host.call("Status")
    return status["SharedCounters"], "shared-counters-down" in [problem["Id"] for problem in status["Problems"]]


def wait_for_state(host, expected):
    wait_until(lambda: state(host) == expected, 60, f"{expected}")


def usage_of(host):
    return host.call("GetUsage", "s", "user:tester", interface=METER)


def send(host, count):
    return submit(host, *[f"r{i}@remote.test" for i in range(count)]).returncode == 0


def test_two_hosts_keep_one_limit_and_a_share_of_it_without_the_server(pair, counters):
    first, second = pair
    counters.start()
    for host in pair:
        host.call("SetPolicy", "a{sv}", 3, "SharedCounters", "s", f"redis://{REMOTE}/1", "SharedCountersShare", "u", 50,
                  "MailLimits", "a{sv}", 3, "HourlyRecipientsPerUser", "u", LIMIT, "OverLimitAction", "s", "reject",
                  "OverLimitPercent", "u", 100)
        # the first question starts the meter
        assert usage_of(host)["HourlyUsed"] == 0
        wait_for_state(host, ("ok", False))

    assert send(first, 2) and send(second, 2)
    assert not send(first, 3) and not send(second, 3)
    usage = usage_of(second)
    assert usage["Shared"] and usage["HourlyUsed"] + usage["Reserved"] == 4

    counters.kill()
    for host in pair:
        wait_for_state(host, ("local", True))
        assert send(host, 1)  # half of it is 3
        assert not send(host, 1)

    # it knows nothing any more, and is told all of it again
    counters.start()
    for host in pair:
        wait_for_state(host, ("ok", False))
        wait_until(lambda: usage_of(host)["HourlyLeft"] == 0, 30, "what both have counted")
        assert not send(host, 1)
