# SPDX-License-Identifier: GPL-2.0-or-later
"""ListAttempts and ResetAttempts, by real attempts in the service's network namespace."""

import json
import subprocess
import time

import pytest
from service import ACCESS_DENIED, OTHER_USER, USER, wait_for

DICT = "(a{sv})"

# Nobody answers there: what counts is that connect() is tried.
ADDRESSES = ("203.0.113.25", "2001:db8::25")
CONNECT = """
import os, socket, sys
os.setuid(int(sys.argv[1]))
for word in sys.argv[2:]:
    address, _, port = word.rpartition(":")
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        s.settimeout(0.01)
        s.connect_ex((address, int(port)))
"""


def inside(service, *command):
    return subprocess.run(["nsenter", "--net", f"--target={service.daemon.pid}", *command], check=True,
                          capture_output=True, text=True, timeout=60).stdout  # fmt: skip


def attempt(service, uid, *destinations):
    inside(service, "/usr/bin/python3", "-c", CONNECT, str(uid), *destinations)


def routes(service):
    inside(service, "ip", "route", "add", "203.0.113.0/24", "dev", "lo")
    inside(service, "ip", "-6", "route", "add", "2001:db8::/64", "dev", "lo")


@pytest.fixture
def restricted(service):
    routes(service)
    service.root.call("SetPolicy", "({'PortVerdicts': <{uint16 25: 'reject', uint16 587: 'reject'}>},)", DICT)
    service.root.call("Enable")
    return service


def listed(service, filter=""):
    return service.root.call("ListAttempts", f"({{{filter}}},)", DICT)[0]


def test_nobody_has_tried_yet(restricted):
    assert listed(restricted) == []


