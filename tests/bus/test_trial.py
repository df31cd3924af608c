# SPDX-License-Identifier: GPL-2.0-or-later
"""Try, Confirm, Cancel: right and wrong. What a crash or a reboot does to a trial is in tests/host/test_trial.py."""

import json
import time

import pytest
from service import ACCESS_DENIED, ACTION, ERROR, INVALID_ARGS, OTHER_USER, PATH, USER, wait_for

DICT = "(a{sv})"
TRY = "(a{sv}u)"
ENABLE = "({'Enabled': <true>}, 600)"
CONTACT = "({'Contact': <'a@example.org'>}, 600)"


def begin(service, arguments=ENABLE, caller=None):
    return (caller or service.root).call("Try", arguments, TRY)[0]


def status(service):
    return service.root.call("Status")[0]


def table(service):
    return service.nft("list", "table", "inet", "smtp_restrictions").stdout


def move_deadline(service, seconds):
    """As if the trial had begun that much earlier; the service must not run."""
    path = service.state / "try.json"
    record = json.loads(path.read_text())
    record["Deadline"] -= seconds * 1_000_000
    record["DeadlineBoottime"] -= seconds * 1_000_000
    path.write_text(json.dumps(record))


def test_what_is_tried_is_in_force_at_once(service):
    begin(service)
    assert service.root.properties()["Enforcing"] and table(service)


def test_cancel_brings_the_previous_policy_back(service):
    service.root.call("SetPolicy", "({'Contact': <'old@example.org'>},)", DICT)
    before = service.in_force()
    number = begin(service, "({'Enabled': <true>, 'Contact': <'new@example.org'>}, 600)")

    assert service.root.call("Cancel", f"('{number}',)") == []

    policy, rules, generation = service.in_force()
    assert (policy, rules) == before[:2] and generation == before[2] + 2
    assert status(service)["Try"] == {} and not (service.state / "try.json").exists()


def test_confirm_keeps_what_was_tried(service):
    number = begin(service)
    before = service.in_force()

    assert service.root.call("Confirm", f"('{number}',)") == []

    assert service.in_force() == before
    assert status(service)["Try"] == {} and not (service.state / "try.json").exists()


def test_the_deadline_is_a_property_that_announces_itself(service):
    service.root.listen("org.freedesktop.DBus.Properties", PATH)
    now = time.time()
    number = begin(service)

    deadline = service.root.properties()["TryDeadline"]
    assert now + 590 < deadline / 1e6 < now + 660
    service.root.call("Cancel", f"('{number}',)")
    assert service.root.properties()["TryDeadline"] == 0
    announced = [value[1]["TryDeadline"] for _, value in service.root.signals if "TryDeadline" in value[1]]
    assert announced == [deadline, 0]


def test_status_says_whose_it_is_and_what_it_changed(service):
    service.root.call("SetPolicy", "({'Contact': <'a@example.org'>},)", DICT)
    number = begin(service, "({'Enabled': <true>, 'Contact': <'a@example.org'>, 'AllowedUsers': <['games']>}, 600)")

    trial = status(service)["Try"]
    assert trial["Id"] == number and trial["Uid"] == 0 and trial["User"] == "root" and trial["Seconds"] == 600
    assert trial["Deadline"] == service.root.properties()["TryDeadline"]
    assert trial["Changes"] == {"Enabled": True, "AllowedUsers": ["games"]}


def test_it_comes_back_by_itself(service):
    service.root.call("SetPolicy", "({},)", DICT)
    before = service.in_force()
    begin(service, "({'Enabled': <true>}, 10)")
    service.stop()
    move_deadline(service, 9)
    service.start()

    wait_for(lambda: not service.root.properties()["Enabled"], "it does not come back")

    assert service.in_force()[:2] == before[:2]
    found = status(service)
    assert found["LastChange"]["Action"] == "Try" and found["LastChange"]["Outcome"] == "taken-back"
    assert [problem["Id"] for problem in found["Problems"]] == ["trial-taken-back"]
    assert found["Health"] == "ok" and not (service.state / "try.json").exists()


