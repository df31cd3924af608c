#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs commands in a host, one after the other: a unit for each, which is how testhost.sh runs them, would cost five times
as much.

Reads a line of JSON for each command, [[WORD...], INPUT or null], and prints one when it has ended: [EXIT STATUS, OUTPUT,
ERRORS]. As with a unit, what the command leaves in the background ends with it.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 2  # seconds between SIGTERM and SIGKILL


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def end_all():
    """Whoever has lost its parent is ours."""
    end = time.monotonic() + PATIENCE
    told = set()
    while pids := children():
        late = time.monotonic() > end
        for pid in pids:
            if late or pid not in told:
                told.add(pid)
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.001)


def text(file):
    file.seek(0)
    return file.read().decode(errors="surrogateescape")


def run(words, given):
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(os.fdopen(os.memfd_create(name), "w+b")) for name in ("input", "output", "errors")]
        files[0].write((given or "").encode(errors="surrogateescape"))
        files[0].seek(0)
        try:
            status = subprocess.call(words, stdin=subprocess.DEVNULL if given is None else files[0], stdout=files[1],
                                     stderr=files[2], restore_signals=False)
        except OSError as error:
            return [127, "", f"{words[0]}: {error.strerror}\n"]
        end_all()
        return [status if status >= 0 else 128 - status, *map(text, files[1:])]


def main():
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    os.environ.pop("LC_CTYPE", None)  # Python's own idea
    for line in sys.stdin:
        print(json.dumps(run(*json.loads(line))), flush=True)


main()
