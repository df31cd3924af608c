# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests on booted hosts. A test gets hosts of its own, or shares one that each test begins with in the same
state; see booted.py for what a host can do.
"""

import collections
import functools
import itertools
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from booted import Host, Sink  # noqa: E402
from change import DIRECTIONS, ROUNDS, Disturbed  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "tools"
FAULTS = TOP / "out/faults.log"
POLICY = "/etc/smtp-restrictions/policy.json"
numbers = itertools.count(1)

# The hosts run the build machine's Debian; tests marked both_debians run on Debian 13 too. A package that was built on
# Debian 12 runs on 13, not the other way round.
OWN = os.environ.get("TESTHOST_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
NEWER = "trixie"
if OWN == NEWER:
    collect_ignore = ["test_upgrade.py", "test_cockpit_newer.py"]


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
    parser.addoption("--slice", default="1/1", help="K/N: of the fault tests every N-th, from the K-th on")
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
    config.addinivalue_line("markers", "both_debians(NAME=VALUES): run it on a host of Debian 13 too; if parameters are "
                            "named, with those values of them alone")
    config.addinivalue_line("markers", "any_layout: Exim's configuration is in one file written by hand, where a change costs "
                            "least, unless a test is for both Debians")
    os.environ.setdefault("TESTHOST_PREFIX", "smtpr")
    os.environ.setdefault("TESTHOST_WORK", library('echo "$TESTHOST_WORK"'))
    if not hasattr(config, "workerinput"):
        library("remove_leftovers")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the service's journal, and Exim's log."""
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" or not report.failed:
        return
    if "outcome" in item.fixturenames:
        note(item, f"FAILED: {call.excinfo.value}")
    own = [value for value in item.funcargs.values() if isinstance(value, Host)]
    for host in dict.fromkeys([*item.funcargs.get("hosts", []), *own]):
        if not host.is_up():
            continue
        done = host.run("journalctl", "--no-pager", "-n", "40", "-o", "short-monotonic", "-u", "smtp-restrictions*",
                        "-u", "exim4.service", check=False)
        report.sections.append((f"journal of {host.name}", done.stdout or done.stderr))
        done = host.run("tail", "-n", "20", "/var/log/exim4/mainlog", check=False)
        report.sections.append((f"log of Exim on {host.name}", done.stdout or done.stderr))


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
def hosts():
    """The hosts of this test, to be taken down after it."""
    return []


@pytest.fixture
def boot(hosts, suite):
    """boot(disk=None, *options): one more host."""
    made = []

    def make(disk=None, *options):
        host = Host(f"t{os.getpid()}n{next(numbers)}", suite)
        hosts.append(host)
        made.append(host)
        host.up(disk, *options)
        return host

    yield make
    for host in made:
        host.down()


@pytest.fixture(scope="module")
def boot_for_all(suite):
    """boot_for_all(disk=None): a host for all tests of a module that look at what was made of it."""
    made = []

    def make(disk=None):
        host = Host(f"m{os.getpid()}n{next(numbers)}", suite)
        made.append(host)
        host.up(disk)
        return host

    yield make
    for host in made:
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


class Kept:
    """Hosts that a worker hands on from test to test, one of a kind: those that were asked for last."""

    MOST = 3

    def __init__(self):
        self.hosts = {}  # kind: (host, what was made of it), in the order in which they were asked for

    def take(self, kind, suite, disk, make):
        kind = kind, suite
        if kind in self.hosts:
            self.hosts[kind] = self.hosts.pop(kind)
        else:
            while len(self.hosts) >= self.MOST:
                self.drop(next(iter(self.hosts)))
            host = Host(f"k{os.getpid()}n{next(numbers)}", suite)
            self.hosts[kind] = host, None
            host.up(disk)
            self.hosts[kind] = host, make(host)
        return self.hosts[kind]

    def drop(self, kind):
        host, _ = self.hosts.pop(kind, (None, None))
        if host:
            host.down()


@pytest.fixture(scope="session")
def kept():
    all_kinds = Kept()
    yield all_kinds
    for kind in list(all_kinds.hosts):
        all_kinds.drop(kind)


