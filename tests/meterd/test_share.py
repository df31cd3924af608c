# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail that fails, as Exim's log has it: who is held for it, and what a restart knows of it."""

import random
import shutil

import pytest
from meterd import message_id, wait_for

SHARE = {"FailDeferPercent": 50, "FailDeferMinimum": 3, "FailDeferAction": "reject"}
QUESTION = "P u=1000 h= p=0 la= lp=-1 s=YUBkMS50ZXN0 a=\n"  # a@d1.test

DEFERRED = "== {} R=dnslookup T=remote_smtp defer (-44) H=mx.test [203.0.113.25]: SMTP error from remote mail server"
FAILED = "** {} R=dnslookup T=remote_smtp H=mx.test [203.0.113.25]: 550 no => here"
DELIVERED = "=> {} R=dnslookup T=remote_smtp H=mx.test [203.0.113.25] C=\"250 OK\""


def verdict(meter):
    """What a message would get: nothing is counted by it."""
    return meter.say(QUESTION).split(" ")[0]


def expect(meter, word):
    wait_for(lambda: verdict(meter) == word, f"{word}, not {verdict(meter)}")


def send(meter, *outcomes, **arguments):
    """A message, accepted, with the lines of its recipients."""
    assert meter.accept(**arguments) == "ok"
    for outcome in outcomes:
        meter.write_event(meter.number, outcome)
    return meter.number


def fail(meter, **arguments):
    return send(meter, FAILED.format("a@x.test"), FAILED.format("b@y.test"), DEFERRED.format("c@z.test"), **arguments)


def test_too_much_that_fails_is_refused(running):
    meter = running(SHARE, contact="help@host.test")
    fail(meter)
    expect(meter, "deny")

    assert meter.say(QUESTION) == (
        "deny 1000 5.7.1 of 3 recipients of the domain d1.test in the last hour 3 could not be reached: "
        "no more is taken from it for a while; contact: help@host.test")
    assert meter.message(sender="a@d2.test") == "ok 1000"
    assert meter.said().count("3 of 3 recipients of the domain d1.test could not be reached in the last hour") == 1


def test_too_much_that_fails_is_held_until_the_share_is_right(running):
    meter = running(SHARE | {"FailDeferAction": "hold"})
    failed = fail(meter)
    expect(meter, "hold")
    assert meter.accept() == "hold"
    held = meter.number
    assert meter.goes(held) == "hold"

    meter.write_event(failed, DELIVERED.format("c@z.test"))
    released = meter.top / "run/release"
    wait_for(lambda: [path.name for path in released.iterdir()] == [message_id(held)], "its file")
    assert meter.goes(held) == "go"
    assert verdict(meter) == "ok"


def test_observe_lets_it_through(running):
    meter = running(SHARE | {"FailDeferAction": "observe"})
    fail(meter)
    expect(meter, "observe")


@pytest.mark.parametrize("outcomes", [
    [FAILED.format(f"{name}@x.test") for name in "abcd"],
    [f"== {name}@{name}.test defer (-23): domain is held" for name in "abcd"],
    [FAILED.format("a@x.test"), FAILED.format("b@y.test"), *[DELIVERED.format(f"{name}@z.test") for name in "cdef"]],
    [FAILED.format(f"{name}@{name}.test") for name in "abc"] + [DELIVERED.format(f"{name}@z.test") for name in "defg"],
], ids=["one receiver", "held", "too few", "too small a share"])
def test_other_failures_stop_nobody(running, outcomes):
    meter = running(SHARE)
    send(meter, *outcomes)
    fail(meter, uid=1001, sender="a@d2.test")  # and when that is known, the lines before it are
    wait_for(lambda: meter.message(uid=1001, sender="a@d2.test").startswith("deny"), "the other domain is refused")

    assert verdict(meter) == "ok"


def test_mail_from_elsewhere_stops_nobody(running):
    meter = running(SHARE)
    assert meter.accept(host="203.0.113.9", uid=102) == "ok"
    for outcome in (FAILED.format("a@x.test"), FAILED.format("b@y.test"), FAILED.format("c@z.test")):
        meter.write_event(meter.number, outcome)
    fail(meter, uid=1001, sender="a@d2.test")
    wait_for(lambda: meter.message(uid=1001, sender="a@d2.test").startswith("deny"), "the other domain is refused")

    assert verdict(meter) == "ok"


