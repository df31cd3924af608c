# SPDX-License-Identifier: GPL-2.0-or-later
"""The real daemon on a bus of its own, in a network namespace of its own, with a polkit that does as it is told."""

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parents[1]

NAME = INTERFACE = "org.example.SmtpRestrictions"
PATH = "/org/example/SmtpRestrictions"
ACTION = NAME + "."
ERROR = NAME + ".Error."

ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
INTERACTIVE = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs"
LIMITS_EXCEEDED = "org.freedesktop.DBus.Error.LimitsExceeded"

# users that every Debian has: the bus takes connections of known uids only
USER, OTHER_USER = 5, 6  # games, man
MANY_USERS = [1, 2, 3, 5, 6, 7, 8, 9, 10]

WAIT = 60  # seconds that anything may take; a bound, nothing waits that long

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""

# no Exim here, even if the machine has one: mail limits are the host tests' business
SANDBOX = """
for program in /usr/sbin/exim4 /usr/sbin/exim; do [ ! -e $program ] || mount --bind /dev/null $program; done
for folder in /etc/exim4 /etc/exim; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
ip link set lo up
exec "$@"
"""


class Failed(Exception):
    """A D-Bus error: its name and its text."""

    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


class Nursery:
    """Where the processes come from; see nursery.py."""

    def __init__(self):
        self.requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen([sys.executable, str(HERE / "nursery.py"), str(theirs.fileno())],
                                            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])  # fmt: skip

    def start(self, words, stdin, stdout):
        """-> pid"""
        socket.send_fds(self.requests, [json.dumps(words).encode()], [stdin, stdout])
        return int(self.requests.recv(100))

    def end(self):
        self.requests.close()
        self.process.wait(WAIT)


@functools.cache
def nursery():
    one = Nursery()
    atexit.register(one.end)
    return one


