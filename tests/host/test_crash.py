# SPDX-License-Identifier: GPL-2.0-or-later
"""The service is killed before every call of a change that alters durable, kernel or foreign state.

After the next start policy, kernel, Exim's files and what the running Exim does are wholly old or wholly new, nothing is
pending or left behind, and Exim is well. Calls are counted in the worker thread alone (all changes are its), so that
Exim's own do not count. A case is (name of system call, which one): each name is walked until the change gets through.
"""

from booted import BusError, wait_until
from change import DIRECTIONS, ask, ready
from worker import faults

# What alters the disk, the kernel or another program; a kill before any other call is a kill behind one of these.
# tools/test takes every so many of each, tools/fault all of them. openat() and sendto() come in dozens that alter
# nothing (reads, dumps).
CALLS = {"renameat": 1, "unlinkat": 4, "fsync": 3, "write": 3, "clone": 3, "sendmsg": 3, "sendto": 25, "openat": 40}
# The way back passes the same code with other contents: what decides there is the order of what is durable.
CALLS_BACK = {"renameat": 1, "sendmsg": 4}
# tools/fault adds what works below /run alone, and takes all of each.
CALLS_EVERY = (*CALLS, "fchmod", "mkdir", "rmdir", "flock", "mkdirat", "unlink", "connect")


def pytest_generate_tests(metafunc):
    if metafunc.config.getoption("every_call"):
        cases = [(direction, call, 1) for direction in DIRECTIONS for call in CALLS_EVERY]
    else:
        cases = [("there", call, step) for call, step in CALLS.items()] + [("back", call, step) for call, step in CALLS_BACK.items()]
    metafunc.parametrize("direction, call, step", cases)


def test_a_change_is_whole_whenever_the_service_is_killed(host, outcome, direction, call, step):
    host.drop_in("[Service]\nRestart=always\nRestartSec=0\nStartLimitIntervalSec=0\n")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    there, back, arrived = DIRECTIONS[direction]
    now = None
    host.call("Enable")

    for when in range(1, 200, step):
        if now in (None, arrived):
            host.call(*back)
        with faults(host, f"{call}:signal=SIGKILL:when={when}"):
            try:
                host.call(*there)
                survived = True
            except BusError:
                survived = False
        if not survived:
            wait_until(lambda: ready(host), 30, "the restart")
        now = ask(host)
        if survived:
            assert now == arrived and when > 1
            return
        outcome(f"killed, after the next start {'changed' if now == arrived else 'as before'}")
    raise AssertionError(f"more than 200 calls of {call}")
