# SPDX-License-Identifier: GPL-2.0-or-later
"""The service, as far as the meter calls it: answers FollowMeter as it is told, and counts.

    follows.py ADDRESS

Each line that it reads is "answer" (those that wait, too), "fail" or "wait"; it prints how many calls have come.
"""

import sys

import dbus
import dbus.bus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.example.SmtpRestrictions"


class Failure(dbus.DBusException):
    _dbus_error_name = NAME + ".Error.EximConfigUnsupported"


class Service(dbus.service.Object):
    mode = "answer"
    calls = 0
    waiting = []

    @dbus.service.method(NAME, in_signature="", out_signature="", async_callbacks=("reply", "fail"))
    def FollowMeter(self, reply, fail):
        self.calls += 1
        self.waiting.append((reply, fail))
        self.go_on()

    def go_on(self):
        while self.mode != "wait" and self.waiting:
            reply, fail = self.waiting.pop(0)
            fail(Failure("Exim has no log")) if self.mode == "fail" else reply()


def on_line(channel, _condition):
    line = channel.readline()
    if not line:
        loop.quit()
        return False
    service.mode = line.split('"')[3]
    service.go_on()
    print(service.calls, flush=True)
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
name = dbus.service.BusName(NAME, bus)
service = Service(bus, "/org/example/SmtpRestrictions")
loop = GLib.MainLoop()
channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_line)
print("0", flush=True)
loop.run()
