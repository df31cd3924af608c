# SPDX-License-Identifier: GPL-2.0-or-later
"""The firewall half of the benchmark: connections beside rules of CSF's form, switching, exceptions, repair, a storm.

CSF's form is a chain in iptables with one rule for each user who may (owner match), written from its description. Its
users are ours: bench1 to benchN. The one who connects is the last of them, as the newest user of a host is. iptables
looks for each number among the names of all users first, 1 ms each where /etc/passwd has 50,000 lines: here it is spared
that.
"""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

from figures import Figures, Process, pairs

REMOTE = "203.0.113.25"
FIRST_UID = 100001
APART, BESIDE, ANYWHERE = 0, 1, 2  # as bench.h says
SERVICE = "smtp-restrictions.service"
EXCEPTIONS_FILE = "/var/lib/smtp-restrictions/exceptions.json"
EXCEPTIONS = 10000
ROUNDS = 6
CHAIN = "SMTPOUTPUT"
PORTS = "-p tcp -m multiport --dports 25,465,587"


class Ours:
    """The service's rules for so many users; what port 25 is for the others."""

    def __init__(self, firewall, users, verdict):
        self.firewall, self.users, self.verdict = firewall, users, verdict
        self.name = f"{users} users, {verdict}"

    def on(self):
        self.firewall.client("allow", self.users, self.verdict)
        self.firewall.host.call("Enable")

    def off(self):
        self.firewall.host.call("Disable")


class OwnerChain:
    """CSF's form. iptables-legacy, which is the faster one with many rules."""

    def __init__(self, firewall, users):
        self.firewall, self.users = firewall, users
        self.name = f"{users} users, CSF's form"

    def rules(self):
        yield f"-N {CHAIN}"
        for number in range(1, self.users + 1):
            yield f"-A {CHAIN} {PORTS} -m owner --uid-owner {FIRST_UID + number} -j ACCEPT"
        yield f"-A {CHAIN} ! -o lo {PORTS} -j REJECT --reject-with tcp-reset"
        yield f"-A OUTPUT -j {CHAIN}"

    def put_script(self):
        """One command for each rule, as CSF does it."""
        self.firewall.host.put("/root/csf.sh", "".join(f"iptables-legacy {rule} || exit 1\n" for rule in self.rules()))

    def put_file(self):
        self.firewall.host.put("/root/csf.rules", "*filter\n" + "".join(f"{rule}\n" for rule in self.rules())
                               + "COMMIT\n")

    ONE_BY_ONE = "sh /root/csf.sh"
    AT_ONCE = "iptables-legacy-restore /root/csf.rules"
    AWAY = f"iptables-legacy -F && iptables-legacy -X {CHAIN}"

    def on(self):
        self.put_file()
        self.firewall.timed(self.AT_ONCE)

    def off(self):
        self.firewall.timed(self.AWAY)


class Tracking:
    """What redirecting needs of the kernel, with nothing of ours: its tracking of all connections, and its NAT."""

    users = 10
    name = "tracking and NAT alone"

    def __init__(self, firewall):
        self.firewall = firewall

    def on(self):
        self.firewall.host.run("nft", "add table inet tracking; "
                               "add chain inet tracking output { type nat hook output priority -105; }; "
                               "add rule inet tracking output tcp dport 1 redirect")

    def off(self):
        self.firewall.host.run("nft", "delete table inet tracking")


