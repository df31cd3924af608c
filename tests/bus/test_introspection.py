# SPDX-License-Identifier: GPL-2.0-or-later
"""The running service, dbus/*.xml and what anyone would type agree."""

import itertools
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from service import INTERFACE, NAME, PATH, SOURCES



@pytest.fixture(scope="module")
def service(shared_service):
    return shared_service


BUSCTL = ["call", NAME, PATH, INTERFACE]


def interface_of(text):
    """{member: (kind, arguments or type, annotations)} of our interfaces."""
    ours = [node for node in ElementTree.fromstring(text).iter("interface") if node.get("name").startswith(INTERFACE)]
    assert sorted(node.get("name") for node in ours) == [INTERFACE, INTERFACE + ".Attempts"]
    members = {}
    for member in itertools.chain(*ours):
        annotations = {note.get("name"): note.get("value") for note in member.findall("annotation")}
        arguments = [(one.get("name"), one.get("type"), one.get("direction", "in")) for one in member.findall("arg")]
        members[member.get("name")] = (member.tag, arguments, member.get("type"), member.get("access"), annotations)
    return members


def test_the_service_is_as_the_xml_says(service):
    running = service.user.call("Introspect", interface="org.freedesktop.DBus.Introspectable")[0]
    written = (SOURCES / "dbus" / f"{NAME}.xml").read_text()

    assert interface_of(running) == interface_of(written)


def test_every_member_is_documented():
    text = (SOURCES / "dbus" / f"{NAME}.xml").read_text()
    for member in interface_of(text):
        assert f"{member}:" in text, member


def interface_of_manual():
    """{member: as the XML has it} from the headings of METHODS, SIGNALS and PROPERTIES."""
    text = (SOURCES / "docs" / "man" / f"{NAME}.5.scd").read_text()
    members = {}
    for name, arguments in re.findall(r"^\*(\w+)\*\((.*)\)$", text, re.MULTILINE):
        words = [argument.split() for argument in arguments.split(", ") if argument]
        # those of a signal have no direction
        members[name] = [(argument, type, (*direction, "in")[0]) for *direction, type, argument in words]
    (properties,) = re.findall(r"^# PROPERTIES$(.*?)^# ", text, re.MULTILINE | re.DOTALL)
    for name, type, constant in re.findall(r"^\*(\w+)\* \(([^,)]+)(, constant)?\)$", properties, re.MULTILINE):
        members[name] = (type, bool(constant))
    return members


def test_the_manual_is_as_the_xml_says():
    written = {}
    for name, (kind, arguments, type, _, notes) in interface_of((SOURCES / "dbus" / f"{NAME}.xml").read_text()).items():
        written[name] = arguments if kind in ("method", "signal") else (type, "const" in notes.values())

    assert interface_of_manual() == written


def test_every_method_may_be_called_by_anybody(service):
    """The bus policy names each method; none is refused by the bus itself."""
    written = (SOURCES / "dbus" / f"{NAME}.xml").read_text()
    policy = (SOURCES / "dbus" / f"{NAME}.conf").read_text()
    for member, (kind, *_) in interface_of(written).items():
        if kind == "method":
            assert f'send_member="{member}"' in policy, member


def run(service, *command):
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": service.address, "LC_ALL": "C.UTF-8"},
    )


# as dbus-api.md prints them; without Exim limits are refused in words
@pytest.mark.parametrize(
    "arguments, words",
    [
        (["Enable"], ""),
        (
            ["SetMailLimits", "a{sv}", "2", "SmtpAcceptMax", "u", "50", "HourlyRecipientsPerDomain", "u", "200"],
            "Exim",
        ),
        (["SetMailLimits", "a{sv}", "1", "SmtpAcceptMax", "u", "50"], "Exim"),
        (["SetPolicy", "a{sv}", "1", "PortVerdicts", "a{qs}", "3", "25", "reject", "465", "reject", "587", "reject"], ""),
    ],
)
def test_busctl_as_the_contract_prints_it(service, arguments, words):
    done = run(service, "busctl", "--system", *BUSCTL, *arguments)

    assert (done.returncode == 0) == (words == "")
    assert words in done.stderr


def test_busctl_introspect_shows_every_property(service):
    done = run(service, "busctl", "--system", "introspect", NAME, PATH, INTERFACE)

    assert done.returncode == 0
    for name, (kind, *_) in interface_of((SOURCES / "dbus" / f"{NAME}.xml").read_text()).items():
        assert kind == "signal" or f".{name} " in done.stdout


def test_busctl_reads_a_property(service):
    done = run(service, "busctl", "--system", "get-property", NAME, PATH, INTERFACE, "PortVerdicts")
    assert done.stdout.startswith("a{qs} 3 25 ")


def test_gdbus_as_anyone_would_type_it(service):
    gdbus = ["gdbus", "call", "-i", "--system", "-d", NAME, "-o", PATH, "-m"]

    assert run(service, *gdbus, f"{INTERFACE}.Enable").stdout == "()\n"
    assert "'Enforcing': <true>" in run(service, *gdbus, f"{INTERFACE}.Status").stdout
    done = run(service, *gdbus, f"{INTERFACE}.SetPolicy", "{'AllowedUsers': <['games']>}")
    assert done.stdout == "()\n", done.stderr
