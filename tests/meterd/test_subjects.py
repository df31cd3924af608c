# SPDX-License-Identifier: GPL-2.0-or-later
"""What is set for subjects by name: limits of their own, SMTP AUTH, suspensions; and that it stays."""

import random
import shutil

import pytest
from bus import ERROR, INTERFACE, NAME, PATH, USER
from meterd import message_id, wait_for, word

DEFAULT = {"HourlyRecipientsPerMailbox": 100, "HourlyRecipientsPerDomain": 100, "OverLimitAction": "reject",
           "OverLimitPercent": 100, "SmtpAuth": "enabled"}
BOB = {"auth": "Bob@d1.test", "host": "203.0.113.9"}
EVE = {"auth": "eve@d1.test", "host": "203.0.113.9"}


@pytest.fixture
def seen(bus, running):
    """seen(limits): the meter runs and is on the bus."""

    def start(limits=DEFAULT, **more):
        meter = running(limits, **more)
        bus.wait_meter()
        return meter

    return start


def put(bus, subject, uid=0, **settings):
    entries = ", ".join(f"'{key}': <{f'uint32 {value}' if isinstance(value, int) else repr(value)}>"
                        for key, value in settings.items())
    bus.call("SetSubject", f"('{subject}', {{{entries}}})", "(sa{sv})", uid=uid)


def suspend(bus, subject, mode="hold"):
    bus.call("SuspendSubject", f"('{subject}', '{mode}')")


def resume(bus, subject):
    bus.call("ResumeSubject", f"('{subject}',)")


def listed(bus, filter="{}"):
    return bus.call("ListSubjects", f"({filter},)", "(a{sv})")


def restart(meter, bus):
    meter.kill()
    meter.start()
    bus.wait_meter()


def auth(meter, name):
    return meter.say(f"A a={word(name)}\n")


def ask_delivery(meter, number, known="", uid=102, host="203.0.113.9", sender="a@d1.test", auth=""):
    return meter.say(f"H {message_id(number)} 100 k={known} u={uid} h={host} p=0 la= lp=0 s={word(sender)} "
                     f"a={word(auth)}\n")


# -------------------------------------------------------------------- limits

def test_own_limit_is_exact_and_survives(seen, bus):
    meter = seen()
    put(bus, "mailbox:BOB@d1.test", HourlyRecipients=3)

    assert [meter.accept(**BOB) for _ in range(2)] == ["ok"] * 2
    restart(meter, bus)
    assert [meter.accept(**BOB) for _ in range(2)] == ["ok", "deny"]
    assert [meter.verdict(**EVE) for _ in range(10)] == ["ok"] * 10
    assert bus.usage("mailbox:bob@d1.test")["HourlyLimit"] == 3
    assert bus.usage("mailbox:eve@d1.test")["HourlyLimit"] == 100

    put(bus, "mailbox:bob@d1.test")
    assert meter.verdict(**BOB) == "ok"
    assert listed(bus) == []


def test_what_is_not_named_is_as_for_all_others_again(seen, bus):
    seen()
    put(bus, "domain:d1.test", HourlyRecipients=3, DailyRecipients=4, SmtpAuth="disabled")
    suspend(bus, "domain:d1.test")
    put(bus, "domain:d1.test", DailyRecipients=5)

    (one,) = listed(bus)
    assert one["SuspendedSince"] > 0
    del one["SuspendedSince"]
    assert one == {"Subject": "domain:d1.test", "DailyRecipients": 5, "Suspended": "hold", "SuspendedBy": "root"}


def test_list_goes_on_behind_the_last_one(seen, bus):
    seen()
    subjects = ["domain:a.test", "domain:b.test", "mailbox:a@a.test", "user:games", "user:2000"]
    for subject in subjects:
        put(bus, subject, HourlyRecipients=1)

    def names(filter):
        return [one["Subject"] for one in listed(bus, filter)]

    assert names("{}") == ["domain:a.test", "domain:b.test", "mailbox:a@a.test", "user:2000", "user:games"]
    assert names("{'Most': <uint32 2>}") == subjects[:2]
    assert names("{'Most': <uint32 2>, 'After': <'domain:b.test'>}") == ["mailbox:a@a.test", "user:2000"]
    assert names("{'Subject': <'domain:c.test'>}") == []
    assert names("{'Subject': <'user:5'>}") == ["user:games"]
    assert names("{'Kind': <'mailbox'>}") == ["mailbox:a@a.test"]
    assert names("{'Kind': <'user'>, 'After': <'domain:b.test'>}") == ["user:2000", "user:games"]
    assert names("{'Kind': <'domain'>, 'After': <'user:2000'>}") == []