class Firewall:
    def __init__(self, host, table, client):
        """client(*arguments): the lines that bench-client prints, as bench/run.py reads them."""
        self.host, self.table, self.client = host, table, client

    # -------------------------------------------------------- connections

    def _connect(self, wanted, *arguments):
        """How many there were, and how many in a second. What is wanted has to happen, and nothing else."""
        ((_, (opened, refused, failed, nsec)),) = self.client("rate", *arguments)
        found = {"opened": opened, "refused": refused, "failed": failed}
        count = found.pop(wanted)
        assert count and not any(found.values()), f"{opened} opened, {refused} refused, {failed} failed"
        return count, count * 1e9 / nsec

    def _rates(self, users):
        """An allowed user's connections in a second; their work, in us; a refused user's attempts in a second."""
        user = f"bench{users}"
        return (self._connect("opened", 100, user, REMOTE, 25, APART)[1],
                1e6 / self._connect("opened", 100, user, REMOTE, 25, BESIDE)[1],
                self._connect("refused", 100, "nobody", REMOTE, 465, APART)[1])

    def forms(self):
        """Each form beside no rules at all, in turn within each round."""
        forms = [*(Ours(self, users, verdict) for verdict in ("reject", "redirect") for users in (10, 10000, 50000)),
                 Tracking(self), *(OwnerChain(self, users) for users in (10, 1000, 10000))]
        found = {form.name: ([], []) for form in forms}
        self.host.call("Disable")
        for number in range(ROUNDS):
            for form in forms if number % 2 == 0 else forms[::-1]:
                ours, peers = found[form.name]
                peers.append(self._rates(form.users))
                form.on()
                ours.append(self._rates(form.users))
                form.off()
        for form in forms:
            ours, peers = (list(zip(*values, strict=True)) for values in found[form.name])
            self._form_rows(form, ours, peers)
        self.client("allow", 0, "redirect")
        self.host.call("Enable")

    def _form_rows(self, form, ours, peers):
        whats = (("connections/s", "no rules", "{:.0f}"), ("us of work each", "no rules", "{:.1f}"),
                 ("refusals/s", "refused by the remote", "{:.0f}"))
        for (what, peer, digits), values, of_peer in zip(whats, ours, peers, strict=True):
            times = pairs(values, of_peer, lambda a, b: a / b)
            barred = what == "connections/s" and isinstance(form, Ours)
            self.table.add(f"{what}, {form.name}", Figures(values).text(digits), peer, Figures(of_peer).text(digits),
                           times.text("{:.2f}") + " x", "0.95 x" if barred else "",
                           times.median >= 0.95 if barred else None)

    # ---------------------------------------------------------- switching

    def timed(self, command):
        """Milliseconds of a command inside, without the way into the host, where root is the only user."""
        begin, end = self.host.out(
            "unshare", "-m", "sh", "-ec", "echo root:x:0:0::/root:/bin/sh >/run/passwd; mount --bind /run/passwd "
            f"/etc/passwd; date +%s%N; {{ {command}; }} >/dev/null; date +%s%N").split()
        return (int(end) - int(begin)) / 1e6

    def _call_times(self, *names):
        return {name: nsec / 1e6 for name, (nsec,) in self.client("calls", 1, *names)}

    def switching(self):
        for users, rounds in ((10, 5), (1000, 3), (10000, 3)):
            self._switching(users, rounds)

    def _switching(self, users, rounds):
        chain = OwnerChain(self, users)
        chain.put_script()
        chain.put_file()
        self.client("allow", users)
        on, off = [], []
        commands = {"iptables-restore": OwnerChain.AT_ONCE, "iptables, one by one": OwnerChain.ONE_BY_ONE,
                    "firewall-cmd --reload": "firewall-cmd --reload"}
        if users > 1000:  # would take minutes
            del commands["iptables, one by one"]
        peers = {name: ([], []) for name in commands}
        self.host.run("systemctl", "start", "firewalld.service")
        for _ in range(rounds):
            times = self._call_times("disable", "enable")
            on.append(times["enable"])
            off.append(times["disable"])
            for name, (peer_on, peer_off) in peers.items():
                peer_on.append(self.timed(commands[name]))
                if not name.startswith("firewall"):
                    peer_off.append(self.timed(OwnerChain.AWAY))
        self.host.run("systemctl", "stop", "firewalld.service")
        self.host.run("nft", "delete table inet firewalld", check=False)
        for name, (peer_on, peer_off) in peers.items():
            self._switching_row(f"on, {users} users, ms", on, name, peer_on)
            if peer_off:
                self._switching_row(f"off, {users} users, ms", off, name, peer_off)

    def _switching_row(self, what, ours, name, peers):
        self.table.add(what, Figures(ours).text(), name, Figures(peers).text(),
                       pairs(ours, peers, lambda a, b: a / b).text("{:.2f}") + " x")

    # --------------------------------------------------------- exceptions

    def fill_exceptions(self, count):
        """So many at once, by the file that the service keeps them in: by calls it would take minutes."""
        exceptions = [{"Id": number, "Subject": f"user:bench{number}", "Verdict": "allow", "Reason": "measured",
                       "GrantedBy": "root", "GrantedAt": 1790000000000000} for number in range(1, count + 1)]
        numbers = [["user", f"bench{number}", FIRST_UID + number, []] for number in range(1, count + 1)]
        state = {"Version": 1, "Generation": 1, "LastId": count, "LastChange": {}, "Numbers": sorted(numbers),
                 "Exceptions": exceptions}
        self.host.run("systemctl", "stop", SERVICE)
        self.host.put(EXCEPTIONS_FILE, json.dumps(state), 0o600)
        self.host.run("systemctl", "start", SERVICE)
        assert len(self.host.call("ListExceptions", "a{sv}", 1, "Most", "u", 1)) == min(count, 1)

    def exceptions(self):
        """One more beside 10,000, which is all that there may be."""
        self.client("allow", 0, "redirect")
        self.host.call("Enable")
        for count in (0, EXCEPTIONS - 1):
            self.fill_exceptions(count)
            found = {"add": ([], []), "remove": ([], [])}
            for name, (kernel, reply) in self.client("exceptions", 40, f"user:bench{EXCEPTIONS}"):
                found[name][0].append(kernel / 1e6)
                found[name][1].append(reply / 1e6)
            for name, (kernel, reply) in found.items():
                what = f"exception {name}, {count} others"
                barred = name == "add" and count > 0
                for part, figures, bar in (("in the kernel", Figures(kernel), 2), ("answered", Figures(reply), 60)):
                    self.table.add(f"{what}, {part}, ms", figures.text("{:.2f}"), bar=f"{bar} ms" if barred else "",
                                   met=figures.median <= bar if barred else None)

    # -------------------------------------------------------------- repair

    def repair(self):
        """From somebody's `nft flush ruleset` to our table being there again; above 1,000 entries closed first."""
        self.fill_exceptions(0)
        for users, rounds in ((10, 9), (1000, 9), (10000, 7), (50000, 5)):
            self.client("allow", users, "redirect")
            closed, all_there = [], []
            for _ in range(rounds):
                ((_, commits),) = self.client("repair")
                closed.append(commits[0] / 1e6)
                all_there.append(commits[1 if users > 1000 else 0] / 1e6)
            if users > 1000:
                self._repair_row(f"flush to closed, {users} users, ms", closed, 20)
            self._repair_row(f"flush to repaired, {users} users, ms", all_there, 20 if users <= 1000 else 1000)
        self.client("allow", 0, "redirect")

    def _repair_row(self, what, values, bar):
        figures = Figures(values)
        self.table.add(what, figures.text(), "the longest", f"{max(values):.1f}", bar=f"{bar} ms",
                       met=figures.median <= bar)

    # --------------------------------------------------------------- storm

    def storm(self, seconds=5):
        """A refused user, as fast as all processors connect, with somebody who watches."""
        self.host.call("Enable")
        watcher = self.host.popen("smtp-restrictionsctl", "watch", "--json")
        costs = {unit: Process(self.host, unit) for unit in (SERVICE, "dbus.service", "systemd-journald.service")}
        time.sleep(0.5)  # until it watches; a measurement is no test
        rejected, lines = self.host.call("Status")["Rejected"], self._journal_lines()
        before = {unit: process.cpu_ms() for unit, process in costs.items()}
        with ThreadPoolExecutor() as pool:
            storms = [pool.submit(self._connect, "refused", seconds * 1000, "nobody", REMOTE, 465, ANYWHERE)
                      for _ in range(os.cpu_count())]
            refused, rates = zip(*(storm.result() for storm in storms), strict=True)
        time.sleep(1)  # until the last is told
        spent = {unit: process.cpu_ms() - before[unit] for unit, process in costs.items()}
        counted = self.host.call("Status")["Rejected"] - rejected
        lines = self._journal_lines() - lines
        watcher.terminate()
        told = sum("nobody" in line for line in watcher.communicate()[0].splitlines())

        self.table.add("storm: refusals/s, none got through", f"{sum(rates):.0f}", bar="50000", met=sum(rates) >= 50000)
        self.table.add("storm: refused", f"{sum(refused)}", "counted by the kernel", f"{counted}", bar="all",
                       met=sum(refused) == counted)
        self.table.add("storm: signals/s", f"{told / seconds:.1f}", "lines in the journal", f"{lines}", bar="2, at first 5",
                       met=told <= 2 * (seconds + 1) + 5)
        self.table.add("storm: CPU ms/s of the service", f"{spent[SERVICE] / seconds:.2f}", "dbus-daemon, journald",
                       ", ".join(f"{spent[unit] / seconds:.2f}" for unit in costs if unit != SERVICE))

    def _journal_lines(self):
        return len(self.host.journal().splitlines())
