# SPDX-License-Identifier: GPL-2.0-or-later
"""Who has sent how much in the last days, and who has used AUTH, from where."""

import time

import pytest
from bus import ERROR, USER
from meterd import message_id, wait_for
from service import ACCESS_DENIED

LIMITS = {"HourlyRecipientsPerDomain": 10, "OverLimitAction": "hold"}
DAY = 24 * 3600


@pytest.fixture
def seen(bus, running):
    def start(limits=None, **more):
        meter = running(limits, **more)
        bus.wait_meter()
        return meter

    return start


def report(bus, filter="{}", uid=0):
    """{subject: the rest}, in its order."""
    rows = bus.call("Report", f"({filter},)", "(a{sv})", uid=uid)
    return {row.pop("Subject"): row for row in rows}


def wait_messages(bus, subject, count):
    wait_for(lambda: report(bus).get(subject, {}).get("Messages") == count, f"{count} messages of {subject}")


def by_auth(meter, number, login, address, n=1, to="ok", stamp=None):
    """What Exim logs of a message after AUTH; n=0: to nobody elsewhere."""
    if n:
        meter.write_event(number, f"smtp-restrictions: {to} n={n} uid=-", stamp)
    meter.write_event(number, f"<= a@d1.test H=(client) [{address}]:4711 P=esmtpsa X=TLS1.3 A=plain:{login} S=100",
                      stamp)


def test_report_says_who_sent_and_who_used_auth(seen, bus):
    meter = seen(LIMITS)
    assert meter.accept(n=3, uid=1005) == "ok"
    assert meter.accept(n=2, uid=1005) == "ok"
    by_auth(meter, 100, "Bob@d2.test", "192.0.2.1", n=4)
    by_auth(meter, 101, "bob@d2.test", "2001:db8::1", n=0)
    wait_messages(bus, "user:1005", 2)
    wait_messages(bus, "mailbox:bob@d2.test", 1)

    rows = report(bus)
    assert list(rows) == ["domain:d1.test", "user:1005", "domain:d2.test", "mailbox:bob@d2.test"]
    assert (rows["user:1005"]["Recipients"], "AuthMessages" in rows["user:1005"]) == (5, False)
    bob = rows["mailbox:bob@d2.test"]
    assert abs(bob.pop("Last") / 1e6 - time.time()) < DAY
    assert bob == {"Messages": 1, "Recipients": 4, "AuthMessages": 2, "Addresses": ["2001:db8::1", "192.0.2.1"]}
    assert rows["domain:d1.test"]["AuthMessages"] == 0
    assert list(report(bus, "{'Kind': <'mailbox'>}")) == ["mailbox:bob@d2.test"]
    assert list(report(bus, "{'Most': <uint32 1>, 'After': <'user:1005'>}")) == ["domain:d2.test"]
    assert report(bus, "{'Subject': <'mailbox:bob@d2.test'>}").keys() == {"mailbox:bob@d2.test"}
    assert report(bus, "{'Subject': <'mailbox:carol'>}") == {}


def test_report_is_as_exact_as_the_counts_whatever_dies(seen, bus):
    meter = seen(LIMITS)
    assert meter.accept(n=10, uid=1005) == "ok"
    by_auth(meter, 100, "bob", "192.0.2.1", n=0)
    wait_messages(bus, "domain:d1.test", 1)
    assert meter.accept(n=1, uid=1005) == "hold"
    wait_for(lambda: bus.usage("user:1005")["Held"] == 1, "what is held")
    assert bus.call("ReleaseHeld", f"({{'Ids': <['{message_id(2)}']>}},)", "(a{sv})") == 1
    for stop in (meter.kill, meter.kill, meter.stop):
        by_auth(meter, 101, "bob", "192.0.2.1", n=0) if stop == meter.stop else None
        stop()
        meter.start()
        bus.wait_meter()
        wait_messages(bus, "domain:d1.test", 2)
        assert report(bus)["domain:d1.test"]["Recipients"] == 11
    assert report(bus)["mailbox:bob"]["AuthMessages"] == 2


def test_a_day_that_is_past_is_told_apart(seen, bus):
    meter = seen(LIMITS)
    before = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - 2 * DAY))
    by_auth(meter, 100, "bob", "192.0.2.1", n=0, stamp=before)
    by_auth(meter, 101, "carol", "192.0.2.2", n=0)
    wait_for(lambda: len(report(bus)) == 2, "both")
    since = int((time.time() - DAY / 2) * 1e6)
    assert list(report(bus, f"{{'Since': <uint64 {since}>}}")) == ["mailbox:carol"]


def test_own_report_is_everybodys_and_no_other(seen, bus):
    meter = seen(LIMITS)
    assert meter.accept(n=1, uid=USER) == "ok"
    wait_messages(bus, "user:games", 1)
    assert report(bus, "{'Subject': <'user:games'>}", uid=USER)["user:games"]["Messages"] == 1
    assert bus.polkit.questions == []
    for filter in ("{}", "{'Subject': <'user:man'>}", "{'Subject': <'domain:d1.test'>}"):
        assert bus.refused("Report", f"({filter},)", "(a{sv})", uid=USER).name == ACCESS_DENIED
    assert bus.polkit.questions[1]["details"] == {"method": "Report", "subject": "user:man"}


WRONG = {"{'Kind': <'host'>}": "InvalidValue", "{'Most': <uint32 0>}": "InvalidValue", "{'Since': <'now'>}": "InvalidValue",
         "{'Subject': <'bob'>}": "InvalidValue", "{'Subject': <'domain:d1.test'>, 'Kind': <'domain'>}": "InvalidValue",
         "{'Until': <uint64 1>}": "UnknownKey"}


def test_what_is_no_filter_is_refused(seen, bus):
    seen()
    for filter, error in WRONG.items():
        assert bus.refused("Report", f"({filter},)", "(a{sv})", uid=USER).name == ERROR + error, filter
