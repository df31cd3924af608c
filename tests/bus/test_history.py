# SPDX-License-Identifier: GPL-2.0-or-later
"""ListHistory and Rollback, right and wrong."""

import json

import pytest
from service import ACCESS_DENIED, ACTION, ERROR

DICT = "(a{sv})"


def contact(service, *names, caller=None):
    for name in names:
        (caller or service.root).call("SetPolicy", f"({{'Contact': <'{name}@example.org'>}},)", DICT)


def history(service, filter=""):
    return service.root.call("ListHistory", f"({{{filter}}},)", DICT)[0]


def files(service):
    return sorted((service.state / "history").iterdir(), key=lambda path: int(path.stem))


def changes(service):
    return [entry["Changes"] for entry in history(service)]


def test_nothing_has_happened_yet(service):
    assert history(service) == []


def test_each_change_is_there_with_who_and_what(service):
    service.polkit.set("grant")
    contact(service, "a")
    service.user.call("Enable")

    newest, first = history(service)
    assert newest["User"] == "games" and newest["Action"] == "Enable" and newest["Changes"] == {"Enabled": True}
    assert first["User"] == "root" and first["Uid"] == 0 and first["Action"] == "SetPolicy"
    assert first["Changes"] == {"Contact": "a@example.org"} and first["Outcome"] == "done"
    assert newest["Id"] != first["Id"] and newest["When"] >= first["When"] > 0
    assert newest["Generation"] == service.root.properties()["Generation"]


def test_what_changed_nothing_is_not_there(service):
    contact(service, "a", "a")
    service.root.call("Reload")
    assert len(history(service)) == 1


def test_a_restart_adds_nothing(service):
    contact(service, "a", "b")
    before = history(service)
    service.stop()
    service.start()
    assert history(service) == before


def test_what_a_crash_kept_from_it_is_added_at_the_start(service):
    contact(service, "a", "b")
    before = history(service)
    service.stop()
    files(service)[-1].unlink()
    service.start()
    assert history(service) == before


def test_the_way_there_and_back_of_a_trial_is_in_it(service):
    contact(service, "a")
    number = service.root.call("Try", "({'Contact': <'b@example.org'>}, 600)", "(a{sv}u)")[0]
    service.root.call("Cancel", f"('{number}',)")

    assert [entry["Action"] for entry in history(service)] == ["Cancel", "Try", "SetPolicy"]
    assert [change["Contact"][0] for change in changes(service)] == ["a", "b", "a"]


def test_pages_make_up_the_whole(service):
    contact(service, "a", "b", "c", "d", "e")
    whole, pages, after = history(service), [], ""
    while True:
        page = history(service, f"'Most': <uint32 2>{after}")
        pages += page
        if len(page) < 2:
            break
        after = f", 'After': <'{page[-1]['Id']}'>"
    assert pages == whole and len(whole) == 5


def test_the_last_fifty_are_kept(service):
    contact(service, *(f"n{i}" for i in range(53)))
    assert [change["Contact"] for change in changes(service)] == [f"n{i}@example.org" for i in range(52, 2, -1)]
    assert len(files(service)) == 50


@pytest.mark.parametrize("damage", ["", "{}", '{"Version": 1}', "\0", "[" * 100000])
def test_what_is_damaged_is_left_out_with_a_warning(service, damage):
    contact(service, "a", "b", "c")
    files(service)[1].write_text(damage)

    assert [change["Contact"][0] for change in changes(service)] == ["c", "a"]
    assert "cannot be read, ignoring" in service.text_of_log()
    assert service.root.refused("Rollback", f"('{files(service)[1].stem}',)").name == ERROR + "InvalidValue"


def test_a_damaged_newest_one_stops_nothing(service):
    contact(service, "a", "b")
    files(service)[-1].write_text("")
    contact(service, "c")
    assert [change["Contact"][0] for change in changes(service)] == ["c", "a"]


def test_foreign_files_are_left_alone(service):
    contact(service, "a")
    names = ["x.json", "07.json", "0.json", "9.json.bak", "99999999999999999999999999.json", "-1.json"]
    for name in names:
        (service.state / "history" / name).write_text("{}")
    contact(service, "b")
    assert len(history(service)) == 2
    assert all((service.state / "history" / name).read_text() == "{}" for name in names)


def test_a_history_that_cannot_be_written_stops_nothing(service):
    (service.state / "history").write_text("no directory")
    contact(service, "a")
    assert service.root.call("GetPolicy")[0]["Contact"] == "a@example.org"
    assert "not kept in the history, ignoring" in service.text_of_log()


