#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure the service beside its peers on a booted host, and print one table. tools/bench starts it.

What is compared runs in turn within one run, and the figure that counts is the median of the pairs: whatever else the
machine does meets both. Nothing here fails because a bar is missed.
"""

import functools
import os
import pathlib
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests/host"))

from booted import Host, wait_until  # noqa: E402

USERS = 50000
FIRST_UID = 100001
FEW, MANY = "none listed", f"{USERS} listed"
REMOTE4, REMOTE6 = "203.0.113.25", "2001:db8::25"
MTA = "Debian-exim"
APART, BESIDE = 0, 1  # as bench.h says
IDLE_SECONDS = 10
INCLUDES = 50
LOG_LINES, LOG_LINES_OF_A_DAY = 1_000_000, 5_000_000
HAND_WRITTEN = "/etc/exim4/exim4.conf"
SERVICE = "smtp-restrictions.service"


class Figures:
    """Values of one thing that was measured several times."""

    def __init__(self, values):
        self.values = sorted(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, form="{:.1f}"):
        """The median and, in brackets, where the middle half of the values lies."""
        if len(self.values) == 1:
            return form.format(self.values[0])
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return f"{form.format(self.median)} [{form.format(low)} to {form.format(high)}]"


def pairs(ours, peers, join):
    return Figures(join(a, b) for a, b in zip(ours, peers, strict=True))


class Table:
    """Rows: what, figure with spread, peer's, both compared, bar, met or missed."""

    HEAD = ("", "here", "peer", "peer's", "compared", "bar", "")

    def __init__(self):
        self.rows = []

    def add(self, what, here, peer="", of_peer="", compared="", bar="", met=None):
        verdict = "" if met is None else "met" if met else "MISSED"
        self.rows.append((what, here, peer, of_peer, compared, bar, verdict))

    def print(self):
        rows = [self.HEAD, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.HEAD))]
        for number, row in enumerate(rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))


class Process:
    """A service's process as this machine's /proc shows it: nothing has to run inside to look."""

    def __init__(self, host, unit):
        inside = host.main_pid(unit)
        leader = int(host._testhost("pid", host.name).stdout)
        space = os.readlink(f"/proc/{leader}/ns/pid")
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                if (self._field(status, "NSpid").split()[-1] == str(inside)
                        and os.readlink(status.parent / "ns/pid") == space):
                    self.path = status.parent
                    return
            except (FileNotFoundError, ProcessLookupError):
                continue
        raise AssertionError(f"{unit} does not run")

    @staticmethod
    def _field(status, name):
        for line in status.read_text().splitlines():
            if line.startswith(name + ":"):
                return line.split(":")[1].strip()
        raise FileNotFoundError(status)

    def megabytes(self, name):
        return int(self._field(self.path / "status", name).split()[0]) / 1024

    def switches(self):
        """How often its threads have been woken."""
        return sum(int(self._field(status, "voluntary_ctxt_switches"))
                   + int(self._field(status, "nonvoluntary_ctxt_switches"))
                   for status in self.path.glob("task/*/status"))

    def cpu_ms(self):
        return sum(int(stat.read_text().split()[0]) for stat in self.path.glob("task/*/schedstat")) / 1e6


