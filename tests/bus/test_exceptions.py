# SPDX-License-Identifier: GPL-2.0-or-later
"""AddException, RemoveException, ListExceptions: arguments, who may, what is kept, pages. What the kernel does with them
is tests/host's business."""

import json
import time

import pytest
from service import ACCESS_DENIED, ACTION, ERROR, LIMITS_EXCEEDED, USER

DICT = "(a{sv})"
INVALID, UNKNOWN = ERROR + "InvalidValue", ERROR + "UnknownKey"


def add(caller, subject="user:games", reason="test", **keys):
    """-> the id"""
    entries = "".join(f", '{key}': <{value}>" for key, value in keys.items())
    return caller.call("AddException", f"({{'Subject': <'{subject}'>, 'Reason': <'{reason}'>{entries}}},)", DICT)[0]


def remove(caller, number):
    caller.call("RemoveException", f"('{number}',)")


def listed(service, filter=""):
    return service.root.call("ListExceptions", f"({{{filter}}},)", DICT)[0]


def ids(service, filter=""):
    return [entry["Id"] for entry in listed(service, filter)]


def test_all_that_was_said_is_listed(service):
    number = add(
        service.root, Destination="'192.0.2.0/24'", Ports="[uint16 587, 25]", Verdict="'observe'", ExpiresIn="uint32 600"
    )
    (entry,) = listed(service)
    now = time.time() * 1e6
    assert now + 590e6 < entry.pop("ExpiresAt") <= now + 600e6
    assert now - 10e6 < entry.pop("GrantedAt") <= now
    assert entry == {
        "Id": number, "Subject": "user:games", "Destination": "192.0.2.0/24", "Ports": [25, 587],
        "Verdict": "observe", "Reason": "test", "GrantedBy": "root",
    }  # fmt: skip


def test_what_was_not_said_is_not_listed(service):
    add(service.root)
    (entry,) = listed(service)
    assert set(entry) == {"Id", "Subject", "Verdict", "Reason", "GrantedBy", "GrantedAt"}
    assert entry["Verdict"] == "allow"


def test_who_granted_it_is_remembered(service):
    service.polkit.set(manage_exceptions="grant")
    add(service.user)
    assert listed(service)[0]["GrantedBy"] == "games"
    change = service.root.call("Status")[0]["LastChange"]
    assert change["Action"] == "AddException" and change["Uid"] == USER and change["Outcome"] == "done"


def test_removed_it_is_gone_and_its_id_is_not_used_again(service):
    first = add(service.root)
    remove(service.root, first)
    assert listed(service) == []
    assert add(service.root) != first


def test_a_change_is_announced_by_generation(service):
    before = service.root.properties()["Generation"]
    number = add(service.root)
    assert service.root.properties()["Generation"] == before + 1
    remove(service.root, number)
    assert service.root.properties()["Generation"] == before + 2


def test_status_counts_them(service):
    add(service.root)
    add(service.root, "group:games")
    assert service.root.call("Status")[0]["ExceptionCount"] == 2


def test_a_restart_keeps_them(service):
    add(service.root, ExpiresIn="uint32 600")
    add(service.root, "group:games", Destination="'2001:db8::1'")
    before, generation = listed(service), service.root.properties()["Generation"]
    service.stop()
    service.start()
    assert listed(service) == before
    assert service.root.properties()["Generation"] == generation
    assert service.root.call("Status")[0]["LastChange"]["Action"] == "AddException"


def test_no_change_of_the_policy_touches_them(service):
    number = add(service.root)
    service.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    service.root.call("ReplacePolicy", "({}, {})", "(a{sv}a{sv})")
    trial = service.root.call("Try", "({'Observe': <true>}, 600)", "(a{sv}u)")[0]
    service.root.call("Cancel", f"('{trial}',)")
    oldest = service.root.call("ListHistory", "({},)", DICT)[0][-1]["Id"]
    service.root.call("Rollback", f"('{oldest}',)")
    assert ids(service) == [number]


def test_during_a_trial_they_are_busy(service):
    number = add(service.root)
    service.root.call("Try", "({'Observe': <true>}, 600)", "(a{sv}u)")
    refused = "({'Subject': <'user:man'>, 'Reason': <'test'>},)"
    assert service.root.refused("AddException", refused, DICT).name == ERROR + "Busy"
    assert service.root.refused("RemoveException", f"('{number}',)").name == ERROR + "Busy"
    assert ids(service) == [number]


def test_an_expired_one_is_not_there_and_then_forgotten(service):
    soon = add(service.root, ExpiresIn="uint32 1")
    later = add(service.root, "user:man")
    deadline = time.monotonic() + 60
    while soon in ids(service):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert service.root.call("Status")[0]["ExceptionCount"] == 1
    assert service.root.refused("RemoveException", f"('{soon}',)").name == ERROR + "NotFound"

    again = add(service.root, Verdict="'allow'")
    kept = json.loads((service.state / "exceptions.json").read_text())["Exceptions"]
    assert [str(entry["Id"]) for entry in kept] == [later, again]
    assert f"Exception {soon} has expired, allow user:games" in service.text_of_log()
    assert "granted by root on" in service.text_of_log()


