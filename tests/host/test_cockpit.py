# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in Cockpit, with the real service, in a real browser: what each control says it does is so in kernel and Exim.

They share one host and one browser; each begins by what it needs.
"""

import pytest
from booted import REMOTE, Sink, wait_until
from browser import Browser
from cockpit_host import browser, cockpit, modules, page_package  # noqa: F401  fixtures

pytestmark = pytest.mark.xdist_group("cockpit")

ON, OFF = "Only mail servers and listed users may connect to remote ones.", "Everybody may connect to remote mail servers."


@pytest.fixture(scope="module")
def sink(cockpit, tmp_path_factory):
    server = Sink(cockpit, tmp_path_factory.mktemp("sink"))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def shown(hosts, cockpit):
    """A failed test shows the journal of this host."""
    hosts.append(cockpit)


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
    browser.select("How long to try", "60")
    browser.click("Try")
    browser.notice("A change is on trial")
    close(browser, "Turn the restriction on")
    assert cockpit.table() != ""


def test_trial_counts_down_and_is_cancelled(cockpit, overview):
    begin_trial(cockpit, overview)
    first = overview.text(role="timer")
    wait_until(lambda: overview.text(role="timer") != first, what="the next second")
    overview.inspect("trial")
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
        enabled.inspect("problem")
    finally:
        cockpit.run("systemctl", "start", "exim4")
        cockpit.call("Reload")
    enabled.notice(problem["Text"], "detached")


def test_attempts_show_live_in_table_and_chart(cockpit, enabled, sink):
    cockpit.call("ResetAttempts", "a{sv}", 0)
    cockpit.reach("tester", REMOTE[0], 587)
    enabled.wait(role="cell", name="203.0.113.25 port 587 refused")
    assert "refused" in enabled.do("label_of", css="svg.chart")
    enabled.inspect("attempts")
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
