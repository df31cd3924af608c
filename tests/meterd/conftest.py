# SPDX-License-Identifier: GPL-2.0-or-later
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

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
