# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that a change makes of the kernel are made to fail.

The reply is success, or an error of the contract whose text says what is in force; and that is so: policy, kernel,
Exim's files and what the running Exim does are wholly old, or wholly new on success. Only after RollbackFailed it takes
the next start. What could not be removed is removed by the next start.

Here a sample; tools/fault takes every call (--every-call).
"""

import re
from pathlib import Path

import pytest
from booted import BusError, wait_until
from change import DIRECTIONS, bring, judge, look, ready
from worker import OF_PROGRAMS, faults, injected

CONTRACT = Path(__file__).resolve().parents[2] / "include/smtp-restrictions/smtp-restrictions.h"
ERRORS = {*re.findall(r"SmtpRestrictions\.Error\.(\w+)", CONTRACT.read_text()), "org.freedesktop.DBus.Error.Failed", "Overdue"}
OVERDUE = "Overdue"  # change.py's name for a trial that could not be ended
# libnftables calls exit() where a receiving end surprises it
ENDED, OF_LIBNFTABLES = "org.freedesktop.DBus.Error.NoReply", ("recvmsg:", "sendto:")
REFUSED = "PolicyFileChanged"  # before anything is tried
OLD_IN_FORCE = ("nothing was changed", "the old state is in force", "the change is still on trial")
UNKNOWN_IN_FORCE = "the next start or reload tries again"

# The error that a call can have; "+": and all later ones of the same name, as on a disk that is full.
EVERY = {
    "openat": ("ENOSPC", "EIO", "EACCES", "EINTR", "EMFILE+"),
    "read": ("EIO", "EINTR"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EINTR", "ENOSPC+"),
    "renameat": ("ENOSPC", "EIO", "EACCES", "EIO+"),
    "fchmod": ("EIO", "EACCES"),
    "fchown": ("EIO", "EPERM"),
    "unlinkat": ("EIO", "EACCES", "EIO+"),
    "mkdir": ("ENOSPC", "EACCES"),
    "mkdirat": ("ENOSPC", "EACCES"),
    "unlink": ("EIO",),
    "rmdir": ("EIO",),
    "flock": ("EINTR", "ENOLCK"),
    "clone": ("EAGAIN", "ENOMEM", "EAGAIN+"),
    "execve": ("ENOMEM", "EACCES", "ENOENT"),
    "pipe2": ("EMFILE", "ENFILE"),
    "wait4": ("EINTR",),
    "socket": ("EMFILE", "ENOMEM"),
    "bind": ("EADDRINUSE",),
    "connect": ("ECONNREFUSED", "EAGAIN", "EINTR"),
    "sendmsg": ("ENOBUFS", "ENOMEM", "EINTR", "ENOBUFS+"),
    "sendto": ("ENOBUFS", "ENOMEM", "EINTR"),
    "recvmsg": ("ENOBUFS", "ENOMEM", "EINTR"),
    "poll": ("EINTR", "ENOMEM"),
    "ppoll": ("EINTR",),
}
# Which of the calls of a name: an eventfd cannot fail.
CHOICE = {"write": lambda call: "anon_inode" not in call}
# Every so many of a name of which there are dozens that only read; of openat those that make a file are taken all.
STEP = {"read": 4, "sendto": 3, "recvmsg": 6, "openat": 6}

# (call, error, every so many)
SAMPLE = [
    ("there", [("renameat", "ENOSPC", 1), ("renameat", "EIO+", 3), ("fsync", "EIO", 3), ("fsync", "ENOSPC+", 4)]),
    ("there", [("openat", "EACCES", 30), ("fchown", "EPERM", 1), ("write", "ENOSPC", 3), ("sendmsg", "ENOMEM", 4),
               ("clone", "EAGAIN", 4)]),
    ("try", [("renameat", "EIO", 2)]),
    ("cancel", [("renameat", "EIO", 1), ("unlinkat", "EIO+", 5)]),
    ("over", [("renameat", "EIO", 2)]),
    ("confirm", [("unlinkat", "EIO", 1)]),
]


def steps(config):
    if not config.getoption("every_call"):
        return [pytest.param(direction, group, id=f"{direction}-{group[0][0]}") for direction, group in SAMPLE]
    return [pytest.param(direction, [(call, error, STEP.get(call, 1)) for error in errors], id=f"{direction}-{call}")
            for direction in DIRECTIONS for call, errors in EVERY.items()]


def pytest_generate_tests(metafunc):
    metafunc.parametrize("direction, group", steps(metafunc.config))


def make(host, direction, *injections, trace=()):
    """The change, with faults: (error or None, calls that were traced)."""
    while True:
        act = direction.prepare(host)
        error = None
        with faults(host, *injections, trace=trace) as calls:
            late = direction.late()
            try:
                if not late:
                    act()
            except BusError as caught:
                error = caught
        if not late:
            return error, calls
        direction.again(host)


def numbers(host, direction, group):
    """Which calls of each name a change makes: {name: [1, 2, ...]}, those of CHOICE."""
    names = {call for call, _, _ in group}
    _, calls = make(host, direction, trace=names)
    made = {name: [call for call in calls if call.startswith(name + "(")] for name in names}
    found = {name: [number for number, call in enumerate(made[name], 1) if CHOICE.get(name, bool)(call)]
             for name in names}
    if OF_PROGRAMS in names:
        found[OF_PROGRAMS] = [1]  # strace counts for each program anew
    return found, {number for number, call in enumerate(made.get("openat", []), 1) if "O_CREAT" in call}


def restart(host):
    host.run("systemctl", "reset-failed", "smtp-restrictions.service")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    wait_until(lambda: ready(host), 30, "the restart")


def without_exim(found):
    """Only Exim is still as it was, and the service says so."""
    parts = dict(found["new"])
    exim = {parts.pop(name) for name in ("file", "generated", "running")}
    return found["verify"] != "[]" and exim == {True} and set(parts.values()) == {False}


def after_the_next_start(host):
    restart(host)
    found = look(host)
    assert found["left"] == [], found
    return judge(found)


def fail(host, direction, fault):
    """One case: (state, how it went); (None, None) if no call failed."""
    error, calls = make(host, direction, fault)
    if not injected(calls):
        return None, None

    if error and error.name == ENDED and fault.startswith(OF_LIBNFTABLES):
        wait_until(lambda: ready(host), 30, "the restart")
        now = after_the_next_start(host)
        return now, f"libnftables ended the service, after the next start {'changed' if now == direction.end else 'as before'}"
    if error and error.name == "RollbackFailed":
        assert UNKNOWN_IN_FORCE in error.text, error
        now = after_the_next_start(host)
        return now, f"RollbackFailed, after the next start {'changed' if now == direction.end else 'as before'}"
    found = look(host)
    if not error and direction.exim_may_wait and without_exim(found):
        assert after_the_next_start(host) == direction.end
        return direction.end, "success but for Exim, which the next start changed"
    now = judge(found)
    if error:
        assert error.name in ERRORS, error
        assert error.name == REFUSED or error.text.endswith(OLD_IN_FORCE), error
    assert now == (direction.begin if error else direction.end), (str(error), found)
    how = f"{error.name}, as before" if error else "success, changed"
    if error and error.name == OVERDUE:
        assert after_the_next_start(host) == direction.end
        return direction.end, f"{how}, brought back by the next start"
    if found["left"]:
        assert after_the_next_start(host) == now
        how += ", something left for the next start"
    return now, how


def test_a_change_is_whole_when_a_call_of_it_fails(disturbed, outcome, cut, direction, group):
    host, change = disturbed.host, DIRECTIONS[direction]
    bring(host, judge(look(host)), change.begin)
    made, creating = numbers(host, change, group)
    now, wrong = change.end, []

    for call, error, step in group:
        chosen = [number for place, number in enumerate(made[call])
                  if place % step == 0 or (call == "openat" and number in creating)]
        for number in cut(chosen):
            bring(host, now, change.begin)
            fault = f"{call}:error={error.rstrip('+')}:when={number}{'+' if error.endswith('+') else ''}"
            try:
                now, how = fail(host, change, fault)
                disturbed.mail.case()
            except AssertionError as failure:
                # the others are of interest too
                wrong.append(f"{direction}, {fault}: {failure}")
                outcome(f"{direction}: WRONG", f"{fault}: {failure}")
                restart(host)
                now = judge(look(host))
                continue
            if how is None:
                now = change.end
                break
            outcome(f"{direction}: {how}", fault)
    assert not wrong, "\n".join(wrong)
