# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is authorized: real polkit, real sessions, real passwords."""

import contextlib
from pathlib import Path

import pytest
from booted import NAME, OBJECT, BusError, wait_until

RULE = """polkit.addRule(function(action, subject) {
        if (action.id == "org.example.SmtpRestrictions.enable" && subject.user == "tester")
                return polkit.Result.YES;
});
"""
EXAMPLES = Path(__file__).resolve().parents[2] / "docs/examples"
ENABLE = ("busctl", "call", NAME, OBJECT, NAME, "Enable")


@pytest.fixture
def host(restored):
    return restored


CHANGES = [
    ("Enable", ""),
    ("Disable", ""),
    ("SetPolicy", "a{sv} 1 Observe b true"),
    ("ReplacePolicy", "a{sv}a{sv} 0 0"),
    ("SetMailLimits", "a{sv} 1 RecipientsMax u 9"),
    ("ResetMailLimits", "as 0"),
    ("Reload", ""),
]
READINGS = [("GetPolicy", ""), ("Preview", "a{sv} 0"), ("Verify", ""), ("ListAllowed", "a{sv} 0")]


@pytest.mark.parametrize(("member", "arguments"), CHANGES + READINGS)
def test_a_stranger_without_an_agent_is_refused(unchanged, member, arguments):
    with pytest.raises(BusError) as error:
        unchanged.call(member, *arguments.split(), user="tester")
    assert error.value.name in ("org.freedesktop.DBus.Error.AccessDenied",
                                "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")


def test_a_stranger_may_read_the_public_status(unchanged):
    assert unchanged.call("Status", user="tester")["Enabled"] is False


def test_a_stranger_does_not_see_the_details_of_the_status(unchanged):
    assert "Problems" not in unchanged.call("Status", user="tester")


def test_root_sees_the_details_of_the_status(unchanged):
    assert "Problems" in unchanged.call("Status")


@pytest.mark.both_debians
def test_a_rule_of_the_site_grants(host):
    host.put("/etc/polkit-1/rules.d/10-test.rules", RULE)

    def granted():
        with contextlib.suppress(BusError):
            host.call("Enable", user="tester")
        return host.call("Status")["Enabled"]

    wait_until(granted, what="the rule, which polkit reads when it sees it")


@pytest.mark.both_debians
@pytest.mark.parametrize("client", [ENABLE, ("gdbus", "call", "-i", "--system", "--dest", NAME, "--object-path", OBJECT,
                                             "--method", f"{NAME}.Enable")], ids=["busctl", "gdbus"])
def test_the_right_password_authorizes(host, client):
    status, output, prompts = host.answering("admin", "admin", *client)
    assert (status, prompts) == (0, 1), output
    assert host.call("Status")["Enabled"] is True


@pytest.mark.both_debians
def test_a_wrong_password_does_not(host):
    status, _, prompts = host.answering("admin", "wrong", *ENABLE)
    assert status != 0
    assert prompts == 1
    assert host.call("Status")["Enabled"] is False


def test_the_prompt_says_what_is_asked_for(host):
    _, output, _ = host.answering("admin", "wrong", *ENABLE)
    assert "Authentication is required to restrict outgoing SMTP" in output


@pytest.mark.both_debians
def test_polkit_masked_means_no(host):
    host.run("systemctl", "mask", "--now", "polkit.service")
    with pytest.raises(BusError) as error:
        host.call("Enable", user="admin")
    assert error.value.name == "org.freedesktop.DBus.Error.AccessDenied"


def test_root_needs_no_polkit(host):
    host.run("systemctl", "mask", "--now", "polkit.service")
    host.enable()
    assert host.call("Status")["Enabled"] is True


def test_a_caller_who_leaves_is_forgotten(host):
    host.asked("admin", *ENABLE).leave()
    wait_until(lambda: host.run("pgrep", "-x", "busctl", check=False).returncode != 0, what="the end of the client")
    # As many as one user may have waiting: they would not fit if the first still counted.
    clients = [host.asked("admin", *ENABLE) for _ in range(4)]
    assert host.call("Status")["Enabled"] is False
    for client in clients:
        client.leave()


def test_two_callers_at_once_do_not_mix(host):
    """One waits for a password while another is refused."""
    first = host.asked("admin", *ENABLE)
    with pytest.raises(BusError):
        host.call("Enable", user="tester")
    assert host.call("Status")["Enabled"] is False
    first.answer("admin")
    assert first.process.wait(timeout=30) == 0
    assert host.call("Status")["Enabled"] is True


def test_nothing_is_asked_for_arguments_that_are_wrong(unchanged):
    with pytest.raises(BusError) as error:
        unchanged.call("SetPolicy", "a{sv}", 1, "NoSuchKey", "b", "true", user="tester")
    assert error.value.name == "UnknownKey"


def rule(host, name):
    host.put(f"/etc/polkit-1/rules.d/{name}", (EXAMPLES / name).read_text())


def grant(host, seconds, subject="user:admin", user="tester"):
    expires = ("ExpiresIn", "u", seconds) if seconds else ()
    return host.call("AddException", "a{sv}", 3 if seconds else 2, "Subject", "s", subject, "Reason", "s", "x", *expires,
                     user=user)


def test_support_grants_exceptions_for_a_day_at_most(host):
    host.run("sh", "-c", "groupadd support && usermod -aG support tester")
    rule(host, "50-smtp-restrictions-support.rules")
    number = grant(host, 24 * 3600)
    for refused in ({"seconds": 24 * 3600 + 1}, {"seconds": None}, {"seconds": 60, "subject": "group:admin"}):
        with pytest.raises(BusError):
            grant(host, **refused)
    with pytest.raises(BusError):
        host.call("RemoveException", "s", number, user="tester")
    assert [entry["Id"] for entry in host.call("ListExceptions", "a{sv}", 0, user="tester")] == [number]


def test_a_panels_daemon_does_what_the_rule_says(host):
    host.run("useradd", "--create-home", "panel")
    rule(host, "50-smtp-restrictions-panel.rules")
    assert host.call("GetPolicy", user="panel")["Enabled"] is False
    for member in ("Enable", "Disable"):
        with pytest.raises(BusError):
            host.call(member, user="panel")
