# SPDX-License-Identifier: GPL-2.0-or-later
"""What survives: kill -9, damage, rotation; and what waits."""

import random
import shutil

from meterd import message_id, wait_for

HOURLY = {"HourlyRecipientsPerDomain": 20, "OverLimitAction": "reject", "OverLimitPercent": 100}


def fill(meter, accepted, limit=20):
    """How many more are allowed; the answers stay reservations."""
    more = 0
    while meter.verdict() == "ok":
        more += 1
        assert accepted + more <= limit
    return more


def test_kill_at_any_moment_loses_nothing_and_counts_nothing_twice(meter):
    for round_number in range(3):
        meter.set({"HourlyRecipientsPerUser": 20, "OverLimitAction": "reject", "OverLimitPercent": 100})
        meter.start()
        user = 2000 + round_number
        accepted = 0
        for _ in range(12):
            assert meter.accept(uid=user, sender="") == "ok"
            accepted += 1
            if random.random() < 0.5:
                meter.kill()
                meter.start()
        # the last one is killed with reservations that are in no log yet
        assert meter.verdict(uid=user, sender="") == "ok"
        meter.kill()
        meter.start()
        verdicts = [meter.verdict(uid=user, sender="") for _ in range(20 - accepted)]
        assert verdicts == ["ok"] * (20 - accepted - 1) + ["deny"]
        meter.kill()


def test_counts_survive_an_orderly_end_without_reading_the_log(running):
    meter = running(HOURLY)
    for _ in range(15):
        assert meter.accept() == "ok"
    meter.stop()
    meter.log.unlink()
    shutil.rmtree(meter.top / "run/open")
    meter.start()

    assert fill(meter, 15) == 5


def test_log_alone_brings_counts_back(running):
    meter = running(HOURLY)
    for _ in range(15):
        assert meter.accept() == "ok"
    meter.kill()
    shutil.rmtree(meter.top / "run/open")
    shutil.rmtree(meter.top / "state/counts")
    meter.start()

    assert fill(meter, 15) == 5


def test_damaged_store_is_set_aside_and_said(running):
    meter = running(HOURLY)
    for _ in range(15):
        assert meter.accept() == "ok"
    meter.stop()
    shutil.rmtree(meter.top / "run/open")
    (meter.top / "state/counts/data.mdb").write_bytes(random.randbytes(100000))
    meter.start()

    assert fill(meter, 15) == 5
    assert "state/counts is damaged and set aside as" in meter.said()
    assert (meter.top / "state/counts.damaged/data.mdb").exists()


def test_mail_that_was_accepted_without_the_meter_counts(running):
    meter = running(HOURLY)
    assert meter.verdict() == "ok"
    meter.kill()
    for number in range(100, 110):
        meter.write_log(number, "none")
        meter.write_log(100 + number, "none", uid="38")
    meter.set(HOURLY, free_uids=[38])
    meter.start()

    assert fill(meter, 11) == 9


def test_mail_that_exim_rejects_in_the_end_takes_no_room(running):
    """It had asked, and then somebody's disk was full, or the answer came too late."""
    meter = running({"HourlyRecipientsPerDomain": 2, "OverLimitAction": "reject"})
    assert [meter.verdict(), meter.verdict(), meter.verdict()] == ["ok", "ok", "deny"]
    meter.write_event(1, "smtp-restrictions: ok n=1 uid=1000")
    meter.write_event(1, "F=<a@d1.test> rejected by local_scan(): no")
    wait_for(lambda: meter.verdict() == "ok", "the room")
    assert meter.verdict() == "deny"


def wait_written(meter, number):
    """Until the message is in the durable store, counted or held."""
    name = message_id(number).encode()
    wait_for(lambda: name in (meter.top / "state/counts/data.mdb").read_bytes(), "its record")


def test_log_is_followed_through_its_rotation(running):
    meter = running(HOURLY)
    assert meter.accept() == "ok"
    wait_written(meter, meter.number)
    meter.log.rename(meter.log.with_suffix(".1"))
    for _ in range(9):
        assert meter.accept() == "ok"
    wait_written(meter, meter.number)
    # its record may be seen before the commit that makes it count: an orderly end waits for that
    meter.stop()
    shutil.rmtree(meter.top / "run/open")
    for log in meter.log.parent.iterdir():
        log.unlink()
    meter.start()

    assert fill(meter, 10) == 10


def test_start_reads_behind_a_rotation_that_has_just_been(running):
    meter = running(HOURLY)
    assert meter.accept() == "ok"
    wait_written(meter, meter.number)
    meter.kill()
    meter.rotate()
    for number in range(100, 119):
        meter.write_log(number)
    meter.start()

    assert meter.verdict() == "deny"


def test_held_mail_goes_when_there_is_room_again(running):
    """Room comes by another limit here: the hour is too long for a test."""
    limits = {"HourlyRecipientsPerDomain": 4, "OverLimitPercent": 1000}
    meter = running(limits)
    assert meter.accept(n=4) == "ok"
    assert [meter.accept(n=2) for _ in range(3)] == ["hold"] * 3
    first, second, third = range(meter.number - 2, meter.number + 1)
    assert [meter.goes(number) for number in (first, second, third)] == ["hold"] * 3

    # room for two of them, and those are not the last ones
    meter.set(limits | {"HourlyRecipientsPerDomain": 8})
    released = meter.top / "run/release"
    wait_for(lambda: len(list(released.iterdir())) == 2, "files of what may go")
    assert {path.name for path in released.iterdir()} == {message_id(first), message_id(second)}
    assert meter.goes(third) == "hold"
    assert meter.goes(second) == "go"
    meter.kill()
    meter.start()
    assert [meter.goes(number) for number in (first, second, third)] == ["go", "go", "hold"]


def test_held_mail_waits_through_the_loss_of_the_machine(running):
    limits = {"HourlyRecipientsPerDomain": 4, "OverLimitPercent": 1000}
    meter = running(limits)
    assert meter.accept(n=4) == "ok"
    assert meter.accept(n=2) == "hold"
    meter.stop()
    shutil.rmtree(meter.top / "run/open")
    meter.start()

    assert meter.goes(meter.number) == "hold"
    assert meter.goes(999) == "go"
