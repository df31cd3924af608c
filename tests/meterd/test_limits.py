# SPDX-License-Identifier: GPL-2.0-or-later
"""What is allowed, over the socket."""

import pwd
import time

import pytest
from meterd import wait_for

NOBODY = pwd.getpwnam("nobody").pw_uid
KINDS = {
    "PerDomain": {"sender": "a@d1.test", "uid": 1000},
    "PerMailbox": {"auth": "bob@d1.test", "host": "203.0.113.9"},
    "PerUser": {"sender": "", "uid": 1000},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", ["Hourly", "Daily"])
def test_exactly_the_limit_is_allowed(running, window, kind):
    meter = running({f"{window}Recipients{kind}": 5, "OverLimitAction": "reject"})

    assert [meter.verdict(n=2, **KINDS[kind]) for _ in range(3)] == ["ok", "ok", "deny"]
    assert [meter.verdict(**KINDS[kind]) for _ in range(2)] == ["ok", "deny"]


def test_smtp_and_sendmail_share_a_count(running):
    meter = running({"HourlyRecipientsPerDomain": 2, "OverLimitAction": "reject"})

    assert meter.verdict(sender="a@d1.test", uid=1000) == "ok"
    assert meter.verdict(auth="a@D1.test", host="203.0.113.9") == "ok"
    assert meter.verdict(sender="b@d1.test", uid=1001) == "deny"


def test_actions_are_what_they_say(running):
    meter = running({"HourlyRecipientsPerDomain": 4, "OverLimitAction": "defer"}, contact="help@host.test")
    assert meter.message(n=4) == "ok 1000"
    answer = meter.message()
    assert answer.startswith("defer 1000 4.7.1 the domain d1.test has reached its limit of 4 recipients in one hour")
    assert answer.endswith("; contact: help@host.test")
    assert meter.message(n=2).startswith("deny 1000 5.7.1 ")

    for action, verdict in {"hold": "hold", "observe": "observe", "reject": "deny"}.items():
        meter.set({"HourlyRecipientsPerDomain": 4, "OverLimitAction": action, "OverLimitPercent": 1000})
        wait_for(lambda: meter.verdict(n=1, number=900 + len(action)) == verdict, verdict)


def test_same_id_counts_once_and_gets_the_same_answer(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"})

    assert [meter.verdict(number=7) for _ in range(3)] == ["ok"] * 3
    assert meter.verdict(number=8) == "deny"


def test_question_before_the_message_counts_nothing(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "defer"})
    question = "P u=1000 h= p=0 la= lp=-1 s=YUBkMS50ZXN0 a=\n"

    assert [meter.say(question) for _ in range(3)] == ["ok 1000"] * 3
    assert meter.verdict() == "ok"
    assert meter.say(question).startswith("deny 1000 5.7.1 ")


def test_denied_user_may_not_send(running):
    meter = running(denied_uids=[33])

    assert meter.message(uid=33).startswith("deny 33 5.7.1 the user ")
    assert meter.message(uid=34) == "ok 34"


def test_mail_of_free_users_is_not_counted(running):
    meter = running({"HourlyRecipientsPerDomain": 2, "HourlyRecipientsPerUser": 2, "OverLimitAction": "reject"},
                    free_uids=[38])
    meter.identd.answer = "38"

    assert [meter.verdict(n=1000, uid=38), meter.verdict(n=1000, host="127.0.0.1")] == ["ok"] * 2
    assert [meter.verdict(n=2), meter.verdict()] == ["ok", "deny"]


def test_bounces_of_exim_and_probes_of_root_are_not_counted(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "HourlyRecipientsPerUser": 1, "OverLimitAction": "reject"},
                    own_uids=[102])

    assert [meter.verdict(uid=102, sender="") for _ in range(3)] == ["ok"] * 3
    assert [meter.verdict(uid=0, sender="x@selftest.invalid") for _ in range(3)] == ["ok"] * 3
    assert [meter.verdict(uid=1000, sender="x@selftest.invalid") for _ in range(2)] == ["ok", "deny"]


def test_local_connection_counts_for_its_owner(running):
    meter = running({"HourlyRecipientsPerUser": 1, "OverLimitAction": "reject"})
    meter.identd.answer = "1234"

    assert meter.message(host="127.0.0.1", uid=102) == "ok 1234"
    assert meter.identd.asked == [["127.0.0.1", "40000", "127.0.0.1", "25"]]
    assert meter.message(host="127.0.0.1", uid=102).startswith("deny 1234 ")


