#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a program on a terminal of its own, as somebody who sits there would see it.

usage: terminal.py ANSWERS COMMAND...

ANSWERS is a JSON list of [question, answer] pairs: each question is waited for, behind the one before it, and answered
with the answer and Return; one for a password not before what is typed is hidden, for polkit's agent drops what was
typed until then. Prints JSON: status, output, asked (how many of the questions came), and echo (whether the
terminal shows what is typed, after the program has ended).
"""

import json
import os
import pty
import select
import sys
import termios
import time

SECONDS = 60


def shows_typing(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def main():
    answers, command = json.loads(sys.argv[1]), sys.argv[2:]
    deadline = time.monotonic() + SECONDS
    output, seen, asked = b"", 0, 0

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.setdefault("TERM", "xterm")
        if rows := int(os.environ.get("TERMINAL_ROWS", "0")):
            termios.tcsetwinsize(0, (rows, 80))
        os.execvp(command[0], command)

    while True:
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            sys.exit(f"no end within {SECONDS} s, output so far: {output!r}")
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that nobody has the other side open any more
            break
        if not chunk:
            break
        output += chunk
        while asked < len(answers) and (found := output.find(answers[asked][0].encode(), seen)) >= 0:
            seen = found + len(answers[asked][0])
            while answers[asked][0].startswith("Password") and shows_typing(terminal):
                if time.monotonic() > deadline:
                    sys.exit("the password would be shown")
                time.sleep(0.002)
            os.write(terminal, answers[asked][1].encode() + b"\n")
            asked += 1

    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"status": status, "output": output.decode(errors="replace"), "asked": asked,
                      "echo": shows_typing(terminal)}))


main()
