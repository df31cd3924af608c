# SPDX-License-Identifier: GPL-2.0-or-later
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bus")]

from bus import Bus  # noqa: E402
from meterd import Meter  # noqa: E402


@pytest.fixture
def meter():
    """A meter that has not been started."""
    # no folder of pytest's: other users must be able to reach the socket, also when another pytest begins
    with tempfile.TemporaryDirectory(prefix="smtp-restrictions-meter-") as folder:
        made = Meter(folder)
        yield made
        made.close()
        print(made.said() if made.journal.exists() else "it was not started")


@pytest.fixture
def running(meter):
    """running(limits, **configuration): it is started and answers."""

    def start(limits=None, **more):
        meter.set(limits, **more)
        return meter.start()

    return start


@pytest.fixture
def silent_bus(meter):
    """A bus where the meter looks for it, which has not been started."""
    # no folder of pytest's: other users must be able to reach the socket
    with tempfile.TemporaryDirectory(prefix="smtp-restrictions-bus-") as folder:
        made = Bus(Path(folder))
        meter.bus = made.address
        yield made
        made.stop()


@pytest.fixture
def bus(silent_bus):
    return silent_bus.start()
