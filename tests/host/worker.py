# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults in the worker thread of the running service, by strace.

All changes are the worker's, so its calls can be counted without those of the event loop and of Exim; and the service
keeps its unit with the sandbox. strace is the build machine's: nothing has to be started inside.
"""

import contextlib
import signal
import subprocess
import tempfile
from pathlib import Path

from booted import wait_until
from calls import OF_PROGRAMS


def thread_id(group):
    """The worker's, as the build machine numbers it; None while the service does not run."""
    try:
        for pid in (group / "cgroup.procs").read_text().split():
            for comm in Path(f"/proc/{pid}/task").glob("*/comm"):
                if comm.read_text() == "worker\n":
                    return int(comm.parent.name)
    except OSError:
        pass
    return None


def traced(thread):
    return "TracerPid:\t0\n" not in Path(f"/proc/{thread}/status").read_text()


@contextlib.contextmanager
def faults(host, *injections, trace=(), path=""):
    """While it lasts: faults such as "fsync:error=ENOSPC:when=2", counted from now, of calls that name the path if there is
    one. The service must be idle.

    Yields a list that holds afterwards the calls as strace writes them, of the names in injections and in trace.
    """
    group = host.cgroup() / "payload/system.slice/smtp-restrictions.service"
    thread = wait_until(lambda: thread_id(group), what="the worker thread")
    names = list(dict.fromkeys([*(injection.split(":")[0] for injection in injections), *trace]))
    options = [option for injection in injections for option in ("-e", f"inject={injection}")]
    if path:
        options += ["-P", path]
    if OF_PROGRAMS in names:
        options.append("-f")
    calls = []
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        tracer = subprocess.Popen(["strace", "-qq", "-y", "-o", log.name, "-e", f"trace={','.join(names)}", *options,
                                   "-p", str(thread)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: traced(thread), what="strace")
            yield calls
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(timeout=20)
            calls += log.read().splitlines()


def injected(calls):
    """Those that were made to fail."""
    return [call for call in calls if "(INJECTED)" in call]
