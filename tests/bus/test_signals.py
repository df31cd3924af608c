# SPDX-License-Identifier: GPL-2.0-or-later
"""PropertiesChanged: what changed, after it is durable and before the reply."""

import pytest
from service import INTERFACE, PATH, wait_for

DICT = "(a{sv})"


class Listener:
    """Notes the signals of its own connection, so that their order against replies is known."""

    def __init__(self, caller):
        self.caller = caller
        caller.listen("org.freedesktop.DBus.Properties", PATH)

    def call(self, *arguments, **options):
        """-> the properties that were announced before the reply"""
        self.caller.signals.clear()
        self.caller.call(*arguments, **options)
        changed = {}
        for member, (interface, values, invalidated) in self.caller.signals:
            assert member == "PropertiesChanged" and interface == INTERFACE and invalidated == []
            changed.update(values)
        changed.pop("Busy", None)
        return changed


@pytest.fixture
def listener(service):
    return Listener(service.root)


def test_enable_is_announced_before_the_reply(listener):
    changed = listener.call("Enable")
    assert changed["Enabled"] is True and changed["Enforcing"] is True and changed["Active"] is True
    assert changed["Generation"] > 0


def test_disable_is_announced_before_the_reply(listener):
    listener.call("Enable")
    changed = listener.call("Disable")
    assert changed["Enabled"] is False and changed["Enforcing"] is False and changed["Active"] is False


def test_only_what_changed_is_announced(listener):
    listener.call("Enable")
    assert set(listener.call("SetPolicy", "({'PortVerdicts': <{uint16 25: 'reject'}>},)", DICT)) >= {
        "PortVerdicts",
        "Generation",
    }
    changed = listener.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert set(changed) == {"Observe", "Enforcing", "Generation"}


def test_what_is_not_public_is_announced_by_generation_alone(listener):
    listener.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert set(listener.call("SetPolicy", "({'AllowedUsers': <['games']>},)", DICT)) == {"Generation"}


def test_no_change_is_not_announced(listener):
    listener.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert listener.call("SetPolicy", "({'Observe': <true>},)", DICT) == {}


def test_a_refused_call_announces_nothing(service, listener):
    service.root.signals.clear()
    service.root.refused("SetPolicy", "({'AllowedUsers': <['no-such-user']>},)", DICT)
    assert not [values for _, (_, values, _) in service.root.signals if set(values) - {"Busy"}]


def test_what_is_announced_is_durable(service, listener):
    changed = listener.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert b'"Observe": true' in (service.config / "policy.json").read_bytes()
    assert changed["Generation"] == service.root.properties()["Generation"]


def test_busy_begins_and_ends(service):
    service.user.listen("org.freedesktop.DBus.Properties", PATH)
    service.root.call("Enable")
    # another caller's ping comes after the signals
    service.user.call("Status")

    busy = [values["Busy"] for _, (_, values, _) in service.user.signals if "Busy" in values]
    assert busy == [True, False]


def test_signals_reach_users(service):
    service.user.listen("org.freedesktop.DBus.Properties", PATH)
    service.root.call("Enable")
    service.user.call("Status")
    assert any("Enabled" in values for _, (_, values, _) in service.user.signals)


def test_a_repair_is_announced_without_a_call(service):
    service.root.call("SetPolicy", "({'PortVerdicts': <{uint16 25: 'reject'}>},)", DICT)
    service.root.call("Enable")
    service.user.listen("org.freedesktop.DBus.Properties", PATH)
    assert service.nft("delete", "table", "inet", "smtp_restrictions").returncode == 0

    def announced():
        service.user.properties()  # signals are read with a reply; reading a property announces nothing
        return [values for _, (_, values, _) in service.user.signals if "ProblemCount" in values]

    assert wait_for(announced, "nothing is announced")[-1]["ProblemCount"] == 1
