# SPDX-License-Identifier: GPL-2.0-or-later
"""The meter on the bus: who may ask, what is answered, and what a bus that is not there does to mail: nothing."""

import re
import time
import xml.etree.ElementTree as ElementTree

import pytest
from bus import ERROR, INTERFACE, NAME, OTHER_USER, PATH, USER
from meterd import message_id, wait_for
from service import ACCESS_DENIED, SOURCES

LIMITS = {"HourlyRecipientsPerDomain": 10, "DailyRecipientsPerUser": 20, "OverLimitAction": "hold"}


@pytest.fixture
def seen(bus, running):
    """seen(limits): the meter runs and is on the bus."""

    def start(limits=None, **more):
        meter = running(limits, **more)
        bus.wait_meter()
        return meter

    return start


# ------------------------------------------------------------------- the bus

def test_meter_answers_without_a_bus_and_finds_it_when_it_comes(silent_bus, running):
    meter = running(LIMITS)
    assert meter.verdict() == "ok"
    meter.wait_said("Not on the system bus, counting and trying again")
    bus = silent_bus.start().wait_meter()
    assert bus.usage("domain:d1.test")["Reserved"] == 1


def test_meter_survives_the_end_of_the_bus_and_comes_back(seen, bus):
    meter = seen(LIMITS)
    assert bus.usage("domain:d1.test")["Reserved"] == 0
    bus.stop()
    assert meter.verdict() == "ok"
    bus.start().wait_meter()
    assert bus.usage("domain:d1.test")["Reserved"] == 1
    assert meter.process.poll() is None


def interface_of(text):
    """{member: its kind and arguments}"""
    (ours,) = [node for node in ElementTree.fromstring(text).iter("interface") if node.get("name") == INTERFACE]
    return {member.get("name"): (member.tag, [(one.get("name"), one.get("type"), one.get("direction", "in"))
                                              for one in member.findall("arg")]) for member in ours}


def test_the_meter_is_as_the_xml_says(seen, bus):
    seen()
    running = bus.caller(USER).call("Introspect", interface="org.freedesktop.DBus.Introspectable", destination=NAME,
                                    path=PATH)[0]
    assert interface_of(running) == interface_of((SOURCES / "dbus" / f"{NAME}.xml").read_text())


def test_the_manual_and_the_bus_policy_are_as_the_xml_says():
    members = interface_of((SOURCES / "dbus" / f"{NAME}.xml").read_text())
    manual = (SOURCES / "docs" / "man" / f"{NAME}.5.scd").read_text()
    described = {}
    for name, arguments in re.findall(r"^\*(\w+)\*\((.*)\)$", manual, re.MULTILINE):
        words = [argument.split() for argument in arguments.split(", ") if argument]
        described[name] = [(argument, type, (*direction, "in")[0]) for *direction, type, argument in words]
    assert described == {name: arguments for name, (_, arguments) in members.items()}

    policy = (SOURCES / "dbus" / f"{NAME}.conf").read_text()
    allowed = set(re.findall(rf'send_interface="{INTERFACE}" send_member="(\w+)"', policy))
    assert allowed == {name for name, (kind, _) in members.items() if kind == "method"}


# ------------------------------------------------------------- authorization

def test_own_usage_is_everybodys_and_no_other(seen, bus):
    seen(LIMITS)

    assert bus.usage("user:games", uid=USER)["Subject"] == "user:games"
    assert bus.usage(f"user:{USER}", uid=USER)["DailyLimit"] == 20
    assert bus.polkit.questions == []
    for subject in ("user:man", "domain:d1.test", "mailbox:games"):
        assert bus.refused("GetUsage", f"('{subject}',)", uid=USER).name == ACCESS_DENIED
    assert bus.refused("GetUsage", "('user:games',)", uid=OTHER_USER).name == ACCESS_DENIED


def test_polkit_is_asked_with_what_it_is_about(seen, bus):
    seen(LIMITS)
    bus.polkit.set(inspect="grant")

    assert bus.usage("user:6", uid=USER)["DailyUsed"] == 0
    (question,) = bus.polkit.questions
    assert question["action"] == "org.example.SmtpRestrictions.inspect"
    assert question["details"] == {"method": "GetUsage", "subject": "user:man"}


NO_SUBJECTS = {"games": "InvalidValue", "host:a": "InvalidValue", "domain:a b": "InvalidValue",
               "user:nobody-of-that-name": "UnknownName"}


