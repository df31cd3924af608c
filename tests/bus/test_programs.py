# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of docs/examples, built and run as their first lines say, against the real service."""

import os
import re
import subprocess

import pytest
from service import ERROR, SOURCES, WAIT

EXAMPLES = SOURCES / "docs/examples"


PC = """includedir={sources}/include
interfacesdir={sources}/dbus
Name: smtp-restrictions
Description: not installed
Version: 0
Cflags: -I${{includedir}}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the programs, built by the commands that stand in them."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "smtp-restrictions.pc").write_text(PC.format(sources=SOURCES))
    for path in EXAMPLES.glob("*.c"):
        (folder / path.name).write_text(path.read_text())
        lines = re.findall(r"^ \*     (.*)$", path.read_text(), re.M)
        script = "\n".join(line for line in lines if not line.startswith("./"))
        done = subprocess.run(["sh", "-euc", script], cwd=folder, capture_output=True, text=True,
                              env=os.environ | {"PKG_CONFIG_PATH": str(folder), "CFLAGS": ""})  # fmt: skip
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(service):
    """Run a program on the service's bus: (exit status, output, errors)."""

    def run(*command):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=WAIT,
                              env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": service.address})  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run


def test_sd_bus_grants_an_exception(service, built, run):
    status, output, errors = run(built / "exception", "games", "ticket 1234")
    assert status == 0, errors
    (entry,) = service.root.call("ListExceptions", "({},)", "(a{sv})")[0]
    assert (entry["Id"], entry["Subject"], entry["Ports"], entry["Reason"]) == (
        output.strip(), "user:games", [465, 587], "ticket 1234")  # fmt: skip
    assert entry["ExpiresAt"] - entry["GrantedAt"] == 3600 * 1000000


def test_sd_bus_says_the_errors_name(built, run):
    status, _, errors = run(built / "exception", "nosuchuser", "x")
    assert status == 1
    assert errors.startswith(ERROR + "UnknownName: ")


def test_glib_prints_the_state(built, run):
    assert run(built / "enforcing") == (0, "not enforcing, health ok\n", "")


def test_glib_follows_a_change(built, service):
    program = subprocess.Popen([built / "enforcing", "--watch"], stdout=subprocess.PIPE, text=True,
                               env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": service.address})  # fmt: skip
    try:
        assert program.stdout.readline().startswith("not enforcing")
        service.root.call("Enable")
        while not program.stdout.readline().startswith("enforcing"):
            assert program.poll() is None
    finally:
        program.kill()
        program.communicate()


def test_python_prints_the_state(service, run):
    service.root.call("Enable")
    status, output, errors = run("/usr/bin/python3", EXAMPLES / "status.py")
    assert status == 0, errors
    assert output.splitlines()[0].startswith("enforcing health ")
    assert "port 465 reject" in output.splitlines()


def test_python_says_the_errors_name(service, run):
    service.stop()
    status, _, errors = run("/usr/bin/python3", EXAMPLES / "status.py")
    assert status == 1
    assert "org.freedesktop.DBus.Error.ServiceUnknown" in errors
