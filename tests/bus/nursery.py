# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts programs of this folder as forks of itself, which have imported already what they need: that takes three times as
long as all the rest of a test.

    nursery.py DESCRIPTOR

The descriptor is a Unix socket: in go the words of a command as JSON, with its standard input and output, out comes its pid.
It has one thread, and has not talked to any bus.
"""

import contextlib
import json
import os
import runpy
import signal
import socket
import sys

import dbus.bus
import dbus.mainloop.glib
import dbus.service  # noqa: F401
import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402, F401


def become(words, descriptors):
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv = words
    with contextlib.suppress(SystemExit):
        runpy.run_path(words[0], run_name="__main__")


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever asked sees the end of their output
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        while True:
            data, descriptors, _, _ = socket.recv_fds(requests, 65536, 2)
            if not data:
                return
            pid = os.fork()
            if pid == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
            requests.send(str(pid).encode())
    become(json.loads(data), descriptors)


main()
