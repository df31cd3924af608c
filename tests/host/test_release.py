# SPDX-License-Identifier: GPL-2.0-or-later
"""The release unit: messages that the meter does not hold any more go at once, and nothing else happens.

The meter's part is played by its user; a file stands for its word that mail is held.
"""

import pytest
from booted import wait_until

METER = "smtp-restrictions-meter"
ORDERS = "/run/smtp-restrictions-meter/release"
HOLD = "hold_domains = ${if exists{/etc/exim4/hold}{remote.test : host.test}{}}\n"


def as_meter(host, *command):
    return host.run("setpriv", f"--reuid={METER}", f"--regid={METER}", "--clear-groups", *command)


@pytest.fixture
def held(host, sink):
    """All mail is held. The directory of orders is there and empty."""
    host.put("/etc/exim4/exim4.conf.localmacros", HOLD)
    host.run("update-exim4.conf")
    host.put("/etc/exim4/hold", "")
    host.run("install", "-d", "-o", METER, "-g", METER, "/run/smtp-restrictions-meter", ORDERS)
    host.sink = sink
    return host


def queue(host):
    """The ids of all messages, in order of arrival."""
    return [line.split()[2] for line in host.out("exim", "-bp").splitlines() if "<" in line]


def send(host, count, to):
    """Submit so many messages; returns their ids when Exim has tried and kept them."""
    before = queue(host)
    for _ in range(count):
        host.runas("tester", "sh", "-c", f"printf 'Subject: x\\n\\ny\\n' | /usr/sbin/sendmail -odi {to}")
    ids = [name for name in queue(host) if name not in before]
    assert len(ids) == count
    return ids


def order(host, *names):
    as_meter(host, "sh", "-c", 'cd "$0" && for name; do : >"./$name"; done', ORDERS, *names)


def orders(host):
    return host.out("ls", "-A", ORDERS).splitlines()


@pytest.mark.both_debians
def test_released_messages_go_at_once_and_others_stay(held):
    *released, kept = send(held, 7, "somebody@remote.test")
    held.file("/etc/exim4/hold").unlink()
    order(held, *released)
    assert len(held.sink.wait(len(released))) == len(released)
    wait_until(lambda: queue(held) == [kept], what="a queue with the other alone")
    assert orders(held) == []


@pytest.mark.both_debians
def test_a_released_message_reaches_a_users_program_and_home(held):
    """Exim delivers with all that a delivery needs: nothing of this unit's own is in its way."""
    held.put("/home/tester/keep", "#!/bin/sh\nid -un >/home/tester/got; cat >>/home/tester/got\n", 0o755)
    held.put("/home/tester/.forward", "|/home/tester/keep\n")
    held.run("chown", "tester:", "/home/tester/.forward")
    name, = send(held, 1, "tester@host.test")
    held.file("/etc/exim4/hold").unlink()
    order(held, name)
    wait_until(lambda: queue(held) == [], what="an empty queue")
    assert held.file("/home/tester/got").read_text().startswith("tester\nFrom tester@host.test")


def test_what_is_still_held_stays(held):
    """An order is no right to go: Exim asks the meter itself."""
    name, = send(held, 1, "somebody@remote.test")
    order(held, name)
    wait_until(lambda: held.out("grep", "-c", f"{name} == .*domain is held", "/var/log/exim4/mainlog") in ("2", "3"),
               what="the second try")
    assert queue(held) == [name]


def test_names_of_no_message_are_removed_and_nothing_more(held):
    name, = send(held, 1, "somebody@remote.test")
    order(held, "-Mrm", "$(touch evil)", "a b", f"{name} ", f"{name}x", "x" * 255)
    as_meter(held, "ln", "-s", "/etc/passwd", f"{ORDERS}/link")
    as_meter(held, "mkdir", f"{ORDERS}/folder")
    wait_until(lambda: orders(held) == [], what="an empty directory")
    assert queue(held) == [name]
    held.file("/etc/exim4/hold").unlink()
    order(held, name)
    assert held.sink.wait()


def test_a_directory_that_leads_elsewhere_is_left_alone(held):
    held.put("/srv/kept/1wMf2h-0003Qw-AB", "")
    as_meter(held, "sh", "-c", f"rmdir {ORDERS} && ln -s /srv/kept {ORDERS}")
    wait_until(lambda: "Failed to watch" in held.journal("-u", "smtp-restrictions-release.service"), what="the refusal")
    assert held.file("/srv/kept/1wMf2h-0003Qw-AB").exists()