def test_what_is_no_subject_is_refused_before_polkit_is_asked(seen, bus):
    seen()

    for subject, error in NO_SUBJECTS.items():
        failed = bus.refused("GetUsage", f"('{subject}',)", uid=USER)
        assert failed.name == ERROR + error and failed.text.startswith("Subject: "), subject
    assert bus.polkit.questions == []


# --------------------------------------------------------------------- usage

def test_usage_is_exact(seen, bus):
    meter = seen(LIMITS)
    for n in (2, 3):
        assert meter.accept(n=n, uid=1005) == "ok"
    wait_for(lambda: bus.usage("domain:d1.test")["HourlyUsed"] == 5, "what the log says")

    assert bus.usage("domain:d1.test") == {
        "Subject": "domain:d1.test", "Held": 0, "Reserved": 0, "HourlyUsed": 5, "HourlyLimit": 10, "HourlyLeft": 5,
        "DailyUsed": 5, "SmtpAuth": "enabled", "SmtpAuthFrom": "server"}
    assert bus.usage("user:1005") == {
        "Subject": "user:1005", "Held": 0, "Reserved": 0, "HourlyUsed": 5, "DailyUsed": 5, "DailyLimit": 20,
        "DailyLeft": 15}
    assert bus.usage("mailbox:bob")["DailyUsed"] == 0

    assert meter.accept(n=6, uid=1005) == "hold"
    usage = bus.usage("domain:d1.test")
    assert (usage["Held"], usage["HourlyLeft"]) == (6, 0)
    assert usage["HourlyUntil"] > 0


def listed(bus, filter="{}", uid=0):
    return bus.call("ListUsage", f"({filter},)", "(a{sv})", uid=uid)


def test_busiest_are_listed_in_pages(seen, bus):
    meter = seen({"HourlyRecipientsPerUser": 100})
    for uid in range(1001, 1008):
        assert meter.accept(n=uid - 1000, uid=uid, sender=f"a@d{uid % 2}.test") == "ok"
    wait_for(lambda: bus.usage("user:1007")["DailyUsed"] == 7, "the log")

    first = listed(bus, "{'Kind': <'user'>, 'Most': <uint32 3>}")
    assert [one["Subject"] for one in first] == ["user:1007", "user:1006", "user:1005"]
    assert first[0] == bus.usage("user:1007")
    second = listed(bus, "{'Kind': <'user'>, 'After': <'user:1005'>}")
    assert [one["DailyUsed"] for one in second] == [4, 3, 2, 1]
    assert [(one["Subject"], one["DailyUsed"]) for one in listed(bus)][:3] == [
        ("domain:d1.test", 16), ("domain:d0.test", 12), ("user:1007", 7)]


FILTERS = [
    ("{'Kind': <'host'>}", "InvalidValue"), ("{'Most': <uint32 0>}", "InvalidValue"),
    ("{'Most': <uint32 1001>}", "InvalidValue"), ("{'After': <'x'>}", "InvalidValue"),
    ("{'Kind': <uint32 1>}", "InvalidValue"), ("{'Sort': <'x'>}", "UnknownKey"),
    ("{'Most': <uint32 1>, 'Most': <uint32 1>}", "InvalidValue"),
]


def test_filters_are_checked(seen, bus):
    seen()
    for filter, error in FILTERS:
        assert bus.refused("ListUsage", f"({filter},)", "(a{sv})", uid=USER).name == ERROR + error, filter
    assert bus.polkit.questions == []


def test_caller_that_leaves_ends_the_listing(seen, bus):
    meter = seen()
    for _ in range(50):
        caller = bus.caller(0)
        caller.start("ListUsage", "({},)", "(a{sv})", interface=INTERFACE, destination=NAME, path=PATH, connection="x")
        caller.close("x")
    assert listed(bus) == []
    assert meter.process.poll() is None