def test_pages_make_up_the_whole(service):
    for name in ("games", "man", "mail", "news", "lp"):
        add(service.root, f"user:{name}")
    whole, pages, after = ids(service), [], ""
    while True:
        page = ids(service, f"'Most': <uint32 2>{after}")
        pages += page
        if len(page) < 2:
            break
        after = f", 'After': <'{page[-1]}'>"
    assert pages == whole and len(whole) == 5


def test_filters_by_subject_and_time(service):
    games = add(service.root)
    since = listed(service)[0]["GrantedAt"] + 1
    group = add(service.root, "group:games")
    assert ids(service, "'Subject': <'user:games'>") == [games]
    assert ids(service, "'Subject': <'group:games'>") == [group]
    assert ids(service, f"'Since': <uint64 {since}>") == [group]
    assert ids(service, "'Subject': <'user:man'>") == []


def test_the_same_twice_names_the_one_that_is_there(service):
    number = add(service.root)
    before = service.in_force()
    failed = service.root.refused("AddException", "({'Subject': <'user:games'>, 'Reason': <'other'>},)", DICT)
    assert failed.name == INVALID and f"exception {number} says the same" in failed.text
    assert service.in_force() == before
    add(service.root, Verdict="'reject'")


def test_the_10001st_is_refused(bare_service):
    """The other 10,000 come from the file."""
    items = ",\n".join(
        json.dumps({"Id": number, "Subject": f"user:u{number}", "Verdict": "allow", "Reason": "test"})
        for number in range(1, 10001)
    )
    (bare_service.state / "exceptions.json").write_text(f'{{"Version":1,"Numbers":[],"Exceptions":[{items}]}}')
    bare_service.start_polkit()
    bare_service.start()
    request = "({'Subject': <'user:games'>, 'Reason': <'test'>},)"
    assert bare_service.root.refused("AddException", request, DICT).name == LIMITS_EXCEEDED
    remove(bare_service.root, 7)
    assert add(bare_service.root) == "10001"
    status = bare_service.root.call("Status")[0]
    assert status["ExceptionCount"] == 10000
    assert [problem["Id"] for problem in status["Problems"]] == ["name-unknown"]


def test_a_damaged_file_is_kept_and_said(bare_service):
    file = bare_service.state / "exceptions.json"
    file.write_text('{"Version":1,"Numbers":[],"Exceptions":[7]}')
    bare_service.start_polkit()
    bare_service.start()
    problems = bare_service.root.call("Status")[0]["Problems"]
    assert ["exceptions.json: Exceptions, entry 1" in problem["Text"] for problem in problems] == [True]
    failed = bare_service.root.refused("AddException", "({'Subject': <'user:games'>, 'Reason': <'test'>},)", DICT)
    assert failed.name == ERROR + "StorageFailed"
    bare_service.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert file.read_text() == '{"Version":1,"Numbers":[],"Exceptions":[7]}'

    file.unlink()
    bare_service.root.call("Reload")
    assert bare_service.root.call("Status")[0]["Problems"] == []
    add(bare_service.root)


# ---- arguments ----

