# SPDX-License-Identifier: GPL-2.0-or-later
"""A booted host, as tests see it: commands inside, files, bus calls, power, connections, passwords, faults.

Everything runs through testhost.sh, root's commands by inside.py. Nothing here waits a fixed time; what takes time is polled with a bound.
"""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

import busctl

HERE = Path(__file__).resolve().parent
TESTHOST = str(HERE / "testhost.sh")

NAME = "org.example.SmtpRestrictions"
OBJECT = "/org/example/SmtpRestrictions"
METER, METER_OBJECT = NAME + ".Meter", OBJECT + "/Meter"
DROP_IN = "/etc/systemd/system/smtp-restrictions.service.d/test.conf"

REMOTE = ("203.0.113.25", "2001:db8::25")
LOOPBACK = ("127.0.0.1", "::1")

# Runs the command that follows with a polkit agent on its terminal. The agent says by closing descriptor 3 that polkit
# knows it. It is bound to the shell's pid, which exec keeps.
AGENT = ("sh", "-c", "fifo=$(mktemp -u); mkfifo $fifo; pkttyagent --process $$ --notify-fd 3 3>$fifo & "
                     "cat $fifo; rm $fifo; exec \"$@\"", "sh")


class BusError(Exception):
    """An error reply: .name without our common prefix, .text."""

    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name.removeprefix(NAME + ".Error.")
        self.text = text


