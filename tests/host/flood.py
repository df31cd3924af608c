#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A caller without manners, run inside a host: speaks D-Bus by itself, since no library sends calls so fast.

    flood.py waiting CONNECTIONS CALLS   send CALLS times Enable on each connection, willing to be asked for a password;
                                         the session's polkit agent is this program too, and never asks
    flood.py huge CONNECTIONS CALLS      send CALLS times SetPolicy with 30 MiB of arguments on each

Prints a line of JSON when the first call is sent, one when everything is, and one {"replies": {ERROR NAME or "ok": COUNT}} whenever a second has
passed without a new reply, and stays connected until it is killed.
"""

import collections
import json
import os
import selectors
import socket
import struct
import sys

NAME, PATH = "org.example.SmtpRestrictions", "/org/example/SmtpRestrictions"
INTERACTIVE = 0x4
ERROR = 3


def pad(data, size):
    return data + b"\0" * (-len(data) % size)


def string(text):
    return struct.pack("<I", len(text)) + text.encode() + b"\0"


def field(code, kind, text):
    value = bytes([len(text)]) + text.encode() + b"\0" if kind == "g" else string(text)
    return bytes([code, 1]) + kind.encode() + b"\0" + value


def message(serial, destination, path, interface, member, signature="", body=b"", flags=0):
    fields = [field(1, "o", path), field(2, "s", interface), field(3, "s", member), field(6, "s", destination)]
    if signature:
        fields.append(field(8, "g", signature))
    array = b""
    for entry in fields:
        array = pad(array, 8) + entry
    head = struct.pack("<BBBBIII", ord("l"), 1, flags, 1, len(body), serial, len(array))
    return pad(head + array, 8) + body


def huge_body(size):
    """{"AllowedUsers": [names]} of about that size: a right key, far beyond its bound."""
    name = string("x" * 251)  # 256 bytes, so that no padding is needed between them
    names = name * (size // len(name))
    entry = pad(string("AllowedUsers") + b"\2as\0", 4) + struct.pack("<I", len(names)) + names
    return struct.pack("<I", len(entry)) + b"\0" * 4 + entry


def agent_body():
    """The arguments of RegisterAuthenticationAgent for this session."""
    entry = string("session-id") + b"\1s\0"
    entry = pad(entry, 4) + string(os.environ["XDG_SESSION_ID"])
    subject = pad(pad(string("unix-session"), 4) + struct.pack("<I", len(entry)), 8) + entry
    return pad(pad(subject, 4) + string("C.UTF-8"), 4) + string("/agent")


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect("/run/dbus/system_bus_socket")
        self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.socket.recv(200)
        self.socket.sendall(b"BEGIN\r\n" + message(1, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                   "org.freedesktop.DBus", "Hello"))
        self.buffer = b""

    def replies(self):
        """Error names, or "ok", of what has arrived."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("disconnected")
        self.buffer += data
        while len(self.buffer) >= 16:
            kind, = struct.unpack_from("<xB", self.buffer)
            body, _, fields = struct.unpack_from("<III", self.buffer, 4)
            size = 16 + fields + (-fields % 8) + body
            if len(self.buffer) < size:
                return
            head = self.buffer[16:16 + fields]
            self.buffer = self.buffer[size:]
            if kind == 2:
                yield "ok"
            if kind == ERROR:
                at = head.index(b"\x04\x01s\0") + 8
                yield head[at:head.index(b"\0", at)].decode()


def register_agent():
    """Questions pile up at the connection, which nobody reads."""
    connection, answers = Connection(), []
    connection.socket.sendall(message(2, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                      "org.freedesktop.PolicyKit1.Authority", "RegisterAuthenticationAgent",
                                      "(sa{sv})ss", agent_body()))
    while len(answers) < 2:
        answers += connection.replies()
    assert answers == ["ok", "ok"], answers
    return connection


def main():
    mode, connection_count, call_count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    agent = register_agent() if mode == "waiting" else None  # noqa: F841 (kept open)
    connections = [Connection() for _ in range(connection_count)]
    body = huge_body(30 << 20) if mode == "huge" else b""
    member, signature = ("SetPolicy", "a{sv}") if mode == "huge" else ("Enable", "")
    for connection in connections:
        for serial in range(2, call_count + 2):
            connection.socket.sendall(message(serial, NAME, PATH, NAME, member, signature, body, INTERACTIVE))
            if serial == 2:
                print(json.dumps({"begun": 1}), flush=True)
    print(json.dumps({"sent": connection_count * call_count}), flush=True)

    counts, selector = collections.Counter(), selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    while True:
        ready = selector.select(1)
        for key, _ in ready:
            try:
                counts.update(key.data.replies())
            except ConnectionError:
                counts["disconnected"] += 1
                selector.unregister(key.fileobj)
        if not ready:
            print(json.dumps({"replies": counts}), flush=True)


main()