@pytest.mark.parametrize(
    "filter, name",
    [
        ("'Most': <uint32 0>", "InvalidValue"),
        ("'Most': <uint32 10001>", "InvalidValue"),
        ("'Most': <'5'>", "InvalidValue"),
        ("'After': <uint32 5>", "InvalidValue"),
        ("'After': <'x'>", "InvalidValue"),
        ("'After': <''>", "InvalidValue"),
        ("'Nonsense': <true>", "UnknownKey"),
    ],
)
def test_a_wrong_filter_is_refused(service, filter, name):
    assert service.root.refused("ListHistory", f"({{{filter}}},)", DICT).name == ERROR + name


def test_rollback_brings_a_whole_policy_back(service):
    service.root.call("SetPolicy", "({'Contact': <'a@example.org'>, 'AllowedUsers': <['games']>},)", DICT)
    service.root.call("Enable")
    wanted = {key: value for key, value in service.root.call("GetPolicy")[0].items() if key != "Generation"}
    there = history(service)[0]["Id"]
    service.root.call("ReplacePolicy", "({}, {})", "(a{sv}a{sv})")

    assert service.root.call("Rollback", f"('{there}',)") == []

    now = service.root.call("GetPolicy")[0]
    assert {key: now[key] for key in wanted} == wanted and service.root.properties()["Enforcing"]
    assert history(service)[0]["Action"] == "Rollback"


def test_rollback_to_what_is_in_force_changes_nothing(service):
    contact(service, "a")
    before = service.in_force()
    service.root.call("Rollback", f"('{history(service)[0]['Id']}',)")
    assert service.in_force() == before and len(history(service)) == 1


def test_who_has_gone_since_is_left_out(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['games', 'man']>},)", DICT)
    contact(service, "a")
    path = files(service)[0]
    path.write_text(path.read_text().replace("games", "no-such-user"))

    service.root.call("Rollback", f"('{path.stem}',)")

    assert service.root.call("GetPolicy")[0]["AllowedUsers"] == ["man", "no-such-user"]
    assert "name-unknown" in [problem["Id"] for problem in service.root.call("Status")[0]["Problems"]]


@pytest.mark.parametrize("number", ["999", "0", "", "x", "-1", "../1", "1.json", "99999999999999999999999999"])
def test_what_is_not_in_it_is_not_found(service, number):
    contact(service, "a")
    before = service.in_force()
    assert service.root.refused("Rollback", f"('{number}',)").name == ERROR + "NotFound"
    assert service.in_force() == before


def test_rollback_waits_for_the_end_of_a_trial(service):
    contact(service, "a", "b")
    service.root.call("Try", "({'Contact': <'c@example.org'>}, 600)", "(a{sv}u)")
    assert service.root.refused("Rollback", f"('{history(service)[-1]['Id']}',)").name == ERROR + "Busy"


def test_rollback_does_not_overwrite_an_edit_by_hand(service):
    contact(service, "a", "b")
    path = service.config / "policy.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"Observe": True}))
    assert service.root.refused("Rollback", f"('{history(service)[-1]['Id']}',)").name == ERROR + "PolicyFileChanged"


@pytest.mark.parametrize("missing", ["set-policy", "set-mail-limits"])
def test_rollback_needs_both_rights(service, missing):
    contact(service, "a", "b")
    before = service.in_force()
    service.polkit.set("grant", **{missing.replace("-", "_"): "deny"})
    assert service.user.refused("Rollback", f"('{history(service)[-1]['Id']}',)").name == ACCESS_DENIED
    assert service.in_force() == before


def test_polkit_is_told_where_rollback_leads(service):
    contact(service, "a", "b")
    service.polkit.set("grant")
    number = history(service)[-1]["Id"]
    service.user.call("Rollback", f"('{number}',)")
    assert [question["details"] for question in service.polkit.questions] == [
        {"method": "Rollback", "id": number, "keys": "all"}] * 2  # fmt: skip


def test_the_history_needs_the_right_to_inspect(service):
    service.polkit.set("grant", inspect="deny")
    assert service.user.refused("ListHistory", "({},)", DICT).name == ACCESS_DENIED
    service.polkit.set("deny", inspect="grant")
    assert service.user.call("ListHistory", "({},)", DICT) == [[]]
    assert {question["action"] for question in service.polkit.questions} == {ACTION + "inspect"}
