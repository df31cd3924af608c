# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults in the worker thread of the running service, by strace.

All changes are the worker's, so its calls can be counted without those of the event loop and of Exim; and the service
keeps its unit with the sandbox.
"""

import contextlib
import subprocess

from booted import wait_until

LOG = "/root/strace.log"


def thread_id(host):
    """The worker's, as the host numbers it; None while the service does not run."""
    pid = host.main_pid()
    comms = host.out("sh", "-c", f"grep -H . /proc/{pid}/task/*/comm", check=False)
    for line in comms.splitlines():
        path, name = line.split(":", 1)
        if name == "worker":
            return int(path.split("/")[4])
    return None


@contextlib.contextmanager
def faults(host, *injections, trace=()):
    """While it lasts: faults such as "fsync:error=ENOSPC:when=2", counted from now. The service must be idle.

    Yields a list that holds afterwards the calls as strace writes them, of the names in injections and in trace.
    """
    thread = wait_until(lambda: thread_id(host), what="the worker thread")
    names = ",".join(dict.fromkeys([*(injection.split(":")[0] for injection in injections), *trace]))
    options = [option for injection in injections for option in ("-e", f"inject={injection}")]
    tracer = host.popen("strace", "-qq", "-y", "-o", LOG, "-e", f"trace={names}", *options, "-p", str(thread),
                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    traced = f"test \"$(awk '/^TracerPid/ {{ print $2 }}' /proc/{thread}/status)\" != 0"
    wait_until(lambda: host.run("sh", "-c", traced, check=False).returncode == 0, what="strace")
    calls = []
    try:
        yield calls
    finally:
        host.run("pkill", "-INT", "-x", "strace", check=False)
        tracer.wait(timeout=20)
        calls += host.file(LOG).read_text(errors="replace").splitlines()


def injected(calls):
    """Those that were made to fail."""
    return [call for call in calls if "(INJECTED)" in call]