def test_reset_forgets_what_was_counted_for_good(seen, bus):
    meter = seen({"HourlyRecipientsPerDomain": 5, "HourlyRecipientsPerUser": 100, "OverLimitPercent": 1000})
    assert meter.accept(n=5) == "ok" and meter.accept() == "hold"
    wait_for(lambda: bus.usage("domain:d1.test")["HourlyUsed"] == 5, "the log")
    assert bus.refused("ResetUsage", "('domain:d1.test',)", uid=USER).name == ACCESS_DENIED
    assert [question["action"] for question in bus.polkit.questions] == ["org.example.SmtpRestrictions.set-subject"]

    assert meter.goes(2) == "hold"
    assert bus.call("ResetUsage", "('domain:d1.test',)") is None
    assert bus.usage("domain:d1.test")["HourlyUsed"] == 0
    meter.kill()
    meter.start()
    bus.wait_meter()
    assert bus.usage("domain:d1.test")["HourlyUsed"] == 0
    assert bus.usage("user:1000")["HourlyUsed"] == 5
    assert meter.goes(2) == "go"


# ---------------------------------------------------------------------- held

def fill(meter, held=3, uid=1005):
    """The hour is full; -> the ids of so many messages that wait, in their order."""
    assert meter.accept(n=10, uid=uid) == "ok"
    for _ in range(held):
        assert meter.accept(uid=uid) == "hold"
    return [message_id(meter.number - held + 1 + i) for i in range(held)]


def held(bus, filter="{}", uid=0):
    return bus.call("ListHeld", f"({filter},)", "(a{sv})", uid=uid)


def ids_of(bus, filter="{}"):
    return [one["Id"] for one in held(bus, filter)]


HOLD = {"HourlyRecipientsPerDomain": 10, "OverLimitPercent": 1000}


def test_held_messages_are_listed_in_their_order(seen, bus):
    meter = seen(HOLD)
    ids = fill(meter, uid=6)
    wait_for(lambda: ids_of(bus) == ids, "the log")

    assert {key: value for key, value in held(bus)[0].items() if key != "Since"} == {
        "Id": ids[0], "Recipients": 1, "Subjects": ["domain:d1.test", "user:man"], "Uid": 6, "User": "man"}
    assert ids_of(bus, "{'Most': <uint32 1>}") == ids[:1]
    assert ids_of(bus, f"{{'After': <'{ids[0]}'>, 'Subject': <'user:man'>}}") == ids[1:]
    assert ids_of(bus, f"{{'Ids': <['{ids[2]}', '{message_id(999)}']>}}") == ids[2:]
    assert ids_of(bus, "{'Subject': <'user:games'>}") == []
    gone = bus.refused("ListHeld", f"({{'After': <'{message_id(999)}'>}},)", "(a{sv})")
    assert gone.name == ERROR + "NotFound"


def orders(meter, kind):
    return sorted(path.name for path in (meter.top / "run" / kind).iterdir())


def test_released_message_goes_and_counts_also_after_a_kill(seen, bus):
    meter = seen(HOLD)
    ids = fill(meter)
    wait_for(lambda: ids_of(bus) == ids, "the log")

    assert meter.goes(3) == "hold"
    assert bus.call("ReleaseHeld", f"({{'Ids': <['{ids[1]}']>}},)", "(a{sv})") == 1
    assert orders(meter, "release") == [ids[1]]
    assert meter.goes(3) == "go"
    meter.kill()
    meter.start()
    bus.wait_meter()
    assert meter.goes(3) == "go" and meter.goes(2) == "hold"
    assert ids_of(bus) == [ids[0], ids[2]]
    usage = bus.usage("domain:d1.test")
    assert (usage["HourlyUsed"], usage["Held"]) == (11, 2)
    assert meter.said().count("Uid 0 has released 1 held messages") == 1


