# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may: polkit's word, asked without blocking, for the right action with the right details; and bounds on what waits."""

import pytest
from service import (
    ACCESS_DENIED,
    ACTION,
    ERROR,
    INTERACTIVE,
    INTERFACE,
    LIMITS_EXCEEDED,
    MANY_USERS,
    OTHER_USER,
    USER,
    Failed,
    wait_for,
)

DICT, REPLACE = "(a{sv})", "(a{sv}a{sv})"
OBSERVE = "({'Observe': <true>},)"
BOTH = "({'Observe': <true>, 'MailLimits': <{'SmtpAcceptMax': <uint32 50>}>},)"

# method, arguments, type, the actions in the order in which they are asked, some of the details
METHODS = [
    ("Enable", None, None, ["enable"], {"Enabled": "true"}),
    ("Disable", None, None, ["disable"], {"Enabled": "false"}),
    ("GetPolicy", None, None, ["inspect"], {}),
    (
        "SetPolicy",
        "({'PortVerdicts': <{uint16 465: 'reject', 25: 'reject'}>, 'AllowedUsers': <['games', 'man']>},)",
        DICT,
        ["set-policy"],
        {"keys": "PortVerdicts, AllowedUsers", "PortVerdicts": "25 reject, 465 reject", "AllowedUsers": "games, man"},
    ),
    ("SetPolicy", BOTH, DICT, ["set-policy", "set-mail-limits"], {"Observe": "true", "SmtpAcceptMax": "50"}),
    (
        "ReplacePolicy",
        "({'Observe': <true>}, {'DryRun': <true>})",
        REPLACE,
        ["set-policy", "set-mail-limits"],
        {"keys": "all", "Observe": "true", "dry-run": "true"},
    ),
    (
        "SetMailLimits",
        "({'RecipientsMax': <uint32 7>},)",
        DICT,
        ["set-mail-limits"],
        {"keys": "MailLimits.RecipientsMax", "RecipientsMax": "7"},
    ),
    ("ResetMailLimits", "(['RecipientsMax'],)", None, ["set-mail-limits"], {"RecipientsMax": "unset"}),
    ("Preview", OBSERVE, DICT, ["inspect"], {"Observe": "true"}),
    ("Verify", None, None, ["inspect"], {}),
    ("Reload", None, None, ["set-policy"], {}),
    ("FollowMeter", None, None, ["set-mail-limits"], {}),
    ("ListAllowed", "({},)", DICT, ["inspect"], {}),
    ("ListExceptions", "({},)", DICT, ["inspect"], {}),
    (
        "AddException",
        "({'Subject': <'user:games'>, 'Reason': <'test'>},)",
        DICT,
        ["manage-exceptions"],
        {"subject": "user:games"},
    ),
    ("ListAttempts", "({},)", DICT, ["inspect"], {}),
    ("ResetAttempts", "({'User': <'games'>},)", DICT, ["set-policy"], {"User": "games"}),
]
IDS = [method[0] for method in METHODS]


def asked(service):
    return [question["action"].removeprefix(ACTION) for question in service.polkit.questions]


def observes(service):
    return service.root.properties()["Observe"]


@pytest.mark.parametrize("member, arguments, type, actions, details", METHODS, ids=IDS)
def test_without_authorization_nothing_changes(service, member, arguments, type, actions, details):
    before = service.in_force()

    failed = service.user.refused(member, arguments, type)

    assert failed.name == ACCESS_DENIED and actions[0] in failed.text
    assert service.in_force() == before
    (question,) = service.polkit.questions
    assert question["action"] == ACTION + actions[0]
    assert question["details"] == {**question["details"], "method": member, **details}


@pytest.mark.parametrize("member, arguments, type, actions, details", METHODS, ids=IDS)
def test_with_authorization_it_is_done(service, member, arguments, type, actions, details):
    service.polkit.set(**{action.replace("-", "_"): "grant" for action in actions})

    try:
        service.user.call(member, arguments, type)
    except Failed as failed:
        # carried out as far as it goes without Exim
        assert failed.name.endswith("NoExim")

    assert asked(service) == actions
    for question in service.polkit.questions:
        assert question["details"] == {**question["details"], "method": member, **details}
        assert question["kind"] == "system-bus-name" and question["name"].startswith(":")


def test_the_last_change_names_who_it_was(service):
    service.polkit.set(enable="grant")
    service.user.call("Enable")

    change = service.root.call("Status")[0]["LastChange"]
    assert change["Uid"] == USER and change["User"] == "games" and change["Action"] == "Enable"


def test_both_rights_are_needed_for_both_halves(service):
    before = service.in_force()
    service.polkit.set(set_policy="grant", set_mail_limits="deny")

    failed = service.user.refused("SetPolicy", BOTH, DICT)

    assert failed.name == ACCESS_DENIED and "set-mail-limits" in failed.text
    assert asked(service) == ["set-policy", "set-mail-limits"]
    assert service.in_force() == before