class Talker:
    """A process that talks JSON lines."""

    def __init__(self, *command):
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.pid = nursery().start(command, theirs_in, theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = open(ours_in, "wb", buffering=0), open(ours_out, "rb", buffering=0)
        self.rest = b""
        os.set_blocking(ours_in, False)

    def say(self, **request):
        """Takes in what comes meanwhile: both pipes could be full."""
        data = json.dumps(request).encode() + b"\n"
        while data:
            ready, writable, _ = select.select([self.stdout], [self.stdin], [], WAIT)
            assert ready or writable, "the process does not read"
            if ready:
                self._take_in()
            if writable:
                data = data[self.stdin.write(data) or 0 :]

    def _take_in(self):
        piece = os.read(self.stdout.fileno(), 1 << 20)
        assert piece, "the process has ended"
        self.rest += piece

    def hear(self, deadline):
        """The next line, None when there is none by then."""
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            self._take_in()
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def end(self):
        self.stdin.close()
        deadline = time.monotonic() + WAIT
        while select.select([self.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
            if not os.read(self.stdout.fileno(), 1 << 20):
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
        self.stdout.close()


class Caller(Talker):
    """Calls of one uid."""

    def __init__(self, address, uid):
        super().__init__(str(HERE / "caller.py"), address, str(uid))
        self.uid = uid
        self.number = 0
        self.answers = {}
        self.signals = []

    def _request(self, **request):
        self.number += 1
        self.say(id=self.number, **request)
        return self.number

    def start(self, member, arguments=None, type=None, connection="main", interactive=False, interface=INTERFACE,
              destination=NAME, path=PATH):  # fmt: skip
        """Begin a call; -> its number."""
        return self._request(
            do="call", member=member, arguments=arguments, type=type, connection=connection, interactive=interactive,
            interface=interface, destination=destination, path=path)  # fmt: skip

    def _listen(self, deadline):
        line = self.hear(deadline)
        if line is None:
            return False
        if "signal" in line:
            self.signals.append((line["signal"], line["value"]))
        else:
            self.answers[line["id"]] = line
        return True

    def is_answered(self, number, within=0):
        deadline = time.monotonic() + within
        while number not in self.answers:
            if not self._listen(deadline):
                return False
        return True

    def finish(self, number, within=WAIT):
        """The call's values as a list; raises Failed."""
        assert self.is_answered(number, within), "no answer in time"
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Failed(answer["error"], answer["text"])
        return answer["value"]

    def call(self, member, arguments=None, type=None, within=WAIT, **options):
        return self.finish(self.start(member, arguments, type, **options), within)

    def refused(self, *arguments, **options):
        """The error of a call that must fail."""
        try:
            value = self.call(*arguments, **options)
        except Failed as failed:
            return failed
        raise AssertionError(f"taken, not refused: {value}")

    def close(self, connection="main"):
        self.finish(self._request(do="close", connection=connection))

    def listen(self, interface, path, connection="main"):
        self.finish(self._request(do="listen", interface=interface, path=path, connection=connection))

    def properties(self):
        return self.call("GetAll", f"('{INTERFACE}',)", interface="org.freedesktop.DBus.Properties")[0]


class Polkit(Talker):
    def __init__(self, address):
        super().__init__(str(HERE / "polkit.py"), address)
        assert self.hear(time.monotonic() + WAIT) is not None, "the mock polkit does not start"

    def _tell(self, **request):
        self.say(**request)
        return self.hear(time.monotonic() + WAIT)

    def set(self, default="deny", **verdicts):
        """What to answer from now on: for all actions, and by the action's last word (- as _)."""
        by_action = {ACTION + word.replace("_", "-"): verdict for word, verdict in verdicts.items()}
        self._tell(do="verdicts", verdicts={"": default, **by_action})

    def answer(self, number, verdict):
        self._tell(do="answer", number=number, verdict=verdict)

    @property
    def questions(self):
        return self._tell(do="show")["questions"]

    @property
    def cancelled(self):
        return self._tell(do="show")["cancelled"]

    def wait_questions(self, count):
        """Until it was asked that often."""
        return wait_for(lambda: len(self.questions) >= count and self.questions, f"polkit is not asked {count} times")


def listens(path):
    """The socket is there a moment before anybody can connect to it."""
    with socket.socket(socket.AF_UNIX) as peer:
        return peer.connect_ex(str(path)) == 0


def wait_for(claim, otherwise):
    """Until it is true; -> what is true of it."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        value = claim()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(otherwise)


class Service:
    def __init__(self, folder, daemon):
        self.folder = folder
        self.program = daemon
        self.address = f"unix:path={folder}/bus"
        self.config, self.state, self.runtime = (folder / name for name in ("etc", "state", "run"))
        for path in (self.config, self.state, self.runtime):
            path.mkdir()
        folder.chmod(0o755)
        self.callers = {}
        self.polkit = None
        self.daemon = None
        self.log = open(folder / "log", "w+")
        (folder / "bus.conf").write_text(
            BUS_CONFIG.format(socket=folder / "bus", policy=SOURCES / "dbus" / f"{NAME}.conf")
        )
        self.bus = subprocess.Popen(
            ["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile", "--nosyslog"],
            stdout=self.log, stderr=self.log)  # fmt: skip
        wait_for(lambda: listens(folder / "bus"), "dbus-daemon does not listen")

    def start_polkit(self, default="deny", **verdicts):
        self.polkit = Polkit(self.address)
        self.polkit.set(default, **verdicts)

    def launch(self):
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DBUS_SYSTEM_BUS_ADDRESS": self.address,
            "CONFIGURATION_DIRECTORY": str(self.config),
            "STATE_DIRECTORY": str(self.state),
            "RUNTIME_DIRECTORY": str(self.runtime),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE"):
            if name in os.environ:
                environment[name] = os.environ[name]
        return subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", SANDBOX, "sh", self.program],
            env=environment, stdout=self.log, stderr=self.log)  # fmt: skip

    def start(self):
        self.daemon = self.launch()
        wait_for(self.has_name, "the service does not take its name")

    def has_name(self):
        assert self.daemon.poll() is None, f"the service has ended: {self.text_of_log()}"
        return self.root.call("NameHasOwner", f"('{NAME}',)", interface="org.freedesktop.DBus",
                              destination="org.freedesktop.DBus", path="/org/freedesktop/DBus")[0]  # fmt: skip

    def stop(self):
        """-> exit status"""
        self.daemon.terminate()
        try:
            return self.daemon.wait(30)
        finally:
            self.daemon.kill()
            self.daemon.wait()

    def text_of_log(self):
        self.log.flush()
        return (self.folder / "log").read_text(errors="replace")

    def caller(self, uid):
        if uid not in self.callers:
            self.callers[uid] = Caller(self.address, uid)
        return self.callers[uid]

    @property
    def root(self):
        return self.caller(0)

    @property
    def user(self):
        return self.caller(USER)

    def nft(self, *command):
        return subprocess.run(
            ["nsenter", "--net", f"--target={self.daemon.pid}", "nft", *command], capture_output=True, text=True
        )

    def in_force(self):
        """All that a call could have changed, to be compared."""
        files = (self.config / "policy.json", self.state / "exceptions.json")
        return (
            [file.read_bytes() if file.exists() else None for file in files],
            self.nft("-s", "list", "ruleset").stdout,
            self.root.properties()["Generation"],
        )

    def end(self):
        for caller in self.callers.values():
            caller.end()
        if self.polkit:
            self.polkit.end()
        for process in (self.daemon, self.bus):
            if process and process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()
