# SPDX-License-Identifier: GPL-2.0-or-later
"""Who reaches what, by real connections: before Enable, after it, after Disable."""

import statistics

import pytest
from booted import LOOPBACK, REMOTE

PRIVILEGED = ("root", "Debian-exim", "list", "admin")
EVERYBODY = PRIVILEGED + ("tester",)
RESTRICTED_PORTS = (25, 465, 587)

# A refused user has to know at once: an ICMP error over IPv6 takes a second. Of many tries half may have had to wait for
# a processor.
REFUSAL_MILLISECONDS_MAX = 900


def answers(results):
    return {(result["who"], result["address"], result["port"]): result["errno"] or result["answer"]
            for result in results}


@pytest.fixture
def host(restored):
    return restored


@pytest.fixture
def restricted(host, sink):
    """Enabled, with admin as the listed user."""
    host.call("SetPolicy", "a{sv}", 1, "AllowedUsers", "as", 1, "admin")
    host.enable()
    return host


def test_everybody_reaches_everything_before_enable(host, sink):
    found = answers(host.probe(*EVERYBODY))
    expected = {(who, address, port): "remote" for who in EVERYBODY for address in REMOTE for port in RESTRICTED_PORTS}
    expected |= {(who, address, 25): "local" for who in EVERYBODY for address in LOOPBACK}
    assert found == expected


@pytest.mark.both_debians
def test_privileged_users_reach_the_remote_after_enable(restricted):
    found = answers(restricted.probe(*PRIVILEGED))
    expected = {(who, address, port): "remote" for who in PRIVILEGED for address in REMOTE for port in RESTRICTED_PORTS}
    expected |= {(who, address, 25): "local" for who in PRIVILEGED for address in LOOPBACK}
    assert found == expected


@pytest.mark.both_debians
def test_an_ordinary_user_is_redirected_on_25_and_refused_elsewhere(restricted):
    found = answers(restricted.probe("tester"))
    expected = {("tester", address, 25): "local" for address in REMOTE + LOOPBACK}
    expected |= {("tester", address, port): "ECONNREFUSED" for address in REMOTE for port in (465, 587)}
    assert found == expected


@pytest.mark.parametrize("who", ["tester", "www-data", "nobody", "4000000000:4000000000"])
def test_nobody_else_gets_to_the_remote(restricted, who):
    assert "remote" not in answers(restricted.probe(who)).values()


def test_an_account_named_like_a_number_has_no_right_of_that_uid(host, sink):
    """libnftables takes a number for a name first (firewall/names.c)."""
    with host.file("/etc/passwd").open("a") as accounts:
        accounts.write("listed:x:4242:4242::/:/bin/sh\n4242:x:7777:7777::/:/bin/sh\n")
    host.call("SetPolicy", "a{sv}", 1, "AllowedUsers", "as", 1, "listed")
    host.enable()
    found = answers(host.probe("listed", "7777:7777", to=[(REMOTE[0], 587)]))
    assert found == {("listed", REMOTE[0], 587): "remote", ("7777:7777", REMOTE[0], 587): "ECONNREFUSED"}


@pytest.mark.both_debians
@pytest.mark.parametrize("address", REMOTE)
def test_a_refused_user_knows_at_once(restricted, address):
    results = restricted.probe("tester", to=[(address, port) for port in (465, 587) for _ in range(10)])
    assert {result["errno"] for result in results} == {"ECONNREFUSED"}
    assert statistics.median(result["milliseconds"] for result in results) < REFUSAL_MILLISECONDS_MAX


@pytest.mark.both_debians
def test_everybody_reaches_everything_after_disable(restricted):
    restricted.call("Disable")
    found = answers(restricted.probe("tester"))
    assert {found["tester", address, port] for address in REMOTE for port in RESTRICTED_PORTS} == {"remote"}


def test_reject_on_25_refuses_instead_of_redirecting(restricted):
    restricted.call("SetPolicy", "a{sv}", 1, "PortVerdicts", "a{qs}", 1, 25, "reject")
    assert {restricted.reach("tester", address, 25) for address in REMOTE} == {"ECONNREFUSED"}


def test_observe_lets_everybody_through(restricted):
    restricted.call("SetPolicy", "a{sv}", 1, "Observe", "b", "true")
    found = answers(restricted.probe("tester"))
    assert {found["tester", address, port] for address in REMOTE for port in RESTRICTED_PORTS} == {"remote"}


def test_a_member_of_a_listed_group_reaches_the_remote(restricted):
    restricted.run("groupadd", "senders")
    restricted.run("usermod", "-aG", "senders", "tester")
    restricted.call("SetPolicy", "a{sv}", 1, "AllowedGroups", "as", 1, "senders")
    assert {restricted.reach("tester", address, 25) for address in REMOTE} == {"remote"}


# -------------------------------------------------------------------- mail

SEND = """
import smtplib, sys
server = smtplib.SMTP(sys.argv[1], 25, timeout=20)
server.sendmail("tester@host.test", ["somebody@remote.test"], "Subject: claim\\r\\n\\r\\n" + "line of text\\r\\n" * {lines})
"""


@pytest.mark.both_debians
@pytest.mark.parametrize("address", REMOTE)
def test_a_redirected_message_is_delivered_by_exim(restricted, sink, address):
    restricted.runas("tester", "python3", "-c", SEND.format(lines=3), address)
    message, = sink.wait()
    assert message["complete"]
    assert message["to"] == ["somebody@remote.test"]
    assert "by host.test with esmtp (Exim" in message["data"]


@pytest.mark.parametrize("who", ["root", "admin"])
def test_mail_handed_to_sendmail_is_delivered(restricted, sink, who):
    restricted.runas(who, "sh", "-c", "printf 'Subject: x\\n\\ny\\n' | /usr/sbin/sendmail somebody@remote.test")
    assert sink.wait()[0]["from"] == f"{who}@host.test"


@pytest.mark.both_debians
def test_an_ordinary_users_sendmail_is_delivered(restricted, sink):
    restricted.runas("tester", "sh", "-c", "printf 'Subject: x\\n\\ny\\n' | /usr/sbin/sendmail somebody@remote.test")
    assert sink.wait()[0]["from"] == "tester@host.test"


@pytest.mark.both_debians
def test_a_long_message_of_the_mta_arrives_complete(restricted, sink):
    """Its last packets have no owner any more: the MTA writes 300,000 bytes, closes and ends.

    It has read every answer by then: closing with answers unread would throw away what is not sent yet.
    """
    text = "import socket, sys\n" \
           "s = socket.create_connection((sys.argv[1], 25))\n" \
           "s.recv(1000)\n" \
           "for line in (b'HELO x', b'MAIL FROM:<a@b>', b'RCPT TO:<c@d>', b'DATA'):\n" \
           "    s.sendall(line + b'\\r\\n')\n" \
           "    s.recv(1000)\n" \
           "s.sendall((b'x' * 998 + b'\\r\\n') * 300 + b'.\\r\\n')\n" \
           "s.close()\n"
    restricted.put("/root/close.py", text, 0o644)
    restricted.run("cp", "/root/close.py", "/tmp/close.py")
    restricted.run("setpriv", "--reuid=Debian-exim", "--regid=Debian-exim", "--clear-groups",
                   "python3", "/tmp/close.py", REMOTE[0])
    message, = sink.wait()
    assert message["complete"]
    assert len(message["data"]) == 300_000