# ----------------------------------------------------------------- SMTP AUTH

def test_nearest_word_on_auth_counts(seen, bus):
    meter = seen()
    put(bus, "domain:d1.test", SmtpAuth="disabled")
    put(bus, "mailbox:eve@d1.test", SmtpAuth="enabled")

    refused = "deny - 5.7.1 sending with a password (SMTP AUTH) is disabled for "
    assert auth(meter, "BOB@D1.test") == refused + "BOB@D1.test"
    assert auth(meter, "eve@d1.test") == auth(meter, "bob") == auth(meter, "bob@d2.test") == "ok -"
    # also of a session that has passed MAIL before
    assert meter.message(**BOB) == refused + "Bob@d1.test"
    assert meter.verdict(**EVE) == meter.verdict(uid=1000) == "ok"


def test_usage_says_who_may_log_in_and_by_whose_word(seen, bus):
    seen()
    put(bus, "domain:d1.test", SmtpAuth="disabled")
    put(bus, "mailbox:eve@d1.test", SmtpAuth="enabled")

    def said(subject):
        usage = bus.usage(subject)
        return usage.get("SmtpAuth"), usage.get("SmtpAuthFrom")

    assert said("mailbox:BOB@d1.test") == said("domain:d1.test") == ("disabled", "domain")
    assert said("mailbox:eve@d1.test") == ("enabled", "mailbox")
    assert said("mailbox:bob@d2.test") == ("enabled", "server")
    assert said("user:man") == (None, None)


def test_server_decides_where_nobody_is_named(seen, bus):
    meter = seen(DEFAULT | {"SmtpAuth": "disabled"})
    put(bus, "mailbox:bob@d1.test", SmtpAuth="enabled")

    assert auth(meter, "bob@d1.test") == "ok -"
    assert auth(meter, "x\ny " + "\xff" * 100).startswith("deny - 5.7.1 ")
    assert auth(meter, "bob@d1.test.").startswith("deny ")


# --------------------------------------------------------------- suspensions

def test_suspended_mail_waits_until_it_is_resumed(seen, bus):
    meter = seen()
    assert meter.accept(**BOB) == "ok"
    before = meter.number
    suspend(bus, "mailbox:bob@d1.test")

    assert meter.accept(**BOB) == "hold"
    held = meter.number
    assert meter.accept(**EVE) == "ok"
    assert ask_delivery(meter, before, auth="bob@d1.test") == "hold"
    assert ask_delivery(meter, held, auth="bob@d1.test") == "hold"
    assert ask_delivery(meter, 900, auth="bob@d1.test") == "hold"
    assert ask_delivery(meter, 900, auth="eve@d1.test") == "go"
    restart(meter, bus)
    assert [meter.goes(number) for number in (before, held)] == ["hold"] * 2

    resume(bus, "mailbox:bob@d1.test")
    wait_for((meter.top / "run/release" / message_id(held)).exists, "word of what may go")
    assert [meter.goes(number) for number in (before, held)] == ["go"] * 2
    assert meter.accept(**BOB) == "ok"


def test_suspended_mail_is_refused_in_plain_words(seen, bus):
    meter = seen(contact="help@host.test")
    suspend(bus, "user:games", "reject")

    assert meter.message(uid=5) == ("deny 5 5.7.1 outgoing mail of the user games is suspended; "
                                    "contact: help@host.test")
    assert ask_delivery(meter, 900, uid=5, host="") == "hold"
    assert ask_delivery(meter, 900, known="5") == "hold"
    assert ask_delivery(meter, 900, known="6") == "go"


