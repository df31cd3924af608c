# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail meter on the system bus: with the real polkit, in its sandbox, about real mail."""

import pytest
from booted import METER, BusError, wait_until
from mailhost import host, shared  # fixtures too
from test_meter_chain import by_sendmail, limit, meter

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
    assert usage(meter, "user:admin")["HourlyUsed"] == 0  # root

    meter.put("/etc/polkit-1/rules.d/10-meter.rules", RULE)
    wait_until(lambda: _may_see(meter, "user:admin"), what="the rule")
    assert not _may_see(meter, "domain:host.test")


def _may_see(host, subject):
    try:
        return usage(host, subject, user="tester")["Subject"] == subject
    except BusError:
        return False