def test_mail_from_elsewhere_is_not_counted(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"})

    assert [meter.message(host="203.0.113.9", uid=102) for _ in range(3)] == ["ok -"] * 3


def test_an_address_elsewhere_is_asked_about_once_a_second(running):
    meter = running({"HourlyRecipientsPerMailbox": 1000, "OverLimitAction": "reject"})

    begin = time.monotonic()
    assert [meter.message(host="203.0.113.9") for _ in range(100)] == ["ok -"] * 100
    assert 1 <= len(meter.identd.asked) <= 1 + time.monotonic() - begin


def test_address_that_the_host_is_given_is_found_again(running):
    meter = running({"HourlyRecipientsPerMailbox": 1000, "OverLimitAction": "reject"})

    assert meter.message(host="203.0.113.9") == "ok -"
    meter.identd.answer = "1234"
    wait_for(lambda: meter.message(host="203.0.113.9") == "ok 1234", "the owner")


@pytest.mark.parametrize("answer", ["1234", "unknown"])
def test_no_other_answer_is_for_the_next_connection(running, answer):
    meter = running({"HourlyRecipientsPerUser": 1000, "OverLimitAction": "reject"})
    meter.identd.answer = answer

    assert meter.message(host="203.0.113.9") == ("ok -" if answer == "unknown" else "ok 1234")
    meter.identd.answer = "1235"
    assert meter.message(host="203.0.113.9") == "ok 1235"


@pytest.mark.parametrize("answer", [None, "nonsense", ""])
def test_mail_goes_on_without_identd(running, answer):
    meter = running({"HourlyRecipientsPerMailbox": 1, "OverLimitAction": "reject"})
    meter.identd.answer = answer

    assert meter.message(host="127.0.0.1", auth="bob") == "ok -"
    assert meter.message(host="127.0.0.1", auth="bob").startswith("deny - ")
    meter.wait_said("Failed to learn who owns connections")


def test_owners_are_read_and_read_again(meter):
    owners = meter.top / "etc/owners"
    owners.write_text("d1.test: 1001\n")
    meter.set({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"}, domain_owners=str(owners))
    meter.start()

    assert [meter.verdict(uid=1002) for _ in range(3)] == ["ok"] * 3
    assert [meter.verdict(uid=1001) for _ in range(2)] == ["ok", "deny"]

    owners.write_text("d1.test: 1001\nd1.test: 1002\n")
    wait_for(lambda: meter.verdict(uid=1002) == "deny", "the new owner counts")


def test_owners_that_cannot_be_read_own_nothing(meter):
    meter.set({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"}, domain_owners="/nonexistent/owners")
    meter.start()

    assert [meter.verdict() for _ in range(3)] == ["ok"] * 3
    meter.wait_said("Failed to read /nonexistent/owners")


def test_broken_configuration_leaves_what_was_before(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"})

    assert meter.verdict() == "ok"
    meter.config.write_text("{")
    meter.wait_said("What was set before stays")
    assert meter.verdict() == "deny"


def test_without_configuration_nothing_is_limited(meter):
    meter.start()

    assert [meter.verdict(n=1000000) for _ in range(3)] == ["ok"] * 3


def test_reaching_a_limit_is_said_once(running):
    meter = running({"HourlyRecipientsPerDomain": 1, "OverLimitAction": "reject"})

    assert [meter.verdict() for _ in range(5)] == ["ok"] + ["deny"] * 4
    assert meter.said().count("Mail of the domain d1.test is over the limit of 1 recipients in one hour") == 1


def test_web_user_who_sends_much_is_told_to_the_service(running):
    meter = running()
    told = meter.top / "run/web-users/nobody"
    meter.message(n=99, uid=NOBODY)
    meter.write_log(meter.number, n=99, uid=NOBODY)
    meter.message(n=200, uid=1000)
    meter.write_log(meter.number, n=200)
    meter.kill()
    told.touch()  # of long ago
    meter.start()
    meter.verdict()
    assert not told.exists()

    meter.message(uid=NOBODY)
    meter.write_log(meter.number, uid=NOBODY)
    wait_for(told.exists, "the file")
    assert [path.name for path in told.parent.iterdir()] == ["nobody"]
    meter.wait_said("The user nobody has sent to 100 recipients or more")
