# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes of policy, kernel and Exim, and the question in which state the host is: wholly in one of three."""

import json
import time

from booted import NAME, OBJECT, BusError, Sink, wait_until

LIMIT = 2  # connections that Exim takes at once under the new policy; its default is 20
KEYS = ("PortVerdicts", "a{qs}", 1, 25, "reject", "MailLimits", "a{sv}", 1, "SmtpAcceptMax", "u", LIMIT)
NEW = ("SetPolicy", "a{sv}", 2, *KEYS)
OLD = ("ReplacePolicy", "a{sv}a{sv}", 2, "Enabled", "b", "true", "PortVerdicts", "a{qs}", 1, 25, "redirect", 0)
TRY = ("Try", "a{sv}u", 2, *KEYS, 3600)
TRIAL_RECORD = "/var/lib/smtp-restrictions/try.json"
SERVICE = "smtp-restrictions.service"

# Asked inside in one go, as each command costs a start.
QUESTIONS = f"""
import json, os, socket, subprocess
def out(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "FAILED " + done.stderr
def read(path):
    return open(path).read() if os.path.exists(path) else ""
policy = json.loads(out("smtp-restrictionsctl", "policy", "show", "--json"))
trial = out("busctl", "get-property", "{NAME}", "{OBJECT}", "{NAME}", "TryDeadline") != "t 0"
table = out("nft", "list", "table", "inet", "smtp_restrictions")
clients = [socket.create_connection(("127.0.0.1", 25), 10) for _ in range({LIMIT} + 1)]
greeted = sum(client.recv(100).startswith(b"220") for client in clients)
setting = "smtp_accept_max = {LIMIT}"
new = {{
    "policy": policy["MailLimits"] == {{"SmtpAcceptMax": {LIMIT}}},
    "ports": policy["PortVerdicts"] == {{"25": "reject"}},
    "kernel": "nat_output" not in table,
    "file": setting + "\\n" in read("/etc/exim4/exim4.conf.localmacros"),
    "generated": out("exim4", "-bP", "smtp_accept_max") == setting,
    "running": greeted == {LIMIT},
}}
left = [name for folder in ("/var/lib/smtp-restrictions", "/etc/exim4", "/etc/smtp-restrictions")
        for name in os.listdir(folder) if name.endswith(".smtp-restrictions") or name == "pending.json"]
recorded = os.path.exists("{TRIAL_RECORD}")
if recorded and not trial:
    left.append("try.json")
print(json.dumps({{"new": new, "left": left, "trial": trial, "recorded": recorded, "table": bool(table),
                  "verify": subprocess.run(["smtp-restrictionsctl", "verify", "--json"], stdout=-1, text=True).stdout.strip(),
                  "exim": out("exim4", "-bV")[:6], "active": out("systemctl", "is-active", "exim4", "{SERVICE}")}}))
"""


def look(host):
    return json.loads(host.out("python3", "-c", QUESTIONS))


def judge(found):
    """"old", "new", or "trial": new until somebody confirms it. Fails if it is none of them, or if anything is not well.
    Does not mind what is left behind."""
    assert found["table"] and found["verify"] == "[]", found
    assert found["exim"] != "FAILED" and found["active"] == "active\nactive", found
    assert len(set(found["new"].values())) == 1, found
    if not found["trial"]:
        return "new" if found["new"]["policy"] else "old"
    assert found["new"]["policy"] and found["recorded"], found
    return "trial"


def ask(host):
    """The same; fails if anything is left behind, too."""
    found = look(host)
    assert found["left"] == [], found
    return judge(found)


def ready(host):
    return host.run("busctl", "get-property", NAME, OBJECT, NAME, "Enabled", check=False).returncode == 0


# ------------------------------------------------------------------ changes


def _end(member):
    """Confirm or Cancel: the call that ends the trial."""
    return lambda host: (member, "s", host.call("Status")["Try"]["Id"])


class Direction:
    """A change from one state to another."""

    exim_may_wait = False  # what Exim cannot be told now is a Problem, and no reason not to do the rest

    def __init__(self, begin, end, call):
        """call(host): the arguments of host.call()."""
        self.begin, self.end, self.call = begin, end, call

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
        bring(host, judge(look(host)), self.begin)


class TimeOver(Direction):
    """Nobody confirms the trial. The service is stopped while the deadline is moved, which is as if it had begun earlier."""

    exim_may_wait = True

    def __init__(self):
        super().__init__("trial", "old", None)
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


DIRECTIONS = {
    "there": Direction("old", "new", lambda host: NEW),
    "back": Direction("new", "old", lambda host: OLD),
    "try": Direction("old", "trial", lambda host: TRY),
    "cancel": Direction("trial", "old", _end("Cancel")),
    "confirm": Direction("trial", "new", _end("Confirm")),
    "over": TimeOver(),
}
WAYS = {
    ("old", "new"): ["there"], ("old", "trial"): ["try"],
    ("new", "old"): ["back"], ("new", "trial"): ["back", "try"],
    ("trial", "old"): ["cancel"], ("trial", "new"): ["confirm"],
}  # fmt: skip


def bring(host, now, wanted):
    for name in WAYS.get((now, wanted), []):
        DIRECTIONS[name].prepare(host)()


# ---------------------------------------------------------------------- host


class Disturbed:
    """A host that one test after the other disturbs, as long as all goes well."""

    def __init__(self, host, sink: Sink):
        self.host, self.mail = host, Mail(host, sink)
        # whatever happens, the service comes back at once
        host.drop_in("[Service]\nRestart=always\nRestartSec=0\n[Unit]\nStartLimitIntervalSec=0\n")
        host.run("systemctl", "restart", SERVICE)
        host.call("Enable")
        # a group of its own: a file that replaces it has to be given to that too
        host.run("chgrp", "adm", "/etc/smtp-restrictions/policy.json")


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
