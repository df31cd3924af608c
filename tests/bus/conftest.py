# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the bus tests: each test gets a bus, a polkit and a service of its own; see service.py."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from service import Service  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the service said."""
    outcome = yield
    report = outcome.get_result()
    funcargs = getattr(item, "funcargs", {})
    service = funcargs.get("bare_service") or funcargs.get("service")
    if report.failed and service:
        report.sections.append(("the service's log", service.text_of_log()[-4000:]))


@contextlib.contextmanager
def make_service():
    # no pytest folder: other users must be able to reach the socket
    with tempfile.TemporaryDirectory(prefix="smtp-restrictions-bus-") as folder:
        service = Service(Path(folder), os.environ["SMTP_RESTRICTIONSD"])
        try:
            yield service
        finally:
            service.end()


@pytest.fixture
def bare_service():
    """A bus and a daemon's folders; nothing is started."""
    with make_service() as service:
        yield service


@pytest.fixture
def service(bare_service):
    """The service runs, and polkit refuses everything."""
    bare_service.start_polkit()
    bare_service.start()
    return bare_service


@pytest.fixture(scope="module")
def shared_service():
    """As `service`, one for the tests of a file."""
    with make_service() as service:
        service.start_polkit()
        service.start()
        yield service