def test_a_trial_goes_on_after_a_restart(service):
    number = begin(service)
    service.stop()
    service.start()

    assert status(service)["Try"]["Id"] == number and table(service)
    service.root.call("Cancel", f"('{number}',)")
    assert table(service) == ""


def test_a_trial_that_is_over_is_not_brought_in_at_a_start(service):
    begin(service)
    service.stop()
    move_deadline(service, 600)
    service.start()

    assert not service.root.properties()["Enabled"] and table(service) == ""


def test_the_restriction_can_be_lifted_for_a_while(service):
    service.root.call("Enable")
    number = begin(service, "({'Enabled': <false>}, 1800)")
    assert table(service) == ""

    service.root.call("Cancel", f"('{number}',)")

    assert table(service)


@pytest.mark.parametrize(
    "member, arguments, type",
    [
        ("Enable", None, None),
        ("Disable", None, None),
        ("SetPolicy", "({'Observe': <true>},)", DICT),
        ("ReplacePolicy", "({}, {})", "(a{sv}a{sv})"),
        ("SetMailLimits", "({'RecipientsMax': <uint32 50>},)", DICT),
        ("ResetMailLimits", "([],)", "(as)"),
        ("Try", CONTACT, TRY),
    ],
)
def test_every_other_change_is_told_whose_trial_it_is(service, member, arguments, type):
    number = begin(service)
    before = service.in_force()

    error = service.root.refused(member, arguments, type)

    assert error.name == ERROR + "Busy"
    assert "root (uid 0)" in error.text and number in error.text and "UTC" in error.text
    assert service.in_force() == before


@pytest.mark.parametrize(
    "member, arguments, type",
    [
        ("Preview", "({'Observe': <true>},)", DICT),
        ("ReplacePolicy", "({}, {'DryRun': <true>})", "(a{sv}a{sv})"),
        ("Verify", None, None),
        ("Reload", None, None),
        ("FollowMeter", None, None),
        ("GetPolicy", None, None),
    ],
)
def test_what_changes_nothing_works_meanwhile(service, member, arguments, type):
    begin(service)
    before = service.in_force()
    service.root.call(member, arguments, type)
    assert service.in_force() == before


def test_an_edit_by_hand_waits_for_the_end(service):
    number = begin(service)
    path = service.config / "policy.json"
    edit = path.read_text().replace('"Observe": false', '"Observe": true')
    path.write_text(edit)

    assert service.root.refused("Reload").name == ERROR + "Busy"
    service.root.call("Cancel", f"('{number}',)")
    assert path.read_text() == edit and not service.root.properties()["Enabled"]
    service.root.call("Reload")
    assert service.root.properties()["Observe"]


def test_an_edit_by_hand_waits_also_at_a_start(service):
    number = begin(service)
    service.stop()
    path = service.config / "policy.json"
    path.write_text(path.read_text().replace('"Observe": false', '"Observe": true'))
    service.start()

    assert status(service)["Try"]["Id"] == number and not service.root.properties()["Observe"]
    assert "policy-file-changed" in [problem["Id"] for problem in status(service)["Problems"]]


@pytest.mark.parametrize("member", ["Confirm", "Cancel"])
def test_without_a_trial_there_is_nothing_to_end(service, member):
    assert service.root.refused(member, "('00000000',)").name == ERROR + "NoTrial"


@pytest.mark.parametrize("member", ["Confirm", "Cancel"])
@pytest.mark.parametrize("number", ["00000000", "x", "../../etc/passwd"])
def test_another_id_ends_nothing(service, member, number):
    begin(service)
    assert service.root.refused(member, f"('{number}',)").name == ERROR + "NotFound"
    assert service.root.properties()["TryDeadline"] > 0


@pytest.mark.parametrize("member", ["Confirm", "Cancel"])
@pytest.mark.parametrize("number", ["", "0" * 21])
def test_what_cannot_be_an_id_is_refused(service, member, number):
    assert service.root.refused(member, f"('{number}',)").name == ERROR + "InvalidValue"