def test_the_right_for_one_method_is_none_for_another(service):
    service.polkit.set(enable="grant", inspect="grant", set_mail_limits="grant", disable="grant")
    assert service.user.refused("SetPolicy", OBSERVE, DICT).name == ACCESS_DENIED


def test_root_needs_no_polkit(service):
    service.polkit.set("deny")
    service.root.call("Enable")
    assert service.polkit.questions == []


def test_a_challenge_is_told_to_who_forbids_to_ask(service):
    service.polkit.set("challenge")
    failed = service.user.refused("Enable", interactive=False)

    assert failed.name == INTERACTIVE
    assert service.polkit.questions[0]["flags"] == 0


def test_polkit_may_ask_people_if_the_call_allows_it(service):
    service.polkit.set("challenge")
    failed = service.user.refused("Enable", interactive=True)

    # nobody was there to be asked
    assert failed.name == ACCESS_DENIED and "agent" in failed.text
    assert service.polkit.questions[0]["flags"] == 1


def test_a_masked_polkit_is_a_no(service):
    service.polkit.set("masked")
    failed = service.user.refused("Enable")

    assert failed.name == ACCESS_DENIED and "masked" in failed.text
    service.root.call("Enable")


def test_a_missing_polkit_is_a_no(bare_service):
    bare_service.start()
    assert bare_service.user.refused("Enable").name == ACCESS_DENIED
    assert bare_service.user.call("Status")[0]["Complete"] is False
    bare_service.root.call("Enable")


def test_the_call_goes_on_when_polkit_has_answered(service):
    service.polkit.set("silent")
    number = service.user.start("SetPolicy", OBSERVE, DICT)
    service.polkit.wait_questions(1)
    assert not service.user.is_answered(number)
    assert not observes(service)

    service.polkit.answer(0, "grant")

    assert service.user.finish(number) == []
    assert observes(service)


def test_others_are_served_while_polkit_waits(service):
    service.polkit.set("silent")
    service.user.start("SetPolicy", OBSERVE, DICT)
    service.polkit.wait_questions(1)

    service.root.call("Enable")
    assert service.root.call("Status")[0]["Enabled"]


def test_who_leaves_takes_the_question_along(service):
    before = service.in_force()
    service.polkit.set("silent")
    service.user.start("SetPolicy", OBSERVE, DICT)
    (question,) = service.polkit.wait_questions(1)

    service.user.close()

    wait_for(lambda: service.polkit.cancelled == [question["cancellation"]], "polkit is not told")
    service.polkit.answer(0, "grant")
    # this call comes after the late answer
    service.root.call("Status")
    assert service.in_force() == before


def test_two_callers_do_not_mix(service):
    service.polkit.set("silent")
    games, man = service.user, service.caller(OTHER_USER)
    granted = games.start("SetPolicy", "({'Contact': <'granted@example.org'>},)", DICT)
    service.polkit.wait_questions(1)
    denied = man.start("SetPolicy", "({'Contact': <'denied@example.org'>},)", DICT)
    first, second = service.polkit.wait_questions(2)
    assert first["name"] != second["name"] and first["cancellation"] != second["cancellation"]
    assert first["details"]["Contact"] == "granted@example.org"
    assert second["details"]["Contact"] == "denied@example.org"

    service.polkit.answer(1, "deny")
    service.polkit.answer(0, "grant")

    with pytest.raises(Failed) as failed:
        man.finish(denied)
    assert failed.value.name == ACCESS_DENIED
    assert games.finish(granted) == []
    assert service.root.call("GetPolicy")[0]["Contact"] == "granted@example.org"


def test_two_calls_of_one_connection_do_not_mix(service):
    service.polkit.set("silent")
    first = service.user.start("SetPolicy", "({'Contact': <'first@example.org'>},)", DICT)
    second = service.user.start("SetPolicy", "({'Contact': <'second@example.org'>},)", DICT)
    contacts = [question["details"]["Contact"] for question in service.polkit.wait_questions(2)]

    service.polkit.answer(contacts.index("second@example.org"), "grant")
    service.polkit.answer(contacts.index("first@example.org"), "deny")

    assert service.user.finish(second) == []
    with pytest.raises(Failed):
        service.user.finish(first)
    assert service.root.call("GetPolicy")[0]["Contact"] == "second@example.org"


def test_four_calls_of_a_user_may_wait(service):
    service.polkit.set("silent")
    for number in range(4):
        service.user.start("Enable", connection=f"connection {number}")
    service.polkit.wait_questions(4)

    # whatever the connection
    assert service.user.refused("Enable", connection="one more").name == LIMITS_EXCEEDED
    assert service.user.refused("Enable", connection="connection 0").name == LIMITS_EXCEEDED
    assert len(service.polkit.questions) == 4

    # nobody else is kept out
    service.caller(OTHER_USER).start("Enable")
    service.polkit.wait_questions(5)


