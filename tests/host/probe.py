#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who reaches what: real connections of several users, run inside a host as root.

    probe.py [--deadline SECONDS] [--table] WHO... -- ADDRESS:PORT...

WHO is a user's name, or UID:GID. Without destinations: the remote's 25, 465 and 587 and the local 25, over IPv4 and
IPv6. Prints a JSON list of {who, address, port, errno, milliseconds, answer}: errno is the name of what connect() failed
with or null; milliseconds how long the user waited for that; answer whose greeting came: "remote", "local", or null if
none did. --table prints it for people, one line per WHO.
"""

import argparse
import errno
import json
import os
import pwd
import socket
import sys
import time

REMOTE = (("203.0.113.25", "2001:db8::25"), (25, 465, 587))
LOCAL = (("127.0.0.1", "::1"), (25,))
DESTINATIONS = [(address, port) for addresses, ports in (REMOTE, LOCAL) for port in ports for address in addresses]


def become(who):
    if ":" in who:
        uid, gid = (int(part) for part in who.split(":"))
        groups = [gid]
    else:
        entry = pwd.getpwnam(who)
        uid, gid = entry.pw_uid, entry.pw_gid
        groups = os.getgrouplist(who, gid)
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def greeting(connection, deadline):
    connection.settimeout(deadline)
    try:
        text = connection.recv(512).decode("utf-8", "replace")
        connection.sendall(b"QUIT\r\n")
        connection.recv(512)
    except OSError:
        return None
    if text.startswith("220 remote.test"):
        return "remote"
    return "local" if text.startswith("220 ") else None


def connect(address, port, deadline):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    result = {"address": address, "port": port, "errno": None, "answer": None}
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(deadline)
        begin = time.monotonic()
        try:
            connection.connect((address, port))
        except TimeoutError:
            result["errno"] = "ETIMEDOUT"
        except OSError as error:
            result["errno"] = errno.errorcode.get(error.errno, str(error.errno))
        result["milliseconds"] = round((time.monotonic() - begin) * 1000, 2)
        if result["errno"] is None:
            result["answer"] = greeting(connection, deadline)
    return result


def probe(who, destinations, deadline):
    """In a process of its own, since a uid is given up for good."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        become(who)
        results = [dict(who=who, **connect(address, port, deadline)) for address, port in destinations]
        with os.fdopen(writing, "w") as pipe:
            json.dump(results, pipe)
        os._exit(0)
    os.close(writing)
    return os.fdopen(reading)


def word(result):
    if result["errno"]:
        return {"ECONNREFUSED": "refused", "ETIMEDOUT": "timeout"}.get(result["errno"], result["errno"])
    return {"remote": "open", "local": "to MTA", None: "silent"}[result["answer"]]


def print_table(results, destinations):
    ports = list(dict.fromkeys((port, "local" if (address, port) in local_destinations() else "remote")
                               for address, port in destinations))
    print(f"  {'':13}" + "".join(f"{f'{place} {port}':<16}" for port, place in ports).rstrip())
    print(f"  {'':13}" + (f"{'IPv4':<8}{'IPv6':<8}" * len(ports)).rstrip())
    for who in dict.fromkeys(result["who"] for result in results):
        cells = (word(result) for result in results if result["who"] == who)
        print(f"  {who:<13}" + "".join(f"{cell:<8}" for cell in cells).rstrip())


def local_destinations():
    return {(address, port) for address in LOCAL[0] for port in LOCAL[1]}


def split_at_dashes(words):
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1:]


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--deadline", type=float, default=5)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("who", nargs="+")
    own, rest = split_at_dashes(sys.argv[1:])
    arguments = parser.parse_args(own)
    destinations = [(address, int(port)) for address, _, port in (text.rpartition(":") for text in rest)]
    destinations = destinations or DESTINATIONS
    pipes = [probe(who, destinations, arguments.deadline) for who in arguments.who]
    results = []
    for pipe in pipes:
        text = pipe.read()
        if not text:
            raise SystemExit("a probe died")
        results += json.loads(text)
    if arguments.table:
        print_table(results, destinations)
    else:
        print(json.dumps(results))


main()
