# SPDX-License-Identifier: GPL-2.0-or-later
"""The real meter, with directories, a socket, a log and an identd of its own, and a clock that is the machine's.

There is no bus where it looks for one, unless a test starts it (bus.py)."""

import base64
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

PROGRAM = Path(os.environ["METERD"])
OTHER_UID = 65534
LIMIT = 60  # seconds; nothing takes so long


def word(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def message_id(number, generation=0):
    return f"{number:06d}-{generation:06d}-2M"


class Identd:
    """Answers as it is told to: a line, or None for silence."""

    def __init__(self, path):
        self.answer = "-"
        self.asked = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        with peer, peer.makefile("rw") as lines:
            for line in lines:
                self.asked.append(line.split())
                if self.answer is None:
                    continue
                lines.write(self.answer + "\n")
                lines.flush()


class Meter:
    def __init__(self, top):
        self.top = Path(top)
        self.socket = self.top / "socket"
        self.log = self.top / "log/mainlog"
        self.config = self.top / "etc/meter.json"
        self.journal = self.top / "journal"
        self.bus = f"unix:path={self.top}/bus"
        self.more = []
        self.number = 0
        self.process = None
        for name in ("log", "etc", "state", "run"):
            (self.top / name).mkdir()
        self.log.touch()
        self.identd = Identd(self.top / "ident")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.socket))
        self.listener.listen(4096)
        self.socket.chmod(0o666)
        self.top.chmod(0o755)

    def set(self, limits=None, **more):
        """meter.json, as the service would write it."""
        config = {"version": 1, "exim_uid": 0, "log": str(self.log), "limits": limits or {}} | more
        new = self.config.with_suffix(".new")
        new.write_text(json.dumps(config))
        new.rename(self.config)

    def start(self):
        fd = self.listener.fileno()

        # a shell of its own pid: what systemd does between fork and exec
        command = ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", str(PROGRAM), "-c", str(self.config), "-i",
                   str(self.top / "ident"), *self.more]
        environment = os.environ | {"LISTEN_FDS": "1", "STATE_DIRECTORY": str(self.top / "state"),
                                    "RUNTIME_DIRECTORY": str(self.top / "run"),
                                    "DBUS_SYSTEM_BUS_ADDRESS": self.bus}
        with self.journal.open("a") as journal:
            self.process = subprocess.Popen(command, env=environment, stderr=journal, preexec_fn=lambda: os.dup2(fd, 3),
                                            pass_fds=(3,))
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(LIMIT) == 0, self.said()

    def said(self):
        return self.journal.read_text()

    def wait_said(self, text):
        wait_for(lambda: text in self.said(), f"{text!r} in {self.said()!r}")

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(LIMIT)
        peer.connect(str(self.socket))
        return peer

    def say(self, line):
        """One question, one answer; "" if there is none."""
        with self.connect() as peer:
            try:
                peer.sendall(line if isinstance(line, bytes) else line.encode())
                peer.shutdown(socket.SHUT_WR)
                answer = b""
                while piece := peer.recv(4096):
                    answer += piece
            except (BrokenPipeError, ConnectionResetError):
                return ""
        return answer.decode().rstrip("\n")

    def message(self, n=1, uid=1000, sender="a@d1.test", auth="", host="", number=None):
        """Ask for a message by its number, or a new one. Returns the whole answer."""
        if number is None:
            self.number += 1
            number = self.number
        where = f"h={host} p=40000 la=127.0.0.1 lp=25" if host else "h= p=0 la= lp=-1"
        return self.say(f"D {message_id(number)} n={n} z=100 u={uid} {where} s={word(sender)} a={word(auth)}\n")

    def verdict(self, **arguments):
        return self.message(**arguments).split(" ")[0]

    def accept(self, n=1, **arguments):
        """As Exim does: ask, and log what became of it. Returns the verdict."""
        answer = self.message(n=n, **arguments).split(" ")
        if answer[0] in ("ok", "observe", "hold"):
            self.write_log(self.number, answer[0], n, answer[1])
        return answer[0]

    def write_log(self, number, verdict="ok", n=1, uid="1000", sender="a@d1.test", stamp=None):
        self.write_event(number, f"smtp-restrictions: {verdict} n={n} uid={uid}", stamp)
        self.write_event(number, f"<= {sender} U=user P=local S=100", stamp)

    def write_event(self, number, text, stamp=None):
        """A line about a message."""
        stamp = stamp or time.strftime("%Y-%m-%d %H:%M:%S")
        with self.log.open("a") as log:
            log.write(f"{stamp} {message_id(number)} {text}\n")

    def rotate(self):
        """As logrotate does it for Exim: the next line makes the next file."""
        for number in (8, 7, 6, 5, 4, 3, 2, 1, 0):
            name = self.log if number == 0 else self.log.with_name(f"mainlog.{number}")
            if name.exists():
                name.rename(self.log.with_name(f"mainlog.{number + 1}"))

    def goes(self, number):
        return self.say(f"H {message_id(number)} 100\n")

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        self.listener.close()
        self.identd.listener.close()


def wait_for(condition, what="it"):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"not in {LIMIT} s: {what}"
        time.sleep(0.02)


def is_closed(peer):
    """Has the other end hung up, without a word?"""
    ready, _, _ = select.select([peer], [], [], LIMIT)
    try:
        return bool(ready) and peer.recv(1) == b""
    except ConnectionResetError:
        return True
