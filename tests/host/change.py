# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes of policy, kernel and Exim, from one state of a scene to another, and with a fault."""

import json
import time
from dataclasses import dataclass

import calls
from booted import NAME, OBJECT, BusError, Sink, wait_until
from scenes import AUTH, EXCEPTIONS, LIMIT, METER, SERVICE, SINGLE, STOCK, TRIAL_RECORD, ask, judge
from worker import faults

LIMITS = ("SmtpAcceptMax", "u", LIMIT)
KEYS = ("PortVerdicts", "a{qs}", 1, 25, "reject", "MailLimits", "a{sv}")
OLD = ("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true", "PortVerdicts", "a{qs}", 1, 25, "redirect", 0)


def new(count, *limits):
    return ("SetPolicy", "a{sv}", 2, *KEYS, count, *limits)


def ready(host):
    return host.run("busctl", "get-property", NAME, OBJECT, NAME, "Enabled", check=False).returncode == 0


def _end(member):
    """Confirm or Cancel: the call that ends the trial."""
    return lambda host: (member, "s", host.call("Status")["Try"]["Id"])


class Direction:
    """A change from one state to another."""

    exim_may_wait = False  # what Exim cannot be told now is a Problem, and no reason not to do the rest

    def __init__(self, begin, end, call, scene=STOCK, repeats=False):
        """call(host): the arguments of host.call(). repeats: most of it is code that another direction passes, too."""
        self.begin, self.end, self.call, self.scene, self.repeats = begin, end, call, scene, repeats

    def prepare(self, host):
        """The host is in the state that it begins with. Returns what to do, to be called once: it raises BusError."""
        arguments = self.call(host)
        return lambda: host.call(*arguments)

    def late(self):
        """Has it happened, or will at once, before anybody was ready for it?"""
        return False

    def again(self, host):
        """It was late: begin anew."""
        wait_until(lambda: ready(host), 30, "the service")
        bring(host, judge(self.scene.look(host)), self.begin, self.scene)

    def disturb(self, host, fault=None, path="", trace=()):
        """The change, with a fault: (error or None, calls that were traced)."""
        while True:
            act = self.prepare(host)
            error = None
            with faults(host, *([fault] if fault else []), trace=trace, path=path) as noted:
                late = self.late()
                try:
                    if not late:
                        act()
                except BusError as caught:
                    error = caught
            if not late:
                return error, noted
            self.again(host)


class TimeOver(Direction):
    """Nobody confirms the trial. The service is stopped while the deadline is moved, which is as if it had begun earlier."""

    exim_may_wait = True

    def __init__(self):
        super().__init__("trial", "old", None, repeats=True)
        self.seconds, self.deadline = 1, 0

    def prepare(self, host):
        host.run("systemctl", "stop", SERVICE)
        record = json.loads(host.file(TRIAL_RECORD).read_text())
        self.deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + self.seconds
        record["DeadlineBoottime"] = int(self.deadline * 1_000_000)
        record["Deadline"] = int((time.time() + self.seconds) * 1_000_000)
        host.file(TRIAL_RECORD).write_text(json.dumps(record))
        host.run("systemctl", "start", SERVICE)
        pid = host.main_pid()
        return lambda: self.wait(host, pid)

    def late(self):
        return time.clock_gettime(time.CLOCK_BOOTTIME) > self.deadline - 0.05

    def again(self, host):
        self.seconds += 1
        # whatever a fault made of it, its time is over
        host.run("systemctl", "restart", SERVICE)
        super().again(host)

    @staticmethod
    def wait(host, pid):
        """Until the trial is over; an error if the service died, or reports that it could not end it."""

        def ended():
            if host.main_pid() != pid:
                raise BusError("Died", "")
            for problem in host.call("Status")["Problems"]:
                if problem["Id"] == "trial-overdue":
                    raise BusError("Overdue", problem["Text"])
            # it may have died just now, and then the next one has ended the trial
            return host.property("TryDeadline") == 0 and host.main_pid() == pid

        wait_until(ended, 60, "the end of the trial")


def _call(*arguments):
    return lambda host: arguments


