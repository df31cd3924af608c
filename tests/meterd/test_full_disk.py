# SPDX-License-Identifier: GPL-2.0-or-later
"""No room on the disk: mail goes on, nothing is lost, and what cannot be kept is not said to be."""

import errno
import shutil
import subprocess

import pytest
from bus import ERROR, Failed
from meterd import wait_for

HOURLY = {"HourlyRecipientsPerDomain": 20, "HourlyRecipientsPerMailbox": 20, "OverLimitAction": "reject",
          "OverLimitPercent": 100}
LONG = "y" * 60  # of a name, so that few of them fill a page
LOST, BACK = "Failed to write what was counted", "What was counted is on the disk again"


@pytest.fixture
def disk(meter):
    """A small one for what is durable. disk(): it is full; disk(False): there is room again."""
    state = meter.top / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", state], check=True)

    def fill(is_full=True):
        if not is_full:
            (state / "filler").unlink()
            return
        with (state / "filler").open("wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while filler.write(bytes(size)):
                        pass
                except OSError as error:
                    assert error.errno == errno.ENOSPC

    yield fill
    meter.close()
    subprocess.run(["umount", "--lazy", state], check=True)


def set_limit(bus, subject, limit):
    bus.call("SetSubject", f"('{subject}', {{'HourlyRecipients': <uint32 {limit}>}})", "(sa{sv})")


def listed(bus):
    return bus.call("ListSubjects", "({},)", "(a{sv})")


def test_mail_goes_on_and_nothing_is_lost(disk, bus, meter):
    meter.set(HOURLY)
    meter.start()
    bus.wait_meter()
    assert meter.accept() == "ok"
    disk()
    assert [meter.accept() for _ in range(14)] == ["ok"] * 14
    # more than fits into the pages that the store has already
    for number in range(1000):
        meter.write_log(500000 + number, sender=f"a@{number}.{LONG}.test", uid=str(2000 + number))
    wait_for(lambda: LOST in meter.said(), "that it is said")
    assert meter.accept() == "ok"

    disk(False)
    wait_for(lambda: BACK in meter.said(), "that it is written")
    meter.stop()
    assert (meter.said().count(LOST), meter.said().count(BACK)) == (1, 1)
    meter.log.unlink()
    shutil.rmtree(meter.top / "run/open")
    meter.start()
    assert [meter.verdict() for _ in range(5)] == ["ok"] * 4 + ["deny"]


def test_subject_is_set_whole_or_not_at_all(disk, bus, meter):
    meter.set(HOURLY)
    meter.start()
    bus.wait_meter()
    set_limit(bus, "mailbox:eve@d1.test", 7)
    disk()

    # the store may have a page or two left
    number = 0
    with pytest.raises(Failed) as failed:
        for number in range(1000):
            before = listed(bus)
            set_limit(bus, f"mailbox:eve@{number}.{LONG}.test", 1)
    assert failed.value.name == ERROR + "StorageFailed"
    assert listed(bus) == before
    refused = {"auth": f"eve@{number}.{LONG}.test", "host": "203.0.113.9"}
    assert [meter.verdict(**refused) for _ in range(2)] == ["ok"] * 2

    disk(False)
    set_limit(bus, f"mailbox:eve@{number}.{LONG}.test", 1)
    assert meter.verdict(**refused) == "deny"
    meter.kill()
    meter.start()
    bus.wait_meter()
    assert len(listed(bus)) == len(before) + 1
