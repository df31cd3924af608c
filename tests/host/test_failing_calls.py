# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that a change makes of the kernel are made to fail.

The reply is success, or an error of the contract whose text says what is in force; and that is so: policy, kernel,
Exim's files and what the running Exim does are wholly old, or wholly new on success. Only after RollbackFailed it takes
the next start. What could not be removed is removed by the next start.

Which calls fail, and how, is said in calls.py. Here a sample; tools/fault takes all of them (--every-call).
"""

import re
from pathlib import Path

import calls
import pytest
from booted import wait_until
from change import DIRECTIONS, ROUNDS, Case, ready
from scenes import judge
from worker import injected

CONTRACT = Path(__file__).resolve().parents[2] / "include/smtp-restrictions/smtp-restrictions.h"
ERRORS = {*re.findall(r"SmtpRestrictions\.Error\.(\w+)", CONTRACT.read_text()), "org.freedesktop.DBus.Error.Failed", "Overdue"}
OVERDUE = "Overdue"  # change.py's name for a trial that could not be ended
# libnftables calls exit() where a receiving end surprises it: under a caller, or where only the end of a trial is waited for
ENDED, OF_LIBNFTABLES = ("org.freedesktop.DBus.Error.NoReply", "Died"), ("recvmsg:", "sendto:")
NOT_MADE = "no call failed, such a call was not made"
REFUSED = "PolicyFileChanged"  # before anything is tried
OLD_IN_FORCE = ("nothing was changed", "the old state is in force", "the change is still on trial")
UNKNOWN_IN_FORCE = ("the next start or reload tries again", "the next start may find the change confirmed")

# tools/test takes every so many of these, tools/fault all there are.
SAMPLE = [
    ("there-back", {"renameat": 4, "fsync": 12, "write": 10}),
    ("there-back", {"openat": 24, "fchown": 1, "sendmsg": 24, "clone": 16, "recvmsg": 30}),
    ("try-cancel", {"renameat": 6, "unlinkat": 10}),
    ("try-over", {"renameat": 6}),
    ("try-confirm", {"unlinkat": 1, "fsync": 1}),
]


def steps(config):
    if not config.getoption("every_call"):
        return [pytest.param(turn, names, id=f"{turn}-{next(iter(names))}") for turn, names in SAMPLE]
    return [pytest.param(turn, {name: 1}, id=f"{turn}-{name}") for turn in ROUNDS for name in calls.FAILURES]


def pytest_generate_tests(metafunc):
    metafunc.parametrize("turn, names", steps(metafunc.config))


def plan(disturbed, turn, names):
    return [Case(name, *fault) for name in ROUNDS[turn] for call, step in names.items()
            for fault in calls.failures(disturbed.made(name), call, DIRECTIONS[name].repeats,
                                        list(DIRECTIONS).index(name))[::step]]


def restart(host):
    host.run("systemctl", "reset-failed", "smtp-restrictions.service")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    wait_until(lambda: ready(host), 30, "the restart")


def without_exim(found):
    """Only Exim, or a part of it, is still as it was, and the service says so, or has on record that a reload is owed."""
    parts = dict(found["new"])
    exim = [parts.pop(name) for name in ("file", "generated", "running")]
    known = found["verify"] != "[]" or "pending.json" in found["left"]
    # the file first, the daemon last
    return known and exim in ([True, True, True], [False, True, True], [False, False, True]) and set(parts.values()) == {False}


def after_the_next_start(host, scene):
    restart(host)
    found = scene.look(host)
    assert found["left"] == [], found
    return judge(found)


def fail(host, case):
    """(state, how it went)."""
    direction, scene = case.direction, case.direction.scene
    error, noted = direction.disturb(host, case.fault, case.path)
    if not injected(noted):
        assert error is None, error
        return direction.end, NOT_MADE
    if any("anon_inode" in call for call in injected(noted)):
        # other calls were made before than in the trace: an eventfd cannot fail, and who waits for it would wait for ever
        return after_the_next_start(host, scene), NOT_MADE

    if error and error.name in ENDED and case.fault.startswith(OF_LIBNFTABLES):
        wait_until(lambda: ready(host), 30, "the restart")
        now = after_the_next_start(host, scene)
        return now, f"libnftables ended the service, after the next start {'changed' if now == direction.end else 'as before'}"
    if error and (error.name == "RollbackFailed" or error.name == OVERDUE and error.text.endswith(UNKNOWN_IN_FORCE)):
        assert error.text.endswith(UNKNOWN_IN_FORCE), error
        now = after_the_next_start(host, scene)
        done = "changed" if now == direction.end else "as before"
        return now, f"{error.name}, not known what is in force, after the next start {done}"
    found, later = scene.look(host), ""
    if case.fault.startswith(OF_LIBNFTABLES) and found["verify"] == "":
        # an answer that it failed to read lay in wait for its next command
        wait_until(lambda: ready(host), 30, "the restart")
        found, later = scene.look(host), ", libnftables ended the service at its next command"
    if not error and direction.exim_may_wait and without_exim(found):
        assert after_the_next_start(host, scene) == direction.end
        return direction.end, "success but for Exim, which the next start changed"
    now = judge(found)
    if error:
        assert error.name in ERRORS, error
        assert error.name == REFUSED or error.text.endswith(OLD_IN_FORCE), error
    assert now == (direction.begin if error else direction.end), (str(error), found)
    how = (f"{error.name}, as before" if error else "success, changed") + later
    if error and error.name == OVERDUE:
        assert after_the_next_start(host, scene) == direction.end
        return direction.end, f"{how}, brought back by the next start"
    if found["left"]:
        assert after_the_next_start(host, scene) == now
        how += ", something left for the next start"
    return now, how


def test_a_change_is_whole_when_a_call_of_it_fails(disturbed, outcome, turn, names):
    host, scene = disturbed.host, disturbed.scene
    cases = plan(disturbed, turn, names)
    count, spared, wrong, now = len(cases), 0, [], judge(scene.look(host))

    while cases:
        case = disturbed.bring_any(now, cases)
        try:
            now, how = fail(host, case)
            disturbed.mail.case()
            spared += how == NOT_MADE and case.is_always_there()
            outcome(f"{case.name}: {how}", case)
        except AssertionError as failure:
            # the others are of interest too
            wrong.append(f"{case}: {failure}")
            outcome(f"{case.name}: WRONG", f"{case}: {failure}")
            restart(host)
            now = judge(scene.look(host))
    assert not wrong, "\n".join(wrong)
    # of each name a few calls are not made each time
    assert spared <= 1 + count // 10, (spared, count)
