# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail meter on the system bus: with the real polkit, in its sandbox, about real mail."""

import json

import pytest
from booted import METER, BusError, wait_until
from mailhost import FOREIGN, LOCAL, REMOTE, from_remote, host, queue, shared, submit  # fixtures too
from test_meter_chain import by_auth, by_sendmail, limit, meter, sink

UNIT = "smtp-restrictions-meter.service"
RULE = """polkit.addRule(function(action, subject) {
        if (action.id == "org.example.SmtpRestrictions.inspect" && action.lookup("method") == "GetUsage" &&
            action.lookup("subject") == "user:admin" && subject.user == "tester")
                return polkit.Result.YES;
});
"""


def usage(host, subject, user=None):
    return host.call("GetUsage", "s", subject, interface=METER, user=user)


@pytest.mark.both_debians
def test_own_usage_is_seen_and_others_by_a_rule_about_them(shared, meter):
    limit(meter, "HourlyRecipientsPerUser", "u", 5)
    meter.run("systemctl", "stop", UNIT)
    assert usage(meter, "user:tester", user="tester")["HourlyLimit"] == 5  # a call starts it
    assert by_sendmail(meter, 2)
    wait_until(lambda: usage(meter, "user:tester", user="tester")["HourlyUsed"] == 2, what="the count")
    for subject in ("user:admin", "domain:host.test"):
        with pytest.raises(BusError) as error:
            usage(meter, subject, user="tester")
        assert error.value.name.endswith((".AccessDenied", ".InteractiveAuthorizationRequired"))
    ctl = ("smtp-restrictionsctl", "--no-ask-password", "usage")
    assert "user:tester     0  2 of 5 [####......]" in meter.runas("tester", *ctl, "user:tester").stdout
    assert meter.runas("tester", *ctl, "admin", check=False).returncode == 4
    assert usage(meter, "user:admin")["HourlyUsed"] == 0  # root

    meter.put("/etc/polkit-1/rules.d/10-meter.rules", RULE)
    wait_until(lambda: _may_see(meter, "user:admin"), what="the rule")
    assert not _may_see(meter, "domain:host.test")


def _may_see(host, subject):
    try:
        return usage(host, subject, user="tester")["Subject"] == subject
    except BusError:
        return False


def report(host, *filter):
    rows = host.call("Report", "a{sv}", len(filter) // 3, *filter, interface=METER)
    return {row.pop("Subject"): row for row in rows}


@pytest.mark.both_debians
def test_report_has_who_sent_and_who_used_auth_from_where(shared, meter):
    limit(meter, "SmtpAuth", "s", "enabled")
    assert by_sendmail(meter, 3)
    assert from_remote(meter, "--auth=bob@a.test", "--data", LOCAL)[-1] == "250 OK"
    assert by_auth(meter, 2)
    wait_until(lambda: report(meter).get("mailbox:bob@a.test", {}).get("Recipients") == 2 and
               "user:tester" in report(meter), what="what Exim has logged")

    meter.run("systemctl", "restart", UNIT)
    rows = report(meter, "Kind", "s", "mailbox")
    assert rows["mailbox:bob@a.test"].pop("Last") > 0
    assert rows == {"mailbox:bob@a.test": {"Messages": 1, "Recipients": 2, "AuthMessages": 2, "Addresses": [REMOTE]}}
    ctl = ("smtp-restrictionsctl", "--no-ask-password", "report")
    own = meter.runas("tester", *ctl, "tester").stdout.splitlines()[1].split()
    assert own[:4] == ["user:tester", "1", "3", "-"]
    assert meter.runas("tester", *ctl, check=False).returncode == 4


def held(host):
    return host.call("ListHeld", "a{sv}", 0, interface=METER)


@pytest.mark.both_debians
def test_held_mail_is_sent_and_removed_by_hand(shared, meter, sink):
    limit(meter, "HourlyRecipientsPerUser", "u", 2, "OverLimitPercent", "u", 1000)
    assert by_sendmail(meter, 2)
    sink.wait(1)
    for recipients in ((FOREIGN,), ("b@remote.test", LOCAL), ("c@remote.test",)):
        assert submit(meter, *recipients).returncode == 0
    first, second, third = [message["Id"] for message in wait_until(
        lambda: len(held(meter)) == 3 and held(meter), what="three held messages")]
    wait_until(lambda: queue(meter).get(LOCAL), what="the local recipient's copy")

    table = meter.ctl("held", "list", "user:tester").stdout
    assert [line.split()[0] for line in table.splitlines() if line[0] != " "] == ["ID", first, second, third]
    meter.ctl("held", "release", first)
    assert sink.wait(2)[-1]["to"] == [FOREIGN]
    meter.ctl("held", "discard", second)
    wait_until(lambda: list(queue(meter)) == ["c@remote.test"], what="a queue with the third alone")
    assert [message["Id"] for message in held(meter)] == [third]
    wait_until(lambda: usage(meter, "user:tester")["HourlyUsed"] == 3, what="the exact number")
    assert "user:tester     1  3 of 2 [##########]" in meter.ctl("usage", "tester").stdout
    busiest = json.loads(meter.ctl("--json", "usage", "--kind", "user").stdout)
    assert [(one["Subject"], one["HourlyUsed"], one["Held"]) for one in busiest] == [("user:tester", 3, 1)]
    assert len(sink.messages()) == 2
    assert meter.ctl("held", "release", first, check=False).returncode == 5


def test_meter_cannot_have_other_mail_removed(meter):
    """Also if its program is taken over: what was not held stays."""
    meter.run("exim4", "-odq", "-f", "admin@host.test", FOREIGN, input="Subject: x\n\nx\n")
    name = meter.out("exiqgrep", "-i", "-f", "admin@host.test").split()[0]
    meter.run("systemctl", "start", UNIT)
    meter.run("setpriv", "--reuid=smtp-restrictions-meter", "--clear-groups", "touch",
              f"/run/smtp-restrictions-meter/discard/{name}")
    wait_until(lambda: f"{name} is not removed" in meter.journal("-u", "smtp-restrictions-release"), what="the refusal")
    assert FOREIGN in queue(meter)