def wait_until(condition, seconds=60, what="the condition"):
    """Poll until condition() is true, and return that; else fail. The bound is for a machine that has much else to do."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.02)


class Sink:
    """The remote mail server."""

    def __init__(self, host, directory):
        self.directory = Path(directory)
        self.process = host.popen_remote("python3", str(HERE / "sink.py"), str(directory))
        wait_until((self.directory / "ready").exists, what="the sink")

    def messages(self):
        """All messages so far, also those that broke off, in order of arrival."""
        paths = sorted(self.directory.glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text()) for path in paths]

    def wait(self, count=1, seconds=20):
        return wait_until(lambda: len(found := self.messages()) >= count and found, seconds, f"message {count}")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Inside:
    """inside.py in a host: commands as root, one after the other."""

    def __init__(self, host):
        # its unit lasts as long as the host
        self.process = subprocess.Popen([TESTHOST, "run", host.name, "python3", host.script("inside.py")], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=host.environment | {"TESTHOST_TIMEOUT": "infinity"})

    def run(self, words, given, seconds):
        self.process.stdin.write(json.dumps([words, given]) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            self.process.terminate()
            raise subprocess.TimeoutExpired(words, seconds)
        line = self.process.stdout.readline()
        assert line, f"{words}: the host has ended"
        return subprocess.CompletedProcess(words, *json.loads(line))

    def end(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Host:
    def __init__(self, name, suite=None):
        """suite: which Debian; none: the build machine's."""
        self.name = name
        self.inside = self.pid = None
        self.one_command = threading.Lock()
        self.environment = os.environ | ({"TESTHOST_SUITE": suite} if suite else {})
        self.root = None
        self.counter = 0

    # ------------------------------------------------------------- life

    def _testhost(self, *arguments, **options):
        return subprocess.run([TESTHOST, *map(str, arguments)], check=True, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, env=self.environment, **options)

    def up(self, disk=None, *options):
        self._testhost("up", self.name, *([f"--disk={disk}"] if disk else []), *options)
        self.root = Path(self._testhost("path", self.name).stdout.strip())

    def down(self):
        self._leave()
        self._testhost("down", self.name)

    def off(self):
        """Clean power-off. The disk stays; the kernel's rules go, as on a real machine."""
        self._leave()
        self._testhost("off", self.name)

    def crash(self):
        """Every process dies at once. The disk stays."""
        self._testhost("crash", self.name)
        self._leave()

    def _leave(self):
        if self.inside:
            self.inside.end()
        self.inside = self.pid = None

    def on(self, *options):
        self._testhost("on", self.name, *options)

    def reboot(self):
        self.off()
        self.on()

    # -------------------------------------- as the build machine sees it

    def leader(self):
        """The build machine's pid of the host's PID 1; another one after each boot."""
        if not self.pid:
            self.pid = int(self._testhost("pid", self.name).stdout)
        return self.pid

    def is_up(self):
        return subprocess.run([TESTHOST, "pid", self.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def cgroup(self):
        """The folder of the cgroup that all its processes are in; its systemd's own is payload/ in it."""
        lines = Path(f"/proc/{self.leader()}/cgroup").read_text().splitlines()
        inside = next(line for line in lines if line.startswith("0::")).removeprefix("0::")
        mounts = (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))
        mount = next(mount for mount in mounts if (mount / "cgroup.procs").exists())
        return mount / inside.split("/")[1]

    # --------------------------------------------------------- commands

    def run(self, *command, check=True, input=None, timeout=120):
        """As root. The result has returncode, stdout, stderr."""
        words = [str(word) for word in command]
        if not self.one_command.acquire(blocking=False):
            # another thread waits for its own
            return self._checked(words, check, self._testhost_with_input(["run", self.name, *words], input, timeout))
        try:
            if self.inside and self.inside.process.poll() is not None:
                self._leave()
            if not self.inside:
                self.inside = Inside(self)
            return self._checked(words, check, self.inside.run(words, input, timeout))
        finally:
            self.one_command.release()

    def runas(self, user, *command, seat=False, check=True, input=None, timeout=120):
        """In a login session of its own; polkit: allow_any, or allow_active with seat=True."""
        options = ["--seat"] if seat else []
        words = [str(word) for word in command]
        done = self._testhost_with_input(["runas", self.name, *options, user, *words], input, timeout)
        return self._checked(words, check, done)

    def out(self, *command, **options):
        """What the command prints, without the last newline."""
        return self.run(*command, **options).stdout.rstrip("\n")

    @staticmethod
    def _testhost_with_input(words, input, timeout):
        options = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([TESTHOST, *words], text=True, capture_output=True, timeout=timeout, **options)

    @staticmethod
    def _checked(words, check, done):
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def popen(self, *command, user=None, tty=False, **options):
        """Start and do not wait. With tty (users only) both outputs come in one stream."""
        how = ["run", self.name] if user is None else ["runas", self.name, *(["--tty"] if tty else []), user]
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True} | options
        return subprocess.Popen([TESTHOST, *how, *map(str, command)], **options)

    def popen_remote(self, *command, **options):
        """A program of the build machine, in the remote's network."""
        return subprocess.Popen([TESTHOST, "remote", self.name, *map(str, command)], **options)

    def netexec(self, *command):
        """A program of the build machine, in the host's network: what the host's root may not do."""
        self._testhost("netexec", self.name, *command)

    # ------------------------------------------------------------ files

    def file(self, path):
        """The path as this machine sees it. Links in it must not be absolute."""
        return self.root / str(path).lstrip("/")

    def put(self, path, text, mode=0o644):
        file = self.file(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def script(self, name):
        """Bring a program of this folder in; returns its path inside."""
        inside = f"/root/{name}"
        if not self.file(inside).exists():
            self.put(inside, (HERE / name).read_text(), 0o755)
        return inside

    # -------------------------------------------------------------- bus

    def call(self, member, signature="", *arguments, user=None, interface=NAME, timeout=60):
        """Call a method with busctl's notation of arguments: the reply's values as Python's (one: itself; none: None).

        Raises BusError with the error's name and text.
        """
        command = ["env", "SYSTEMD_LOG_LEVEL=debug", "SYSTEMD_LOG_TARGET=console", "busctl",
                   f"--timeout={timeout}", "call", *((METER, METER_OBJECT) if interface == METER else (NAME, OBJECT)),
                   interface, member]
        if signature:
            command += [signature, *arguments]
        done = (self.run(*command, check=False) if user is None else self.runas(user, *command, check=False))
        if done.returncode != 0:
            found = re.findall(r"error-name=(\S+).* error-message=(.*)", done.stderr)
            found = [pair for pair in found if pair[0] != "n/a"]
            text = re.search(r"Call failed: (.*)", done.stderr)
            raise BusError(found[-1][0] if found else "?", text.group(1) if text else done.stderr[-500:])
        return self._values(done.stdout)

    @staticmethod
    def _values(text):
        values = busctl.parse(text)
        return None if not values else values[0] if len(values) == 1 else values

    def property(self, name):
        """A property's value. Raises BusError likewise, as where the service has died just now."""
        done = self.run("busctl", "get-property", NAME, OBJECT, NAME, name, check=False)
        if done.returncode != 0:
            raise BusError("?", done.stderr[-500:])
        return self._values(done.stdout)

    def ctl(self, *arguments, **options):
        return self.run("smtp-restrictionsctl", *arguments, **options)

    def enable(self):
        self.call("Enable")

    # ---------------------------------------------------------- service

    def main_pid(self, unit="smtp-restrictions.service"):
        """The pid inside; 0 if it does not run."""
        return int(self.out("systemctl", "show", "-P", "MainPID", unit))

    def journal(self, *options, output="cat"):
        """With all that anybody has said until now: what was sent to journald need not have been written by it."""
        return self.out("sh", "-ec", 'journalctl --sync; journalctl -q --no-pager -o "$@" || :', "sh", output, *options)

    def said(self, message_id):
        """The texts of messages with that id."""
        return [json.loads(line)["MESSAGE"] for line in self.journal(f"MESSAGE_ID={message_id}", output="json").splitlines()]

    def drop_in(self, text):
        """Override settings of the service's unit; takes effect at its next start."""
        self.put(DROP_IN, text)
        self.run("systemctl", "daemon-reload")

    def inject(self, *faults, trace=None):
        """Restart the service under strace with faults, e.g. "fsync:error=ENOSPC:when=2"; none: without strace.

        The tracer is a grandchild, so that systemd's main process is the service itself. `when=` counts per name of
        system call, from the start of the service.
        """
        if not faults:
            self.file(DROP_IN).unlink(missing_ok=True)
            self.run("systemctl", "daemon-reload")
        else:
            names = trace or ",".join(fault.split(":")[0] for fault in faults)
            options = " ".join(f"-e inject={fault}" for fault in faults)
            self.drop_in("[Service]\nExecStart=\nSystemCallFilter=\nNotifyAccess=all\nRestart=no\n"
                         f"ExecStart=/usr/bin/strace -D -qq -f -o /dev/null -e trace={names} {options} "
                         "/usr/sbin/smtp-restrictionsd\n")
        self.run("systemctl", "restart", "smtp-restrictions.service", check=False)

    def table(self):
        """Our table as nft lists it, without counters' values; empty if it is not in the kernel."""
        done = self.run("nft", "-s", "list", "table", "inet", "smtp_restrictions", check=False)
        return done.stdout if done.returncode == 0 else ""

    def reload_exim(self):
        """Return when the running Exim has read its files: on Debian 13 systemd is content with having sent the signal."""
        if self.file("/etc/exim4/exim4.conf").exists():
            # what Debian's programs would generate at each reload is not read
            self._new_exim("sh", "-c", "kill -HUP $(cat /run/exim4/exim.pid)")
        else:
            self._new_exim("systemctl", "reload", "exim4")

    def write_main(self):
        """A main file as if written by hand, with what Debian's programs have generated."""
        main = "/etc/exim4/exim4.conf"
        self.run("sh", "-c", f"cp /var/lib/exim4/config.autogenerated {main}; chown root:Debian-exim {main}; chmod 640 {main}")
        self.reload_exim()

    def copy_exim(self):
        """Keep Exim's files as they are now, and what was generated from them."""
        self.run("sh", "-c", "mkdir /root/made && cp -a /var/lib/exim4/config.autogenerated /root/made && "
                             "cp -a /etc/exim4 /root && touch /root/copied")

    def put_exim_back(self):
        """Exim's files are as they were when they were copied, and it has read them; it is started if it does not run.

        A signal alone makes it read: to run update-exim4.conf again would cost ten times as much.
        """
        self._new_exim("sh", "-c", "rm -rf /etc/exim4/* && cp -a /root/exim4/. /etc/exim4 && "
                       "cp -a /root/made/. /var/lib/exim4 && touch /root/copied && pid=$(cat /run/exim4/exim.pid) && "
                       "grep -q exim4 /proc/$pid/comm && kill -HUP $pid || systemctl restart exim4")

    def _new_exim(self, *command):
        leader = self.leader()

        def sockets():
            entries = [line.split() for line in Path(f"/proc/{leader}/net/tcp").read_text().splitlines()]
            return {entry[9] for entry in entries if entry[1].endswith(":0019") and entry[3] == "0A"}

        def hears():
            """When it listens after a reload it ignores the next one for a moment."""
            with contextlib.suppress(OSError, ValueError):
                inside = Path(f"/proc/{leader}/root")
                pid = int((inside / "run/exim4/exim.pid").read_text())
                caught = re.search(r"^SigCgt:\s*(\w+)", (inside / f"proc/{pid}/status").read_text(), re.M)
                return int(caught[1], 16) & 1 << signal.SIGHUP - 1
            return False

        before = sockets()
        wait_until(lambda: not before or hears(), what="an Exim that can be told")
        self.run(*command)
        wait_until(lambda: (now := sockets()) and not now & before and hears(), what="the reload of Exim")

    # ------------------------------------------------------ connections

    def probe(self, *who, to=()):
        """Real connections (probe.py): a list of results. `to`: (address, port) pairs; none: its usual ones."""
        destinations = [f"{address}:{port}" for address, port in to]
        return json.loads(self.out("python3", self.script("probe.py"), *who, "--", *destinations))

    def reach(self, who, address, port):
        """"remote", "local" (redirected, or local anyway), or the name of the error."""
        result = self.probe(who, to=[(address, port)])[0]
        return result["errno"] or result["answer"]

    # -------------------------------------------------------- passwords

    def asked(self, user, *command):
        """Start a command whose call needs a password, and return when its agent has asked for it."""
        client = Asked(self.popen(*AGENT, *command, user=user, tty=True, text=False, stderr=subprocess.STDOUT))
        assert client.read_until_asked(1), client.output
        return client

    def answering(self, user, password, *command):
        """Run as user on a terminal with a polkit agent that is given the password at each prompt.

        Returns (exit status, output, number of prompts).
        """
        client = Asked(self.popen(*AGENT, *command, user=user, tty=True, text=False, stderr=subprocess.STDOUT))
        prompts = 0
        while client.read_until_asked(prompts + 1):
            prompts += 1
            client.answer(password)
        return client.process.wait(), client.output.decode(errors="replace"), prompts


class Asked:
    """A command on a terminal whose polkit agent asks for passwords."""

    def __init__(self, process):
        self.process = process
        self.output = b""

    def read(self, seconds):
        """More output; False when there is no more."""
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not readable:
            self.leave()
            raise AssertionError(f"nothing happens, output so far: {self.output!r}")
        chunk = os.read(self.process.stdout.fileno(), 65536)
        self.output += chunk
        return bool(chunk)

    def read_until_asked(self, count):
        """Until there are so many prompts; False if the command ended before."""
        while self.output.count(b"Password:") < count:
            if not self.read(60):
                return False
        return True

    def answer(self, password):
        """Type the password; again if it was echoed, since then the agent had not yet made the terminal its own."""
        typed, begin, echoes = password.encode() + b"\n", len(self.output), 0
        self._type(typed)
        while b"====" not in self.output[begin:] and self.read(60):
            if self.output[begin:].count(typed.strip()) > echoes:
                echoes += 1
                time.sleep(0.05)  # a poll: without it the typing alone keeps the machine busy
                self._type(typed)

    def _type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def leave(self):
        self.process.terminate()
        self.process.wait()