def test_an_answer_makes_room(service):
    service.polkit.set("silent")
    numbers = [service.user.start("Enable") for _ in range(4)]
    service.polkit.wait_questions(4)

    service.polkit.answer(0, "deny")
    with pytest.raises(Failed):
        service.user.finish(numbers[0])

    service.user.start("Enable")
    service.polkit.wait_questions(5)


def test_who_leaves_makes_room(service):
    service.polkit.set("silent")
    for _ in range(4):
        service.user.start("Enable", connection="leaving")
    service.polkit.wait_questions(4)

    service.user.close("leaving")
    wait_for(lambda: len(service.polkit.cancelled) == 4, "polkit is not told")

    service.user.start("Enable")
    service.polkit.wait_questions(5)


def test_status_answers_who_has_no_room_left(service):
    service.polkit.set("grant", enable="silent")
    for _ in range(4):
        service.user.start("Enable")
    service.polkit.wait_questions(4)

    assert service.user.call("Status")[0]["Complete"] is False


def test_thirty_two_calls_may_wait_and_root_is_not_kept_out(service):
    service.polkit.set("silent")
    for uid in MANY_USERS[:8]:
        for _ in range(4):
            service.caller(uid).start("Enable")
    service.polkit.wait_questions(32)

    assert service.caller(MANY_USERS[8]).refused("Enable").name == LIMITS_EXCEEDED
    service.root.call("Enable")
    assert service.root.properties()["Enforcing"]


LARGE = "({'AllowedUsers': <[" + ", ".join(f"'{number:0255}'" for number in range(1000)) + "]>},)"


def test_one_large_call_of_a_user_may_wait(service):
    service.polkit.set("silent")
    service.user.start("SetPolicy", LARGE, DICT)
    service.polkit.wait_questions(1)

    assert service.user.refused("SetPolicy", LARGE, DICT).name == LIMITS_EXCEEDED
    # what is small still has room
    service.user.start("SetPolicy", OBSERVE, DICT)
    service.polkit.wait_questions(2)


def test_four_large_calls_may_wait(service):
    service.polkit.set("silent")
    for uid in MANY_USERS[:4]:
        service.caller(uid).start("SetPolicy", LARGE, DICT)
    service.polkit.wait_questions(4)

    assert service.caller(MANY_USERS[4]).refused("SetPolicy", LARGE, DICT).name == LIMITS_EXCEEDED
    # root is not kept out: refused for the names alone
    assert service.root.refused("SetPolicy", LARGE, DICT).name == ERROR + "UnknownName"


def test_a_flood_is_answered_at_once(service):
    service.polkit.set("silent")
    numbers = [service.user.start("Enable", connection=f"connection {number % 10}") for number in range(1000)]

    def answered():
        return [number for number in numbers if service.user.is_answered(number)]

    wait_for(lambda: len(answered()) >= 996, "too few are answered")
    assert service.root.call("Status")[0]["Complete"]
    refused = answered()
    assert len(refused) == 996
    for number in refused:
        with pytest.raises(Failed) as failed:
            service.user.finish(number)
        assert failed.value.name == LIMITS_EXCEEDED


def test_status_tells_everybody_what_is_public(service):
    status = service.user.call("Status", interactive=True)[0]

    assert status["Complete"] is False and "Problems" not in status and "LastChange" not in status
    assert {"Version", "Enabled", "Health", "PortVerdicts"} <= set(status)
    # asked in silence, whatever the call allows
    (question,) = service.polkit.questions
    assert question["action"] == ACTION + "inspect" and question["flags"] == 0


def test_status_tells_all_to_who_may_inspect(service):
    service.polkit.set(inspect="grant")
    status = service.user.call("Status")[0]
    assert status["Complete"] is True and "Problems" in status


def test_status_of_a_challenged_user_is_public(service):
    service.polkit.set("challenge")
    assert service.user.call("Status", interactive=True)[0]["Complete"] is False


def test_status_does_not_wait_long_for_a_silent_polkit(service):
    service.polkit.set("silent")

    status = service.user.call("Status", within=15)[0]

    assert status["Complete"] is False
    (question,) = service.polkit.questions
    wait_for(lambda: service.polkit.cancelled == [question["cancellation"]], "polkit is not told")


def test_properties_are_public(service):
    assert service.user.properties()["Enabled"] is False
    assert service.polkit.questions == []


def test_properties_cannot_be_set(service):
    failed = service.user.refused(
        "Set", f"('{INTERFACE}', 'Enabled', <true>)", interface="org.freedesktop.DBus.Properties"
    )
    assert failed.name == ACCESS_DENIED


def test_refused_calls_are_logged_and_not_without_bound(service):
    for _ in range(40):
        service.user.refused("Enable")

    lines = [line for line in service.text_of_log().splitlines() if line.startswith("Refused Enable to uid 5")]
    assert len(lines) == 10
    assert "org.example.SmtpRestrictions.enable" in lines[0]
