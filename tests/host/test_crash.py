# SPDX-License-Identifier: GPL-2.0-or-later
"""The service is killed before every call of a change that alters durable, kernel or foreign state.

After the next start policy, kernel, Exim's files and what the running Exim does are wholly in the state before or wholly
in the one behind the change, nothing is pending or left behind, and Exim is well. Calls are counted in the worker thread
alone (all changes are its), so that Exim's own do not count. A case is (name of system call, which one): each name is
walked until the change gets through.
"""

import pytest
from booted import BusError, wait_until
from change import DIRECTIONS, ask, bring, ready
from worker import faults

# What alters the disk, the kernel or another program; a kill before any other call is a kill behind one of these.
# tools/test takes every so many of each, tools/fault all of them. openat() and sendto() come in dozens that alter
# nothing (reads, dumps).
SAMPLE = [
    ("there", {"renameat": 1, "fsync": 4, "write": 4}),
    ("there", {"unlinkat": 4, "clone": 3, "sendmsg": 4, "sendto": 25, "openat": 40}),
    # The other ways pass the same code with other contents: what decides there is the order of what is durable.
    ("back", {"renameat": 1, "sendmsg": 4}),
    ("try", {"renameat": 1}),
    ("cancel", {"renameat": 2, "unlinkat": 4}),
    ("over", {"renameat": 2}),
    ("confirm", {"unlinkat": 1, "fsync": 1}),
]
# tools/fault takes all of these,
ALTERING = ("renameat", "unlinkat", "fsync", "write", "clone", "sendmsg", "sendto", "openat", "fchmod", "fchown", "mkdir",
            "mkdirat", "rmdir", "unlink", "flock", "connect", "socket", "fsetxattr")
# and every so many of those that only look or wait.
LOOKING = {"read": 12, "recvmsg": 20, "poll": 4, "ppoll": 2, "wait4": 2, "pidfd_open": 2, "newfstatat": 20, "close": 25,
           "getdents64": 20, "pipe2": 6, "pselect6": 1, "clock_nanosleep": 1, "futex": 2}
# The trial's end by time is Cancel's way but for who begins it, and costs twice as much.
STEP_OF = {"over": 2}


def steps(config):
    if not config.getoption("every_call"):
        return [pytest.param(direction, calls, id=f"{direction}-{next(iter(calls))}") for direction, calls in SAMPLE]
    every = {call: 1 for call in ALTERING} | LOOKING
    return [pytest.param(direction, {call: step * STEP_OF.get(direction, 1)}, id=f"{direction}-{call}")
            for direction in DIRECTIONS for call, step in every.items()]


def pytest_generate_tests(metafunc):
    metafunc.parametrize("direction, calls", steps(metafunc.config))


def kill(host, direction, fault):
    """One case: did the service survive, which is that there is no such call?"""
    while True:
        act = direction.prepare(host)
        survived = True
        with faults(host, fault):
            late = direction.late()
            try:
                if not late:
                    act()
            except BusError:
                survived = False
        if not late:
            break
        direction.again(host)
    if not survived:
        wait_until(lambda: ready(host), 30, "the restart")
    return survived


def test_a_change_is_whole_whenever_the_service_is_killed(disturbed, outcome, cut, direction, calls):
    host, change = disturbed.host, DIRECTIONS[direction]
    now = ask(host)

    for call, step in calls.items():
        number = 0
        for number in cut(range(1, 400, step)):
            bring(host, now, change.begin)
            fault = f"{call}:signal=SIGKILL:when={number}"
            try:
                survived = kill(host, change, fault)
                now = ask(host)
                disturbed.mail.case()
            except AssertionError as failure:
                raise AssertionError(f"{direction}, {fault}: {failure}") from failure
            if survived:
                assert now == change.end, (call, now)
                break
            assert now in (change.begin, change.end), (call, now)
            outcome(f"{direction}: killed, after the next start {'changed' if now == change.end else 'as before'}", fault)
        else:
            assert number < 300, f"more calls of {call} than that"