DIRECTIONS = {
    "there": Direction("old", "new", _call(*new(1, *LIMITS))),
    "back": Direction("new", "old", _call(*OLD)),
    "try": Direction("old", "trial", _call("Try", "a{sv}u", 2, *KEYS, 1, *LIMITS, 3600), repeats=True),
    "cancel": Direction("trial", "old", _end("Cancel"), repeats=True),
    "confirm": Direction("trial", "new", _end("Confirm")),
    "over": TimeOver(),
    "auth-there": Direction("old", "new", _call(*new(2, *LIMITS, "RequireAuth", "b", "true")), AUTH, repeats=True),
    "auth-back": Direction("new", "old", _call(*OLD), AUTH, repeats=True),
    "meter-there": Direction("old", "new", _call(*new(2, *METER.limits)), METER, repeats=True),
    "meter-back": Direction("new", "old", _call(*OLD), METER, repeats=True),
    "single-there": Direction("old", "new", _call(*new(3, *SINGLE.limits)), SINGLE, repeats=True),
    "single-back": Direction("new", "old", _call(*OLD), SINGLE, repeats=True),
    "exception-there": Direction("old", "new", _call(*EXCEPTIONS.add("tester")), EXCEPTIONS),
    "exception-back": Direction("new", "old", EXCEPTIONS.remove, EXCEPTIONS),
}


# Directions that belong together: the way back of one is a case of the other.
ROUNDS = {
    "there-back": ("there", "back"),
    "try-cancel": ("try", "cancel"),
    "try-confirm": ("confirm",),
    "try-over": ("over",),
    "auth": ("auth-there", "auth-back"),
    "meter": ("meter-there", "meter-back"),
    "single": ("single-there", "single-back"),
    "exception": ("exception-there", "exception-back"),
}


def bring(host, now, wanted, scene=STOCK):
    for name in scene.ways.get((now, wanted), []):
        DIRECTIONS[name].prepare(host)()


# ---------------------------------------------------------------------- host


class Disturbed:
    """A host that one test after the other disturbs, as long as all goes well."""

    def __init__(self, host, sink: Sink, scene=STOCK):
        self.host, self.mail, self.scene = host, Mail(host, sink), scene
        self._made = {}
        # whatever happens, the service comes back at once
        host.drop_in("[Service]\nRestart=always\nRestartSec=0\n[Unit]\nStartLimitIntervalSec=0\n")
        host.run("systemctl", "restart", SERVICE)
        host.call("Enable")
        # a group of its own: a file that replaces it has to be given to that too
        host.run("chgrp", "adm", "/etc/smtp-restrictions/policy.json")
        scene.set_up(host)

    def made(self, name):
        """The calls that the direction makes, undisturbed."""
        if name not in self._made:
            direction = DIRECTIONS[name]
            bring(self.host, ask(self.host, self.scene), direction.begin, self.scene)
            error, noted = direction.disturb(self.host, trace=calls.TRACED)
            assert error is None, error
            self._made[name] = calls.read(noted)
        return self._made[name]

    def bring_any(self, now, cases):
        """Take out a case, one that begins as things are if there is one, and bring the host to where it begins."""
        case = next((case for case in cases if case.direction.begin == now), cases[0])
        cases.remove(case)
        bring(self.host, now, case.direction.begin, self.scene)
        return case


@dataclass(frozen=True)
class Case:
    name: str  # of its direction
    fault: str
    path: str

    @property
    def direction(self):
        return DIRECTIONS[self.name]

    def is_always_there(self):
        """Or is the call one of those that are made more often on a slow machine?"""
        return self.fault.split(":")[0] in calls.ALTERING

    def __str__(self):
        return f"{self.name}, {self.fault} {self.path}".rstrip()


class Mail:
    """A message to somebody outside, now and then."""

    EVERY = 20

    def __init__(self, host, sink: Sink):
        self.host, self.sink, self.cases = host, sink, 0

    def case(self):
        """One more case is over; each so many, mail has to flow."""
        self.cases += 1
        if self.cases % self.EVERY == 0:
            count = len(self.sink.messages())
            # -odf: what it would leave in the background ends with the command's unit
            self.host.run("sendmail", "-odf", "user@remote.test", input="Subject: case\n\ntext\n")
            self.sink.wait(count + 1)
