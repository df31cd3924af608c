# SPDX-License-Identifier: GPL-2.0-or-later
"""Limits that several mail servers keep together, by a real server of shared counters."""

import tempfile
import threading
from pathlib import Path

import pytest
from counters import Counters, Way
from meterd import Meter, wait_for

SCRIPT = (Path(__file__).parents[2] / "src/meter/shared-script.lua").read_text()
BOB = {"auth": "bob@d1.test", "host": "203.0.113.9"}
KINDS = {"PerDomain": {"sender": "a@d1.test"}, "PerMailbox": BOB, "PerUser": {"sender": "", "uid": 1000}}
LOST = "The server of shared counters does not answer"
FIRST = "Counting together with other mail servers"
FOUND = "The server of shared counters answers again"


@pytest.fixture(scope="module")
def redis():
    with tempfile.TemporaryDirectory(prefix="smtp-restrictions-redis-") as folder:
        server = Counters(folder).start()
        yield server
        server.kill()


@pytest.fixture
def server(redis):
    """It knows nothing yet."""
    if not redis.process:
        redis.start()
    redis.say("FLUSHALL")
    yield redis
    redis.thaw()
    if redis.tls:
        redis.kill()
        redis.tls = ()


@pytest.fixture
def stand():
    """stand(name, ...): a meter with a way to the server. It waits longer than any machine is slow."""
    made = []

    def make(name, wait=50000, **way):
        folder = tempfile.TemporaryDirectory(prefix="smtp-restrictions-meter-")
        meter = Meter(folder.name)
        meter.more = ["-s", str(meter.top / "shared"), "--host", name, "--wait", str(wait)]
        made.append((folder, meter, Way(meter, **way)))
        return meter

    yield make
    for folder, meter, way in made:
        meter.close()
        way.close()
        print(meter.said() if meter.journal.exists() else "it was not started")
        folder.cleanup()


@pytest.fixture
def two(server, stand):
    """two(limits, ...): two meters that share the server."""

    def start(limits, wait=50000, **more):
        meters = [stand("first", wait), stand("second", wait)]
        for meter in meters:
            meter.set(limits, shared_counters=server.url(), **more)
            meter.start()
        return meters

    return start


def is_local(meter):  # as smtp-restrictionsd looks
    return (meter.top / "run/shared-counters-local").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", ["Hourly", "Daily"])
def test_two_servers_together_allow_exactly_the_limit(two, window, kind):
    first, second = two({f"{window}Recipients{kind}": 7, "OverLimitAction": "reject"})
    subject = KINDS[kind]

    assert [first.verdict(n=3, **subject), second.verdict(n=3, **subject)] == ["ok", "ok"]
    assert [first.verdict(n=2, **subject), second.verdict(n=2, **subject)] == ["deny", "deny"]
    assert [second.verdict(**subject), first.verdict(**subject), second.verdict(**subject)] == ["ok", "deny", "deny"]