def test_suspended_domain_holds_what_was_sent_from_it_and_no_bounces(seen, bus):
    meter = seen(own_uids=[102])
    suspend(bus, "domain:d1.test")

    assert ask_delivery(meter, 900, sender="x@D1.test") == "hold"
    assert ask_delivery(meter, 900, sender="x@d2.test") == "go"
    assert ask_delivery(meter, 900, sender="x@d1.test", auth="bob@d2.test") == "go"
    assert ask_delivery(meter, 900, sender="", host="") == "go"


def test_list_for_exim_says_who_and_whether_anything_is_set(seen, bus):
    meter = seen()
    path = meter.top / "state/suspended"
    assert path.read_bytes() == b""
    put(bus, "user:games", HourlyRecipients=1)
    assert path.read_text().splitlines()[1:] == []
    assert path.stat().st_size > 0

    suspend(bus, "mailbox:bob@d1.test", "reject")
    (line,) = path.read_text().splitlines()[1:]
    assert line.startswith(f"m{word('bob@d1.test')}: reject ")
    resume(bus, "mailbox:bob@d1.test")
    put(bus, "user:games")
    assert path.read_bytes() == b""


def test_damage_takes_no_suspension_away(seen, bus):
    meter = seen()
    put(bus, "user:games", HourlyRecipients=1)
    suspend(bus, "mailbox:bob@d1.test", "reject")
    meter.stop()
    (meter.top / "state/subjects/data.mdb").write_bytes(random.randbytes(100000))
    shutil.rmtree(meter.top / "state/counts")
    meter.start()
    bus.wait_meter()

    assert [one["Subject"] for one in listed(bus)] == ["mailbox:bob@d1.test"]
    assert meter.verdict(**BOB) == "deny"
    assert "state/subjects is damaged and set aside as" in meter.said()


def test_damaged_counts_leave_what_is_set(seen, bus):
    meter = seen()
    put(bus, "mailbox:bob@d1.test", HourlyRecipients=1)
    meter.stop()
    (meter.top / "state/counts/data.mdb").write_bytes(random.randbytes(100000))
    meter.start()
    bus.wait_meter()

    assert [meter.verdict(**BOB) for _ in range(2)] == ["ok", "deny"]


def test_list_that_a_crash_has_left_behind_is_mended(seen, bus):
    meter = seen()
    suspend(bus, "mailbox:bob@d1.test")
    meter.stop()
    (meter.top / "state/suspended").unlink()
    meter.start()
    bus.wait_meter()

    assert word("bob@d1.test") in (meter.top / "state/suspended").read_text()


# ------------------------------------------------------------------ bad input

@pytest.mark.parametrize("method, arguments, type, text", [
    ("SetSubject", "('domain:d1.test', {'HourlyRecipients': <uint32 0>})", "(sa{sv})", "HourlyRecipients: 0 is not"),
    ("SetSubject", "('domain:d1.test', {'DailyRecipients': <uint32 10000001>})", "(sa{sv})", "DailyRecipients: 10000001"),
    ("SetSubject", "('domain:d1.test', {'SmtpAuth': <'off'>})", "(sa{sv})", "SmtpAuth: 'off' is none of"),
    ("SetSubject", "('domain:d1.test', {'SmtpAuth': <true>})", "(sa{sv})", "SmtpAuth: "),
    ("SetSubject", "('user:games', {'SmtpAuth': <'disabled'>})", "(sa{sv})", "SmtpAuth: is of mailboxes"),
    ("SetSubject", "('group:games', @a{sv} {})", "(sa{sv})", "Subject: "),
    ("SetSubject", f"('mailbox:{'a' * 511}', @a{{sv}} {{}})", "(sa{sv})", "Subject: "),
    ("SuspendSubject", "('domain:d1.test', 'none')", None, "Mode: 'none' is none of"),
    ("SuspendSubject", "('domain:a b', 'hold')", None, "Subject: "),
    ("ListSubjects", "({'Kind': <'group'>},)", "(a{sv})", "Kind: 'group' is none of"),
    ("ListSubjects", "({'After': <'games'>},)", "(a{sv})", "Subject: "),
])
def test_what_cannot_be_is_refused_before_polkit_is_asked(seen, bus, method, arguments, type, text):
    seen()

    failed = bus.refused(method, arguments, type, uid=USER)
    assert failed.name == ERROR + "InvalidValue" and failed.text.startswith(text)
    assert bus.polkit.questions == []


