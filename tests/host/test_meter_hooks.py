# SPDX-License-Identifier: GPL-2.0-or-later
"""What a real Exim asks the mail meter, and does as it is told: on each layout, in every way of submitting.

A stand-in answers (meter_stand.py): what the meter itself decides is the matter of test_meter_chain.py.
"""

import base64
import re

import pytest
from booted import BusError, Sink, wait_until
from mailhost import (FOREIGN, HOST, LAYOUTS, LOCAL, MAIN, deliver_queue, files, from_host, from_remote, host, queue, shared,
                      split, submit, wait_for_no_acls)  # fixtures too

pytestmark = pytest.mark.any_layout
SOCKET = "/run/smtp-restrictions-meter.socket"
METER_JSON = "/etc/smtp-restrictions/meter.json"
STAND = "/run/stand"
LOG = "/var/log/exim4/mainlog"
PANICLOG = "/var/log/exim4/paniclog"
OTHER = "b@remote.test"
TESTER = 1000


class Stand:
    def __init__(self, host):
        self.host = host
        host.run("systemctl", "stop", "smtp-restrictions-meter.socket", "smtp-restrictions-meter.service", check=False)
        self.start()

    def start(self):
        self.host.run("sh", "-c", f"rm -rf {STAND}; mkdir {STAND}")
        self.host.run("systemd-run", "-q", "--collect", "--unit=stand", "python3", self.host.script("meter_stand.py"),
                      SOCKET, STAND)
        wait_until(lambda: self.host.run("test", "-e", f"{STAND}/ready", check=False).returncode == 0, what="the stand-in")

    def stop(self):
        self.host.run("systemctl", "stop", "stand", check=False)  # it may have been stopped already

    def says(self, *answers):
        """From now on; and what was asked and logged until now is forgotten."""
        self.host.run("sh", "-c", f"cat >{STAND}/new; mv {STAND}/new {STAND}/answers; rm -f {STAND}/asked {PANICLOG}; : >{LOG}",
                      input="\n".join(answers) + "\n")

    def asked(self):
        """[(kind, {key: value})] of what was asked since then; s and a decoded."""
        found = []
        for line in self.host.out("sh", "-c", f"cat {STAND}/asked || :").splitlines():
            kind, *words = line.split()
            values = dict(word.split("=", 1) for word in words if "=" in word)
            for key in {"s", "a"} & values.keys():
                values[key] = base64.b64decode(values[key]).decode()
            found.append((kind, values))
        return found

    def kinds(self):
        return "".join(kind for kind, _ in self.asked())

    def logged(self):
        """What our ACL has logged since then."""
        return re.findall(r"smtp-restrictions: (.*)", self.host.file(LOG).read_text())


@pytest.fixture
def stand(shared):
    stand = Stand(shared)
    stand.says("D ok -", "P ok -", "H hold")
    yield stand
    stand.stop()
    shared.run("rm", "-f", SOCKET)
    shared.run("systemctl", "start", "smtp-restrictions-meter.socket", check=False)


@pytest.fixture
def sink(shared, tmp_path):
    server = Sink(shared, tmp_path)
    yield server
    server.stop()