@pytest.fixture
def keep(kept, hosts, request, suite, disk):
    """keep(kind, make): what make(host) has made of a host, as long as tests want the same and none fails."""

    taken = []

    def take(kind, make):
        taken.append(kind)
        host, value = kept.take(kind, suite, disk, make)
        hosts.append(host)
        return value

    failed = request.session.testsfailed
    yield take
    if request.session.testsfailed > failed:
        for kind in taken:
            kept.drop((kind, suite))


@pytest.fixture
def disturbed(keep, request, tmp_path_factory):
    """A Disturbed (change.py) of the scene of the test's directions."""
    scene = DIRECTIONS[ROUNDS[request.node.callspec.params["turn"]][0]].scene
    return keep(scene, lambda host: Disturbed(host, Sink(host, tmp_path_factory.mktemp("sink")), scene))


@pytest.fixture
def unchanged(keep):
    """A fresh host with the package installed, for tests that change nothing of it."""
    host = keep("unchanged", lambda host: host)
    yield host
    assert not host.file(POLICY).exists()


def with_copy(host):
    host.copy_exim()
    return host


@pytest.fixture
def exim_host(keep):
    """A host for tests of Exim's files: they are as on a fresh one, Exim has read them, there are no limits."""
    host = keep("exim", with_copy)
    host.put_exim_back()
    policy = host.file(POLICY)
    if policy.exists() and json.loads(policy.read_text()).get("MailLimits"):
        host.call("ResetMailLimits", "as", 0)
    return host


# Of /etc all that was touched is put back, and said; no unit stays masked.
RESTORE = r"""
systemctl stop smtp-restrictions.service
nft delete table inet smtp_restrictions 2>/dev/null
find /var/lib/smtp-restrictions /var/spool/exim4/input /var/spool/exim4/msglog /var/spool/exim4/db -mindepth 1 -delete
[ -z "$(find /run/systemd/system -lname /dev/null -print -delete)" ] || systemctl daemon-reload
set -e
for name in $(find /etc -mindepth 1 -newercm /root/copied -printf '%P\n' | cut -d/ -f1 | sort -u); do
        echo "$name"
        [ "$name" != exim4 ] || continue
        rm -rf "/etc/$name"
        [ ! -e "/root/etc/$name" ] || cp -a "/root/etc/$name" /etc
        case $name in
                systemd) systemctl daemon-reload;;
                polkit-1) systemctl try-restart polkit.service;;
        esac
done
touch /root/copied
if ! grep -qs exim4 "/proc/$(cat /run/exim4/exim.pid)/comm"; then
        systemctl restart exim4.service
        echo exim4
fi
systemctl reset-failed smtp-restrictions.service
systemctl start smtp-restrictions.service
"""


def with_copies(host):
    host.run("cp", "-a", "/etc", "/root")
    host.copy_exim()
    return host


@pytest.fixture
def restored(keep):
    """A host as a fresh one, with the package installed and nothing restricted yet, that others have had before. Nothing is
    put back of its time since boot, its journal and what is not in /etc or the service's.
    """
    host = keep("restored", with_copies)
    if "exim4" in host.out("sh", "-c", RESTORE).split():
        host.put_exim_back()
    return host


@pytest.fixture
def single(host):
    """`host` with a main file written by hand."""
    host.write_main()
    return host


# Those whose tests take longest, in that order: begun last, one of them would keep all other workers waiting.
LONG = ("test_power_loss", "test_crash", "test_cockpit", "test_failing_calls", "test_converge", "test_foreign",
        "test_names", "test_upgrade", "test_exceptions", "test_trial", "test_require_auth", "test_guard")


def is_wanted(item):
    """Or is it on the newer Debian what one test there is enough of?"""
    marker = item.get_closest_marker("both_debians")
    if not marker or item.callspec.params["suite"] == OWN:
        return True
    return all(item.callspec.params[name] in values for name, values in marker.kwargs.items())


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks for the groups here, too
def pytest_collection_modifyitems(config, items):
    items[:] = filter(is_wanted, items)
    items.sort(key=lambda item: LONG.index(item.module.__name__) if item.module.__name__ in LONG else len(LONG))
    for item in items:
        if "unchanged" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("unchanged"))  # by one worker, on one host
    first, step = map(int, config.getoption("slice").split("/"))
    assert 1 <= first <= step, "--slice K/N: 1 <= K <= N"
    if step > 1:
        faults = [item for item in items if "disturbed" in item.fixturenames]
        items[:] = faults[first - 1 :: step]
