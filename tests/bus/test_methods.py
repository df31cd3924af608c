# SPDX-License-Identifier: GPL-2.0-or-later
"""Every method does what dbus-api.md says of it. Root calls; who else may is in test_authorization.py."""

import json

import pytest
from service import ERROR, USER, wait_for

DICT = "(a{sv})"
REPLACE = "(a{sv}a{sv})"
REJECT = "'PortVerdicts': <{uint16 25: 'reject', 465: 'reject', 587: 'reject'}>"


def table(service):
    return service.nft("list", "table", "inet", "smtp_restrictions").stdout


def policy(service):
    return service.root.call("GetPolicy")[0]


@pytest.fixture
def written(service):
    """A service that has written its policy.json already; the first call that succeeds does."""
    service.root.call("SetPolicy", "({},)", DICT)
    return service


def test_enable_restricts_at_once_and_for_good(service):
    assert service.root.call("Enable") == []

    assert "table inet smtp_restrictions" in table(service)
    properties = service.root.properties()
    assert properties["Enabled"] and properties["Enforcing"] and properties["Active"]
    assert json.loads((service.config / "policy.json").read_text())["Enabled"] is True


def test_enable_again_changes_nothing(service):
    service.root.call("Enable")
    before = service.in_force()

    service.root.call("Enable")

    assert service.in_force() == before


def test_enable_repairs_what_somebody_removed(service):
    service.root.call("Enable")
    assert service.nft("delete", "table", "inet", "smtp_restrictions").returncode == 0

    service.root.call("Enable")

    assert "table inet smtp_restrictions" in table(service)
    assert service.root.properties()["Enforcing"]


def test_disable_lifts(service):
    service.root.call("Enable")
    assert service.root.call("Disable") == []

    assert table(service) == ""
    properties = service.root.properties()
    assert not properties["Enabled"] and not properties["Enforcing"] and not properties["Active"]


def test_disable_keeps_the_rest_of_the_policy(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['games']>},)", DICT)
    service.root.call("Enable")
    service.root.call("Disable")

    assert policy(service)["AllowedUsers"] == ["games"]


def test_set_policy_changes_the_named_keys_only(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['man', 'games']>, 'Contact': <'a@example.org'>},)", DICT)
    service.root.call("SetPolicy", f"({{{REJECT}, 'Observe': <true>}},)", DICT)

    wanted = policy(service)
    assert wanted["AllowedUsers"] == ["games", "man"]
    assert wanted["Contact"] == "a@example.org"
    assert wanted["PortVerdicts"] == {"25": "reject", "465": "reject", "587": "reject"}
    assert wanted["Observe"] is True and wanted["Enabled"] is False


