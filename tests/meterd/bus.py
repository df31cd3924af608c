# SPDX-License-Identifier: GPL-2.0-or-later
"""A bus for the meter, with a polkit that does as it is told and callers of any uid: those of tests/bus."""

import subprocess
import time
from pathlib import Path

from meterd import LIMIT, wait_for
from service import BUS_CONFIG, SOURCES, Caller, Failed, Polkit, Talker, listens  # noqa: F401

NAME = INTERFACE = "org.example.SmtpRestrictions.Meter"
PATH = "/org/example/SmtpRestrictions/Meter"
ERROR = "org.example.SmtpRestrictions.Error."
USER, OTHER_USER = 5, 6  # games, man: every Debian has them


class Service(Talker):
    """What makes Exim ask."""

    def __init__(self, address):
        super().__init__(str(Path(__file__).with_name("follows.py")), address)
        assert self.hear(time.monotonic() + LIMIT) == 0, "the service does not start"

    def calls(self, mode="answer"):
        """How many have come; and what becomes of them from now on: "answer", "fail" or "wait"."""
        self.say(mode=mode)
        return self.hear(time.monotonic() + LIMIT)


class Bus:
    def __init__(self, top):
        self.top = top
        self.callers = {}
        self.polkit = self.daemon = self.service = None
        self.address = f"unix:path={top}/bus"
        top.chmod(0o755)
        (top / "bus.conf").write_text(BUS_CONFIG.format(socket=top / "bus", policy=SOURCES / "dbus" / f"{NAME}.conf"))

    def start(self):
        with (self.top / "bus.log").open("a") as log:
            self.daemon = subprocess.Popen(["dbus-daemon", f"--config-file={self.top}/bus.conf", "--nofork",
                                            "--nopidfile", "--nosyslog"], stdout=log, stderr=log)
        wait_for(lambda: listens(self.top / "bus"), "the bus")
        self.polkit = Polkit(self.address)
        return self

    def start_service(self):
        self.service = Service(self.address)
        return self.service

    def stop(self):
        if not self.daemon:
            return
        for talker in [*self.callers.values(), self.polkit, self.service]:
            if talker:
                talker.end()
        self.callers = {}
        self.service = None
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon = None
        (self.top / "bus").unlink(missing_ok=True)

    def caller(self, uid):
        if uid not in self.callers:
            self.callers[uid] = Caller(self.address, uid)
        return self.callers[uid]

    def has_meter(self):
        return self.caller(0).call("NameHasOwner", f"('{NAME}',)", interface="org.freedesktop.DBus",
                                   destination="org.freedesktop.DBus", path="/org/freedesktop/DBus")[0]

    def wait_meter(self):
        wait_for(self.has_meter, "the meter's name")
        return self

    def call(self, member, arguments=None, type=None, uid=0, **options):
        """-> the one value, or None; raises Failed."""
        values = self.caller(uid).call(member, arguments, type, interface=INTERFACE, destination=NAME, path=PATH,
                                       **options)
        return values[0] if values else None

    def refused(self, *arguments, **options):
        try:
            value = self.call(*arguments, **options)
        except Failed as failed:
            return failed
        raise AssertionError(f"taken, not refused: {value}")

    def usage(self, subject, uid=0):
        return self.call("GetUsage", f"('{subject}',)", uid=uid)
