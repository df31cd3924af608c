# SPDX-License-Identifier: GPL-2.0-or-later
"""A caller of a given uid: takes requests as JSON lines on standard input, makes D-Bus calls, answers as JSON lines.

    caller.py ADDRESS UID

A process of its own because the bus takes the uid from the socket, when it is connected.
"""

import json
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

address, uid = sys.argv[1], int(sys.argv[2])
if uid != 0:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)

connections = {}


def tell(**answer):
    print(json.dumps(answer), flush=True)


def connection(name):
    if name not in connections:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connections[name] = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    return connections[name]


def on_reply(bus, result, number):
    try:
        value = bus.call_finish(result)
    except GLib.Error as error:
        name = Gio.DBusError.get_remote_error(error) or "local"
        tell(id=number, error=name, text=error.message.removeprefix(f"GDBus.Error:{name}: "))
        return
    tell(id=number, value=value.unpack())


def call(request):
    flags = Gio.DBusCallFlags.NO_AUTO_START
    if request["interactive"]:
        flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
    arguments = None
    if request["arguments"]:
        # 30 MiB are made here rather than piped
        request["arguments"] = request["arguments"].replace("@30MIB@", "x" * (30 << 20))
        # without a type the text says it all: ('AllowedUsers', <['a']>)
        wanted = GLib.VariantType.new(request["type"]) if request["type"] else None
        arguments = GLib.Variant.parse(wanted, request["arguments"], None, None)
    connection(request["connection"]).call(
        request["destination"],
        request["path"],
        request["interface"],
        request["member"],
        arguments,
        None,
        flags,
        2**31 - 1,
        None,
        on_reply,
        request["id"],
    )


def on_signal(_bus, _sender, _path, _interface, member, arguments, number):
    tell(id=number, signal=member, value=arguments.unpack())


def listen(request):
    connection(request["connection"]).signal_subscribe(
        None, request["interface"], None, request["path"], None, Gio.DBusSignalFlags.NONE, on_signal, request["id"]
    )
    # the bus has the rule when it has answered something later
    call({**request, "destination": "org.freedesktop.DBus", "path": "/", "interface": "org.freedesktop.DBus",
          "member": "GetId", "arguments": None, "type": None, "interactive": False})  # fmt: skip


def close(request):
    connections.pop(request["connection"]).close_sync(None)
    tell(id=request["id"], value=None)


def on_line(channel, _condition):
    line = channel.readline()
    if not line:
        loop.quit()
        return False
    request = json.loads(line)
    {"call": call, "listen": listen, "close": close}[request["do"]](request)
    return True


loop = GLib.MainLoop()
channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
channel.set_flags(GLib.IOFlags.NONE)
GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_line)
loop.run()
