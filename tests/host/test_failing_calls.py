# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that a change makes of the kernel are made to fail.

The reply is success, or an error of the contract whose text says what is in force; and that is so: policy, kernel,
Exim's files and what the running Exim does are wholly old, or wholly new on success. Only after RollbackFailed it takes
the next start. What could not be removed is removed by the next start.

Here a sample; tools/fault takes every call (--every-call).
"""

import re
from pathlib import Path

from booted import BusError, wait_until
from change import DIRECTIONS, judge, look, ready
from worker import faults, injected

CONTRACT = Path(__file__).resolve().parents[2] / "include/smtp-restrictions/smtp-restrictions.h"
ERRORS = {*re.findall(r"SmtpRestrictions\.Error\.(\w+)", CONTRACT.read_text()), "org.freedesktop.DBus.Error.Failed"}
OLD_IN_FORCE = ("nothing was changed", "the old state is in force")
UNKNOWN_IN_FORCE = "the next start or reload tries again"

# The error that a call can have; "+": and all later ones of the same name, as on a disk that is full.
EVERY = {
    "openat": ("ENOSPC", "EIO", "EACCES", "EMFILE+"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "ENOSPC+"),
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
    "pipe2": ("EMFILE",),
    "socket": ("EMFILE",),
    "connect": ("ECONNREFUSED", "EAGAIN"),
    "sendmsg": ("ENOBUFS", "ENOMEM", "EINTR", "ENOBUFS+"),
    "sendto": ("ENOBUFS", "EINTR"),
    "recvmsg": ("ENOBUFS", "EINTR"),
    "poll": ("EINTR",),
    "ppoll": ("EINTR",),
}
# Which of the calls of a name: those that read fail without harm, and an eventfd cannot fail.
CHOICE = {"openat": lambda call: "O_CREAT" in call, "write": lambda call: "anon_inode" not in call}

# (call, error, every so many)
SAMPLE = [("renameat", "ENOSPC", 1), ("renameat", "EIO+", 3), ("fsync", "EIO", 3), ("fsync", "ENOSPC+", 4),
          ("openat", "EACCES", 3), ("fchown", "EPERM", 1), ("write", "ENOSPC", 3),
          ("sendmsg", "ENOMEM", 4), ("clone", "EAGAIN", 4)]


def pytest_generate_tests(metafunc):
    if metafunc.config.getoption("every_call"):
        groups = [(direction, [(call, error, 1) for error in errors])
                  for direction in DIRECTIONS for call, errors in EVERY.items()]
    else:
        groups = [("there", SAMPLE)]
    metafunc.parametrize("direction, group", groups,
                         ids=[f"{direction}-{group[0][0]}" for direction, group in groups])


def numbers(host, direction, group):
    """Which calls of each name a change makes: {name: [1, 2, ...]}, those of CHOICE."""
    there, back, _ = DIRECTIONS[direction]
    names = {call for call, _, _ in group}
    host.call(*back)
    with faults(host, trace=names) as calls:
        host.call(*there)
    assert all(any(call.startswith(name + "(") for call in calls) for name in names), names
    made = {name: [call for call in calls if call.startswith(name + "(")] for name in names}
    return {name: [number for number, call in enumerate(made[name], 1) if CHOICE.get(name, bool)(call)]
            for name in names}


def restart(host):
    host.run("systemctl", "reset-failed", "smtp-restrictions.service")
    host.run("systemctl", "restart", "smtp-restrictions.service")
    wait_until(lambda: ready(host), 30, "the restart")


def fail(host, direction, fault):
    """One case: ("old" or "new", how it went); (None, None) if no call failed."""
    there, _, arrived = DIRECTIONS[direction]
    left = "new" if arrived == "old" else "old"
    error = None
    with faults(host, fault) as calls:
        try:
            host.call(*there)
        except BusError as caught:
            error = caught
    if not injected(calls):
        return None, None

    if error and error.name == "RollbackFailed":
        assert UNKNOWN_IN_FORCE in error.text, error
        restart(host)
        found = look(host)
        assert found["left"] == [], found
        now = judge(found)
        return now, f"RollbackFailed, after the next start {'changed' if now == arrived else 'as before'}"
    found = look(host)
    now = judge(found)
    if error:
        assert error.name in ERRORS, error
        assert error.text.endswith(OLD_IN_FORCE), error
    assert now == (left if error else arrived), (str(error), found)
    how = f"{error.name}, as before" if error else "success, changed"
    if found["left"]:
        restart(host)
        again = look(host)
        assert again["left"] == [] and judge(again) == now, again
        how += ", something left for the next start"
    return now, how


def test_a_change_is_whole_when_a_call_of_it_fails(host, outcome, direction, group):
    _, back, arrived = DIRECTIONS[direction]
    host.call("Enable")
    # a group of its own: a file that replaces it has to be given to that too
    host.run("chgrp", "adm", "/etc/smtp-restrictions/policy.json")
    made = numbers(host, direction, group)
    now, wrong = arrived, []

    for call, error, step in group:
        for number in made[call][::step]:
            if now == arrived:
                host.call(*back)
            fault = f"{call}:error={error.rstrip('+')}:when={number}{'+' if error.endswith('+') else ''}"
            try:
                now, how = fail(host, direction, fault)
            except AssertionError as failure:
                # the others are of interest too
                wrong.append(f"{fault}: {failure}")
                restart(host)
                now, how = arrived, "WRONG"
            if how is None:
                now = arrived
                break
            outcome(how)
    assert not wrong, "\n".join(wrong)
