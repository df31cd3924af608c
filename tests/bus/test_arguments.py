# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong arguments: an error that names key, value and bounds, and nothing changes. Nobody is asked for a password for it."""

import pytest
from service import ERROR, INVALID_ARGS


@pytest.fixture(scope="module")
def service(shared_service):
    """One for all: each test shows that it leaves no trace."""
    return shared_service



INVALID, UNKNOWN = ERROR + "InvalidValue", ERROR + "UnknownKey"
MANY = "[" + ", ".join(f"'user{number}'" for number in range(100_000)) + "]"

# what follows is wrong wherever a policy is taken
POLICIES = [
    ("{'Colour': <'red'>}", UNKNOWN, "Colour"),
    ("{'observe': <true>}", UNKNOWN, "observe"),
    ("{'Observe': <'yes'>}", INVALID, "Observe: takes a value of D-Bus type 'b', not 's'"),
    ("{'AllowedUsers': <'games'>}", INVALID, "AllowedUsers: takes a value of D-Bus type 'as'"),
    ("{'AllowedUsers': <" + MANY + ">}", INVALID, "50000"),
    ("{'AllowedGroups': <" + MANY + ">}", INVALID, "1000"),
    ("{'AllowedUsers': <['']>}", INVALID, "AllowedUsers:"),
    ("{'AllowedUsers': <['" + "x" * 257 + "']>}", INVALID, "AllowedUsers:"),
    ("{'Contact': <'" + "x" * 201 + "'>}", INVALID, "200"),
    ("{'PortVerdicts': <@a{qs} {}>}", INVALID, "1 to 32"),
    ("{'PortVerdicts': <{uint16 25: 'drop'}>}", INVALID, "'drop'"),
    ("{'PortVerdicts': <{uint16 0: 'reject'}>}", INVALID, "65535"),
    ("{'PortVerdicts': <{'25': 'reject'}>}", INVALID, "a{qs}"),
    (
        "{'PortVerdicts': <{" + ", ".join(f"uint16 {port}: 'reject'" for port in range(1, 34)) + "}>}",
        INVALID,
        "32 ports",
    ),
    ("{'MailLimits': <uint32 5>}", INVALID, "MailLimits:"),
    ("{'MailLimits': <{'Colour': <uint32 5>}>}", UNKNOWN, "Colour"),
    ("{'MailLimits': <{'RecipientsMax': <uint32 0>}>}", INVALID, "RecipientsMax:"),
    ("{'AllowedUsers': <['no-such-user']>}", ERROR + "UnknownName", "no-such-user"),
    ("{'AllowedGroups': <['no-such-group']>}", ERROR + "UnknownName", "no-such-group"),
]

LIMITS = [
    ("{'Colour': <uint32 5>}", UNKNOWN, "Colour"),
    ("{'SmtpAcceptMax': <'5'>}", INVALID, "SmtpAcceptMax: takes a value of D-Bus type 'u'"),
    ("{'SmtpAcceptMax': <uint32 100001>}", INVALID, "100000"),
    ("{'SmtpAcceptMaxPerHost': <uint32 4294967295>}", INVALID, "100000"),
    ("{'RecipientsMax': <uint32 0>}", INVALID, "1000000"),
    ("{'MessageSizeLimit': <uint32 5000>}", INVALID, "MessageSizeLimit: takes a value of D-Bus type 't'"),
    ("{'MessageSizeLimit': <uint64 2146435073>}", INVALID, "2146435072"),
    ("{'SmtpReserveHosts': <'::1'>}", INVALID, "SmtpReserveHosts: takes a value of D-Bus type 'as'"),
    ("{'SmtpReserveHosts': <['mx.example']>}", INVALID, "SmtpReserveHosts: 'mx.example' is neither"),
    ("{'SmtpReserveHosts': <['::1']>}", INVALID, "SmtpReserveHosts: needs SmtpAcceptReserve"),
    ("{'RequireAuth': <uint32 1>}", INVALID, "RequireAuth: takes a value of D-Bus type 'b'"),
    ("{'RelayExceptions': <['192.0.2.1/24']>}", INVALID, "RelayExceptions: '192.0.2.1/24' has bits"),
    ("{'RelayExceptions': <['::1']>}", INVALID, "RelayExceptions: needs RequireAuth"),
    ("{'SmtpAuth': <'inherit'>}", INVALID, "SmtpAuth: 'inherit' is none of 'enabled', 'disabled'"),
    ("{'FailDeferPercent': <uint32 101>}", INVALID, "FailDeferPercent: 101 is not between 1 and 100"),
    ("{'FailDeferMinimum': <uint32 0>}", INVALID, "FailDeferMinimum: 0 is not between"),
    ("{'FailDeferAction': <'defer'>}", INVALID, "FailDeferAction: 'defer' is none of 'hold', 'reject'"),
    ("{'HourlyRecipientsPerDomain': <uint32 0>}", INVALID, "HourlyRecipientsPerDomain: 0 is not between"),
    ("{'HourlyRecipientsPerDomain': <uint32 10000001>}", INVALID, "HourlyRecipientsPerDomain"),
    ("{'OverLimitAction': <'Hold'>}", INVALID, "OverLimitAction: 'Hold' is none of 'hold', 'defer'"),
    ("{'OverLimitAction': <uint32 0>}", INVALID, "OverLimitAction"),
    ("{'OverLimitPercent': <uint32 99>}", INVALID, "OverLimitPercent"),
    ("{'DeniedMailUsers': <@as []>}", INVALID, "DeniedMailUsers"),
    ("{'DeniedMailUsers': <['a:b']>}", INVALID, "DeniedMailUsers"),
    ("{'MeterFallback': <'hold'>}", INVALID, "MeterFallback"),
]