def test_resuming_nobody_is_said(seen, bus):
    seen()
    put(bus, "user:games", HourlyRecipients=1)

    for subject in ("user:games", "user:man"):
        assert bus.refused("ResumeSubject", f"('{subject}',)").name == ERROR + "NotFound"


def test_what_exim_does_not_ask_about_is_kept_and_not_said_to_hold(bus, meter):
    """There is no service here that could make it ask."""
    meter.start()
    bus.wait_meter()
    for method, arguments, type in (
            ("SetSubject", "('user:games', {'HourlyRecipients': <uint32 1>})", "(sa{sv})"),
            ("SuspendSubject", "('user:man', 'hold')", None)):
        failed = bus.refused(method, arguments, type)
        assert failed.name == ERROR + "MeterUnavailable" and failed.text.startswith("It is set, but "), failed.text
    assert [row["Subject"] for row in bus.call("ListSubjects", "({},)", "(a{sv})")] == ["user:games", "user:man"]
    bus.call("ResumeSubject", "('user:man',)")

    meter.set({"HourlyRecipientsPerUser": 1})
    meter.wait_said("The limits are others now")
    put(bus, "domain:d1.test", HourlyRecipients=1, SmtpAuth="disabled")


def test_service_is_told_of_the_first_and_of_the_last(bus, meter):
    service = bus.start_service()
    meter.start()
    bus.wait_meter()
    meter.set({})
    put(bus, "user:games", HourlyRecipients=1)
    assert service.calls() == 1
    put(bus, "user:man", HourlyRecipients=1)
    put(bus, "user:games")
    assert service.calls() == 1
    put(bus, "user:man")
    assert service.calls() == 2

    service.calls("fail")
    failed = bus.refused("SuspendSubject", "('user:man', 'hold')")
    assert failed.name == ERROR + "MeterUnavailable" and "Exim has no log" in failed.text
    assert service.calls("answer") == 3
    put(bus, "user:games", HourlyRecipients=1)
    assert service.calls() == 4


def test_nobody_is_answered_before_the_service_has(bus, meter):
    service = bus.start_service()
    service.calls("wait")
    meter.start()
    bus.wait_meter()
    meter.set({})
    caller = bus.caller(0)
    calls = [caller.start("SuspendSubject", f"('user:{user}', 'hold')", interface=INTERFACE, destination=NAME, path=PATH)
             for user in ("games", "man")]
    wait_for(lambda: service.calls("wait") == 1 and len(listed(bus)) == 2, "the call")
    assert meter.verdict(uid=USER) == "hold"  # Exim is
    assert not any(caller.is_answered(call) for call in calls)
    service.calls("answer")
    for call in calls:
        caller.finish(call)


def test_service_is_told_at_a_start_that_there_is_nobody(bus, meter):
    service = bus.start_service()
    meter.set({})
    meter.start()
    wait_for(lambda: service.calls() == 1, "the call")


def test_service_is_told_after_a_crash(bus, meter):
    service = bus.start_service()
    service.calls("wait")
    meter.start()
    bus.wait_meter()
    meter.set({})
    bus.caller(0).start("SuspendSubject", "('user:games', 'hold')", interface=INTERFACE, destination=NAME, path=PATH,
                        connection="x")
    wait_for(lambda: service.calls("wait") == 1, "the first call")
    meter.kill()
    meter.start()
    wait_for(lambda: service.calls("answer") == 2, "the second")


def test_polkit_is_asked_with_what_is_to_be_set(seen, bus):
    seen()
    bus.polkit.set(**{"set-subject": "grant"})
    put(bus, "user:games", uid=USER, DailyRecipients=7)

    (question,) = bus.polkit.questions
    assert question["action"] == "org.example.SmtpRestrictions.set-subject"
    assert question["details"] == {"method": "SetSubject", "subject": "user:games", "DailyRecipients": "7"}
    assert bus.refused("SuspendSubject", "('user:games', 'hold')", uid=USER).name != ERROR + "MeterUnavailable"
    assert len(bus.polkit.questions) == 2