def set_and_wait(meter, limits):
    verdict(meter)  # it is up
    said = meter.said().count("The limits are others now")
    meter.set(limits)
    wait_for(lambda: meter.said().count("The limits are others now") > said, "the settings are read")


def assert_exactly(meter, bad):
    """So many are bad: the next number is not reached."""
    for minimum, word in ((bad, "deny"), (bad + 1, "ok")):
        set_and_wait(meter, SHARE | {"FailDeferPercent": 1, "FailDeferMinimum": minimum})
        expect(meter, word)


def restart(meter):
    meter.kill()
    meter.start()


def test_restart_knows_what_failed(running):
    meter = running(SHARE)
    fail(meter)
    expect(meter, "deny")
    meter.stop()
    meter.start()

    assert verdict(meter) == "deny"


def test_reset_ends_it_for_good(running, bus):
    meter = running(SHARE | {"FailDeferAction": "hold"})
    bus.wait_meter()
    failed = fail(meter)
    expect(meter, "hold")
    assert meter.accept() == "hold"
    usage = bus.usage("domain:d1.test")
    assert (usage["HourlyTried"], usage["HourlyFailed"], usage["FailShareReached"]) == (3, 3, True)

    bus.call("ResetUsage", "('domain:d1.test',)")
    assert meter.goes(meter.number) == "go"
    for outcome in (DEFERRED, FAILED):
        meter.write_event(failed, outcome.format("c@z.test"))
    restart(meter)
    assert verdict(meter) == "ok"
    assert "HourlyTried" not in bus.wait_meter().usage("domain:d1.test")


@pytest.mark.parametrize("is_there", [True, False])
def test_restart_knows_what_failed_before_the_first_start(meter, is_there):
    """The first place that is kept is behind all of it."""
    meter.set(SHARE)
    if not is_there:
        meter.log.unlink()
        meter.start()
        assert verdict(meter) == "ok"
    for number in range(3):
        meter.write_log(number)
        meter.write_event(number, FAILED.format(f"a@x{number}.test"))
    if is_there:
        meter.start()
    expect(meter, "deny")
    meter.stop()
    meter.start()

    assert verdict(meter) == "deny"


def test_log_alone_knows_what_failed(running):
    meter = running(SHARE)
    fail(meter)
    expect(meter, "deny")
    meter.kill()
    shutil.rmtree(meter.top / "run/open")
    shutil.rmtree(meter.top / "state/counts")
    meter.start()

    assert verdict(meter) == "deny"


def test_older_store_and_the_log_know_what_failed(running):
    """The machine has died: the disk has what was synced before, and /run is gone."""
    meter = running(SHARE)
    first = send(meter, FAILED.format("a@w.test"))
    meter.stop()
    synced = meter.top / "synced"
    shutil.copytree(meter.top / "state/counts", synced)
    meter.start()
    fail(meter)
    meter.write_event(first, DELIVERED.format("b@w.test"))
    expect(meter, "deny")
    meter.kill()
    shutil.rmtree(meter.top / "run/open")
    shutil.rmtree(meter.top / "state/counts")
    synced.rename(meter.top / "state/counts")
    meter.start()

    assert_exactly(meter, 4)


def test_old_failures_are_not_counted_after_a_restart(meter):
    meter.set(SHARE)
    for number in range(4):
        meter.write_log(number, stamp="2026-01-01 08:00:00")
        meter.write_event(number, FAILED.format(f"a@x{number}.test"), stamp="2026-01-01 08:00:00")
    meter.start()

    assert verdict(meter) == "ok"


def test_kill_at_any_moment_neither_loses_nor_repeats_a_line(running):
    """Messages with recipients whose state changes from line to line; the log is rotated twice."""
    meter = running(SHARE | {"FailDeferMinimum": 100000})
    state = {}
    messages = []
    for step in range(160):
        if not messages or random.random() < 0.3:
            messages.append(send(meter))
        message = random.choice(messages[-20:])
        recipient = f"r{random.randrange(8)}@r{random.randrange(3)}.test"
        form = random.choice([DEFERRED, DEFERRED, FAILED, DELIVERED])
        meter.write_event(message, form.format(recipient))
        state[message, recipient] = form is not DELIVERED
        if random.random() < 0.08:
            restart(meter)
        if step in (50, 110):
            meter.rotate()

    for _ in range(2):
        restart(meter)
        assert_exactly(meter, sum(state.values()))
