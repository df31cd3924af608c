# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails to the administrator: from the signals of service and meter to a mailbox and to hooks, on a real Exim."""

import json

import pytest
from booted import METER, METER_OBJECT, REMOTE, wait_until
from mailhost import host, shared, submit  # fixtures too

NOTIFY = "smtp-restrictions-notify.service"
CONF = "/etc/smtp-restrictions/notify.conf"
HOOKS = "/etc/smtp-restrictions/notify.d"
MAILBOX = "/var/mail/admin"
HOOK = """#!/bin/sh
cat >/var/tmp/notify-test/$$.part && mv /var/tmp/notify-test/$$.part "/var/tmp/notify-test/$$.$SMTP_RESTRICTIONS_EVENT.json"
"""


@pytest.fixture
def notified(host):
    """Mails to root go to admin, a second after the event; a hook keeps each event."""
    host.run("sh", "-c", f"grep -q ^root: /etc/aliases || echo root: admin >>/etc/aliases; mkdir -p {HOOKS}; "
                         "install -d -o smtp-restrictions-notify /var/tmp/notify-test")
    host.put(f"{HOOKS}/10-keep", HOOK, 0o755)
    host.put(CONF, "GATHER_SECONDS=1\nATTEMPTS_MIN=2\n")
    host.run("systemctl", "start", NOTIFY)
    return host


def events(host):
    return [json.loads(file.read_text()) for file in host.file("/var/tmp/notify-test").glob("*.json")]


def mails(host):
    """The subjects of all mails, in the order in which they came."""
    file = host.file(MAILBOX)
    lines = file.read_text().splitlines() if file.exists() else []
    return [line for line in lines if line.startswith("Subject: ")]


def wait_for_event(host, count, **wanted):
    wait_until(lambda: len([event for event in events(host) if wanted.items() <= event.items()]) >= count, 30,
               f"{count} events {wanted}")


def wait_for_mail(host, words):
    wait_until(lambda: [mail for mail in mails(host) if words in mail], 30, f"a mail: {words}")


def hold_one(host, number):
    assert submit(host, f"a{number}@remote.test", f"b{number}@remote.test").returncode == 0
    wait_for_event(host, number, Event="Held", Subject="user:tester")


def attempt(host, user):
    assert host.reach(user, REMOTE[0], 465) == "ECONNREFUSED"


def test_one_mail_for_a_subject_and_hour_and_none_for_a_strangers_signal(notified):
    host = notified
    host.call("SetMailLimits", "a{sv}", 2, "HourlyRecipientsPerUser", "u", 2, "OverLimitPercent", "u", 1000)
    host.call("Enable")
    listener = host.out("busctl", "--no-legend", "list", "--unique")
    [name] = [line.split()[0] for line in listener.splitlines() if NOTIFY in line]
    host.runas("tester", "busctl", f"--destination={name}", "emit", METER_OBJECT, METER, "Held", "sa{sv}", "user:fake", 0)

    assert submit(host, "a@remote.test", "b@remote.test").returncode == 0
    hold_one(host, 1)
    wait_for_mail(host, "user:tester: mail is held")
    hold_one(host, 2)
    attempt(host, "nobody")
    attempt(host, "nobody")
    # had the second one for tester come too, it would have come before this one
    wait_for_mail(host, "user:nobody: repeated attempts")

    assert [mail for mail in mails(host) if "user:tester" in mail] == ["Subject: [host] user:tester: mail is held"]
    assert not [event for event in events(host) if event["Subject"] == "user:fake"]
    assert "1 x message held: the limit of 2 recipients an hour is reached, 2 recipients\n" in host.file(MAILBOX).read_text()
