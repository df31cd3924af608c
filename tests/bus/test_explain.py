# SPDX-License-Identifier: GPL-2.0-or-later
"""Explain: who may ask about whom, and what is answered."""

import pytest

from service import ACCESS_DENIED, ERROR, USER

DICT = "(a{sv})"
INVALID = ERROR + "InvalidValue"
REMOTE = "'Address': <'192.0.2.1'>, 'Port': <uint16 25>"


@pytest.fixture
def restricted(service):
    service.root.call(
        "SetPolicy",
        "({'PortVerdicts': <{uint16 25: 'reject', 465: 'reject'}>, 'Contact': <'help@example.com'>},)",
        DICT,
    )
    service.root.call("Enable")
    return service


def test_everybody_may_ask_about_himself(restricted):
    for who in ("", f", 'Uid': <uint32 {USER}>"):
        (answer,) = restricted.user.call("Explain", f"({{{REMOTE}{who}}},)", DICT)
        assert (answer["Verdict"], answer["Decision"], answer["Uid"]) == ("reject", "PortVerdicts", USER)
        assert answer["Hint"].endswith("ask help@example.com.")
    assert restricted.polkit.questions == []


@pytest.mark.parametrize("who", ["'User': <'root'>", "'Uid': <uint32 0>", "'User': <'games'>"])
def test_to_ask_about_others_needs_inspect(restricted, who):
    failed = restricted.user.refused("Explain", f"({{{REMOTE}, {who}}},)", DICT)
    assert failed.name == ACCESS_DENIED and "inspect" in failed.text

    restricted.polkit.set(inspect="grant")
    assert restricted.user.call("Explain", f"({{{REMOTE}, {who}}},)", DICT)[0]["Verdict"] in ("allow", "reject")


def test_what_decided_is_named(restricted):
    def ask(connection):
        answer = restricted.root.call("Explain", f"({{{connection}}},)", DICT)[0]
        return answer["Verdict"], answer["Decision"]

    assert ask(REMOTE) == ("allow", "root")
    assert ask("'User': <'games'>, 'Address': <'192.0.2.1'>, 'Port': <uint16 2525>") == ("allow", "port")
    assert ask("'User': <'games'>, 'Address': <'127.0.0.9'>, 'Port': <uint16 25>") == ("allow", "local")
    assert ask("'User': <'games'>, 'Address': <'::1'>, 'Port': <uint16 25>") == ("allow", "local")
    assert ask("'Uid': <uint32 54321>, 'Address': <'2001:db8::1'>, 'Port': <uint16 25>") == ("reject", "PortVerdicts")

    restricted.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    assert ask(REMOTE + ", 'User': <'games'>") == ("observe", "PortVerdicts")
    restricted.root.call("Disable")
    assert ask(REMOTE + ", 'User': <'games'>") == ("allow", "disabled")


def test_an_exception_that_decides_is_named(restricted):
    exception = "'Subject': <'user:games'>, 'Reason': <'test'>, 'Destination': <'192.0.2.0/24'>"
    (number,) = restricted.root.call("AddException", f"({{{exception}, 'ExpiresIn': <uint32 600>}},)", DICT)

    (answer,) = restricted.user.call("Explain", f"({{{REMOTE}}},)", DICT)

    assert (answer["Verdict"], answer["Decision"], answer["Exception"]) == ("allow", "exception", number)
    assert answer["ExpiresAt"] > 0 and "Hint" not in answer
    # written as IPv6 the kernel takes it for the same
    mapped = "({'Address': <'::ffff:192.0.2.9'>, 'Port': <uint16 25>},)"
    assert restricted.user.call("Explain", mapped, DICT)[0]["Verdict"] == "allow"
    elsewhere = "({'Address': <'198.51.100.1'>, 'Port': <uint16 25>},)"
    assert restricted.user.call("Explain", elsewhere, DICT)[0]["Verdict"] == "reject"


@pytest.mark.parametrize(
    "connection, words",
    [
        ("'Port': <uint16 25>", "Address and Port"),
        ("'Address': <'192.0.2.1'>", "Address and Port"),
        ("'Address': <'192.0.2.1'>, 'Port': <uint16 0>", "Address and Port"),
        ("'Address': <'192.0.2.0/24'>, 'Port': <uint16 25>", "Address:"),
        ("'Address': <'smtp.example.com'>, 'Port': <uint16 25>", "smtp-restrictionsctl explain"),
        (REMOTE + ", 'User': <'games'>, 'Uid': <uint32 5>", "Uid:"),
        (REMOTE + ", 'Uid': <uint32 4294967295>", "Uid:"),
        (REMOTE + ", 'User': <''>", "User:"),
    ],
)
def test_wrong_questions_are_refused(service, connection, words):
    failed = service.root.refused("Explain", f"({{{connection}}},)", DICT)
    assert failed.name == INVALID and words in failed.text


def test_unknown_keys_and_users_are_refused(service):
    assert service.root.refused("Explain", f"({{{REMOTE}, 'Colour': <'red'>}},)", DICT).name == ERROR + "UnknownKey"
    failed = service.root.refused("Explain", f"({{{REMOTE}, 'User': <'no-such-user'>}},)", DICT)
    assert failed.name == ERROR + "UnknownName" and "no-such-user" in failed.text


FORWARDED = "'Interface': <'docker0'>, 'Address': <'192.0.2.1'>, 'Port': <uint16 25>"


def test_about_what_is_forwarded_needs_inspect_and_tells_of_no_user(restricted):
    failed = restricted.user.refused("Explain", f"({{{FORWARDED}}},)", DICT)
    assert failed.name == ACCESS_DENIED and "inspect" in failed.text

    (answer,) = restricted.root.call("Explain", f"({{{FORWARDED}}},)", DICT)
    assert (answer["Verdict"], answer["Decision"]) == ("allow", "Forwarded") and "Uid" not in answer
    restricted.root.call("SetPolicy", "({'Forwarded': <'reject'>, 'ForwardedNetworks': <['10.7.0.0/16']>},)", DICT)
    (answer,) = restricted.root.call("Explain", f"({{{FORWARDED}}},)", DICT)
    assert (answer["Verdict"], answer["Decision"]) == ("reject", "Forwarded") and "own mail server" in answer["Hint"]
    (answer,) = restricted.root.call("Explain", f"({{{FORWARDED}, 'Source': <'10.7.1.2'>}},)", DICT)
    assert (answer["Verdict"], answer["Decision"]) == ("allow", "ForwardedNetworks")


@pytest.mark.parametrize(("more", "text"), [
    ("'User': <'games'>", "beside a user"),
    ("'Uid': <uint32 5>", "beside a user"),
    ("'Source': <'2001:db8::1'>", "another address family"),
    ("'Source': <'here'>", "no address"),
])
def test_what_does_not_go_with_an_interface_is_refused(service, more, text):
    failed = service.root.refused("Explain", f"({{{FORWARDED}, {more}}},)", DICT)
    assert failed.name == ERROR + "InvalidValue" and text in failed.text


def test_a_name_that_is_too_long_for_an_interface_is_refused(service):
    failed = service.root.refused("Explain", f"({{'Interface': <'{'i' * 16}'>, {REMOTE}}},)", DICT)
    assert failed.name == ERROR + "InvalidValue" and "15 bytes" in failed.text
