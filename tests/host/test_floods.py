# SPDX-License-Identifier: GPL-2.0-or-later
"""One user who floods the service holds up nobody else, and costs it no memory that stays."""

import json
import time

import pytest
from booted import wait_until

RULE = """polkit.addRule(function(action, subject) {
        if (action.id.indexOf("org.example.SmtpRestrictions.") == 0 && subject.user == "admin")
                return polkit.Result.YES;
});
"""
CALLS_PER_USER_MAX = 4
LIMITS_EXCEEDED = "org.freedesktop.DBus.Error.LimitsExceeded"

# How long another user's call may take meanwhile. Alone it takes some 50 ms, nearly all of it starting the client; behind
# the flood it would take as long as that lasts.
ANSWER_SECONDS_MAX = 20


class Flood:
    def __init__(self, host, *arguments):
        host.put("/usr/local/bin/flood", host.file(host.script("flood.py")).read_text(), 0o755)
        self.client = host.popen("/usr/local/bin/flood", *arguments, user="tester")

    def wait(self, key):
        """The next line of its report that has that key."""
        for line in self.client.stdout:
            if line.startswith('{"' + key):
                return json.loads(line)[key]
        raise AssertionError("the flood ended")

    def stop(self):
        self.client.terminate()
        self.client.wait()


@pytest.fixture
def host(restored):
    return restored


@pytest.fixture
def served(host):
    host.put("/etc/polkit-1/rules.d/10-test.rules", RULE)
    wait_until(lambda: host.call("Status", user="admin")["Complete"], what="the rule, which polkit reads when it sees it")
    return host


def others_are_served(host):
    """root and another user who has to be authorized by polkit, reading and changing."""
    for user in (None, "admin"):
        for member, arguments in (("Status", ()), ("GetPolicy", ()), ("SetPolicy", ("a{sv}", 1, "Observe", "b", "false"))):
            begin = time.monotonic()
            host.call(member, *arguments, user=user)
            assert time.monotonic() - begin < ANSWER_SECONDS_MAX


def test_waiting_calls_of_three_connections_hold_up_nobody(served):
    flood = Flood(served, "waiting", 3, 400)
    try:
        flood.wait("sent")
        others_are_served(served)
        assert flood.client.poll() is None
    finally:
        flood.stop()


def test_no_more_than_the_bound_of_one_users_calls_waits(served):
    flood = Flood(served, "waiting", 1, 100)
    try:
        flood.wait("sent")
        assert flood.wait("replies") == {LIMITS_EXCEEDED: 100 - CALLS_PER_USER_MAX, "ok": 1}  # ok: the bus's Hello
    finally:
        flood.stop()


def test_room_is_given_back_when_the_flooder_leaves(served):
    flood = Flood(served, "waiting", 1, 100)
    flood.wait("replies")
    flood.stop()

    def waits_again():
        again = Flood(served, "waiting", 1, 1)
        replies = again.wait("replies")
        again.stop()
        return LIMITS_EXCEEDED not in replies

    wait_until(waits_again, what="room for a call")


def memory_kib(host):
    status = host.out("cat", f"/proc/{host.main_pid()}/status")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def test_giant_arguments_hold_up_nobody(served):
    flood = Flood(served, "huge", 3, 8)
    try:
        flood.wait("begun")
        others_are_served(served)
        flood.wait("sent")  # it was not cut off
    finally:
        flood.stop()


def test_giant_arguments_are_refused_and_their_memory_is_given_back(served):
    before = memory_kib(served)
    flood = Flood(served, "huge", 1, 3)
    try:
        replies = flood.wait("replies")
        while sum(replies.values()) < 4:
            replies = flood.wait("replies")
        assert replies == {"org.example.SmtpRestrictions.Error.InvalidValue": 3, "ok": 1}
        wait_until(lambda: memory_kib(served) < before + 2048, what="the memory")
    finally:
        flood.stop()