def test_set_policy_reaches_the_kernel(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    assert "2525" not in table(service)

    service.root.call("SetPolicy", "({'PortVerdicts': <{uint16 2525: 'reject'}>},)", DICT)

    assert "2525" in table(service)


def test_set_policy_without_keys_changes_nothing(written):
    before = written.in_force()
    written.root.call("SetPolicy", "({},)", DICT)
    assert written.in_force() == before


def test_allowed_groups_are_resolved(service):
    service.root.call("SetPolicy", "({'AllowedGroups': <['games']>},)", DICT)

    allowed = service.root.call("ListAllowed", "({},)", DICT)[0]
    assert {"Uid": USER, "User": "games", "Because": "AllowedGroups", "Detail": "games"} in allowed


def test_get_policy_has_every_default(service):
    wanted = policy(service)

    assert sorted(wanted) == sorted(
        ["Enabled", "PortVerdicts", "Observe", "AllowedUsers", "AllowedGroups", "CutExisting", "Contact", "DomainOwners", "SharedCounters", "SharedCountersShare", "MailLimits",
         "Forwarded", "ForwardedInterfaces", "ForwardedNetworks", "Generation"])  # fmt: skip
    assert wanted["PortVerdicts"] == {"25": "redirect", "465": "reject", "587": "reject"}
    assert wanted["Enabled"] is False and wanted["AllowedUsers"] == [] and wanted["MailLimits"] == {}


def test_get_policy_tells_wanted_and_the_property_effective_verdicts(service):
    service.root.call("Enable")  # nobody listens on 25 here

    assert policy(service)["PortVerdicts"]["25"] == "redirect"
    assert service.root.properties()["PortVerdicts"]["25"] == "reject"


def test_cut_existing_follows_the_verdicts_until_it_is_set(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    assert policy(service)["CutExisting"] is False

    service.root.call("SetPolicy", "({'CutExisting': <true>},)", DICT)
    assert policy(service)["CutExisting"] is True


def test_replace_policy_gives_defaults_to_what_is_missing(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['games']>, 'Contact': <'a@example.org'>},)", DICT)
    service.root.call("Enable")

    assert service.root.call("ReplacePolicy", "({'Observe': <true>}, {})", REPLACE) == [True]

    wanted = policy(service)
    assert wanted["AllowedUsers"] == [] and wanted["Contact"] == "" and wanted["Enabled"] is False
    assert wanted["Observe"] is True


def test_replace_policy_can_enable(service):
    service.root.call("ReplacePolicy", f"({{'Enabled': <true>, {REJECT}}}, {{}})", REPLACE)
    assert service.root.properties()["Enforcing"]


def test_replacing_by_what_is_there_is_no_change(service):
    arguments = f"({{'Enabled': <true>, {REJECT}, 'AllowedUsers': <['games']>}}, {{}})"
    assert service.root.call("ReplacePolicy", arguments, REPLACE) == [True]
    before = service.in_force()

    assert service.root.call("ReplacePolicy", arguments, REPLACE) == [False]
    assert service.in_force() == before


def test_a_dry_run_changes_nothing(service):
    before = service.in_force()

    arguments = f"({{'Enabled': <true>, {REJECT}}}, {{'DryRun': <true>}})"
    assert service.root.call("ReplacePolicy", arguments, REPLACE) == [True]
    assert service.in_force() == before


def test_a_dry_run_checks(service):
    failed = service.root.refused(
        "ReplacePolicy", "({'AllowedUsers': <['no-such-user']>}, {'DryRun': <true>})", REPLACE
    )
    assert failed.name == ERROR + "UnknownName"


def test_replace_policy_if_generation(service):
    generation = policy(service)["Generation"]
    arguments = "({'Observe': <true>}, {'IfGeneration': <uint64 %d>})"

    assert service.root.call("ReplacePolicy", arguments % generation, REPLACE) == [True]
    before = service.in_force()
    assert policy(service)["Generation"] > generation

    failed = service.root.refused("ReplacePolicy", arguments % generation, REPLACE)
    assert failed.name == ERROR + "Changed"
    assert service.in_force() == before


@pytest.mark.parametrize(
    "member, arguments",
    [
        ("SetMailLimits", "({'SmtpAcceptMax': <uint32 50>},)"),
        ("SetPolicy", "({'Observe': <true>, 'MailLimits': <{'RecipientsMax': <uint32 100>}>},)"),
    ],
)
def test_limits_without_exim_change_nothing(service, member, arguments):
    before = service.in_force()

    failed = service.root.refused(member, arguments, DICT)

    assert failed.name == ERROR + "NoExim"
    assert service.in_force() == before


def test_enable_works_without_exim(service):
    service.root.refused("SetMailLimits", "({'SmtpAcceptMax': <uint32 50>},)", DICT)
    service.root.call("Enable")
    assert service.root.properties()["Enforcing"]


@pytest.mark.parametrize("names", ["@as []", "['SmtpAcceptMax']", "['RecipientsMax', 'SmtpAcceptMaxPerHost']"])
def test_limits_that_are_not_ours_can_be_reset(written, names):
    before = written.in_force()
    assert written.root.call("ResetMailLimits", f"({names},)") == []
    assert written.in_force() == before


def test_preview_shows_and_changes_nothing(service):
    before = service.in_force()

    preview = service.root.call("Preview", "({'Enabled': <true>},)", DICT)[0]

    assert "smtp_restrictions" in preview["Ruleset"] and "465" in preview["Ruleset"]
    assert preview["Files"] == [] and preview["Affected"] == [] and preview["AffectedCount"] == 0
    assert [problem["Id"] for problem in preview["Problems"]] == ["redirect-needs-mta"]
    assert service.in_force() == before


def test_preview_checks_as_a_change_does(service):
    failed = service.root.refused("Preview", "({'AllowedUsers': <['no-such-user']>},)", DICT)
    assert failed.name == ERROR + "UnknownName"


def test_verify_finds_nothing_when_all_is_well(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    assert service.root.call("Verify") == [[]]


@pytest.mark.parametrize(
    "command",
    [
        ("delete", "table", "inet", "smtp_restrictions"),
        ("add table inet smtp_restrictions { flags dormant; }",),
        ("add", "chain", "inet", "smtp_restrictions", "foreign"),
    ],
    ids=["removed", "dormant", "edited"],
)
def test_what_a_foreign_hand_did_is_put_right_and_said(service, command):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    before = table(service)
    assert service.nft(*command).returncode == 0

    def repaired():
        return [found for found in service.root.call("Status")[0]["Problems"] if found["Id"] == "firewall-repaired"]

    problem, = wait_for(repaired, "nothing is repaired")
    assert "by 'nft'" in problem["Text"] and problem["Severity"] == "notice"
    assert table(service) == before and service.root.call("Verify") == [[]]
    status = service.root.call("Status")[0]
    assert status["Enforcing"] is True and status["Health"] == "ok"


def test_another_table_is_none_of_our_business(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    assert service.nft("add", "table", "inet", "foreign").returncode == 0

    status = service.root.call("Status")[0]
    assert status["Enforcing"] is True and status["Health"] == "ok"


def test_reload_takes_a_hand_edit(service):
    service.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    file = service.config / "policy.json"
    edited = json.loads(file.read_text())
    edited["AllowedUsers"] = ["games"]
    file.write_text(json.dumps(edited))

    assert service.root.call("Reload") == []

    assert policy(service)["AllowedUsers"] == ["games"]


def test_reload_refuses_a_broken_file_and_keeps_what_is_in_force(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    (service.config / "policy.json").write_text('{\n    "Observe": 7\n}\n')

    failed = service.root.refused("Reload")

    assert failed.name.startswith(ERROR) and "Observe" in failed.text
    assert service.root.properties()["Enforcing"]
    problems = service.root.call("Status")[0]["Problems"]
    assert any(found["Id"] == "policy-file-invalid" and "2" in found["Text"] for found in problems)


def test_a_call_does_not_overwrite_a_hand_edit(service):
    service.root.call("SetPolicy", "({'Observe': <true>},)", DICT)
    file = service.config / "policy.json"
    file.write_text(file.read_text() + "\n")
    edited = file.read_bytes()

    failed = service.root.refused("SetPolicy", "({'Observe': <false>},)", DICT)

    assert failed.name == ERROR + "PolicyFileChanged"
    assert file.read_bytes() == edited


def test_list_allowed_says_who_and_why(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['games']>},)", DICT)

    allowed = service.root.call("ListAllowed", "({},)", DICT)[0]

    assert {"Uid": 0, "User": "root", "Because": "root"} in allowed
    assert {"Uid": USER, "User": "games", "Because": "AllowedUsers"} in allowed
    assert [one["Uid"] for one in allowed] == sorted(one["Uid"] for one in allowed)


def test_list_allowed_gives_pages(service):
    service.root.call("SetPolicy", "({'AllowedUsers': <['games', 'man', 'lp', 'news']>},)", DICT)
    whole = service.root.call("ListAllowed", "({},)", DICT)[0]

    pages, after = [], None
    while True:
        more = f", 'After': <uint32 {after}>" if after is not None else ""
        page = service.root.call("ListAllowed", f"({{'Most': <uint32 2>{more}}},)", DICT)[0]
        pages += page
        if len(page) < 2:
            break
        after = page[-1]["Uid"]

    assert pages == whole


STATUS_PUBLIC = {
    "Version", "Features", "Enabled", "Enforcing", "Active", "Observe", "PortVerdicts", "Health", "Busy", "Generation",
    "TryDeadline", "ProblemCount", "Complete"}  # fmt: skip
STATUS_INSPECT = {
    "Problems", "AllowedCount", "ExceptionCount", "Mtas", "EximConfig", "EximLayout", "MailLimits", "Meter",
    "SharedCounters", "Rejected", "Redirected", "Observed", "LastChange", "Try"}  # fmt: skip


def test_status_is_complete_for_root(service):
    service.root.call("Enable")

    status = service.root.call("Status")[0]

    assert set(status) == STATUS_PUBLIC | STATUS_INSPECT
    assert status["Complete"] is True
    assert status["EximLayout"] == "none" and status["Meter"] == status["SharedCounters"] == "off"
    assert status["AllowedCount"] == len(service.root.call("ListAllowed", "({},)", DICT)[0])
    assert status["LastChange"]["Action"] == "Enable" and status["LastChange"]["User"] == "root"
    assert status["LastChange"]["Outcome"] == "done"


def test_status_tells_problems_with_all_their_keys(service):
    service.root.call("Enable")  # port 25 is redirected, and nobody listens there

    status = service.root.call("Status")[0]

    (problem,) = status["Problems"]
    assert problem["Id"] == "redirect-needs-mta" and problem["Severity"] == "notice"
    assert problem["Text"] and problem["Hint"] and problem["Since"] > 1_600_000_000_000_000 and problem["More"] == {}
    assert status["ProblemCount"] == 1 and status["Health"] == "ok"


def test_an_explicit_redirect_to_nobody_is_refused(service):
    service.root.call("Enable")
    before = service.in_force()

    failed = service.root.refused("SetPolicy", "({'PortVerdicts': <{uint16 25: 'redirect'}>},)", DICT)

    assert failed.name == ERROR + "RedirectNeedsMta"
    assert service.in_force() == before


def test_the_properties_are_those_of_status(service):
    service.root.call("Enable")
    status = service.root.call("Status")[0]
    properties = service.root.properties()

    assert set(properties) == STATUS_PUBLIC - {"Complete"}
    assert properties == {key: status[key] for key in properties}


def test_forwarded_traffic_is_restricted_by_a_chain_of_its_own(service):
    service.root.call("SetPolicy", f"({{{REJECT}}},)", DICT)
    service.root.call("Enable")
    assert "hook forward" not in service.nft("list", "table", "inet", "smtp_restrictions").stdout

    forwarded = "({'Forwarded': <'reject'>, 'ForwardedNetworks': <['10.0.3.0/24']>},)"
    service.root.call("SetPolicy", forwarded, DICT)
    exception = "({'Subject': <'interface:docker0'>, 'Destination': <'192.0.2.1'>, 'Reason': <'test'>},)"
    service.root.call("AddException", exception, DICT)

    rules = service.nft("list", "chain", "inet", "smtp_restrictions", "forward_exceptions").stdout
    assert "@allow_interface_ip_32 accept" in rules and "@exempt_ip_24 accept" in rules
    assert service.root.call("Verify") == [[]]


def test_wrong_values_of_forwarded_keys_are_refused(service):
    for key, value in (("Forwarded", "'redirect'"), ("ForwardedNetworks", "['0.0.0.0/0']")):
        failed = service.root.refused("SetPolicy", f"({{'{key}': <{value}>}},)", DICT)
        assert failed.name == ERROR + "InvalidValue" and failed.text.startswith(key + ":")
