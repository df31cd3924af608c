# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in Cockpit, with the real service, in a real browser: what each control says it does is so in kernel and Exim.

They share one host and one browser; each begins by what it needs.
"""

import pytest
from booted import METER, REMOTE, BusError, Sink, wait_until
from browser import Browser
from cockpit_host import browser, cockpit, modules, page_package  # noqa: F401  fixtures
from mailhost import submit

pytestmark = pytest.mark.xdist_group("cockpit")

ON, OFF = "Only mail servers and listed users may connect to remote ones.", "Everybody may connect to remote mail servers."


@pytest.fixture(scope="module")
def sink(cockpit, tmp_path_factory):
    server = Sink(cockpit, tmp_path_factory.mktemp("sink"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def shown(hosts, cockpit, browser, request):
    """A failed test shows the journal of this host, and leaves nothing on the page."""
    hosts.append(cockpit)
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        browser.do("size", width=1100, height=800)
        browser.open_page()


@pytest.fixture
def overview(browser):
    browser.do("click", role="tab", name="Overview")
    browser.wait(role="heading", name="Restriction")
    return browser


@pytest.fixture
def enabled(cockpit, overview):
    cockpit.enable()
    overview.wait(text=ON)
    return overview


def ended(client):
    """Its connection is cut when something is sent over it."""
    try:
        client.stdin.write("NOOP\n")
        client.stdin.flush()
    except BrokenPipeError:
        return True
    return client.poll() is not None


def close(browser, title):
    browser.do("wait", role="dialog", name=title, state="detached")


def test_page_shows_state_and_health(cockpit, overview):
    cockpit.call("Disable")
    overview.wait(text=OFF)
    assert "Healthy" in overview.text(role="status", nth=0)
    overview.wait(text="Exim 4.96 (25)" if "4.96" in cockpit.out("exim", "-bV") else "Exim 4.98.2 (25)")
    assert overview.do("trouble") == []


def test_turning_on_says_who_is_cut_and_cuts_them(cockpit, overview, sink):
    cockpit.call("Disable")
    overview.wait(text=OFF)
    held = cockpit.popen("nc", REMOTE[0], "587", user="tester")
    try:
        wait_until(lambda: "tester" in str(cockpit.call("Preview", "a{sv}", 1, "Enabled", "b", "true")["Affected"]),
                   what="a connection")
        overview.click("Turn on…")
        overview.wait(text="1 open connection would be cut:")
        overview.wait(role="cell", name="tester", within={"role": "dialog"})
        overview.inspect("turn-on")
        assert cockpit.table() == ""  # looking changes nothing
        overview.click("Apply")
        overview.wait(text=ON)
        close(overview, "Turn the restriction on")
        wait_until(lambda: ended(held), what="the end of the connection")
    finally:
        held.kill()
        held.wait()
    assert cockpit.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"
    assert "dport" in cockpit.table()


def test_turning_off_lifts_the_restriction(cockpit, enabled):
    enabled.click("Turn off…")
    enabled.wait(text="No open connection would be cut.")
    enabled.click("Apply")
    enabled.wait(text=OFF)
    close(enabled, "Turn the restriction off")
    assert cockpit.table() == ""


def begin_trial(cockpit, browser):
    cockpit.call("Disable")
    browser.wait(text=OFF)
    browser.click("Turn on…")
    browser.select("How long to try", "600")
    browser.click("Try")
    browser.notice("A change is on trial")
    close(browser, "Turn the restriction on")
    assert cockpit.table() != ""


def test_trial_counts_down_and_is_cancelled(cockpit, overview):
    begin_trial(cockpit, overview)
    first = overview.text(role="timer")
    wait_until(lambda: overview.text(role="timer") != first, what="the next second")
    overview.inspect("trial", at="Trial")
    overview.click("Cancel")
    overview.notice("A change is on trial", "detached")
    overview.wait(text=OFF)
    assert cockpit.table() == ""


def test_trial_is_confirmed(cockpit, overview):
    begin_trial(cockpit, overview)
    overview.click("Confirm")
    overview.notice("A change is on trial", "detached")
    assert cockpit.property("TryDeadline") == 0
    assert cockpit.table() != ""


def test_what_somebody_else_changes_shows_by_itself(cockpit, enabled):
    cockpit.call("SetPolicy", "a{sv}", 1, "Observe", "b", "true")
    enabled.wait(text="Nothing is refused, all is counted.")
    cockpit.call("SetPolicy", "a{sv}", 1, "Observe", "b", "false")
    enabled.wait(text=ON)


def test_problem_shows_with_its_hint_and_verify_finds_what_differs(cockpit, enabled):
    enabled.click("Verify")
    enabled.notice("All is as it should be")
    cockpit.run("systemctl", "stop", "exim4")
    try:
        cockpit.call("Reload")
        problem = cockpit.call("Status")["Problems"][0]
        enabled.notice(problem["Text"])
        enabled.wait(text=problem["Hint"])
        enabled.inspect("problem", at="Restriction")
    finally:
        cockpit.run("systemctl", "start", "exim4")
        cockpit.call("Reload")
    enabled.notice(problem["Text"], "detached")


def test_attempts_show_live_in_table_and_chart(cockpit, enabled, sink):
    cockpit.call("ResetAttempts", "a{sv}", 0)
    # the chart knows what has been told since the page listens, and nothing says when that is
    wait_until(lambda: cockpit.reach("tester", REMOTE[0], 587) and
               "refused" in enabled.do("attribute", css="svg.chart", attribute="aria-label"), what="the chart")
    enabled.wait(role="cell", name="203.0.113.25 port 587 refused")
    enabled.inspect("attempts", at="Who is blocked")
    enabled.click("Forget all attempts")
    enabled.wait(text="Nobody has tried.")
    assert cockpit.call("ListAttempts", "a{sv}", 0) == []


def test_keyboard_alone_turns_it_on(cockpit, overview):
    cockpit.call("Disable")
    overview.wait(text=OFF)
    overview.do("focus", role="tab", name="Overview")
    reach(overview, "button Turn on…")
    overview.do("press", key="Enter")
    overview.wait(text="No open connection would be cut.")
    reach(overview, "button Apply")
    overview.do("press", key="Enter")
    overview.wait(text=ON)
    assert cockpit.table() != ""


def reach(browser, wanted):
    """By the Tab key, as far as there are elements."""
    for _ in range(40):
        if browser.do("focused") == wanted:
            return
        browser.do("press", key="Tab")
    raise AssertionError(f"{wanted} cannot be reached by the keyboard")


def test_limited_access_reads_and_says_what_it_needs(cockpit, modules):
    other = Browser(cockpit, modules)
    try:
        other.open("tester", administrate=False)
        other.notice("Limited access")
        wanted = cockpit.property("Enabled")
        other.wait(text=ON if wanted else OFF)
        button = "Turn off…" if wanted else "Turn on…"
        assert other.do("enabled", role="button", name=button) is False
        other.inspect("limited")
    finally:
        other.close()


# ------------------------------------------------------------------- policy

@pytest.fixture
def policy(cockpit, browser, sink):
    """The tab, with the restriction on and its defaults; nobody is listed."""
    cockpit.call("ReplacePolicy", "a{sv}a{sv}", 1, "Enabled", "b", "true", 0)
    browser.do("click", role="tab", name="Policy")
    browser.wait(role="heading", name="Policy")
    browser.do("wait", role="button", name="Remove user tester", state="detached")
    return browser


def review(browser, title="Change the policy"):
    browser.click("Review changes…")
    browser.wait(role="dialog", name=title)


def apply(browser, title="Change the policy"):
    browser.click("Apply")
    close(browser, title)


def test_ports_are_changed_as_chosen(cockpit, policy):
    policy.click("Remove port 465")
    policy.fill("Another port", "2525")
    policy.click("Add port")
    policy.select("Port 25", "reject")
    review(policy)
    policy.wait(text="No open connection would be cut.")
    policy.inspect("change-policy")
    apply(policy)
    assert cockpit.call("GetPolicy")["PortVerdicts"] == {25: "reject", 587: "reject", 2525: "reject"}
    assert "2525" in cockpit.table()
    assert cockpit.reach("tester", REMOTE[0], 25) == "ECONNREFUSED"
    assert cockpit.reach("tester", REMOTE[0], 465) == "remote"


def test_what_the_service_refuses_is_said_in_its_words(cockpit, policy):
    before = cockpit.table()
    policy.select("Port 587", "redirect")
    policy.fill("Users who may connect", "nobody-by-this-name")
    policy.click("Add user")
    review(policy)
    with pytest.raises(BusError) as error:
        cockpit.call("Preview", "a{sv}", 2, "PortVerdicts", "a{qs}", 3, 25, "redirect", 465, "reject", 587, "redirect",
                     "AllowedUsers", "as", 1, "nobody-by-this-name")
    policy.wait(text=error.value.text)
    policy.inspect("refused")
    assert not policy.do("enabled", role="button", name="Apply")
    policy.click("Leave it")
    policy.click("Undo")
    assert cockpit.table() == before


def test_listed_user_is_completed_added_and_removed(cockpit, policy):
    assert policy.do("count", css="#users-known option[value=tester]") == 1
    assert policy.do("count", css="#groups-known option[value=sudo]") == 1
    policy.fill("Users who may connect", "tester")
    policy.do("press", key="Enter")
    review(policy)
    apply(policy)
    policy.wait(role="cell", name="listed user")
    assert cockpit.reach("tester", REMOTE[0], 587) == "remote"
    policy.inspect("policy", at="Policy")
    policy.click("Remove user tester")
    review(policy)
    apply(policy)
    policy.do("wait", role="cell", name="listed user", state="detached")
    assert cockpit.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"


def test_policy_on_trial_goes_back(cockpit, policy):
    policy.do("check", label="Only observe", exact=False, value=True)
    review(policy)
    policy.click("Try")
    policy.notice("A change is on trial")
    assert cockpit.reach("tester", REMOTE[0], 587) == "remote"
    policy.click("Cancel")
    policy.notice("A change is on trial", "detached")
    assert cockpit.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"


def test_exception_is_granted_with_its_reason_and_taken_back(cockpit, policy):
    policy.click("Grant an exception…")
    policy.do("fill", css="#exception-name", value="tester")
    policy.fill("Ports", "587")
    policy.select("For", "3600")
    assert policy.do("enabled", role="button", name="Grant") is False  # without a reason
    policy.do("fill", css="#exception-reason", value="own mailbox, ticket 1234")
    policy.inspect("exception")
    policy.click("Grant")
    policy.wait(role="cell", name="own mailbox, ticket 1234")
    granted, = cockpit.call("ListExceptions", "a{sv}", 0)
    assert (granted["Subject"], granted["Ports"], granted["Verdict"]) == ("user:tester", [587], "allow")
    assert granted["ExpiresAt"] - granted["GrantedAt"] == 3600 * 10 ** 6
    assert cockpit.reach("tester", REMOTE[0], 587) == "remote"
    policy.inspect("exceptions", at="Exceptions")
    policy.click(f"Remove exception {granted['Id']} of user:tester")
    policy.do("wait", role="cell", name="own mailbox, ticket 1234", state="detached")
    assert cockpit.reach("tester", REMOTE[0], 587) == "ECONNREFUSED"


def test_who_is_blocked_is_allowed_from_there(cockpit, enabled, sink):
    cockpit.reach("tester", REMOTE[0], 587)
    enabled.click("Allow tester…")
    assert enabled.do("value", css="#exception-name") == "tester"
    enabled.do("fill", css="#exception-reason", value="asked for it")
    enabled.click("Grant")
    close(enabled, "Grant an exception")
    granted, = cockpit.call("ListExceptions", "a{sv}", 0)
    cockpit.call("RemoveException", "s", granted["Id"])


# --------------------------------------------------------------------- mail

SHARE = "How much may be sent ({} set)"


@pytest.fixture
def mail(cockpit, browser, sink):
    """The tab, without limits."""
    cockpit.call("ResetMailLimits", "as", 0)
    browser.do("click", role="tab", name="Mail")
    browser.wait(role="button", name=SHARE.format(0))
    return browser


def held(host):
    return [message["Id"] for message in host.call("ListHeld", "a{sv}", 0, interface=METER)]


def set_limits(browser):
    browser.click("Review limits…")
    browser.wait(role="dialog", name="Change mail limits")
    apply(browser, "Change mail limits")


def test_limit_is_set_in_exim_and_given_back(cockpit, mail):
    before = cockpit.out("sh", "-c", "cat $(find /etc/exim4 -type f | sort) | sha256sum")
    mail.click("Connections and messages (0 set)")
    mail.fill("Recipients of one message", "1000001")
    mail.wait(text="Recipients of one message: a number from 1 to 1000000", exact=False)
    assert mail.do("enabled", role="button", name="Give back limits") is False
    mail.fill("Recipients of one message", "77")
    mail.inspect("limits", at="Mail limits")
    set_limits(mail)
    mail.wait(role="button", name="Connections and messages (1 set)")
    assert cockpit.out("exim", "-bP", "recipients_max") == "recipients_max = 77"
    mail.fill("Recipients of one message", "")
    mail.click("Give back limits")
    mail.wait(role="button", name="Connections and messages (0 set)")
    assert cockpit.out("sh", "-c", "cat $(find /etc/exim4 -type f | sort) | sha256sum") == before


def test_usage_held_mail_and_suspension(cockpit, mail, sink):
    mail.notice("Nothing is counted")
    mail.click(SHARE.format(0))
    mail.fill("Per hour and user", "2")
    mail.fill("Refuse beyond (% of the limit)", "1000")
    set_limits(mail)
    mail.wait(role="heading", name="Usage")
    for name in "abcd":
        assert submit(cockpit, f"{name}@remote.test").returncode == 0
    sink.wait(2)
    mail.wait(role="progressbar", name="user:tester, this hour")
    first, second = wait_until(lambda: len(ids := held(cockpit)) == 2 and ids, what="two held messages")
    mail.wait(role="cell", name=second)
    wait_until(lambda: mail.do("attribute", role="progressbar", name="user:tester, this hour", attribute="aria-valuenow") == "100",
               what="a full bar")
    mail.inspect("usage", at="Usage")

    mail.click(f"Release {first}")
    sink.wait(3)
    mail.do("wait", role="cell", name=first, state="detached")
    mail.click(f"Discard {second}…")
    mail.inspect("discard")
    mail.click("Discard")
    mail.do("wait", role="cell", name=second, state="detached")
    wait_until(lambda: cockpit.out("exim", "-bpc") == "0", what="an empty queue")

    mail.click("Change user:tester…")
    mail.fill("Recipients per day", "5")
    mail.inspect("sender")
    mail.click("Save")
    close(mail, "What holds for user tester")
    mail.click("Edit user:tester…")
    mail.click("Suspend, refuse mail")
    mail.wait(text="mail is refused")
    assert submit(cockpit, "e@remote.test").returncode != 0
    subject, = cockpit.call("ListSubjects", "a{sv}", 0, interface=METER)
    assert (subject["DailyRecipients"], subject["Suspended"]) == (5, "reject")
    mail.click("Resume user:tester")
    mail.do("wait", text="mail is refused", state="detached")
    mail.click("Forget what user:tester has sent")
    mail.do("wait", role="progressbar", name="user:tester, this hour", state="detached")
    assert submit(cockpit, "f@remote.test").returncode == 0
    sink.wait(4)
    cockpit.call("SetSubject", "sa{sv}", "user:tester", 0, interface=METER)