GAMES = "'Subject': <'user:games'>, 'Reason': <'test'>"
WRONG = [
    ("", INVALID, "Subject: is missing"),
    ("'Subject': <'user:games'>", INVALID, "Reason: is missing"),
    (GAMES + ", 'Reason': <''>", INVALID, "Reason: is named twice"),
    (GAMES + ", 'Colour': <'red'>", UNKNOWN, "Colour"),
    (GAMES + ", 'Id': <'7'>", UNKNOWN, "Id: no such key"),
    ("'Subject': <5>", INVALID, "Subject: takes a value of D-Bus type 's'"),
    ("'Subject': <'games'>, 'Reason': <'test'>", INVALID, "user:NAME"),
    ("'Subject': <'user:5'>, 'Reason': <'test'>", INVALID, "is a number"),
    ("'Subject': <'user:no-such-user'>, 'Reason': <'test'>", ERROR + "UnknownName", "no user named 'no-such-user'"),
    ("'Subject': <'group:no-such-group'>, 'Reason': <'test'>", ERROR + "UnknownName", "no-such-group"),
    ("'Subject': <'interface:abcdefghijklmnop'>, 'Reason': <'test'>", INVALID, "15 bytes"),
    ("'Subject': <'interface:eth0'>, 'Verdict': <'redirect'>, 'Reason': <'test'>", INVALID, "forwarded traffic"),
    ("'Subject': <'user:games'>, 'Reason': <'" + "x" * 201 + "'>", INVALID, "200"),
    (GAMES + ", 'Destination': <'192.0.2.1/24'>", INVALID, "has bits behind its prefix"),
    (GAMES + ", 'Destination': <'::ffff:192.0.2.1'>", INVALID, "is an IPv4 address"),
    (GAMES + ", 'Destination': <'smtp.example.com'>", INVALID, "AddException a{sv} 3 Subject s user:games Ports aq 1 587"),
    (GAMES + ", 'Ports': <[25]>", INVALID, "Ports: takes a value of D-Bus type 'aq'"),
    (GAMES + ", 'Ports': <@aq []>", INVALID, "Ports: is empty"),
    (GAMES + ", 'Ports': <[uint16 0]>", INVALID, "65535"),
    (GAMES + ", 'Ports': <[uint16 26]>", INVALID, "Ports: 26 is not restricted"),
    (GAMES + ", 'Ports': <[" + ", ".join(f"uint16 {port}" for port in range(1, 34)) + "]>", INVALID, "32"),
    (GAMES + ", 'Verdict': <'drop'>", INVALID, "'drop'"),
    (GAMES + ", 'Verdict': <'redirect'>", ERROR + "RedirectNeedsMta", "port 25"),
    (GAMES + ", 'ExpiresAt': <uint64 1>", INVALID, "ExpiresAt: is in the past"),
    (GAMES + ", 'ExpiresAt': <uint64 18446744073709551615>", INVALID, "the year 9999"),
    (GAMES + ", 'ExpiresIn': <uint32 0>", INVALID, "ExpiresIn: is in the past"),
    (GAMES + ", 'ExpiresIn': <uint32 5>, 'ExpiresAt': <uint64 253402300799000000>", INVALID, "one of"),
]
FILTERS = [
    ("'Colour': <1>", UNKNOWN, "Colour"),
    ("'Subject': <'games'>", INVALID, "user:NAME"),
    ("'Since': <1>", INVALID, "Since: takes a value of D-Bus type 't'"),
    ("'Most': <uint32 0>", INVALID, "Most: is 1 to 10000"),
    ("'After': <'no-id'>", INVALID, "After: takes an Id"),
]
CASES = [("AddException", case) for case in WRONG] + [("ListExceptions", case) for case in FILTERS]


@pytest.mark.parametrize("member, case", CASES, ids=lambda part: part[0][:40] if isinstance(part, tuple) else part)
def test_a_wrong_value_changes_nothing(shared_service, member, case):
    entries, name, words = case
    before = shared_service.in_force()
    failed = shared_service.root.refused(member, f"({{{entries}}},)", DICT)
    assert (failed.name, words in failed.text) == (name, True), failed.text
    assert shared_service.in_force() == before


@pytest.mark.parametrize("number", ["", "0", "1", "-1", "games", "99999999999999999999"])
def test_what_is_not_there_cannot_be_removed(shared_service, number):
    assert shared_service.root.refused("RemoveException", f"('{number}',)").name == ERROR + "NotFound"


# ---- who may ----


def test_polkit_is_told_what_is_granted(service):
    service.polkit.set("grant")
    number = add(service.user, Destination="'2001:db8::/32'", Ports="[uint16 587, 25]", ExpiresIn="uint32 600")
    remove(service.user, number)

    first, second = service.polkit.questions
    assert first["action"] == second["action"] == ACTION + "manage-exceptions"
    wanted = {"subject": "user:games", "destination": "2001:db8::/32", "ports": "25, 587", "verdict": "allow"}
    assert first["details"] == {**first["details"], "method": "AddException", "expires-in": "600", **wanted}
    assert second["details"] == {**second["details"], "method": "RemoveException", "id": number, **wanted}
    assert 590 <= int(second["details"]["expires-in"]) <= 600


def test_polkit_is_told_what_is_not_bounded(service):
    service.polkit.set("grant")
    add(service.user, "group:games")
    (question,) = service.polkit.questions
    assert question["details"] == {
        **question["details"], "subject": "group:games", "destination": "any", "ports": "all", "expires-in": "never",
    }  # fmt: skip


def test_without_the_right_there_is_nothing_to_learn(service):
    number = add(service.root)
    service.polkit.set(set_policy="grant", inspect="deny")
    for member, arguments, type in (
        ("AddException", f"({{{GAMES}}},)", DICT),
        ("RemoveException", f"('{number}',)", None),
        ("RemoveException", "('77',)", None),
        ("ListExceptions", "({},)", DICT),
    ):
        assert service.user.refused(member, arguments, type).name == ACCESS_DENIED
    assert ids(service) == [number]


def test_the_right_for_the_policy_is_none_for_exceptions_nor_the_other_way_round(service):
    service.polkit.set(manage_exceptions="grant")
    add(service.user)
    assert service.user.refused("SetPolicy", "({'Observe': <true>},)", DICT).name == ACCESS_DENIED
    assert service.user.refused("ListExceptions", "({},)", DICT).name == ACCESS_DENIED