CASES = (
    [("SetPolicy", "({},)", "(a{sv})", case) for case in POLICIES]
    + [("ReplacePolicy", "({}, {{}})", "(a{sv}a{sv})", case) for case in POLICIES]
    + [("Preview", "({},)", "(a{sv})", case) for case in POLICIES]
    + [("SetMailLimits", "({},)", "(a{sv})", case) for case in LIMITS]
    + [
        ("SetPolicy", "({},)", "(a{sv})", ("{'Enabled': <true>}", INVALID, "Enable or Disable")),
        ("ResetMailLimits", "({},)", "(as)", ("['Colour']", UNKNOWN, "Colour")),
        ("ResetMailLimits", "({},)", "(as)", (MANY, UNKNOWN, "user0")),
        ("ReplacePolicy", "({{}}, {})", "(a{sv}a{sv})", ("{'Force': <true>}", UNKNOWN, "Force")),
        ("ReplacePolicy", "({{}}, {})", "(a{sv}a{sv})", ("{'DryRun': <1>}", INVALID, "DryRun:")),
        ("ReplacePolicy", "({{}}, {})", "(a{sv}a{sv})", ("{'IfGeneration': <1>}", INVALID, "IfGeneration:")),
        ("ListAllowed", "({},)", "(a{sv})", ("{'Colour': <1>}", UNKNOWN, "Colour")),
        ("ListAllowed", "({},)", "(a{sv})", ("{'Most': <uint32 0>}", INVALID, "Most: is 1 to 10000")),
        ("ListAllowed", "({},)", "(a{sv})", ("{'Most': <uint32 10001>}", INVALID, "Most: is 1 to 10000")),
        ("ListAllowed", "({},)", "(a{sv})", ("{'After': <'games'>}", INVALID, "After:")),
        ("ListAttempts", "({},)", "(a{sv})", ("{'Colour': <1>}", UNKNOWN, "Colour")),
        ("ListAttempts", "({},)", "(a{sv})", ("{'Most': <uint32 0>}", INVALID, "Most: is 1 to 10000")),
        ("ListAttempts", "({},)", "(a{sv})", ("{'Since': <'today'>}", INVALID, "Since:")),
        ("ListAttempts", "({},)", "(a{sv})", ("{'User': <''>}", INVALID, "User: has 1 to 256 bytes")),
        ("ResetAttempts", "({},)", "(a{sv})", ("{'User': <''>}", INVALID, "User: has 1 to 256 bytes")),
        ("ResetAttempts", "({},)", "(a{sv})", ("{'Most': <uint32 1>}", UNKNOWN, "Most")),
        ("ResetAttempts", "({},)", "(a{sv})", ("{'User': <'no-such-user'>}", ERROR + "UnknownName", "no user 'no-such-user'")),
    ]
)


@pytest.mark.parametrize(
    "member, frame, type, case", CASES, ids=lambda part: part[0][:40] if isinstance(part, tuple) else part[:20]
)
def test_a_wrong_value_changes_nothing(service, member, frame, type, case):
    value, name, words = case
    before = service.in_force()

    failed = service.root.refused(member, frame.format(value), type)

    assert failed.name == name
    assert words in failed.text
    assert len(failed.text) < 600
    assert service.in_force() == before


def test_wrong_arguments_are_refused_before_polkit_is_asked(service):
    service.polkit.set("grant")

    failed = service.user.refused("SetPolicy", "({'Colour': <'red'>},)", "(a{sv})")

    assert failed.name == UNKNOWN
    assert service.polkit.questions == []


@pytest.mark.parametrize(
    "member, arguments",
    [
        ("Enable", "(true,)"),
        ("Disable", "('now',)"),
        ("Status", "(@a{sv} {},)"),
        ("GetPolicy", "('Observe',)"),
        ("SetPolicy", None),
        ("SetPolicy", "(@a{ss} {},)"),
        ("SetPolicy", "('Observe', true)"),
        ("ReplacePolicy", "(@a{sv} {},)"),
        ("SetMailLimits", "('SmtpAcceptMax', uint32 5)"),
        ("ResetMailLimits", "('SmtpAcceptMax',)"),
        ("Preview", None),
        ("Explain", None),
        ("Verify", "(true,)"),
        ("Reload", "(true,)"),
        ("FollowMeter", "(true,)"),
        ("ListAllowed", None),
        ("ListAttempts", None),
        ("ResetAttempts", "('games',)"),
    ],
)
def test_a_wrong_signature_is_invalid_args(service, member, arguments):
    assert service.root.refused(member, arguments).name == INVALID_ARGS


def test_an_unknown_method_is_said_to_be_unknown(service):
    assert service.root.refused("Explode").name == "org.freedesktop.DBus.Error.UnknownMethod"


def test_rules_between_keys_hold(service):
    before = service.in_force()

    limits = "({'SmtpAcceptMax': <uint32 0>, 'SmtpAcceptMaxPerHost': <uint32 5>},)"
    failed = service.root.refused("SetMailLimits", limits, "(a{sv})")

    assert failed.name == INVALID and failed.text.startswith("SmtpAcceptMax")
    assert service.in_force() == before


def test_the_service_lives_after_the_largest_message(service):
    # near the 32 MiB that the bus takes
    failed = service.root.refused("SetPolicy", "({'Contact': <'@30MIB@'>},)", "(a{sv})")

    assert failed.name == INVALID
    assert service.root.call("Status")[0]["Complete"]
