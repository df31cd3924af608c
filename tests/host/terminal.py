#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a program on a terminal of its own, as somebody who sits there would see it.

usage: terminal.py ANSWERS COMMAND...

ANSWERS is a JSON list of [question, answer] pairs: each question is waited for, behind the one before it, and answered
with the answer and Return. Prints JSON: status, output, and asked, the number of questions that came.
"""

import json
import os
import pty
import select
import sys
import time

SECONDS = 60


def main():
    answers, command = json.loads(sys.argv[1]), sys.argv[2:]
    deadline = time.monotonic() + SECONDS
    output, seen, asked = b"", 0, 0

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.setdefault("TERM", "xterm")
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
            os.write(terminal, answers[asked][1].encode() + b"\n")
            asked += 1

    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"status": status, "output": output.decode(errors="replace"), "asked": asked}))


main()
