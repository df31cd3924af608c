# SPDX-License-Identifier: GPL-2.0-or-later
"""The service is killed before every call of a change that alters durable, kernel or foreign state.

After the next start policy, kernel, Exim's files and what the running Exim does are wholly in the state before or wholly
in the one behind the change, nothing is pending or left behind, and Exim is well. Which calls those are is said in
calls.py; they are counted in the worker thread alone (all changes are its), so that Exim's own do not count.
"""

import calls
import pytest
from booted import wait_until
from change import DIRECTIONS, ROUNDS, Case, ready
from scenes import ask

# tools/test takes every so many of these, tools/fault all there are.
SAMPLE = [
    ("there-back", {"renameat": 1, "fsync": 12, "write": 10}),
    ("there-back", {"unlinkat": 6, "clone": 6, "sendmsg": 10, "openat": 10, "looking": 30}),
    # The other ways pass the same code with other contents: what decides there is the order of what is durable.
    ("try-cancel", {"renameat": 2, "unlinkat": 8}),
    ("try-over", {"renameat": 4}),
    ("try-confirm", {"unlinkat": 1, "fsync": 1}),
]


def steps(config):
    if not config.getoption("every_call"):
        return [pytest.param(turn, names, id=f"{turn}-{next(iter(names))}") for turn, names in SAMPLE]
    return [pytest.param(turn, {name: 1}, id=f"{turn}-{name}") for turn in ROUNDS for name in (*calls.ALTERING, calls.LOOKING)]


def pytest_generate_tests(metafunc):
    metafunc.parametrize("turn, names", steps(metafunc.config))


def plan(disturbed, turn, names):
    return [Case(name, *fault) for name in ROUNDS[turn] for call, step in names.items()
            for fault in calls.kills(disturbed.made(name), call, DIRECTIONS[name].repeats)[::step]]


def kill(host, case):
    """Did the service survive, which is that there is no such call?"""
    error, _ = case.direction.disturb(host, case.fault, case.path)
    if error:
        wait_until(lambda: ready(host), 30, "the restart")
    return not error


def test_a_change_is_whole_whenever_the_service_is_killed(disturbed, outcome, turn, names):
    host, scene = disturbed.host, disturbed.scene
    cases = plan(disturbed, turn, names)
    count, survivals, now = len(cases), 0, ask(host, scene)

    while cases:
        case = disturbed.bring_any(now, cases)
        begin, end = case.direction.begin, case.direction.end
        try:
            survived = kill(host, case)
            now = ask(host, scene)
            disturbed.mail.case()
        except AssertionError as failure:
            raise AssertionError(f"{case}: {failure}") from failure
        if survived:
            survivals += case.is_always_there()
            assert now == end, (case, now)
            outcome(f"{case.name}: not killed, such a call was not made", case)
            continue
        assert now in (begin, end), (case, now)
        outcome(f"{case.name}: killed, after the next start {'changed' if now == end else 'as before'}", case)
    # of each name a few calls are not made each time
    assert survivals <= 1 + count // 10, (survivals, count)