def test_discarded_message_gives_its_place_back_and_never_goes(seen, bus):
    meter = seen(HOLD)
    ids = fill(meter)
    wait_for(lambda: ids_of(bus) == ids, "the log")

    assert bus.call("DiscardHeld", "({'Subject': <'domain:d1.test'>, 'Most': <uint32 2>},)", "(a{sv})") == 2
    assert orders(meter, "discard") == ids[:2]
    assert ids_of(bus) == ids[2:]
    meter.kill()
    meter.start()
    bus.wait_meter()
    assert bus.usage("domain:d1.test")["Held"] == 1
    meter.set({"HourlyRecipientsPerDomain": 1000})
    wait_for(lambda: meter.goes(4) == "go", "the new limit")
    assert [meter.goes(number) for number in (2, 3)] == ["hold", "hold"]
    with meter.log.open("a") as log:
        log.write("".join(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {one} Completed\n" for one in ids[:2]))
    wait_for(lambda: meter.goes(2) == "go", "that it is known to be gone")
    assert bus.usage("domain:d1.test")["HourlyUsed"] == 11


TOO_MANY = ", ".join(f"'{message_id(number)}'" for number in range(1001))
CHANGES = [
    ("{}", "InvalidValue"), ("{'Most': <uint32 5>}", "InvalidValue"), ("{'Ids': <@as []>}", "InvalidValue"),
    ("{'Ids': <['../x']>}", "InvalidValue"), ("{'Ids': <'x'>}", "InvalidValue"), ("{'Subject': <'x'>}", "InvalidValue"),
    ("{'Subject': <'domain:a'>, 'After': <'1xUK9t-0002H3-2M'>}", "UnknownKey"),
    (f"{{'Ids': <[{TOO_MANY}]>}}", "InvalidValue"),
]


@pytest.mark.parametrize("member", ["ReleaseHeld", "DiscardHeld"])
def test_whose_mail_it_is_has_to_be_said(seen, bus, member):
    seen()
    for filter, error in CHANGES:
        assert bus.refused(member, f"({filter},)", "(a{sv})", uid=USER).name == ERROR + error, filter[:80]
    assert bus.polkit.questions == []


@pytest.mark.parametrize("member, action", [
    ("ListHeld", "inspect"), ("ReleaseHeld", "manage-held"), ("DiscardHeld", "discard-held")])
def test_held_mail_is_nobodys_without_its_action(seen, bus, member, action):
    meter = seen(HOLD)
    ids = fill(meter, uid=USER)
    wait_for(lambda: ids_of(bus) == ids, "the log")

    arguments = f"({{'Subject': <'user:games'>, 'Ids': <['{ids[0]}']>}},)"
    assert bus.refused(member, arguments, "(a{sv})", uid=USER).name == ACCESS_DENIED
    (question,) = bus.polkit.questions
    assert question["action"] == f"org.example.SmtpRestrictions.{action}"
    assert question["details"] == {"method": member, "subject": "user:games", "ids": ids[0]}
    assert ids_of(bus) == ids


# ------------------------------------------------------------------- signals

def signals(bus, uid):
    """What this user was told, once all that was sent before has come."""
    caller = bus.caller(uid)
    caller.call("GetId", interface="org.freedesktop.DBus", destination="org.freedesktop.DBus", path="/")
    return caller.signals


def test_root_is_told_of_holds_and_nobody_else(seen, bus):
    meter = seen(HOLD)
    for uid in (0, USER):
        bus.caller(uid).listen(INTERFACE, PATH)
    ids = fill(meter, held=2, uid=6)
    wait_for(lambda: ids_of(bus) == ids, "the log")
    bus.call("ReleaseHeld", f"({{'Ids': <['{ids[0]}']>}},)", "(a{sv})")
    bus.call("DiscardHeld", f"({{'Ids': <['{ids[1]}']>}},)", "(a{sv})")

    told = signals(bus, 0)
    assert [(name, subject) for name, (subject, _) in told] == [
        ("LimitReached", "domain:d1.test"), ("Held", "domain:d1.test"), ("Held", "domain:d1.test"),
        ("Released", "domain:d1.test"), ("Released", "domain:d1.test")]
    limit, hold, _, sent, removed = [details for _, (_, details) in told]
    assert limit.pop("Until") > 0
    assert limit == {"Action": "hold", "Because": "limit", "Window": "hour", "Limit": 10}
    assert (hold["Id"], hold["Recipients"], hold["Subjects"]) == (ids[0], 1, ["domain:d1.test", "user:man"])
    assert (sent["Id"], sent["How"], removed["Id"], removed["How"]) == (ids[0], "hand", ids[1], "discarded")
    assert signals(bus, USER) == []


def test_flood_of_holds_is_told_of_at_a_bounded_rate(seen, bus):
    meter = seen({"HourlyRecipientsPerUser": 1, "OverLimitPercent": 10000})
    bus.caller(0).listen(INTERFACE, PATH)
    for uid in range(1000, 1004):
        assert [meter.verdict(uid=uid, sender="") for _ in range(100)] == ["ok"] + ["hold"] * 99
    assert bus.usage("user:1003")["Held"] == 99
    assert 20 <= len([name for name, _ in signals(bus, 0) if name == "Held"]) < 396
