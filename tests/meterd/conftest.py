# SPDX-License-Identifier: GPL-2.0-or-later
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bus")]

from bus import Bus  # noqa: E402
from meterd import Meter  # noqa: E402


@pytest.fixture
def meter(tmp_path):
    """A meter that has not been started."""
    made = Meter(tmp_path)
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
def bus(meter):
    """A bus where the meter looks for it; it has started before the meter."""
    for parent in meter.top.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    made = Bus(meter.top).start()
    yield made
    made.stop()