def test_who_tried_most_comes_first_with_what_he_tried(restricted):
    before = time.time_ns() // 1000
    attempt(restricted, OTHER_USER, f"{ADDRESSES[0]}:25")
    attempt(restricted, USER, f"{ADDRESSES[0]}:25", *[f"{ADDRESSES[1]}:587"] * 2)

    first, second = listed(restricted)

    assert (first["Uid"], first["User"], first["Count"]) == (USER, "games", 3)
    assert (second["Uid"], second["User"], second["Count"]) == (OTHER_USER, "man", 1)
    found = [{key: entry[key] for key in ("Address", "Port", "Verdict", "Count")} for entry in first["Destinations"]]
    assert found == [{"Address": ADDRESSES[1], "Port": 587, "Verdict": "reject", "Count": 2},
                     {"Address": ADDRESSES[0], "Port": 25, "Verdict": "reject", "Count": 1}]  # fmt: skip
    assert first["DestinationCount"] == 2
    # the kernel's clock has steps of some milliseconds
    assert before - 20_000 <= first["First"] <= first["Last"] <= time.time_ns() // 1000
    assert all(before - 20_000 <= entry["Last"] <= time.time_ns() // 1000 for entry in first["Destinations"])


def test_observed_attempts_are_listed_as_such(restricted):
    restricted.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    (user,) = listed(restricted)
    assert [entry["Verdict"] for entry in user["Destinations"]] == ["observe"]


def test_filters(restricted):
    attempt(restricted, OTHER_USER, f"{ADDRESSES[0]}:25")
    (first,) = listed(restricted)
    between = first["Last"] + 100_000
    wait_for(lambda: time.time_ns() // 1000 > between, "time does not go on")
    attempt(restricted, USER, *[f"{ADDRESSES[0]}:25"] * 2)

    def uids(filter):
        return [user["Uid"] for user in listed(restricted, filter)]

    assert uids("'User': <'man'>") == [OTHER_USER]
    assert uids(f"'User': <'{OTHER_USER}'>") == [OTHER_USER]
    assert uids("'User': <'4000000000'>") == []
    assert uids(f"'Since': <uint64 {between}>") == [USER]
    assert uids("'Most': <uint32 1>") == [USER]


def test_more_destinations_than_are_shown_are_a_number(restricted):
    attempt(restricted, USER, *[f"203.0.113.{number}:25" for number in range(1, 31)])
    (user,) = listed(restricted)
    assert (len(user["Destinations"]), user["DestinationCount"], user["Count"]) == (20, 30, 30)


@pytest.mark.parametrize("filter, left", [("", []), ("'User': <'games'>", [OTHER_USER])])
def test_what_was_reset_stays_so(restricted, filter, left):
    attempt(restricted, USER, f"{ADDRESSES[0]}:25", f"{ADDRESSES[1]}:25")
    attempt(restricted, OTHER_USER, f"{ADDRESSES[0]}:25")

    restricted.root.call("ResetAttempts", f"({{{filter}}},)", DICT)
    assert [user["Uid"] for user in listed(restricted)] == left
    assert restricted.root.call("Status")[0]["Rejected"] == 3
    assert restricted.root.call("Status")[0]["Health"] == "ok"

    restricted.daemon.kill()
    restricted.daemon.wait()
    restricted.start()
    assert [user["Uid"] for user in listed(restricted)] == left


def test_a_reset_needs_authorization(restricted):
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    assert restricted.user.refused("ResetAttempts", "({},)", DICT).name == ACCESS_DENIED
    assert len(listed(restricted)) == 1


def test_they_live_through_a_stop_and_a_new_kernel(restricted):
    """The service begins in a new network namespace, as at a reboot."""
    attempt(restricted, USER, f"{ADDRESSES[0]}:25", *[f"{ADDRESSES[1]}:587"] * 2)
    before = listed(restricted)
    restricted.stop()
    restricted.start()

    after = listed(restricted)
    # worked out from the time that the kernel has left for an entry, in steps of some milliseconds
    for key in ("First", "Last"):
        assert abs(after[0].pop(key) - before[0].pop(key)) < 100_000
    for user in (*before, *after):
        for destination in user["Destinations"]:
            del destination["Last"]
    assert after == before
    assert restricted.root.call("Status")[0]["Health"] == "ok"


def test_they_live_through_disable_and_enable(restricted):
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    restricted.root.call("Disable")
    assert [user["Uid"] for user in listed(restricted)] == [USER]
    restricted.root.call("Enable")
    assert [(user["Uid"], user["Count"]) for user in listed(restricted)] == [(USER, 1)]


def test_a_reset_while_disabled_is_not_undone_by_enable(restricted):
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    attempt(restricted, OTHER_USER, f"{ADDRESSES[0]}:25")
    restricted.root.call("Disable")
    restricted.root.call("ResetAttempts", "({'User': <'games'>},)", DICT)
    restricted.root.call("Enable")
    assert [user["Uid"] for user in listed(restricted)] == [OTHER_USER]


ATTEMPTS = "org.example.SmtpRestrictions.Attempts"
PATH = "/org/example/SmtpRestrictions"


def heard(caller, seconds=60):
    """The signals so far, once there is one or the time is over."""
    caller.is_answered(0, 0)
    end = time.monotonic() + seconds
    while not caller.signals and time.monotonic() < end:
        caller.is_answered(0, 0.05)
    return [value for name, value in caller.signals if name == "Attempt"]


def test_root_is_told_of_an_attempt_and_others_are_not(restricted):
    before = time.time_ns() // 1000
    for caller in (restricted.root, restricted.user):
        caller.listen(ATTEMPTS, PATH)
    attempt(restricted, USER, f"{ADDRESSES[1]}:587")

    (told,) = heard(restricted.root)
    assert told[:6] == [USER, "games", ADDRESSES[1], 587, "reject", 1]
    assert told[6]["Total"] == 1 and before <= told[6]["When"] <= time.time_ns() // 1000
    # what was sent before it has arrived once this is answered
    restricted.user.call("Status")
    assert heard(restricted.user, 0) == []


def test_the_first_attempt_is_known_though_the_kernel_remembers_the_last(restricted):
    restricted.root.listen(ATTEMPTS, PATH)
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    (told,) = heard(restricted.root)
    wait_for(lambda: time.time_ns() // 1000 > told[6]["When"] + 50_000, "time does not go on")
    attempt(restricted, USER, f"{ADDRESSES[0]}:25")
    (user,) = listed(restricted)
    assert user["First"] == told[6]["When"] and user["Last"] > user["First"]


def test_many_attempts_are_few_signals_that_count_them_all(restricted):
    restricted.root.listen(ATTEMPTS, PATH)
    attempt(restricted, USER, *[f"{ADDRESSES[0]}:25", f"{ADDRESSES[1]}:25"] * 2000)
    assert listed(restricted)[0]["Count"] == 4000
    # the next one that the kernel tells of counts those that it did not
    wait_for(lambda: attempt(restricted, USER, f"{ADDRESSES[0]}:25") or heard(restricted.root, 0.2)[-1][6]["Total"] > 4000,
             "nobody is told")  # fmt: skip
    told = heard(restricted.root)
    assert sum(value[5] for value in told) == told[-1][6]["Total"]
    assert len(told) < 40
    # one message of a user in 10 seconds
    assert restricted.text_of_log().count("may not connect to") <= 1 + len(told) // 10


def test_a_damaged_file_is_set_aside_and_said(restricted):
    restricted.stop()
    (restricted.state / "attempts.json").write_text('{"Version": 1, "Users": [')
    restricted.start()

    assert (restricted.state / "attempts.json.damaged").read_text() == '{"Version": 1, "Users": ['
    assert "'attempts.json' is damaged" in restricted.text_of_log()
    assert listed(restricted) == []
    restricted.stop()
    assert json.loads((restricted.state / "attempts.json").read_text())["Users"] == []
