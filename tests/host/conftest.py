# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on booted hosts. Every test gets hosts of its own; see booted.py for what a host can do."""

import collections
import functools
import itertools
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from booted import Host, Sink  # noqa: E402
from change import Disturbed  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "tools"
FAULTS = TOP / "out/faults.log"
numbers = itertools.count(1)

# The hosts run the build machine's Debian; tests marked both_debians run on Debian 13 too. A package that was built on
# Debian 12 runs on 13, not the other way round.
OWN = os.environ.get("TESTHOST_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
NEWER = "trixie"
if OWN == NEWER:
    collect_ignore = ["test_upgrade.py"]


def library(command, suite=OWN):
    """Run a function of tools/lib.sh."""
    done = subprocess.run(["bash", "-c", f". {TOOLS}/lib.sh; {command}"], text=True, capture_output=True,
                          env=os.environ | {"TESTHOST_SUITE": suite})
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout.strip()


@pytest.fixture(scope="session")
def package():
    """The .deb of these sources, built if need be."""
    return Path(library("package_build >/dev/null; package_path"))


@functools.cache
def disk_of(suite):
    return Path(library("disk_build >/dev/null; disk_path", suite))


@pytest.fixture(scope="session")
def suite(request):
    """The Debian of this test's hosts."""
    return getattr(request, "param", OWN)


@pytest.fixture(scope="session")
def disk(suite):
    """The disk of a host on which the package is installed."""
    return disk_of(suite)


@pytest.fixture(scope="session")
def newer_suite():
    """The environment in which testhost.sh works for Debian 13."""
    return os.environ | {"TESTHOST_SUITE": NEWER}


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("both_debians"):
        metafunc.parametrize("suite", list(dict.fromkeys([OWN, NEWER])), indirect=True, scope="session")


def pytest_addoption(parser):
    parser.addoption("--every-call", action="store_true", help="faults: every call, not a sample (tools/fault)")
    parser.addoption("--slice", default="1/1", help="K/N: of the cases of each fault test every N-th, from the K-th on")
    parser.addoption("--power-losses", type=int, default=3, help="how many (tools/fault --power)")


def pytest_terminal_summary(terminalreporter):
    """How the faults went, over all workers."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    counts = collections.Counter(value for report in reports if report.when == "call"
                                 for name, value in report.user_properties if name == "outcome")
    if counts:
        terminalreporter.section("faults")
        terminalreporter.write_line(f"{counts.total()} cases")
        for text, count in sorted(counts.items()):
            terminalreporter.write_line(f"{count:6} {text}")


def pytest_configure(config):
    config.addinivalue_line("markers", "both_debians: run it on a host of Debian 13 too")
    os.environ.setdefault("TESTHOST_PREFIX", "smtpr")
    os.environ.setdefault("TESTHOST_WORK", library('echo "$TESTHOST_WORK"'))
    if not hasattr(config, "workerinput"):
        library("remove_leftovers")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the service's journal."""
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" or not report.failed:
        return
    if "outcome" in item.fixturenames:
        note(item, f"FAILED: {call.excinfo.value}")
    for host in item.funcargs.get("hosts", []):
        done = host.run("journalctl", "--no-pager", "-n", "40", "-o", "short-monotonic", "-u", "smtp-restrictions*",
                        "-u", "exim4.service", check=False)
        report.sections.append((f"journal of {host.name}", done.stdout or done.stderr))


def note(node, text):
    """Kept at once: a long run may be cut off."""
    FAULTS.parent.mkdir(exist_ok=True)
    with FAULTS.open("a", encoding="utf-8") as log:
        log.write(f"{time.strftime('%T')} {node.name}: {text}\n")


@pytest.fixture
def outcome(record_property, request):
    """outcome(text, case=""): how one case of a test with many went; counted in the summary, and noted in out/faults.log."""

    def tell(text, case=""):
        record_property("outcome", text)
        note(request.node, f"{case} {text}")

    return tell


@pytest.fixture
def cut(request):
    """cut(sequence): what --slice leaves of it."""
    first, step = map(int, request.config.getoption("slice").split("/"))
    assert 1 <= first <= step, "--slice K/N: 1 <= K <= N"
    return lambda sequence: sequence[first - 1 :: step]


@pytest.fixture
def hosts():
    """The hosts of this test, to be taken down after it."""
    return []


@pytest.fixture
def boot(hosts, suite):
    """boot(disk=None, *options): one more host."""

    def make(disk=None, *options):
        host = Host(f"t{os.getpid()}n{next(numbers)}", suite)
        hosts.append(host)
        host.up(disk, *options)
        return host

    yield make
    for host in hosts:
        host.down()


@pytest.fixture
def host(boot, disk):
    """A fresh host with the package installed and nothing restricted yet."""
    return boot(disk)


@pytest.fixture
def bare_host(boot):
    """A fresh host without the package."""
    return boot()


@pytest.fixture
def sink(host, tmp_path):
    """The remote mail server of `host`."""
    server = Sink(host, tmp_path)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def disturbed_kept():
    """What `disturbed` hands on from test to test."""
    kept = {}
    yield kept
    drop_disturbed(kept)


def drop_disturbed(kept):
    if kept:
        kept.pop("sink").stop()
        kept.pop("host").down()
        kept.clear()


@pytest.fixture
def disturbed(disturbed_kept, request, hosts, suite, disk, tmp_path_factory):
    """A Disturbed (change.py), a fresh one only after a test that failed."""
    if "disturbed" not in disturbed_kept:
        host = Host(f"f{os.getpid()}n{next(numbers)}", suite)
        disturbed_kept["host"] = host
        host.up(disk)
        disturbed_kept["sink"] = Sink(host, tmp_path_factory.mktemp("sink"))
        disturbed_kept["disturbed"] = Disturbed(host, disturbed_kept["sink"])
    hosts.append(disturbed_kept["host"])
    failed = request.session.testsfailed
    yield disturbed_kept["disturbed"]
    if request.session.testsfailed > failed:
        drop_disturbed(disturbed_kept)


# Those whose tests take longest, in that order: begun last, one of them would keep all other workers waiting.
LONG = ("test_power_loss", "test_failing_calls", "test_crash", "test_foreign", "test_upgrade", "test_converge")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.module.__name__) if item.module.__name__ in LONG else len(LONG))
