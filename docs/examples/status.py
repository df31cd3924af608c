#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints how things stand and what is not as it should be, with Debian's python3-dbus. Everybody may run it; problems
are shown to those who have the action "inspect".
"""

import sys

import dbus

NAME = "org.example.SmtpRestrictions"
PATH = "/org/example/SmtpRestrictions"


def main():
    service = dbus.Interface(dbus.SystemBus().get_object(NAME, PATH), NAME)
    try:
        status = service.Status()
    except dbus.DBusException as error:
        # the name is the cause
        sys.exit(f"{error.get_dbus_name()}: {error.get_dbus_message()}")

    # ask for keys that an older service may not have with get()
    print("enforcing" if status["Enforcing"] else "not enforcing", "health", status["Health"])
    for port, verdict in sorted(status.get("PortVerdicts", {}).items()):
        print("port", port, verdict)
    for problem in status.get("Problems", []):
        print(problem["Severity"], problem["Id"], problem["Text"], sep=": ")


main()