@pytest.mark.parametrize(
    "arguments, name",
    [
        ("({'Enabled': <true>}, 9)", "InvalidValue"),
        ("({'Enabled': <true>}, 604801)", "InvalidValue"),
        ("({'Enabled': <true>}, 0)", "InvalidValue"),
        ("({}, 600)", "InvalidValue"),
        ("({'Enabled': <'yes'>}, 600)", "InvalidValue"),
        ("({'Nonsense': <true>}, 600)", "UnknownKey"),
        ("({'AllowedUsers': <['no-such-user']>}, 600)", "UnknownName"),
        ("({'Enabled': <true>, 'PortVerdicts': <{uint16 25: 'redirect'}>}, 600)", "RedirectNeedsMta"),
    ],
)
def test_a_wrong_try_changes_nothing_and_leaves_nothing(service, arguments, name):
    before = service.in_force()

    assert service.root.refused("Try", arguments, TRY).name == ERROR + name

    assert service.in_force() == before and service.root.properties()["TryDeadline"] == 0
    assert not (service.state / "try.json").exists()


def test_another_signature_is_refused(service):
    assert service.root.refused("Try", "({'Enabled': <true>},)", DICT).name == INVALID_ARGS


@pytest.mark.parametrize("damage", ["", "{}", '{"Version": 1}', "\0"])
def test_a_damaged_record_leaves_what_is_in_force(service, damage):
    begin(service)
    service.stop()
    (service.state / "try.json").write_text(damage)
    service.start()

    assert service.root.properties()["Enabled"] and service.root.properties()["TryDeadline"] == 0
    assert "The record of a Try is damaged" in service.text_of_log()
    service.root.call("Disable")


# Who may


@pytest.mark.parametrize(
    "changes, actions",
    [
        ("'Enabled': <true>", ["enable"]),
        ("'Contact': <'a@example.org'>", ["set-policy"]),
        ("'Enabled': <true>, 'Contact': <'a@example.org'>", ["enable", "set-policy"]),
    ],
)
def test_a_trial_needs_the_rights_of_what_it_changes(service, changes, actions):
    service.polkit.set("deny", **{word.replace("-", "_"): "grant" for word in actions})

    number = begin(service, f"({{{changes}}}, 600)", service.user)
    service.user.call("Confirm", f"('{number}',)")

    assert [question["action"] for question in service.polkit.questions] == [ACTION + word for word in actions] * 2


@pytest.mark.parametrize("missing", ["enable", "set-policy", "set-mail-limits"])
def test_each_of_the_rights_is_needed(service, missing):
    service.polkit.set("grant", **{missing.replace("-", "_"): "deny"})
    before = service.in_force()
    changes = "'Enabled': <true>, 'Contact': <'a@example.org'>, 'MailLimits': <{'RecipientsMax': <uint32 50>}>"

    assert service.user.refused("Try", f"({{{changes}}}, 600)", TRY).name == ACCESS_DENIED

    assert service.in_force() == before


def test_lifting_needs_the_right_to_lift(service):
    service.root.call("Enable")
    service.polkit.set("grant", disable="deny")
    assert service.user.refused("Try", "({'Enabled': <false>}, 600)", TRY).name == ACCESS_DENIED


@pytest.mark.parametrize("member", ["Confirm", "Cancel"])
def test_ending_a_trial_needs_the_rights_of_the_trial(service, member):
    number = begin(service)
    service.polkit.set("grant", enable="deny")
    before = service.in_force()

    assert service.caller(OTHER_USER).refused(member, f"('{number}',)").name == ACCESS_DENIED

    assert service.in_force() == before and service.root.properties()["TryDeadline"] > 0


def test_polkit_is_told_what_is_tried_and_for_how_long(service):
    service.polkit.set("grant")
    number = begin(service, CONTACT, service.user)
    service.user.call("Cancel", f"('{number}',)")

    tried, cancelled = [question["details"] for question in service.polkit.questions]
    assert tried == {"method": "Try", "seconds": "600", "keys": "Contact", "Contact": "a@example.org"}
    assert cancelled == {"method": "Cancel", "keys": "Contact", "Contact": "a@example.org"}


def test_a_trial_is_told_with_its_owner(service):
    service.polkit.set("grant")
    begin(service, CONTACT, service.user)
    error = service.root.refused("Enable")
    assert f"games (uid {USER})" in error.text
