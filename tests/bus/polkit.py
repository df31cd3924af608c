# SPDX-License-Identifier: GPL-2.0-or-later
"""A polkit that does as it is told, and remembers what it was asked.

    polkit.py ADDRESS

Verdicts: "grant", "deny", "challenge", "masked" (systemd's error for a masked unit), "silent" (until `answer` is told).
python3-dbusmock's polkitd template does neither remember details nor hear CancelCheckAuthorization.
"""

import json
import sys

import dbus
import dbus.bus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

INTERFACE = "org.freedesktop.PolicyKit1.Authority"


class Masked(dbus.DBusException):
    _dbus_error_name = "org.freedesktop.systemd1.UnitMasked"


class Authority(dbus.service.Object):
    verdicts = {"": "deny"}  # by action; "" for all others
    questions = []
    answers = []  # how to answer each question, None once it is answered
    cancelled = []

    @dbus.service.method(
        INTERFACE, in_signature="(sa{sv})sa{ss}us", out_signature="(bba{ss})", async_callbacks=("reply", "fail")
    )
    def CheckAuthorization(self, subject, action, details, flags, cancellation, reply, fail):
        self.questions.append(
            {
                "kind": str(subject[0]),
                "name": str(subject[1]["name"]),
                "action": str(action),
                "details": {str(key): str(value) for key, value in details.items()},
                "flags": int(flags),
                "cancellation": str(cancellation),
            }
        )
        self.answers.append((reply, fail))
        verdict = self.verdicts.get(str(action), self.verdicts[""])
        if verdict != "silent":
            self.answer(len(self.answers) - 1, verdict)

    def answer(self, number, verdict):
        reply, fail = self.answers[number]
        self.answers[number] = None
        if verdict == "masked":
            fail(Masked("Unit polkit.service is masked."))
        else:
            reply((verdict == "grant", verdict == "challenge", dbus.Dictionary({}, signature="ss")))

    @dbus.service.method(INTERFACE, in_signature="s", out_signature="")
    def CancelCheckAuthorization(self, cancellation):
        self.cancelled.append(str(cancellation))


def on_line(channel, _condition):
    line = channel.readline()
    if not line:
        loop.quit()
        return False
    request = json.loads(line)
    if request["do"] == "verdicts":
        authority.verdicts = {"": "deny", **request["verdicts"]}
    elif request["do"] == "answer":
        authority.answer(request["number"], request["verdict"])
    print(json.dumps({"questions": authority.questions, "cancelled": authority.cancelled}), flush=True)
    return True


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
name = dbus.service.BusName("org.freedesktop.PolicyKit1", bus)
authority = Authority(bus, "/org/freedesktop/PolicyKit1/Authority")
loop = GLib.MainLoop()
channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_line)
print("{}", flush=True)
loop.run()