def test_those_who_ask_at_once_get_no_more_than_the_limit(two):
    meters = two({"HourlyRecipientsPerDomain": 40, "OverLimitAction": "reject"})
    verdicts = []

    def ask(meter, numbers):
        verdicts.extend([meter.verdict(number=number) for number in numbers])

    threads = [threading.Thread(target=ask, args=(meter, range(1000 * i, 1000 * i + 15)))
               for i in (1, 2, 3) for meter in meters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(verdicts) == ["deny"] * 50 + ["ok"] * 40


def test_all_limits_of_a_message_are_kept_or_nothing_is_counted(two):
    first, second = two({"HourlyRecipientsPerMailbox": 3, "HourlyRecipientsPerDomain": 4, "OverLimitAction": "reject"})

    assert first.verdict(n=3, **BOB) == "ok"
    assert second.verdict(**BOB) == "deny"
    assert second.verdict(auth="eve@d1.test", host="203.0.113.9") == "ok"
    assert first.verdict(auth="eve@d1.test", host="203.0.113.9") == "deny"


def test_what_exim_refuses_in_the_end_is_free_for_the_other(two):
    first, second = two({"HourlyRecipientsPerDomain": 5, "OverLimitAction": "reject"})

    assert first.verdict(n=5) == "ok" and second.verdict() == "deny"
    first.write_event(1, "smtp-restrictions: ok n=5 uid=1000")
    first.write_event(1, "F=<a@d1.test> rejected after DATA: no")
    wait_for(lambda: second.verdict(n=5) == "ok", "room")
    assert first.verdict() == "deny"


def test_held_mail_goes_when_all_servers_have_room(two, server):
    first, second = two({"HourlyRecipientsPerDomain": 5})

    assert first.accept(n=5) == "ok"
    assert second.accept() == "hold"
    # the log has been read once it is known as held
    wait_for(lambda: second.goes(1) == "hold", "a held message")
    for meter in (first, second):
        meter.set({"HourlyRecipientsPerDomain": 6}, shared_counters=server.url())
    wait_for(lambda: second.goes(1) == "go", "room")
    assert first.verdict() == "hold"


def test_observed_mail_counts(two):
    first, second = two({"HourlyRecipientsPerDomain": 2, "OverLimitAction": "observe"})

    assert [first.verdict(n=2), first.verdict()] == ["ok", "observe"]
    assert second.verdict() == "observe"


def test_question_before_the_message_knows_of_the_others(two):
    first, second = two({"HourlyRecipientsPerDomain": 2, "OverLimitAction": "reject"})
    question = "P u=1000 h= p=0 la= lp=-1 s=YUBkMS50ZXN0 a=\n"

    assert second.say(question) == "ok 1000"
    assert first.verdict(n=2) == "ok"
    assert second.say(question).startswith("deny 1000 ")


def test_share_of_the_limit_is_left_without_the_server(two, server):
    first, second = two({"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"}, shared_counters_share=30)
    assert first.verdict(n=2) == "ok"

    server.kill()
    for meter, left in ((first, 1), (second, 3)):
        wait_for(lambda: is_local(meter), "that it is noticed")
        assert [meter.verdict() for _ in range(left + 1)] == ["ok"] * left + ["deny"]
        meter.wait_said(LOST)
        assert "30 percent" in meter.said()

    # it comes back, and knows nothing
    server.start()
    for meter in (first, second):
        meter.wait_said(FOUND)
        wait_for(lambda: not is_local(meter), "that it is noticed")
    wait_for(lambda: server.say("SCARD", "smtp-restrictions:hosts:domain:d1.test") == ":2", "what both have counted")
    assert first.verdict(n=4) == "ok"
    assert [first.verdict(), second.verdict()] == ["deny", "deny"]


def test_server_that_answers_no_more_keeps_nobody_waiting(two, server):
    first, _ = two({"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"}, wait=2000)
    first.wait_said(FIRST)
    assert first.verdict() == "ok"

    server.freeze()
    assert first.verdict(n=4) == "ok"
    assert is_local(first)
    assert first.verdict() == "deny"
    server.thaw()
    first.wait_said(FOUND)
    assert first.verdict(n=5) == "ok"
    assert first.verdict() == "deny"


def test_nothing_is_lost_or_counted_twice_by_a_kill(two):
    first, second = two({"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"})

    assert first.accept(n=4) == "ok"
    first.kill()
    assert second.verdict(n=7) == "deny" and second.verdict(n=5) == "ok"
    first.start()
    assert first.verdict(n=2) == "deny" and first.verdict() == "ok"
    assert second.verdict() == "deny"


def test_server_that_has_forgotten_all_is_told_again(two, server):
    first, second = two({"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"})

    assert first.verdict(n=4) == "ok" and second.verdict(n=4) == "ok"
    server.say("FLUSHALL")
    assert first.verdict(n=1) == "ok" and second.verdict(n=1) == "ok"
    assert first.verdict() == "deny" and second.verdict() == "deny"


def test_names_are_nothing_but_names(two, server):
    first, second = two({"HourlyRecipientsPerMailbox": 2, "OverLimitAction": "reject"})

    for name in ("x\r\n*1\r\n$8\r\nFLUSHALL", "first:mailbox:bob", "b" * 900, "*", "\x80\xff'\"\\"):
        subject = {"auth": name, "host": "203.0.113.9"}
        assert [first.verdict(**subject), second.verdict(**subject), first.verdict(**subject)] == ["ok", "ok", "deny"], name
    assert all(key.startswith(b"smtp-restrictions:") for key in server.say("KEYS", "*"))


def test_wrong_password_is_said_and_the_share_is_left(server, stand):
    meter = stand("first", password="wrong")
    meter.set({"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"}, shared_counters=server.url())
    meter.start()

    assert [meter.verdict(n=5), meter.verdict()] == ["ok", "deny"]
    meter.wait_said("WRONGPASS")


def test_by_tls_it_has_to_be_the_right_server(server, stand):
    server.kill()
    ca = server.certify()
    server.start()
    limits = {"HourlyRecipientsPerDomain": 10, "OverLimitAction": "reject"}

    trusting = stand("first", ca=ca)
    trusting.set(limits, shared_counters=server.url("rediss"))
    trusting.start()
    assert [trusting.verdict(n=6), trusting.verdict(n=5), trusting.verdict(n=4)] == ["ok", "deny", "ok"]

    other = stand("second")
    other.set(limits, shared_counters=server.url("rediss"))
    other.start()
    assert [other.verdict(n=5), other.verdict()] == ["ok", "deny"]
    other.wait_said("ertificate")


# ---- the script by itself: what takes hours ----

def call(server, events="", mode="look", host="first", expected="", revision="1", n=0, limits=(0, 0)):
    return server.say("EVAL", SCRIPT, 1, "smtp-restrictions:hosts:domain:d", host, n, mode, expected, revision, *limits,
                      events)


def test_windows_end_where_the_ledgers_do(server):
    # the server's clock may go on in between, by some seconds
    assert call(server, "3590 1,3700 2,") == "+over 1 3"
    assert call(server, "86390 1,86500 2,", revision="2") == "+over 0 1"


def test_revision_that_is_not_expected_changes_nothing(server):
    assert call(server, "10 4,") == "+over 4 4"
    assert call(server, expected="2", revision="3", mode="force", n=5) == "+again"
    assert call(server, expected="1", revision="2") == "+over 4 4"


def test_beginning_anew_takes_the_place_of_what_was_told(server):
    call(server, "10 4,")
    assert call(server, "10 3,", host="second") == "+over 7 7"
    assert call(server, "10 1,", revision="2") == "+over 4 4"


def test_what_was_taken_back_is_never_more_than_there_was(server):
    call(server, "10 4,")
    assert call(server, "9 -3,", expected="1", revision="2") == "+over 1 1"
    assert call(server, "10 -3,", expected="2", revision="3") == "+over 0 0"
    assert call(server, "0 2,", expected="3", revision="4") == "+over 2 2"


def test_after_a_reset_nobody_tells_again_what_was_before_it(server):
    call(server, "10 4,")
    call(server, "10 3,", host="second")
    assert call(server, "0 1,", mode="reset", revision="2") == "+over 1 1"
    assert call(server, "10 3,0 2,", host="second", revision="2") in ("+over 1 1", "+over 3 3")


def test_everything_ends_by_itself(server):
    call(server, "10 4,", mode="force", n=1)
    assert all(80000 < int(server.say("TTL", key)[1:]) <= 90000 for key in server.say("KEYS", "*"))
