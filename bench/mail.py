# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail half of the benchmark: what the meter costs Exim, and whether its count is right when everything is killed.

Messages come from the remote's network over 20 sessions, each logged in as an account of its own domain. They stay in
the queue, which is in memory: what is measured is accepting them.
"""

import json
import os
import subprocess
import threading
import time

from booted import wait_until
from figures import Figures, pairs

SESSIONS, PER_CONNECTION = 20, 100
HOST = "203.0.113.1"
ROUNDS, SECONDS = 6, 4
NO_LIMIT = 10_000_000  # as high as a limit may be
SOAK_MESSAGES = int(os.environ.get("SOAK_MESSAGES", 1_000_000))
KILL_SECONDS = 3
LOG = "/var/log/exim4/mainlog"
SPOOL = "/var/spool/exim4"
RATELIMIT = "/etc/exim4/bench-ratelimit"

OPTIONS = """
queue_only
message_logs = false
smtp_accept_max = 200
smtp_accept_max_per_host = 200
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
"""

AUTHENTICATOR = """
bench:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if eq{$auth3}{secret}}
  server_set_id = $auth2
  server_prompts = :
"""

# Exim's own count of the same thing: recipients of each domain
RATELIMIT_RULE = f"  defer ratelimit = {NO_LIMIT} / 1h / per_rcpt / leaky / $sender_address_domain\n"

METER, METER_PATH = "org.example.SmtpRestrictions.Meter", "/org/example/SmtpRestrictions/Meter"
METERD = "smtp-restrictions-meter.service"
KILLED = (METERD, "smtp-restrictions-ident.service", "smtp-restrictions.service")


class Mail:
    def __init__(self, host, table, client):
        """client: the path of bench-mail."""
        self.host, self.table, self.client = host, table, str(client)

    def set_up(self):
        host = self.host
        host.run("systemctl", "stop", "exim4")
        host.run("mount", "-t", "tmpfs", "-o", "uid=Debian-exim,gid=Debian-exim,mode=750", "tmpfs", SPOOL)
        host.run("sed", "-i", "s/^dc_local_interfaces=.*/dc_local_interfaces=''/", "/etc/exim4/update-exim4.conf.conf")
        template = host.file("/etc/exim4/exim4.conf.template")
        text = template.read_text().replace("begin acl\n", f"{OPTIONS}\nbegin acl\n", 1)
        template.write_text(text.replace("begin authenticators\n", f"begin authenticators\n{AUTHENTICATOR}", 1))
        host.put("/etc/exim4/exim4.conf.localmacros", f"CHECK_DATA_LOCAL_ACL_FILE = {RATELIMIT}\n")
        host.put(RATELIMIT, "")
        host.run("systemctl", "start", "exim4")
        host.call("Reload")

    def take_down(self):
        self.host.call("ResetMailLimits", "as", 0)
        self.host.run("systemctl", "stop", "exim4")
        self.host.run("umount", SPOOL)

    # ------------------------------------------------------ what it costs

    def no_limits(self):
        self.host.call("ResetMailLimits", "as", 0)

    def meter(self):
        self.host.call("SetMailLimits", "a{sv}", 1, "HourlyRecipientsPerDomain", "u", NO_LIMIT)

    def ratelimit(self):
        self.no_limits()
        self.host.put(RATELIMIT, RATELIMIT_RULE)
        self.host.reload_exim()

    def send(self, messages, seconds):
        """accepted, refused, lost, nsec, median, 99th percentile (us)"""
        client = self.host.popen_remote(self.client, HOST, str(SESSIONS), str(PER_CONNECTION), str(messages), str(seconds),
                                        stdout=subprocess.PIPE, text=True)
        words = client.communicate(timeout=seconds + 120)[0].split()
        assert client.returncode == 0, "bench-mail failed"
        return [int(word) for word in words]

    def one_round(self, variant):
        variant()
        accepted, refused, lost, nsec, median, _ = self.send(0, SECONDS)
        assert accepted and not refused and not lost, f"{accepted} accepted, {refused} refused, {lost} lost"
        self.host.put(RATELIMIT, "")
        self.empty_queue()
        return accepted * 1e9 / nsec, median / 1000

    def empty_queue(self):
        self.host.run("sh", "-c", f"find {SPOOL}/input -type f -delete", check=False)

    def cost(self):
        """In turn within each round, and each first once."""
        self.set_up()
        variants = [self.no_limits, self.meter, self.ratelimit]
        rates, times = {v: [] for v in variants}, {v: [] for v in variants}
        for number in range(ROUNDS):
            turn = number % len(variants)
            for variant in variants[turn:] + variants[:turn]:
                rate, median = self.one_round(variant)
                rates[variant].append(rate)
                times[variant].append(median)

        none, ours, theirs = (rates[v] for v in variants)
        share = pairs(ours, none, lambda a, b: a / b)
        beside = pairs(ours, theirs, lambda a, b: a / b)
        bar = 0.65 if self.host.out("exim4", "-bV").split()[2] >= "4.98" else 0.9
        self.table.add("messages/s with the meter", Figures(ours).text("{:.0f}"), "no limits", Figures(none).text("{:.0f}"),
                       share.text("{:.2f}") + " x", f"{bar} x", share.median >= bar)
        self.table.add("messages/s with the meter", Figures(ours).text("{:.0f}"), "Exim's ratelimit",
                       Figures(theirs).text("{:.0f}"), beside.text("{:.2f}") + " x", "1 x", beside.median >= 1)
        ours, none = Figures(times[self.meter]), Figures(times[self.no_limits])
        self.table.add("final dot to answer, ms", ours.text("{:.2f}"), "no limits", none.text("{:.2f}"))
        self.take_down()

    # --------------------------------------------------------------- soak

    def kill_now_and_then(self, ended):
        """Each of the daemons in turn, whatever it does."""
        killed = 0
        while not ended.wait(KILL_SECONDS):
            unit = KILLED[killed % len(KILLED)]
            self.host.run("systemctl", "kill", "--signal=KILL", unit, check=False)
            killed += 1
        self.killed = killed

    def counted(self):
        """Recipients by the hour of all the domains, as the meter has them."""
        total = 0
        for number in range(SESSIONS):
            usage = self.host.out("busctl", "--json=short", "call", METER, METER_PATH, METER, "GetUsage", "s",
                                  f"domain:d{number}.example")
            total += json.loads(usage)["data"][0]["HourlyUsed"]["data"]
        return total

    def soak(self):
        """How many were accepted is what Exim's log says; an answer that was lost with a connection may have been either."""
        self.set_up()
        self.meter()
        self.host.run("sh", "-c", f": >{LOG}")
        ended = threading.Event()
        killer = threading.Thread(target=self.kill_now_and_then, args=(ended,))
        cleaner = threading.Thread(target=self.clean_now_and_then, args=(ended,))
        begin = time.monotonic()
        killer.start()
        cleaner.start()
        try:
            accepted, refused, lost, *_ = self.send(SOAK_MESSAGES, 3600)
        finally:
            ended.set()
            killer.join()
            cleaner.join()
        seconds = time.monotonic() - begin
        logged = int(self.host.out("grep", "-c", " <= ", LOG))
        wait_until(lambda: self.counted() == logged, 60, f"{logged} counted")
        self.table.add(f"accepted while {self.killed} were killed", f"{accepted}", "in Exim's log", f"{logged}",
                       f"{refused} refused, {lost} lost, {seconds:.0f} s")
        self.table.add("counted by the meter", f"{self.counted()}", "in Exim's log", f"{logged}", "", "equal",
                       self.counted() == logged)
        self.take_down()

    def clean_now_and_then(self, ended):
        """The queue is in memory."""
        while not ended.wait(KILL_SECONDS):
            # files that Exim renames meanwhile are found and not there
            self.host.run("sh", "-c", f"find {SPOOL}/input -type f -mmin +0.1 -delete", check=False)