def set_limits(host, *words):
    """Some meter limit, and words as busctl takes them: key, type, value."""
    host.call("SetMailLimits", "a{sv}", 1 + len(words) // 3, "HourlyRecipientsPerUser", "u", 1000, *words)


def wait_queue(host, wanted):
    wait_until(lambda: queue(host) == wanted, what=f"the queue {wanted}")


@pytest.mark.both_debians
@pytest.mark.parametrize("layout", LAYOUTS)
def test_hooks_ask_and_leave_no_trace(request, shared, stand, layout):
    host = request.getfixturevalue(layout)
    before = files(host)
    set_limits(host, "RequireAuth", "b", "true", "OverLimitAction", "s", "defer")
    assert host.file(METER_JSON).exists() and host.call("Status")["Meter"] == "ok"
    stand.says("D ok -", "P ok -")
    # RequireAuth's own ACL and ours are asked one behind the other
    assert from_remote(host, FOREIGN, LOCAL) == ["550 5.7.1 authentication required", "250 Accepted"]
    assert from_remote(host, "--auth=bob@a.test", "--data", FOREIGN, LOCAL, OTHER) == ["250 Accepted"] * 3 + ["250 OK"]
    assert stand.kinds() == "PD"
    values = stand.asked()[1][1]
    assert (values["n"], values["h"], values["la"], values["lp"]) == ("2", "203.0.113.25", HOST, "25")
    assert (values["s"], values["a"]) == ("sender@example.net", "bob@a.test")
    assert submit(host, FOREIGN).returncode == 0
    assert stand.asked()[2][1]["u"] == str(TESTER) and stand.asked()[2][1]["h"] == ""
    assert stand.logged() == ["ok n=2 uid=-", "ok n=1 uid=-"]
    assert host.call("Verify") == []

    host.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(host)
    assert files(host) == before and not host.file(METER_JSON).exists()
    assert host.call("Status")["Meter"] == "off"


def test_every_way_of_submitting_asks_once(host, stand):
    """Where nothing is refused at a recipient."""
    set_limits(host)
    session = f"EHLO a\r\nMAIL FROM:<t@host.test>\r\nRCPT TO:<{FOREIGN}>\r\nRCPT TO:<{LOCAL}>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"
    to_line = f"To: {FOREIGN}, {OTHER}, {LOCAL}\nSubject: x\n\nx\n"
    for n, uid, send in (
            ("1", TESTER, lambda: submit(host, FOREIGN)),
            ("2", TESTER, lambda: submit(host, FOREIGN, LOCAL, OTHER)),
            ("2", TESTER, lambda: submit(host, "-t", message=to_line)),
            ("1", TESTER, lambda: submit(host, "-f", "other@b.test", FOREIGN)),
            ("1", TESTER, lambda: submit(host, "-bs", message=session)),
            ("1", TESTER, lambda: submit(host, "-bS", message=session)),
            ("1", None, lambda: from_host(host, "127.0.0.1", "--data", FOREIGN, LOCAL)),
            ("1", None, lambda: from_host(host, "::1", "--data", FOREIGN)),
            ("2", None, lambda: from_remote(host, "--auth", "--data", FOREIGN, OTHER)),
    ):
        stand.says(f"D ok {uid or '-'}", "P ok -")
        send()
        assert stand.kinds() == "D", stand.asked()
        values = stand.asked()[0][1]
        assert values["n"] == n and (values["h"] == "") == (uid is not None)
        assert uid is None or values["u"] == str(uid)
        assert stand.logged() == [f"ok n={n} uid={uid or '-'}"]


def test_local_mail_and_bounces_are_not_asked_about(host, stand):
    set_limits(host, "OverLimitAction", "s", "reject")
    stand.says("D deny - 5.7.1 never", "P deny - 5.7.1 never")
    assert submit(host, LOCAL).returncode == 0
    assert from_host(host, "127.0.0.1", "--data", LOCAL) == ["250 Accepted", "250 OK"]
    assert from_remote(host, "--data", LOCAL) == ["250 Accepted", "250 OK"]
    # Exim bounces what was refused; the bounce goes out by no way of ours
    assert submit(host, "-oem", "-f", "away@remote.test", FOREIGN).returncode == 1
    wait_until(lambda: "<= <> R=" in host.file(LOG).read_text(), what="the bounce")
    assert stand.kinds() == "D" and "away@remote.test" in queue(host)


def test_administrators_refusals_come_first_and_do_not_count(host, stand):
    set_limits(host, "OverLimitAction", "s", "reject")
    stand.says("D ok -", "P ok -")
    assert from_remote(host, "--data", "deny@remote.test", "defer@remote.test", FOREIGN, "discard@remote.test") == [
        "551 5.1.0 not here", "451 4.3.0 later", "250 Accepted", "250 Accepted", "250 OK"]
    assert [(kind, values.get("n")) for kind, values in stand.asked()] == [("P", None), ("D", "1")]


def test_refused_at_the_recipient_local_ones_pass(host, stand):
    host.call("SetMailLimits", "a{sv}", 1, "DeniedMailUsers", "as", 1, "nobody")
    for kind, code in (("deny", "550 5"), ("defer", "451 4")):
        text = f"{code[4]}.7.1 no: ${{run{{/bin/touch /tmp/x}}}} $sender_address %s"
        stand.says(f"P {kind} 33 {text}", "D ok 33")
        assert from_host(host, "127.0.0.1", "--data", FOREIGN, LOCAL, OTHER) == [
            f"{code[:4]}{text}", "250 Accepted", f"{code[:4]}{text}", "250 OK"]
        assert stand.kinds() == "P"


@pytest.mark.parametrize("kind, code", [("deny", "550 5"), ("defer", "451 4")])
def test_refused_message_is_refused_whole(host, stand, kind, code):
    set_limits(host)
    stand.says(f"D {kind} 1000 {code[4]}.7.1 too many")
    assert from_host(host, "127.0.0.1", "--data", FOREIGN, LOCAL)[2] == f"{code}.7.1 too many"
    done = submit(host, FOREIGN, LOCAL)
    assert done.returncode == 1 and f"{code[4]}.7.1 too many" in done.stderr
    assert stand.logged() == [f"{kind} n=1 uid=1000"] * 2 and queue(host) == {}
    assert not host.file(PANICLOG).exists(), host.file(PANICLOG).read_text()


def test_held_mail_waits_and_goes_when_it_may(host, stand, sink):
    set_limits(host)
    stand.says("D hold 1000", "H hold")
    assert submit(host, FOREIGN).returncode == 0
    assert submit(host, OTHER, LOCAL).returncode == 0
    wait_queue(host, {FOREIGN: False, OTHER: False, LOCAL: True})
    host.run("exim4", "-q")
    assert queue(host) == {FOREIGN: False, OTHER: False, LOCAL: True} and sink.messages() == []
    # another one is not held, also to the same address
    stand.says("D ok 1000", "H hold")
    submit(host, FOREIGN)
    assert sink.wait(1)[0]["to"] == [FOREIGN]
    host.run("systemctl", "restart", "exim4")
    host.run("exim4", "-q")
    assert len(sink.messages()) == 1

    stand.says("D ok 1000", "H go")
    assert sorted(message["to"][0] for message in deliver_queue(host, sink, 3)) == [FOREIGN, FOREIGN, OTHER]
    wait_queue(host, {})


def test_reset_lets_held_mail_go(host, stand, sink):
    set_limits(host)
    stand.says("D hold 1000", "H hold")
    submit(host, FOREIGN)
    host.call("ResetMailLimits", "as", 0)
    assert deliver_queue(host, sink, 1)[0]["to"] == [FOREIGN]


@pytest.mark.parametrize("own, held", [("held.test : *.k.test", "a@held.test"), ("<; held.test ; *.k.test", "a@x.k.test")])
def test_administrators_own_hold_domains_stay(single, stand, sink, own, held):
    file = single.file(MAIN)
    line = f"hold_domains = {own}\n"
    file.write_text(line + file.read_text())
    single.reload_exim()
    before = files(single)
    set_limits(single)
    submit(single, held)
    submit(single, FOREIGN)
    assert sink.wait()[0]["to"] == [FOREIGN]
    stand.says("D hold 1000", "H hold")
    submit(single, OTHER, LOCAL)
    wait_queue(single, {held: False, OTHER: False, LOCAL: True})
    single.call("ResetMailLimits", "as", 0)
    wait_for_no_acls(single)
    assert files(single) == before


def test_administrators_own_acls_stay(single, stand):
    file = single.file(MAIN)
    text = file.read_text().replace("acl_smtp_data = MAIN_ACL_CHECK_DATA\n", "")
    mine = "acl_mine:\n  deny senders = bad@host.test\n       message = 552 mine\n  accept\n"
    text = text.replace("begin acl\n", f"acl_not_smtp = acl_mine\nbegin acl\n{mine}", 1)
    file.write_text(text)
    single.reload_exim()
    set_limits(single)
    stand.says("D ok -")
    assert from_host(single, "127.0.0.1", "--data", FOREIGN) == ["250 Accepted", "250 OK"]
    assert "552 mine" in submit(single, "-f", "bad@host.test", FOREIGN, user="root").stderr
    assert submit(single, FOREIGN).returncode == 0
    assert stand.kinds() == "DD"


def test_no_answer_is_the_fallback(host, stand):
    """Nobody there; somebody who does not answer, asked once; somebody who talks nonsense."""
    set_limits(host, "OverLimitAction", "s", "defer")
    stand.says("H hold")
    assert from_host(host, "127.0.0.1", "--data", FOREIGN) == ["250 Accepted", "250 OK"]
    assert stand.kinds() == "P"
    for nonsense in ("deny", "ok", "hold x", "deny 1 4.7.1 wrong class", "defer 1 5.7.1 wrong class", "ok 1 2 3"):
        stand.says(f"D {nonsense}", "P ok -")
        assert submit(host, FOREIGN).returncode == 0
        assert stand.logged() == ["none n=1 uid=1000"], nonsense
    stand.stop()
    assert submit(host, FOREIGN).returncode == 0
    status = host.call("Status")
    assert status["Meter"] == "down" and "meter-down" in [problem["Id"] for problem in status["Problems"]]

    host.call("SetMailLimits", "a{sv}", 1, "MeterFallback", "s", "defer")
    assert "451 4.7.1 this server cannot look at its mail limits now" in from_host(
        host, "127.0.0.1", "--data", FOREIGN)[1]
    assert submit(host, FOREIGN).returncode == 1
    assert submit(host, LOCAL).returncode == 0


@pytest.mark.parametrize("key, send", [
    ("HourlyRecipientsPerUser", lambda host: submit(host, FOREIGN)),
    ("DailyRecipientsPerMailbox", lambda host: from_remote(host, "--auth=bob/x@a.test", "--data", FOREIGN)),
    ("HourlyRecipientsPerDomain", lambda host: from_remote(host, "--auth=bob/x@a.test", "--data", FOREIGN)),
    ("HourlyRecipientsPerDomain", lambda host: submit(host, FOREIGN)),
])
def test_without_the_meter_there_is_a_limit(host, stand, key, send):
    host.call("SetMailLimits", "a{sv}", 1, key, "u", 3)
    stand.stop()
    done = [send(host) for _ in range(5)]
    good = [said[1] == "250 OK" if isinstance(said, list) else said.returncode == 0 for said in done]
    assert good == [True, True, True, False, False], done


def test_meter_json_is_there_before_anything_asks(host, stand):
    """It is what the policy says, and the name of a user his number."""
    uid = host.out("id", "-u", "Debian-exim")
    host.call("SetPolicy", "a{sv}", 2, "Contact", "s", "x@a.test", "DomainOwners", "s", "/etc/owners")
    host.call("SetMailLimits", "a{sv}", 2, "DailyRecipientsPerDomain", "u", 9, "DeniedMailUsers", "as", 2, "nobody", "tester")
    said = host.file(METER_JSON).read_text()
    for words in ('"DailyRecipientsPerDomain": 9', '"contact": "x@a.test"', '"domain_owners": "/etc/owners"',
                  f'"exim_uid": {uid}', '"log": "/var/log/exim4/mainlog"', "1000,\n        65534\n"):
        assert words in said, said
    mailman = host.out("id", "-u", "list")
    assert f'"free_uids": [\n        {mailman}\n    ]' in said
    host.call("SetMailLimits", "a{sv}", 1, "CountMailman", "b", "true")
    assert '"free_uids": []' in host.file(METER_JSON).read_text()
    assert oct(host.file(METER_JSON).stat().st_mode & 0o777) == "0o644"
    host.call("SetPolicy", "a{sv}", 2, "Contact", "s", "", "DomainOwners", "s", "")


@pytest.mark.parametrize("damage", ["sed -i s/1000/2000/", "rm"], ids=["changed", "removed"])
def test_meter_json_of_somebody_else_is_said_and_mended(host, stand, damage):
    set_limits(host)
    before = host.file(METER_JSON).read_text()
    host.run("sh", "-c", f"{damage} {METER_JSON}")
    assert [problem["Id"] for problem in host.call("Verify")] == ["meter-file-changed"]
    assert "meter-file-changed" in [problem["Id"] for problem in host.call("Status")["Problems"]]
    host.call("Reload")
    assert host.file(METER_JSON).read_text() == before
    assert host.call("Verify") == [] and host.call("Status")["Problems"] == []


def test_unknown_denied_user_is_refused(host, stand):
    with pytest.raises(BusError) as caught:
        host.call("SetMailLimits", "a{sv}", 1, "DeniedMailUsers", "as", 1, "nosuch")
    assert caught.value.name == "UnknownName" and caught.value.text.startswith("DeniedMailUsers: no user named 'nosuch'")
    assert not host.file(METER_JSON).exists()


def test_log_that_cannot_be_followed_is_refused(host, stand):
    file = host.file(MAIN)
    file.write_text("log_file_path = syslog\n" + file.read_text())
    host.reload_exim()
    with pytest.raises(BusError) as caught:
        set_limits(host)
    assert caught.value.name == "EximConfigUnsupported"
    assert "log_file_path names no one file that can be followed" in caught.value.text
    assert not host.file(METER_JSON).exists()