class Bench:
    def __init__(self, host, client):
        self.host = host
        self.table = Table()
        self.client_here = client
        self.edit = str(pathlib.Path(client).with_name("bench-edit"))
        self.client = host.file("/root/bench-client")
        self.client.write_bytes(pathlib.Path(client).read_bytes())
        self.client.chmod(0o755)

    def _client(self, *arguments):
        """Lines of the client's figures: [(what, [number, ...]), ...]."""
        lines = self.host.out("/root/bench-client", *arguments).splitlines()
        return [(words[0], [int(word) for word in words[1:]]) for words in map(str.split, lines)]

    def calls(self, rounds, *names):
        """Milliseconds of each, by name. A name that occurs twice a round has twice the values."""
        found = {name: [] for name in names}
        for name, (nsec,) in self._client("calls", rounds, *names):
            found[name].append(nsec / 1e6)
        return found

    # ------------------------------------------------------------ changes

    def change_times(self, who, rounds=40):
        found = self.calls(rounds, "exim-ask", "disable", "enable")
        ask = found["exim-ask"]
        for name in ("enable", "disable"):
            beyond = pairs(found[name], ask, lambda a, b: a - b)
            # the bar is about a host as most are
            bar = ("+60 ms", beyond.median <= 60) if name == "enable" and who == FEW else ("", None)
            self.table.add(f"{name.title()}, {who}, ms", Figures(found[name]).text(), "exim -bV, -bP",
                           Figures(ask).text(), beyond.text("{:+.1f}"), *bar)

    def large_configuration(self, lines):
        """A main file written by hand and its includes, with so many lines in all: what Debian makes of its parts, so that
        Exim works, half of the includes in the main section and half among the ACLs."""
        made = self.host.file("/var/lib/exim4/config.autogenerated").read_text().splitlines()
        made = [line for line in made if line and not line.startswith("#")]
        filler = max(4, (lines - len(made) - INCLUDES) // INCLUDES)
        includes = {False: [], True: []}
        for number in range(INCLUDES):
            among_acls = number % 2 == 1
            text = [self.acl_line(number, line) if among_acls else f"# what stands here, and why ({line})"
                    for line in range(filler // 4 * 4)]
            self.host.put(f"/etc/exim4/bench/{number}", "\n".join(text) + "\n")
            includes[among_acls].append(f".include /etc/exim4/bench/{number}")
        acls = made.index("begin acl") + 1
        text = includes[False] + made[:acls] + includes[True] + made[acls:]
        self.host.put(HAND_WRITTEN, "\n".join(text) + "\n")
        self.host.reload_exim()

    @staticmethod
    def acl_line(number, line):
        return (f"bench_{number}_{line}:", f"  deny    domains = a{line}.example : b{line}.example",
                "          message = not for you", "  accept")[line % 4]

    def large_times(self, lines):
        self.large_configuration(lines)
        # from here on the limits are in this file
        self.host.call("Reload")
        self.limit_times(f", {lines} lines in {INCLUDES} includes", 4)

    def small_again(self):
        self.host.call("ResetMailLimits", "as", 0)
        self.host.file(HAND_WRITTEN).unlink()
        self.host.reload_exim()
        self.host.call("Reload")

    def edit_times(self, lines):
        """The editor alone, on this machine."""
        done = subprocess.run([self.edit, str(lines)], check=True, text=True, capture_output=True)
        figures = {words[0]: [int(word) for word in words[1:]] for words in map(str.split, done.stdout.splitlines())}
        size, nsec = figures["edit"]
        speed = size / nsec * 1000
        self.table.add(f"edit and strip, {lines} lines, MB/s", f"{speed:.0f}", bar="200 MB/s", met=speed >= 200)
        size, peak = figures["memory"]
        self.table.add(f"its memory, {lines} lines, MB", f"{peak / 1e6:.1f}", "the text", f"{size / 1e6:.2f}",
                       f"{peak / size:.1f} x", "10 x", peak <= 10 * size)

    def limit_times(self, where="", rounds=10):
        # each before the other once a round: what is left of a reload meets both
        found = self.calls(rounds, "exim-change", "limits", "limits", "exim-change")
        beyond = pairs(found["limits"], found["exim-change"], lambda a, b: a - b)
        bar = ("+60 ms", beyond.median <= 60) if not where else ("", None)
        self.table.add(f"SetMailLimits to reply{where}, ms", Figures(found["limits"]).text(), "Exim's check and reload",
                       Figures(found["exim-change"]).text(), beyond.text("{:+.1f}"), *bar)

    # ---------------------------------------------------------------- log

    def log_speed(self, rounds=3):
        """The same log read by both in turn, inside the host: that is where eximstats is. Per second of CPU time."""
        reader = self.host.file("/root/bench-log")
        reader.write_bytes(pathlib.Path(self.client_here).with_name("bench-log").read_bytes())
        reader.chmod(0o755)
        found = {"ours": [], "eximstats": []}
        self._make_log(LOG_LINES)
        for _ in range(rounds):
            cpu_seconds, _ = self._read_log()
            found["ours"].append(LOG_LINES / cpu_seconds)
            words = self.host.out("bash", "-c", "TIMEFORMAT='%U %S'; (time eximstats /root/log/mainlog >/dev/null) 2>&1")
            found["eximstats"].append(LOG_LINES / sum(map(float, words.split())))
        times = pairs(found["ours"], found["eximstats"], lambda a, b: a / b)
        self.table.add("log lines/s of CPU", Figures(found["ours"]).text("{:.0f}"), "eximstats",
                       Figures(found["eximstats"]).text("{:.0f}"), times.text() + " x", "15 x", times.median >= 15)

        self._make_log(LOG_LINES_OF_A_DAY)
        seconds = Figures([self._read_log()[1] for _ in range(rounds)])
        self.table.add("reading a day's log of 5 million lines, s", seconds.text("{:.2f}"), bar="5 s",
                       met=seconds.median <= 5)
        self.host.run("rm", "-r", "/root/log")

    def _make_log(self, lines):
        self.host.run("sh", "-c", f"mkdir -p /root/log && /root/bench-log make {lines} >/root/log/mainlog")

    def _read_log(self):
        words = self.host.out("/root/bench-log", "read", "/root/log/mainlog").split()
        _, unparsable, *nsecs = map(int, words[1:])
        assert not unparsable, f"{unparsable} lines are unparsable"
        return [nsec / 1e9 for nsec in nsecs]

    # ------------------------------------------------------------- status

    def status_times(self, who):
        found = self.calls(1000, "status", "hostname")
        times = pairs(found["status"], found["hostname"], lambda a, b: a / b)
        self.table.add(f"Status, {who}, ms", Figures(found["status"]).text("{:.3f}"), "hostname1 GetAll",
                       Figures(found["hostname"]).text("{:.3f}"), times.text("{:.2f}") + " x", "2 x",
                       times.median <= 2)

    # --------------------------------------------------------------- size

    def idle(self):
        """Both services do nothing for the same ten seconds."""
        self.host.run("systemctl", "start", "firewalld.service")
        ours, peer = Process(self.host, SERVICE), Process(self.host, "firewalld.service")
        time.sleep(2)  # what the commands above woke; a measurement is no test
        before = [(one.switches(), one.cpu_ms()) for one in (ours, peer)]
        time.sleep(IDLE_SECONDS)
        after = [(one.switches(), one.cpu_ms()) for one in (ours, peer)]
        (woken, cpu), (peer_woken, peer_cpu) = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(before, after, strict=True)]

        size, peer_size = ours.megabytes("VmRSS"), peer.megabytes("VmRSS")
        self.table.add("RSS after changes, MB", f"{size:.1f}", "firewalld", f"{peer_size:.1f}",
                       f"{size / peer_size:.2f} x", "8 MB", size <= 8)
        self.table.add(f"wakeups in {IDLE_SECONDS} idle s", f"{woken}", "firewalld", f"{peer_woken}", "", "0",
                       woken == 0)
        self.table.add(f"CPU ms in {IDLE_SECONDS} idle s", f"{cpu:.2f}", "firewalld", f"{peer_cpu:.2f}")
        self.host.run("systemctl", "stop", "firewalld.service")
        # it does not always take its table along
        self.host.run("nft", "delete table inet firewalld", check=False)

    def size(self, when):
        one = Process(self.host, SERVICE)
        self.table.add(f"RSS {when}, MB", f"{one.megabytes('VmRSS'):.1f}", "its peak", f"{one.megabytes('VmHWM'):.1f}")

    # -------------------------------------------------------- connections

    def _rates(self, count, rounds, user, address, port, processor):
        """Per second, with the restriction on and off: what `count` says is what has to happen, and nothing else."""
        found = {"on": [], "off": []}
        for name, (opened, refused, failed, nsec) in self._client("rates", rounds, user, address, port, processor):
            wanted, other = (opened, refused + failed) if count == "opened" else (refused, opened + failed)
            assert wanted and not other, f"{name}: {opened} opened, {refused} refused, {failed} failed"
            found[name].append(wanted * 1e9 / nsec)
        return found

    def allowed_rates(self, who, address, rounds=40):
        family = "IPv6" if ":" in address else "IPv4"
        found = self._rates("opened", rounds, MTA, address, 25, APART)
        times = pairs(found["on"], found["off"], lambda a, b: a / b)
        self.table.add(f"connections/s, {family}, {who}", Figures(found["on"]).text("{:.0f}"), "restriction off",
                       Figures(found["off"]).text("{:.0f}"), times.text("{:.2f}") + " x", "0.95 x",
                       times.median >= 0.95)

    def connection_work(self, who, address):
        """Both sides on one processor: not how long, but how much work. Hardly any spread, so the one to improve by."""
        family = "IPv6" if ":" in address else "IPv4"
        found = self._rates("opened", 10, MTA, address, 25, BESIDE)
        work = Figures([1e6 / rate for rate in found["on"]]), Figures([1e6 / rate for rate in found["off"]])
        times = pairs(found["on"], found["off"], lambda a, b: b / a)
        self.table.add(f"us of work each, {family}, {who}", work[0].text(), "restriction off", work[1].text(),
                       times.text("{:.2f}") + " x")

    def tracked_rates(self):
        """Where a firewall with state is there anyway, connections are tracked with the restriction off as well."""
        self.host.run("nft", "add table inet stateful; "
                      "add chain inet stateful input { type filter hook input priority 0; }; "
                      "add rule inet stateful input ct state established,related accept")
        self.allowed_rates("tracked anyway", REMOTE4)
        self.connection_work("tracked anyway", REMOTE4)
        self.connection_work("tracked anyway", REMOTE6)
        self.host.run("nft", "delete table inet stateful")

    def refused_rates(self, who):
        """Nobody listens on the remote's port 465, so that with the restriction off it is the remote that refuses."""
        found = self._rates("refused", 20, "nobody", REMOTE4, 465, APART)
        times = pairs(found["on"], found["off"], lambda a, b: a / b)
        self.table.add(f"refusals/s, {who}", Figures(found["on"]).text("{:.0f}"), "refused by the remote",
                       Figures(found["off"]).text("{:.0f}"), times.text("{:.2f}") + " x")

    # ---------------------------------------------------------- everybody

    def add_users(self):
        with self.host.file("/etc/passwd").open("a") as file:
            for number in range(1, USERS + 1):
                uid = FIRST_UID + number
                file.write(f"bench{number}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin\n")

    def allow(self, count):
        ((_, (nsec,)),) = self._client("allow", count)
        self.table.add(f"SetPolicy with {count} users, ms", f"{nsec / 1e6:.1f}")

    def run(self, only=""):
        steps = [
            ("Enable, Disable", lambda: self.change_times(FEW)),
            ("SetMailLimits", self.limit_times),
            *((f"SetMailLimits, {lines} lines", functools.partial(self.large_times, lines)) for lines in (1000, 20000)),
            ("Debian's own configuration again", self.small_again),
            *((f"editor, {lines} lines", functools.partial(self.edit_times, lines)) for lines in (1000, 20000, 200000)),
            ("Exim's log", self.log_speed),
            ("Status", lambda: self.status_times(FEW)),
            ("idle, beside firewalld", self.idle),
            ("connections over IPv4", lambda: self.allowed_rates(FEW, REMOTE4)),
            ("connections over IPv6", lambda: self.allowed_rates(FEW, REMOTE6)),
            ("work of connections", lambda: (self.connection_work(FEW, REMOTE4), self.connection_work(FEW, REMOTE6))),
            ("connections beside a firewall with state", self.tracked_rates),
            ("refusals", lambda: self.refused_rates(FEW)),
            (f"{USERS} users", self.add_users),
            ("allowing them", lambda: self.allow(USERS)),
            ("Enable, Disable", lambda: self.change_times(MANY, 5)),
            ("Status", lambda: self.status_times(MANY)),
            ("connections", lambda: self.allowed_rates(MANY, REMOTE4, rounds=14)),
            ("size", lambda: self.size(f"with {USERS} listed")),
            ("forgetting them", lambda: self.allow(0)),
            ("size", lambda: self.size("when they are gone")),
        ]
        steps = [step for step in steps if only in step[0]]
        for number, (name, step) in enumerate(steps, 1):
            begin = time.monotonic()
            print(f"  {number}/{len(steps)} {name} ", end="", flush=True)
            try:
                step()
            except (AssertionError, subprocess.SubprocessError) as error:
                # one that is not there is a line of its own: the others are worth having
                self.table.add(f"{name}: {str(error).splitlines()[-1][:60]}", "FAILED")
            print(f"({time.monotonic() - begin:.0f} s)", flush=True)


def conditions(host):
    version = host.out("dpkg-query", "-W", "-f", "${Version}", "smtp-restrictions")
    load = os.getloadavg()[0]
    return (f"smtp-restrictions {version}, Linux {os.uname().release}, {os.cpu_count()} CPUs, load at the end "
            f"{load:.1f}; medians, in brackets the middle half of the values; compared within pairs")


def main():
    client, name, *only = sys.argv[1:]
    host = Host(name)
    host.root = pathlib.Path(host._testhost("path", name).stdout.strip())
    sink = host.popen_remote(client, "accept", "25", stdout=-1, text=True)
    try:
        wait_until(lambda: sink.stdout.readline() == "listening\n", what="the remote")
        bench = Bench(host, client)
        bench.run(*only)
        print()
        bench.table.print()
        print(conditions(host))
    finally:
        sink.kill()
        sink.wait()


if __name__ == "__main__":
    main()
